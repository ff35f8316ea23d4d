#include "../unit.h"

#include <stdatomic.h>
#include <time.h>

#include "api/turns.h"

enum { PEOPLE = 8, ROUNDS = 2000 };

static weft_turns turns;
static atomic_int inside, most, served;

static void rest(void) {
    const struct timespec a_little = {.tv_nsec = 5000000};
    nanosleep(&a_little, NULL);
}

static void *work(void *context) {
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        weft_turns_enter(&turns);
        int now = atomic_fetch_add(&inside, 1) + 1;
        int before = atomic_load(&most);
        while (now > before && !atomic_compare_exchange_weak(&most, &before, now)) continue;
        atomic_fetch_add(&served, 1);
        atomic_fetch_sub(&inside, 1);
        weft_turns_leave(&turns);
    }
    return NULL;
}

static void no_more_than_so_many_have_a_turn_and_all_get_one(void **state) {
    pthread_t people[PEOPLE];
    (void)state;
    weft_turns_init(&turns, 2);
    for (int i = 0; i < PEOPLE; i++)
        assert_int_equal(pthread_create(&people[i], NULL, work, NULL), 0);
    for (int i = 0; i < PEOPLE; i++) pthread_join(people[i], NULL);
    assert_in_range(atomic_load(&most), 1, 2);
    assert_int_equal(atomic_load(&served), PEOPLE * ROUNDS);
    assert_int_equal(turns.free, 2);
    weft_turns_deinit(&turns);
}

static int order[PEOPLE];
static int ended; /* by who has the turn */

static void *wait_once(void *context) {
    weft_turns_enter(&turns);
    order[ended++] = *(int *)context;
    weft_turns_leave(&turns);
    return NULL;
}

static void *last_waiting(void) {
    pthread_mutex_lock(&turns.lock);
    void *last = turns.last;
    pthread_mutex_unlock(&turns.lock);
    return last;
}

static void who_comes_first_is_served_first(void **state) {
    pthread_t people[PEOPLE];
    int names[PEOPLE];
    (void)state;
    weft_turns_init(&turns, 1);
    weft_turns_enter(&turns); /* all the others wait */
    for (int i = 0; i < PEOPLE; i++) {
        void *before = last_waiting();
        names[i] = i;
        assert_int_equal(pthread_create(&people[i], NULL, wait_once, &names[i]), 0);
        while (last_waiting() == before) rest();
    }
    weft_turns_leave(&turns);
    for (int i = 0; i < PEOPLE; i++) pthread_join(people[i], NULL);
    for (int i = 0; i < PEOPLE; i++) assert_int_equal(order[i], i);
    weft_turns_deinit(&turns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_than_so_many_have_a_turn_and_all_get_one),
        cmocka_unit_test(who_comes_first_is_served_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
