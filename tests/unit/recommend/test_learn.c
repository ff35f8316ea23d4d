#include "shop.h"

#include <stdlib.h>

#include "recommend/learn.h"

static shop s;

static int set_up(void **state) {
    (void)state;
    shop_open(&s, 120);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    shop_close(&s);
    return 0;
}

typedef struct {
    size_t steps, told;
    double last;
} watching;

static void on_step(void *context, const char *what) {
    watching *w = context;
    assert_true(*what);
    w->steps++;
}

static void on_progress(void *context, double done) {
    watching *w = context;
    assert_true(done >= 0 && done <= 1);
    w->told++;
    w->last = done;
}

static void a_log_that_says_too_little_is_learned_from_as_well(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 5, 40, 150};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        weft_event_log log;
        weft_learning learning;
        weft_err err = {0};
        shop_log(&s, &log, 10, sizes[i], 1);
        if (weft_learn(s.shelf, &log, &(weft_learn_watch){0}, &learning, &err))
            fail_msg("%zu events: %s", sizes[i], err.message);
        assert_false(learning.is_fitted);
        assert_memory_equal(&learning.weights, &weft_recommend_default_weights,
                            sizeof learning.weights);
        assert_non_null(learning.model);
        assert_int_equal(learning.events, sizes[i]);
        assert_int_equal(learning.users, 10);
        assert_int_equal(strlen(learning.learned_at), strlen("2026-01-02T03:04:05.678Z"));
        weft_learning_deinit(&learning);
        weft_event_log_deinit(&log);
    }
}

static void of_no_events_nothing_is_learned(void **state) {
    (void)state;
    weft_event_log log = {0};
    weft_learning learning;
    weft_err err = {0};
    assert_int_equal(weft_learn(s.shelf, &log, &(weft_learn_watch){0}, &learning, &err),
                     WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "no events"));
    assert_null(learning.model);
}

static void enough_of_a_log_is_weighed(void **state) {
    (void)state;
    weft_event_log log;
    weft_learning learning;
    watching w = {0};
    const weft_learn_watch watch = {.on_step = on_step, .on_progress = on_progress, .context = &w};
    weft_err err = {0};
    shop_log(&s, &log, 120, 4000, 2);
    if (weft_learn(s.shelf, &log, &watch, &learning, &err)) fail_msg("%s", err.message);
    assert_true(learning.is_fitted);
    assert_memory_not_equal(&learning.weights, &weft_recommend_default_weights,
                            sizeof learning.weights);
    assert_true(w.steps >= 4 && w.told > 4);
    /* By what it did not learn from: better than popularity. */
    weft_recommend_weights weights;
    static const weft_recommend_way ways[] = {WEFT_RECOMMEND_BLEND, WEFT_RECOMMEND_POPULARITY};
    weft_trial trial = {.shelf = s.shelf, .log = &log, .weights = &weights};
    weft_trial_result r[2];
    weft_collaborative *model;
    assert_int_equal(weft_learn_weights(s.shelf, &log, 0.8, 0, &watch, &weights, NULL), WEFT_OK);
    assert_int_equal(
        weft_learn_factors(&log, weft_trial_known(&trial), s.catalog, &watch, &model, NULL),
        WEFT_OK);
    trial.model = model;
    assert_int_equal(weft_trial_run(&trial, ways, 2, r, NULL), WEFT_OK);
    assert_true(r[0].ndcg > 1.5 * r[1].ndcg);
    weft_collaborative_free(model);
    weft_learning_deinit(&learning);
    weft_event_log_deinit(&log);
}

static void learning_can_be_stopped(void **state) {
    (void)state;
    weft_event_log log;
    weft_learning learning;
    atomic_bool stop = true;
    weft_err err = {0};
    shop_log(&s, &log, 20, 300, 1);
    const weft_learn_watch watch = {.cancel = &stop};
    assert_int_equal(weft_learn(s.shelf, &log, &watch, &learning, &err), WEFT_E_CANCELLED);
    assert_true(*err.message);
    assert_null(learning.model);
    weft_event_log_deinit(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_that_says_too_little_is_learned_from_as_well),
        cmocka_unit_test(of_no_events_nothing_is_learned),
        cmocka_unit_test(enough_of_a_log_is_weighed),
        cmocka_unit_test(learning_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
