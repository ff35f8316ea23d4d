#include "../unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "search/experiment.h"
#include "search/query.h"

static weft_status parse(const char *text, weft_experiment *experiment, weft_err *err) {
    static weft_arena arena;
    weft_arena_deinit(&arena);
    weft_arena_init(&arena, 0);
    return weft_experiment_parse(experiment, text, strlen(text), &arena, err);
}

static void settings_are_read(void **state) {
    (void)state;
    weft_experiment e;
    assert_int_equal(parse("{\"name\":\"x\",\"share_b\":0.25,\"a\":{},\"b\":{\"diversity\":0.5,"
                           "\"fusion\":\"ranks\",\"collapse\":true,\"understand\":[\"color\"]}}",
                           &e, NULL),
                     WEFT_OK);
    assert_string_equal(e.name, "x");
    assert_true(e.share_b == 0.25 && isnan(e.arms[0].diversity) && e.arms[1].diversity == 0.5);
    assert_int_equal(e.arms[0].fusion, -1);
    assert_int_equal(e.arms[1].fusion, WEFT_FUSE_RANKS);
    assert_int_equal(e.arms[1].collapse, 1);
    assert_int_equal(e.arms[1].understand, WEFT_UNDERSTAND_COLOR);
    assert_false(e.is_interleaved);
    assert_int_equal(parse("{\"name\":\"x\",\"interleave\":true,\"a\":{},"
                           "\"b\":{\"fusion\":\"none\"}}",
                           &e, NULL),
                     WEFT_OK);
    assert_true(e.is_interleaved && e.share_b == 1); /* all users, unless it says otherwise */
}

static void wrong_settings_are_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"{", "line 1"},
        {"7", "line 1"},
        {"{\"a\":{},\"b\":{}}", "name"},
        {"{\"name\":\"x\",\"a\":{}}", "b: must be"},
        {"{\"name\":\"x\",\"share_b\":2,\"a\":{},\"b\":{}}", "share_b"},
        {"{\"name\":\"x\",\"interleave\":1,\"a\":{},\"b\":{}}", "interleave"},
        {"{\"name\":\"x\",\"interleave\":true,\"a\":{},\"b\":{\"collapse\":true}}",
         "b: interleaved arms may set fusion and diversity alone"},
        {"{\"name\":\"x\",\"a\":{\"diversity\":7},\"b\":{}}", "a: diversity"},
        {"{\"name\":\"x\",\"a\":{},\"b\":{\"fusion\":\"magic\"}}", "b: fusion"},
        {"{\"name\":\"x\",\"a\":{},\"b\":{\"speed\":1}}", "b: speed"},
        {"{\"name\":\"x\",\"a\":{},\"b\":{},\"c\":{}}", "c: no such field"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        weft_experiment e;
        weft_err err = {0};
        assert_true(parse(wrong[i].text, &e, &err));
        assert_non_null(strstr(err.message, wrong[i].says));
    }
}

static void users_keep_their_arm_and_share(void **state) {
    (void)state;
    weft_experiment e = {.name = "one", .share_b = 0.3}, other = {.name = "two", .share_b = 0.3};
    size_t in_b = 0, in_both = 0;
    enum { USERS = 20000 };
    for (int i = 0; i < USERS; i++) {
        char user[32];
        snprintf(user, sizeof user, "user-%d", i);
        int arm = weft_experiment_arm(&e, user);
        assert_int_equal(arm, weft_experiment_arm(&e, user));
        in_b += (size_t)arm;
        in_both += (size_t)(arm && weft_experiment_arm(&other, user));
    }
    assert_true(fabs((double)in_b / USERS - 0.3) < 0.01);
    assert_true(fabs((double)in_both / USERS - 0.09) < 0.01); /* experiments are independent */
    e.share_b = 0;
    assert_int_equal(weft_experiment_arm(&e, "anyone"), 0);
    e.share_b = 1;
    assert_int_equal(weft_experiment_arm(&e, "anyone"), 1);
}

static weft_sample sample_of(const double *values, size_t n) {
    weft_sample s = {0};
    for (size_t i = 0; i < n; i++) weft_sample_add(&s, values[i]);
    return s;
}

static void means_are_compared(void **state) {
    (void)state;
    static const double a[] = {1, 2, 3, 4, 5, 6}, b[] = {3, 4, 5, 6, 7, 8};
    weft_sample x = sample_of(a, 6), y = sample_of(b, 6);
    weft_comparison_of_means c = weft_compare_means(&x, &y);
    /* variance 3.5 each: error sqrt(7/6) = 1.0801; z = 1.8516 */
    assert_true(fabs(c.difference - 2) < 1e-9);
    assert_true(fabs(c.high - c.low - 2 * 1.959964 * 1.0801234) < 1e-5);
    assert_true(fabs(c.p - 0.06408) < 1e-4);
    assert_true(weft_users_needed(&x, &y) == ceil(7.8488 * 7 / 4));
    weft_comparison_of_means same = weft_compare_means(&x, &x);
    assert_true(same.p == 1 && weft_users_needed(&x, &x) == 0);
    /* One sample: error sqrt(3.5/6) = 0.76376, 1 above: z = 1.3093 */
    weft_comparison_of_means above = weft_compare_mean_with(&x, 2.5);
    assert_true(fabs(above.difference - 1) < 1e-9);
    assert_true(fabs(above.p - 0.19043) < 1e-4);
    assert_true(weft_compare_mean_with(&x, 3.5).p == 1);
    weft_sample one = sample_of(a, 1), none = {0};
    assert_true(weft_compare_means(&one, &y).p == 1);
    assert_true(weft_compare_mean_with(&one, 0).p == 1);
    assert_true(weft_compare_mean_with(&none, 0.5).p == 1);
    assert_true(weft_sample_mean(&none) == 0);
}

/* Of experiments in which nothing differs one in twenty is called real. */
static void chance_is_called_real_one_time_in_twenty(void **state) {
    (void)state;
    uint32_t seed = 7;
    size_t called = 0;
    enum { EXPERIMENTS = 2000, USERS = 200 };
    for (int e = 0; e < EXPERIMENTS; e++) {
        weft_sample s[2] = {{0}, {0}};
        for (int u = 0; u < 2 * USERS; u++) {
            seed = seed * 1664525u + 1013904223u;
            weft_sample_add(&s[u % 2], (seed >> 8) % 100 < 30);
        }
        called += weft_compare_means(&s[0], &s[1]).p < 0.05;
    }
    assert_in_range(called, EXPERIMENTS * 3 / 100, EXPERIMENTS * 7 / 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read),
        cmocka_unit_test(wrong_settings_are_named),
        cmocka_unit_test(users_keep_their_arm_and_share),
        cmocka_unit_test(means_are_compared),
        cmocka_unit_test(chance_is_called_real_one_time_in_twenty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
