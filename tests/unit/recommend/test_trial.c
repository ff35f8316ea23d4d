#include "shop.h"

#include <stdlib.h>

enum { ROWS = 60 };

static shop s;

static int set_up(void **state) {
    (void)state;
    shop_open(&s, ROWS);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    shop_close(&s);
    return 0;
}

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-5)) fail_msg("%g is not %g", value, expected);
}

/* ---- a log with known answers ---- */

/* Before: rows 1 to 5 are popular in this order, by others (users 6 to 10). Then users of whom
 * it can be told what a list by popularity is worth. All at one time before, and one after. */
static const weft_log_entry told[] = {
    {6, 1, 1, 0},
    {7, 1, 1, 0},
    {8, 1, 1, 0},
    {9, 1, 1, 0},
    {10, 1, 1, 0}, /* 5 views of 1 */
    {6, 2, 1, 0},
    {7, 2, 1, 0},
    {8, 2, 1, 0},
    {9, 2, 1, 0}, /* 4 of 2 */
    {6, 3, 1, 0},
    {7, 3, 1, 0},
    {8, 3, 1, 0}, /* 3 of 3 */
    {6, 4, 1, 0},
    {7, 4, 1, 0}, /* 2 of 4 */
    {0, 50, .5f, 0},
    {1, 1, 1, 0},
    {2, 5, 1, 0},
    {3, 52, .5f, 0},
    {5, 53, .5f, 0},
    /* afterwards */
    {0, 3, 3, 1},
    {0, 40, 3, 1},
    {0, 40, 3, 1}, /* third in her list, and not in it */
    {1, 1, 3, 1},
    {1, 2, 3, 1},
    {1, 7, 2, 1}, /* 1 is not new; first in her list; no purchase */
    {2, 5, 3, 1}, /* nothing new */
    {3, 6, 1, 1},
    {3, 7, .5f, 1}, /* bought nothing */
    {4, 1, 3, 1},   /* was not there before */
    {5, 41, 3, 1},  /* not in her list */
};
enum { TOLD = sizeof told / sizeof *told, TOLD_KNOWN = 19, TOLD_USERS = 11 };

static weft_event_log log_of(const weft_log_entry *entries, size_t n, size_t users) {
    weft_event_log log = {.count = n, .users = users};
    weft_arena_init(&log.arena, 0);
    log.entries = weft_alloc(n ? n : 1, sizeof *log.entries);
    log.user_ids = weft_calloc(users, sizeof *log.user_ids);
    for (size_t i = 0; i < n; i++) {
        log.entries[i] = entries[i];
        log.entries[i].at = SHOP_NOW + entries[i].at * SHOP_MINUTE;
    }
    for (size_t user = 0; user < users; user++)
        log.user_ids[user] = weft_arena_printf(&log.arena, "u%zu", user);
    return log;
}

static weft_trial trial_of(const weft_event_log *log) {
    return (weft_trial){.shelf = s.shelf, .log = log, .split = (TOLD_KNOWN + 0.5) / (double)TOLD};
}

static weft_trial_result run(const weft_trial *trial, weft_recommend_way way) {
    weft_trial_result result;
    weft_err err = {0};
    if (weft_trial_run(trial, &way, 1, &result, &err)) fail_msg("%s", err.message);
    return result;
}

static double share_of(size_t users) { return -log2((users ? (double)users : 0.5) / TOLD_USERS); }

static void a_log_that_is_told_by_hand(void **state) {
    (void)state;
    weft_event_log log = log_of(told, TOLD, TOLD_USERS);
    const weft_trial trial = trial_of(&log);
    assert_int_equal(weft_trial_known(&trial), TOLD_KNOWN);
    const weft_trial_result r = run(&trial, WEFT_RECOMMEND_POPULARITY);
    /* Users 0, 1 and 5; the lists by what was done before:
     *   user 0: 1 2 3 4 5 52 53 and then what nobody touched, 0 6 7
     *   user 1: 2 3 4 5 50 52 53 0 6 7
     *   user 5: 1 2 3 4 5 50 52 0 6 7 */
    assert_int_equal(r.users, 3);
    assert_near(r.hits, 2);
    assert_near(r.reciprocal, 1.0 / 3 + 1);
    assert_near(r.ndcg, 0.5 / (1 + 1 / log2(3)) + 1);
    assert_int_equal(r.shown, 11); /* 0 to 7, 50, 52, 53 */
    double untouched = 3 * share_of(0),
           popular = share_of(5 + 1) + share_of(4) + share_of(3) + share_of(2) + share_of(1);
    assert_near(r.novelty, (popular + 2 * share_of(1) + untouched) / 10 +
                               (popular - share_of(6) + 3 * share_of(1) + untouched) / 10 +
                               (popular + 2 * share_of(1) + untouched) / 10);
    /* Of 60: 1 to 5, then 50, 52 and 53 trend in this order; the rest is last. */
    double ranks[8], all = 0;
    for (int i = 0; i < 8; i++) all += ranks[i] = 1 - i / (double)ROWS;
    assert_near(r.popularity, (all - ranks[5] + all - ranks[0] + all - ranks[7]) / 10);
    weft_event_log_deinit(&log);
}

