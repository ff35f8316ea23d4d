#include "shop.h"

#include <stdlib.h>

enum { ROWS = 180, USERS = 40, EVENTS = 1500 };

static shop s;
static weft_event_log events;
static weft_collaborative *model;
static weft_crowd *crowd;

static int set_up(void **state) {
    (void)state;
    shop_open(&s, ROWS);
    shop_log(&s, &events, USERS, EVENTS, 5);
    crowd = shop_crowd(&s, &events, EVENTS, &model);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_crowd_free(crowd);
    weft_collaborative_free(model);
    weft_event_log_deinit(&events);
    shop_close(&s);
    return 0;
}

/* The factor of a row by the model itself; NULL: none. */
static const float *factor_of(const weft_collaborative *m, uint32_t row) {
    uint32_t item;
    if (!weft_collaborative_find(m, shop_product(&s, row)->product_id, &item)) return NULL;
    const float *factor = weft_collaborative_factor(m, item);
    for (size_t i = 0; i < weft_collaborative_dim(m); i++)
        if (factor[i] != 0) return factor;
    return NULL;
}

static double inner(const float *a, const float *b, size_t dim) {
    double sum = 0;
    for (size_t i = 0; i < dim; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

static void what_is_trending_is_in_order(void **state) {
    (void)state;
    bool is_touched[ROWS] = {false};
    size_t touched = 0;
    for (size_t i = 0; i < EVENTS; i++) is_touched[events.entries[i].row] = true;
    for (size_t row = 0; row < ROWS; row++) touched += is_touched[row];
    assert_int_equal(crowd->trending_count, touched);
    assert_true(touched < ROWS);
    for (size_t i = 0; i < touched; i++) {
        uint32_t row = crowd->trending[i];
        assert_true(is_touched[row]);
        if (!i) continue;
        uint32_t before = crowd->trending[i - 1];
        assert_true(crowd->popularity[before] > crowd->popularity[row] ||
                    (crowd->popularity[before] == crowd->popularity[row] && before < row));
    }
    for (size_t row = 0; row < ROWS; row++)
        assert_true((crowd->popularity[row] > 0) == is_touched[row]);
}

/* A shop begins with the log of a year that is long over. */
static void what_was_popular_when_a_log_ended_stays_so(void **state) {
    (void)state;
    weft_trends *trends;
    weft_crowd *then, *much_later;
    const int64_t years = 300 * SHOP_WEEK;
    assert_int_equal(weft_trends_new(&trends, SHOP_NOW + years, NULL), WEFT_OK);
    for (int i = 0; i < 3; i++) {
        const weft_event event = {.user_id = "u",
                                  .product_id = shop_product(&s, (uint32_t)i)->product_id,
                                  .event_type = "purchase",
                                  .at = SHOP_NOW - i * SHOP_WEEK};
        assert_int_equal(weft_trends_visit(trends, i + 1, &event, NULL), WEFT_OK);
    }
    assert_int_equal(weft_crowd_new(&then, s.catalog, trends, NULL, SHOP_NOW, NULL), WEFT_OK);
    assert_int_equal(weft_crowd_new(&much_later, s.catalog, trends, NULL, SHOP_NOW + years, NULL),
                     WEFT_OK);
    assert_int_equal(much_later->trending_count, 3);
    for (uint32_t row = 0; row < ROWS; row++) {
        assert_float_equal(then->popularity[row], row < 3 ? 3 * exp2f(-(float)row) : 0, 1e-5);
        assert_float_equal(much_later->popularity[row], then->popularity[row], 1e-5);
        assert_float_equal(much_later->likes[row], then->likes[row], 1e-5);
    }
    weft_crowd_free(then);
    weft_crowd_free(much_later);
    weft_trends_free(trends);
}

static int by_score(const void *a, const void *b) {
    const weft_hit *x = a, *y = b;
    return (x->score < y->score) - (x->score > y->score);
}

static void the_nearest_are_those_of_all_inner_products(void **state) {
    (void)state;
    uint64_t random = 6;
    size_t asked = 0, dim = weft_collaborative_dim(model);
    for (int user = 0; user < 60; user++) {
        const weft_profile *p = shop_draw_profile(&s, &random);
        weft_bitset allow;
        weft_hit all[ROWS], *hits;
        float *factor;
        bool found;
        size_t n, m = 0, k = 1 + weft_random_below(&random, 40);
        assert_int_equal(weft_crowd_factor(crowd, p, &s.arena, &factor, &found, NULL), WEFT_OK);
        if (!found) continue;
        asked++;
        assert_int_equal(weft_bitset_init(&allow, ROWS, NULL), WEFT_OK);
        for (uint32_t row = 0; row < ROWS; row++) {
            const float *of_row = factor_of(model, row);
            if (user % 2 && weft_random_below(&random, 3)) continue;
            weft_bitset_set(&allow, row);
            if (of_row) all[m++] = (weft_hit){row, (float)inner(factor, of_row, dim)};
        }
        qsort(all, m, sizeof *all, by_score);
        assert_int_equal(weft_crowd_nearest(crowd, factor, k, &allow, &s.arena, &hits, &n, NULL),
                         WEFT_OK);
        assert_int_equal(n, m < k ? m : k);
        for (size_t i = 0; i < n; i++) {
            float score;
            assert_true(weft_bitset_get(&allow, hits[i].row));
            assert_true(fabsf(hits[i].score - all[i].score) < 1e-4f);
            assert_true(weft_crowd_score(crowd, factor, hits[i].row, &score));
            assert_true(fabsf(hits[i].score - score) < 1e-4f);
        }
        weft_bitset_deinit(&allow);
    }
    assert_true(asked > 40);
}

static void people_like_what_their_like_do(void **state) {
    (void)state;
    for (uint32_t type = 0; type < SHOP_TYPES; type++) {
        shop_deed deeds[4];
        weft_hit *hits;
        float *factor;
        bool found;
        size_t n, same = 0;
        for (uint32_t i = 0; i < 4; i++) deeds[i] = (shop_deed){"purchase", type + i * SHOP_TYPES};
        const weft_profile *p = shop_profile(&s, deeds, 4);
        assert_int_equal(weft_crowd_factor(crowd, p, &s.arena, &factor, &found, NULL), WEFT_OK);
        assert_true(found);
        assert_int_equal(weft_crowd_nearest(crowd, factor, 10, NULL, &s.arena, &hits, &n, NULL),
                         WEFT_OK);
        for (size_t i = 0; i < n; i++) same += hits[i].row % SHOP_TYPES == type;
        assert_true(same >= 6);
    }
}

static void who_is_not_known_has_no_factor(void **state) {
    (void)state;
    float *factor;
    bool found = true;
    shop_deed untouched = {"purchase", 0};
    while (crowd->popularity[untouched.row] > 0) untouched.row++;
    const weft_profile *nobody = shop_profile(&s, NULL, 0);
    const weft_profile *apart = shop_profile(&s, &untouched, 1);
    assert_int_equal(weft_crowd_factor(crowd, nobody, &s.arena, &factor, &found, NULL), WEFT_OK);
    assert_false(found);
    found = true;
    assert_int_equal(weft_crowd_factor(crowd, apart, &s.arena, &factor, &found, NULL), WEFT_OK);
    assert_false(found);
}

static void without_a_model_there_is_popularity_alone(void **state) {
    (void)state;
    static const shop_deed deed = {"purchase", 0};
    float *factor, score, some[16] = {0};
    bool found = true;
    weft_crowd *bare = shop_crowd(&s, &events, EVENTS, NULL);
    const weft_profile *p = shop_profile(&s, &deed, 1);
    assert_int_equal(weft_crowd_factor(bare, p, &s.arena, &factor, &found, NULL), WEFT_OK);
    assert_false(found);
    assert_false(weft_crowd_score(bare, some, 0, &score));
    assert_int_equal(bare->trending_count, crowd->trending_count);
    weft_crowd_free(bare);
    weft_crowd_free(NULL);
}

/* A catalog in another order, with products that came and without some that went. */
static void a_model_of_other_products_is_asked_for_what_both_have(void **state) {
    (void)state;
    weft_catalog *other;
    weft_trends *trends;
    weft_crowd *changed;
    assert_int_equal(weft_catalog_new(&other, NULL), WEFT_OK);
    for (uint32_t i = 0; i < 100; i++) {
        char id[8];
        weft_product product = *shop_product(&s, ROWS - 1 - i);
        snprintf(id, sizeof id, "new%u", i);
        if (i % 3 == 0) product.product_id = id;
        assert_int_equal(weft_catalog_add(other, &product, NULL), WEFT_OK);
    }
    assert_int_equal(weft_catalog_finish(other, NULL), WEFT_OK);
    assert_int_equal(weft_trends_new(&trends, SHOP_NOW, NULL), WEFT_OK);
    assert_int_equal(
        weft_crowd_new(&changed, other, trends, shop_tastes(other, model), SHOP_NOW, NULL),
        WEFT_OK);
    const float *factor = factor_of(model, 0);
    for (uint32_t row = 0; row < 100; row++) {
        const float *of_row = row % 3 ? factor_of(model, ROWS - 1 - row) : NULL;
        float score;
        assert_true(weft_crowd_score(changed, factor, row, &score) == (of_row != NULL));
        if (of_row)
            assert_true(fabs((double)score - inner(factor, of_row, weft_collaborative_dim(model))) <
                        1e-4);
    }
    assert_int_equal(changed->trending_count, 0);
    weft_crowd_free(changed);
    weft_trends_free(trends);
    weft_catalog_free(other);
}

static void no_memory_is_said(void **state) {
    (void)state;
    weft_trends *trends;
    weft_status status;
    size_t nth = 0;
    assert_int_equal(weft_trends_new(&trends, SHOP_NOW, NULL), WEFT_OK);
    do {
        weft_tastes *tastes;
        weft_crowd *one = NULL;
        weft_mem_fail_after(++nth);
        status = weft_tastes_new(&tastes, s.catalog, model, NULL);
        if (!status) status = weft_crowd_new(&one, s.catalog, trends, tastes, SHOP_NOW, NULL);
        weft_mem_fail_after(0);
        weft_tastes_free(tastes);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        assert_true((one == NULL) == (status != WEFT_OK));
        weft_crowd_free(one);
    } while (status);
    assert_true(nth > 4);
    weft_trends_free(trends);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_trending_is_in_order),
        cmocka_unit_test(what_was_popular_when_a_log_ended_stays_so),
        cmocka_unit_test(the_nearest_are_those_of_all_inner_products),
        cmocka_unit_test(people_like_what_their_like_do),
        cmocka_unit_test(who_is_not_known_has_no_factor),
        cmocka_unit_test(without_a_model_there_is_popularity_alone),
        cmocka_unit_test(a_model_of_other_products_is_asked_for_what_both_have),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
