#include "../unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/event_group.h"

enum { THREADS = 16, EACH = 50 };

static char folder[64];
static weft_store *store;
static weft_event_group group;

static int make_store(void **state) {
    (void)state;
    char url[128];
    const weft_product product = {.product_id = "1",
                                  .product_display_name = "x",
#define EMPTY(field) .field = "",
                                  WEFT_PRODUCT_FACETS(EMPTY)
#undef EMPTY
                                      .image_path = "",
                                  .image_digest = ""};
    weft_store_put_result result = {0};
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(url, sizeof url, "sqlite:%s/weft.db", folder);
    if (weft_store_open(&store, url, NULL)) return -1;
    weft_event_group_init(&group, store);
    return weft_store_put_products(store, &product, 1, &result, NULL) == WEFT_OK ? 0 : -1;
}

static int remove_store(void **state) {
    (void)state;
    char command[128];
    weft_event_group_deinit(&group);
    weft_store_close(store);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static weft_status count(void *context, int64_t number, const weft_event *event, weft_err *err) {
    (void)number;
    (void)err;
    ++((int *)context)[atoi(event->user_id)];
    return WEFT_OK;
}

/* Every other event is of a product that there is not. */
static void *write_events(void *context) {
    char user[16];
    snprintf(user, sizeof user, "%d", *(int *)context);
    for (int i = 0; i < EACH; i++) {
        const weft_event events[] = {{user, "1", "view", "", 0}, {user, "none", "view", "", 0}};
        bool is_known[2] = {false, true};
        weft_status status = weft_event_group_put(&group, events, 2, is_known, NULL);
        if (status || !is_known[0] || is_known[1]) return context;
    }
    return NULL;
}

static void all_threads_write_and_each_learns_of_its_own(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    int numbers[THREADS], seen[THREADS] = {0};
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, write_events, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(weft_store_each_event(store, 0, 0, count, seen, NULL), WEFT_OK);
    for (int i = 0; i < THREADS; i++) assert_int_equal(seen[i], EACH);
}

/* Half of the threads send what the store refuses. */
static void *write_bad_or_good(void *context) {
    bool is_bad = *(int *)context % 2;
    for (int i = 0; i < EACH; i++) {
        const weft_event event = {"0", "1", is_bad ? "stare" : "view", "", 0};
        bool is_known = false;
        weft_err err = {0};
        weft_status status = weft_event_group_put(&group, &event, 1, &is_known, &err);
        if (status != (is_bad ? WEFT_E_INVALID : WEFT_OK)) return context;
        if (is_bad && !strstr(err.message, "stare")) return context;
    }
    return NULL;
}

static void one_that_is_refused_fails_no_other(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    int numbers[THREADS], seen[THREADS] = {0};
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, write_bad_or_good, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(weft_store_each_event(store, 0, 0, count, seen, NULL), WEFT_OK);
    assert_int_equal(seen[0], THREADS / 2 * EACH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_threads_write_and_each_learns_of_its_own, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(one_that_is_refused_fails_no_other, make_store,
                                        remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