static void diversity_is_one_less_the_mean_cosine(void **state) {
    (void)state;
    static const uint32_t lists[3][10] = {{1, 2, 3, 4, 5, 52, 53, 0, 6, 7},
                                          {2, 3, 4, 5, 50, 52, 53, 0, 6, 7},
                                          {1, 2, 3, 4, 5, 50, 52, 0, 6, 7}};
    weft_event_log log = log_of(told, TOLD, TOLD_USERS);
    const weft_trial trial = trial_of(&log);
    double expected = 0;
    for (size_t list = 0; list < 3; list++) {
        double sum = 0;
        for (size_t i = 0; i < 10; i++)
            for (size_t j = 0; j < i; j++)
                for (size_t d = 0; d < SHOP_DIM; d++)
                    sum += (double)(s.vectors[lists[list][i]][d] * s.vectors[lists[list][j]][d]);
        expected += 1 - sum / 45;
    }
    assert_near(run(&trial, WEFT_RECOMMEND_POPULARITY).diversity, expected);
    weft_event_log_deinit(&log);
}

static void users_can_be_chosen(void **state) {
    (void)state;
    weft_event_log log = log_of(told, TOLD, TOLD_USERS);
    weft_trial trial = trial_of(&log);
    trial.users = 2;
    assert_int_equal(run(&trial, WEFT_RECOMMEND_POPULARITY).users, 2);
    trial.users = 99;
    assert_int_equal(run(&trial, WEFT_RECOMMEND_POPULARITY).users, 3);
    weft_trial_result result;
    weft_recommend_way way = WEFT_RECOMMEND_BLEND;
    weft_err err = {0};
    trial.seen_least = 2; /* none of the three did as much before */
    assert_int_equal(weft_trial_run(&trial, &way, 1, &result, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "none purchased something new"));
    weft_event_log_deinit(&log);
}

/* Events of one moment, as logs have them that know the day alone, are known together or not at
 * all: what is learned from must not be what is asked for. */
static void a_moment_is_not_split(void **state) {
    (void)state;
    weft_log_entry days[100];
    for (uint32_t i = 0; i < 100; i++)
        days[i] = (weft_log_entry){i % 10, i % ROWS, i < 60 ? 1 : 3, i < 60 ? 0 : 24 * 60};
    weft_event_log log = log_of(days, 100, 10);
    weft_trial trial = {.shelf = s.shelf, .log = &log, .split = 0.8};
    assert_int_equal(weft_trial_known(&trial), 60);
    trial.split = 0.6;
    assert_int_equal(weft_trial_known(&trial), 60);
    trial.split = 0.59; /* within the first day: nothing is known before it */
    assert_int_equal(weft_trial_known(&trial), 0);
    weft_trial_result result;
    weft_recommend_way way = WEFT_RECOMMEND_POPULARITY;
    assert_int_equal(weft_trial_run(&trial, &way, 1, &result, NULL), WEFT_E_INVALID);
    weft_event_log_deinit(&log);
}

/* What comes after `until` is as if it were not there. */
static void what_is_later_is_not_looked_at(void **state) {
    (void)state;
    weft_log_entry later[TOLD + 20];
    memcpy(later, told, sizeof told);
    for (size_t i = 0; i < 20; i++) later[TOLD + i] = (weft_log_entry){3, (uint32_t)i, 3, 2};
    weft_event_log log = log_of(later, TOLD + 20, TOLD_USERS);
    weft_trial trial = trial_of(&log);
    trial.split = (TOLD_KNOWN + 0.5) / (TOLD + 20);
    assert_int_equal(run(&trial, WEFT_RECOMMEND_POPULARITY).users, 4); /* user 3 bought, later */
    trial.until = (TOLD + 0.5) / (TOLD + 20);
    const weft_trial_result r = run(&trial, WEFT_RECOMMEND_POPULARITY);
    assert_int_equal(r.users, 3);
    assert_near(r.reciprocal, 1.0 / 3 + 1);
    trial.until = (TOLD + 10.5) / (TOLD + 20); /* within the later moment: not split either */
    assert_int_equal(run(&trial, WEFT_RECOMMEND_POPULARITY).users, 3);
    weft_event_log_deinit(&log);
}

static void choices_are_of_what_was_purchased(void **state) {
    (void)state;
    weft_event_log log = log_of(told, TOLD, TOLD_USERS);
    const weft_trial trial = trial_of(&log);
    weft_blend_choices choices = {0};
    assert_int_equal(weft_trial_choices(&trial, &choices, NULL), WEFT_OK);
    assert_int_equal(choices.set_count, 3);
    size_t chosen[3] = {0};
    for (size_t set = 0; set < 3; set++)
        for (size_t i = 0; i < choices.sets[set].count; i++)
            chosen[set] += choices.is_chosen[choices.sets[set].first + i];
    assert_int_equal(chosen[0], 2);
    assert_int_equal(chosen[1], 1);
    assert_int_equal(chosen[2], 1);
    for (size_t i = 0; i < choices.count; i++)
        for (size_t part = 0; part < WEFT_PART_COUNT; part++)
            assert_true(isfinite(choices.z[i][part]));
    weft_blend_choices_deinit(&choices);
    weft_event_log_deinit(&log);
}

