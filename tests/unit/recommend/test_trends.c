#include "shop.h"

static shop s;

static int set_up(void **state) {
    (void)state;
    shop_open(&s, 30);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    shop_close(&s);
    return 0;
}

static weft_trends *begin(void) {
    weft_trends *trends;
    assert_int_equal(weft_trends_new(&trends, SHOP_NOW, NULL), WEFT_OK);
    return trends;
}

static void visit(weft_trends *trends, const char *id, const char *what, int64_t at) {
    const weft_event event = {
        .user_id = "u", .product_id = id, .event_type = what, .query_id = "", .at = at};
    assert_int_equal(weft_trends_visit(trends, weft_trends_position(trends) + 1, &event, NULL),
                     WEFT_OK);
}

static float popularity(const weft_trends *trends, uint32_t row, int64_t now) {
    float all[30];
    weft_trends_popularity(trends, s.catalog, now, all);
    return all[row];
}

static void assert_near(float value, double expected) {
    if (!(fabs((double)value - expected) <= 1e-5 * fabs(expected) + 1e-30))
        fail_msg("%g is not %g", (double)value, expected);
}

static void an_event_counts_half_after_a_week(void **state) {
    (void)state;
    static const char *const types[] = {"view", "click", "add_to_cart", "purchase"};
    static const double weights[] = {1, 0.5, 2, 3};
    weft_trends *trends = begin();
    for (uint32_t i = 0; i < 4; i++)
        visit(trends, shop_product(&s, i)->product_id, types[i], SHOP_NOW);
    for (int week = 0; week < 10; week++)
        for (uint32_t i = 0; i < 4; i++)
            assert_near(popularity(trends, i, SHOP_NOW + week * SHOP_WEEK),
                        weights[i] * pow(0.5, week));
    assert_near(popularity(trends, 0, SHOP_NOW + SHOP_WEEK / 2), sqrt(0.5));
    assert_true(popularity(trends, 4, SHOP_NOW) == 0);
    weft_trends_free(trends);
}

static void sums_are_the_formula_in_any_order(void **state) {
    (void)state;
    enum { EVENTS = 400 };
    uint64_t random = 3;
    uint32_t rows[EVENTS];
    int64_t times[EVENTS];
    double sums[30] = {0};
    weft_trends *forth = begin(), *back = begin();
    for (size_t i = 0; i < EVENTS; i++) {
        rows[i] = (uint32_t)weft_random_below(&random, 30);
        times[i] = SHOP_NOW - (int64_t)(shop_uniform(&random) * 60 * (double)SHOP_WEEK);
        sums[rows[i]] += 3 * exp2((double)(times[i] - SHOP_NOW) / (double)SHOP_WEEK);
    }
    for (size_t i = 0; i < EVENTS; i++) {
        size_t j = EVENTS - 1 - i;
        visit(forth, shop_product(&s, rows[i])->product_id, "purchase", times[i]);
        visit(back, shop_product(&s, rows[j])->product_id, "purchase", times[j]);
    }
    for (uint32_t row = 0; row < 30; row++) {
        assert_near(popularity(forth, row, SHOP_NOW), sums[row]);
        assert_near(popularity(back, row, SHOP_NOW), sums[row]);
    }
    assert_int_equal(weft_trends_position(forth), EVENTS);
    weft_trends_free(forth);
    weft_trends_free(back);
}

static void times_that_cannot_be_stay_numbers(void **state) {
    (void)state;
    static const int64_t times[] = {INT64_MIN, 0, 1, INT64_MAX / 2, INT64_MAX};
    weft_trends *trends = begin();
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        for (int again = 0; again < 100; again++)
            visit(trends, shop_product(&s, (uint32_t)i)->product_id, "purchase", times[i]);
    visit(trends, shop_product(&s, 5)->product_id, "view", SHOP_NOW);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        float all[30];
        weft_trends_popularity(trends, s.catalog, times[i], all);
        for (uint32_t row = 0; row < 30; row++) assert_true(isfinite(all[row]) && all[row] >= 0);
    }
    /* What was long ago is less than one view now, what is said to come is more. */
    assert_true(popularity(trends, 0, SHOP_NOW) < popularity(trends, 5, SHOP_NOW));
    assert_true(popularity(trends, 4, SHOP_NOW) > popularity(trends, 5, SHOP_NOW));
    weft_trends_free(trends);
}

static void products_that_are_gone_are_passed_over(void **state) {
    (void)state;
    weft_trends *trends = begin();
    char id[16];
    for (int i = 0; i < 3000; i++) { /* more than there is room for at first */
        snprintf(id, sizeof id, "gone%d", i);
        visit(trends, id, "view", SHOP_NOW);
    }
    visit(trends, "p7", "view", SHOP_NOW);
    for (uint32_t row = 0; row < 30; row++)
        assert_true(popularity(trends, row, SHOP_NOW) == (row == 7 ? 1.0f : 0.0f));
    weft_trends_free(trends);
}

static void no_memory_is_said_and_nothing_counted(void **state) {
    (void)state;
    for (size_t nth = 1; nth < 6; nth++) {
        const weft_event event = {.user_id = "u", .product_id = "p1", .event_type = "view"};
        weft_trends *trends = begin();
        weft_mem_fail_after(nth);
        weft_status status = weft_trends_visit(trends, 9, &event, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        assert_int_equal(weft_trends_position(trends), status ? 0 : 9);
        /* It goes on where it was. */
        visit(trends, "p2", "view", SHOP_NOW);
        assert_true(popularity(trends, 2, SHOP_NOW) == 1);
        weft_trends_free(trends);
    }
    weft_trends_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_counts_half_after_a_week),
        cmocka_unit_test(sums_are_the_formula_in_any_order),
        cmocka_unit_test(times_that_cannot_be_stay_numbers),
        cmocka_unit_test(products_that_are_gone_are_passed_over),
        cmocka_unit_test(no_memory_is_said_and_nothing_counted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
