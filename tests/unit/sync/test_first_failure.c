#include "../unit.h"

#include <pthread.h>
#include <string.h>

#include "sync/first_failure.h"

static weft_first_failure failure;

static void *break_down(void *context) {
    weft_err err;
    weft_status status = weft_fail(&err, WEFT_E_IO, "disk %d", *(int *)context);
    weft_first_failure_note(&failure, status, &err);
    return NULL;
}

static void the_first_of_a_team_stays(void **state) {
    enum { TEAM = 8 };
    pthread_t threads[TEAM];
    int names[TEAM];
    weft_err err = {0}, again = {0};
    (void)state;
    weft_first_failure_init(&failure);
    assert_int_equal(weft_first_failure_get(&failure, &err), WEFT_OK);
    for (int i = 0; i < TEAM; i++) {
        names[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, break_down, &names[i]), 0);
    }
    for (int i = 0; i < TEAM; i++) pthread_join(threads[i], NULL);
    assert_int_equal(weft_first_failure_get(&failure, NULL), WEFT_E_IO);
    assert_int_equal(weft_first_failure_get(&failure, &err), WEFT_E_IO);
    assert_true(strncmp(err.message, "disk ", 5) == 0);

    weft_status later = weft_fail(&again, WEFT_E_NOMEM, "something else");
    weft_first_failure_note(&failure, later, &again);
    assert_int_equal(weft_first_failure_get(&failure, &again), WEFT_E_IO);
    assert_string_equal(again.message, err.message);
    weft_first_failure_deinit(&failure);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_of_a_team_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