/* ---- logs in which something is planted ---- */

static void a_planted_taste_shows(void **state) {
    (void)state;
    static const weft_recommend_way ways[] = {WEFT_RECOMMEND_POPULARITY, WEFT_RECOMMEND_CONTENT,
                                              WEFT_RECOMMEND_COLLABORATIVE, WEFT_RECOMMEND_BLEND};
    static const weft_collaborative_options options = {.dim = 16, .iterations = 6, .threads = 1};
    weft_event_log log;
    weft_collaborative *model;
    weft_trial_result r[4], again[4];
    shop_log(&s, &log, 80, 1600, 3);
    weft_trial trial = {.shelf = s.shelf, .log = &log};
    size_t known = weft_trial_known(&trial);
    assert_int_equal(known, 1280);
    assert_int_equal(weft_event_log_train(&log, known, s.catalog, &options, &model, NULL), WEFT_OK);
    trial.model = model;
    for (int served = 0; served < 2; served++) {
        trial.as_served = served;
        assert_int_equal(weft_trial_run(&trial, ways, 4, r, NULL), WEFT_OK);
        assert_int_equal(weft_trial_run(&trial, ways, 4, again, NULL), WEFT_OK);
        assert_memory_equal(r, again, sizeof r);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(r[i].users, r[0].users);
            assert_true(r[i].hits <= (double)r[i].users && r[i].ndcg <= r[i].hits);
            assert_true(r[i].reciprocal <= r[i].hits);
            assert_true(r[i].shown <= ROWS);
        }
        /* Users keep to a type, which popularity alone does not know. */
        for (size_t i = 1; i < 4; i++) assert_true(r[i].ndcg > 1.2 * r[0].ndcg);
        assert_true(r[0].popularity > r[1].popularity && r[0].novelty < r[1].novelty);
    }
    weft_collaborative_free(model);
    weft_event_log_deinit(&log);
}

static void an_empty_log_cannot_be_judged(void **state) {
    (void)state;
    weft_event_log log = log_of(NULL, 0, 0);
    const weft_trial trial = {.shelf = s.shelf, .log = &log};
    weft_trial_result result;
    weft_recommend_way way = WEFT_RECOMMEND_BLEND;
    weft_err err = {0};
    assert_int_equal(weft_trial_known(&trial), 0);
    assert_int_equal(weft_trial_run(&trial, &way, 1, &result, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "no events"));
    weft_event_log_deinit(&log);
}

static void note_progress(void *context, size_t done, size_t all) {
    size_t *left = context;
    assert_true(done <= all);
    *left = all - done;
}

static void a_trial_can_be_watched_and_stopped(void **state) {
    (void)state;
    weft_event_log log = log_of(told, TOLD, TOLD_USERS);
    weft_trial trial = trial_of(&log);
    weft_trial_result result;
    weft_recommend_way way = WEFT_RECOMMEND_BLEND;
    atomic_bool stop = false;
    size_t left = 99;
    trial.cancel = &stop;
    trial.on_progress = note_progress;
    trial.context = &left;
    assert_int_equal(weft_trial_run(&trial, &way, 1, &result, NULL), WEFT_OK);
    assert_int_equal(left, 0);
    stop = true;
    assert_int_equal(weft_trial_run(&trial, &way, 1, &result, NULL), WEFT_E_CANCELLED);
    weft_event_log_deinit(&log);
}

static void no_memory_is_said(void **state) {
    (void)state;
    weft_event_log log = log_of(told, TOLD, TOLD_USERS);
    const weft_trial trial = trial_of(&log);
    weft_recommend_way way = WEFT_RECOMMEND_POPULARITY;
    weft_trial_result whole = run(&trial, way);
    for (int choosing = 0; choosing < 2; choosing++) {
        weft_status status;
        size_t nth = 0;
        do {
            weft_trial_result result;
            weft_blend_choices choices = {0};
            weft_mem_fail_after(++nth);
            status = choosing ? weft_trial_choices(&trial, &choices, NULL)
                              : weft_trial_run(&trial, &way, 1, &result, NULL);
            weft_mem_fail_after(0);
            assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
            if (!status && !choosing) assert_memory_equal(&result, &whole, sizeof result);
            weft_blend_choices_deinit(&choices);
        } while (status);
        assert_true(nth > 20);
    }
    weft_event_log_deinit(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_that_is_told_by_hand),
        cmocka_unit_test(diversity_is_one_less_the_mean_cosine),
        cmocka_unit_test(users_can_be_chosen),
        cmocka_unit_test(a_moment_is_not_split),
        cmocka_unit_test(what_is_later_is_not_looked_at),
        cmocka_unit_test(choices_are_of_what_was_purchased),
        cmocka_unit_test(a_planted_taste_shows),
        cmocka_unit_test(an_empty_log_cannot_be_judged),
        cmocka_unit_test(a_trial_can_be_watched_and_stopped),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
