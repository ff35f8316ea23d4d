#include "../unit.h"

#include <jansson.h>
#include <string.h>

#include "../text/shop.h"
#include "base/mem.h"
#include "search/rule_effects.h"

static weft_catalog *catalog;
static weft_arena arena;
static weft_bitset everything;

static int set_up(void **state) {
    (void)state;
    weft_arena_init(&arena, 0);
    catalog = shop_catalog();
    if (weft_bitset_init(&everything, SHOP_ROWS, NULL)) return -1;
    weft_bitset_fill(&everything);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_bitset_deinit(&everything);
    weft_catalog_free(catalog);
    weft_arena_deinit(&arena);
    return 0;
}

static const weft_rule *rule(const char *text) {
    weft_rule *r = weft_arena_calloc(&arena, 1, sizeof *r);
    weft_err err = {0};
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    if (weft_rule_parse(r, "r", json, &arena, &err)) fail_msg("%s", err.message);
    json_decref(json);
    return r;
}

static weft_rule_effects of(const weft_rule *const *rules, size_t n, const weft_bitset *filtered) {
    weft_rule_effects e;
    weft_err err = {0};
    if (weft_rule_effects_init(&e, rules, n, catalog, filtered, &arena, &err))
        fail_msg("%s", err.message);
    return e;
}

static bool is_color(size_t row, const char *color) {
    return strcmp(shop_rows[row].base_color, color) == 0;
}

static void without_rules_nothing_happens(void **state) {
    (void)state;
    weft_rule_effects e = of(NULL, 0, &everything);
    assert_null(e.buried.words);
    assert_int_equal(e.pin_count, 0);
    assert_int_equal(e.boost_count, 0);
    assert_true(weft_rule_effects_boost(&e, 0) == 0);
    weft_rule_effects_deinit(&e);
}

static void boosts_of_a_row_add_up(void **state) {
    (void)state;
    const weft_rule *rules[] = {
        rule("{\"boost\":[{\"filter\":{\"gender\":\"Men\"},\"by\":2},"
             "{\"filter\":{\"base_color\":\"Black\"},\"by\":-0.5}]}"),
        rule("{\"boost\":[{\"filter\":{\"price\":{\"$lt\":50}},\"by\":1}]}")};
    weft_rule_effects e = of(rules, 2, &everything);
    assert_int_equal(e.boost_count, 3);
    assert_ptr_equal(e.boosts[2].rule, rules[1]);
    for (uint32_t row = 0; row < SHOP_ROWS; row++) {
        float sum = strcmp(shop_rows[row].gender, "Men") == 0 ? 2 : 0;
        if (is_color(row, "Black")) sum -= 0.5f;
        if (shop_rows[row].price < 50) sum += 1;
        assert_true(weft_rule_effects_boost(&e, row) == sum);
    }
    weft_rule_effects_deinit(&e);
}

static void what_any_rule_buries_is_buried(void **state) {
    (void)state;
    const weft_rule *rules[] = {rule("{\"bury\":{\"base_color\":\"Red\"}}"),
                                rule("{\"boost\":[{\"filter\":{},\"by\":1}]}"),
                                rule("{\"bury\":{\"base_color\":\"Brown\"}}")};
    weft_rule_effects e = of(rules, 3, &everything);
    for (uint32_t row = 0; row < SHOP_ROWS; row++)
        assert_true(weft_bitset_get(&e.buried, row) ==
                    (is_color(row, "Red") || is_color(row, "Brown")));
    weft_rule_effects_deinit(&e);
}

static void pins_are_in_order_and_the_first_one_counts(void **state) {
    (void)state;
    const weft_rule *rules[] = {rule("{\"pin\":[{\"product_id\":\"p03\",\"position\":9},"
                                     "{\"product_id\":\"p01\",\"position\":2}]}"),
                                rule("{\"pin\":[{\"product_id\":\"p05\",\"position\":2},"
                                     "{\"product_id\":\"p03\",\"position\":1},"
                                     "{\"product_id\":\"p06\",\"position\":4},"
                                     "{\"product_id\":\"gone\",\"position\":3}]}")};
    weft_rule_effects e = of(rules, 2, &everything);
    static const weft_rule_place expected[] = {{1, 2, NULL}, {6, 4, NULL}, {3, 9, NULL}};
    assert_int_equal(e.pin_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(e.pins[i].row, expected[i].row);
        assert_int_equal(e.pins[i].position, expected[i].position);
        assert_ptr_equal(e.pins[i].rule, rules[i == 1]);
    }
    weft_rule_effects_deinit(&e);
}

static void pins_keep_to_what_may_come_back(void **state) {
    (void)state;
    weft_bitset few;
    const weft_rule *r = rule("{\"pin\":[{\"product_id\":\"p03\",\"position\":1},"
                              "{\"product_id\":\"p04\",\"position\":2}]}");
    assert_int_equal(weft_bitset_init(&few, SHOP_ROWS, NULL), WEFT_OK);
    weft_bitset_set(&few, 4);
    weft_rule_effects e = of(&r, 1, &few);
    assert_int_equal(e.pin_count, 1);
    assert_int_equal(e.pins[0].row, 4);
    weft_rule_effects_deinit(&e);
    weft_bitset_deinit(&few);
}

static void what_is_pinned_is_not_buried(void **state) {
    (void)state;
    const weft_rule *rules[] = {rule("{\"bury\":{\"base_color\":\"Red\"}}"),
                                rule("{\"pin\":[{\"product_id\":\"p00\",\"position\":1}]}")};
    weft_rule_effects e = of(rules, 2, &everything);
    assert_false(weft_bitset_get(&e.buried, 0));
    assert_true(weft_bitset_get(&e.buried, 3));
    weft_rule_effects_deinit(&e);
}

/* Rules that pin every product somewhere: more pins than there are products. */
static void a_product_is_pinned_once(void **state) {
    (void)state;
    weft_rule rules[10];
    weft_rule_pin pins[10][SHOP_ROWS];
    const weft_rule *acting[10];
    bool is_pinned[SHOP_ROWS] = {false};
    for (size_t i = 0; i < 10; i++) {
        for (size_t p = 0; p < SHOP_ROWS; p++)
            pins[i][p] = (weft_rule_pin){weft_catalog_product(catalog, (uint32_t)p)->product_id,
                                         1 + (i * SHOP_ROWS + p) % WEFT_RULE_MAX_POSITION};
        rules[i] = (weft_rule){.pins = pins[i], .pin_count = SHOP_ROWS};
        acting[i] = &rules[i];
    }
    weft_rule_effects e = of(acting, 10, &everything);
    assert_int_equal(e.pin_count, SHOP_ROWS);
    for (size_t i = 0; i < e.pin_count; i++) {
        assert_false(is_pinned[e.pins[i].row]);
        is_pinned[e.pins[i].row] = true;
        if (i) assert_true(e.pins[i].position > e.pins[i - 1].position);
    }
    weft_rule_effects_deinit(&e);
}

static void no_memory_is_said(void **state) {
    (void)state;
    const weft_rule *rules[] = {rule("{\"boost\":[{\"filter\":{\"gender\":\"Men\"},\"by\":2},"
                                     "{\"filter\":{\"base_color\":\"Black\"},\"by\":1}],"
                                     "\"bury\":{\"base_color\":\"Red\"}}"),
                                rule("{\"bury\":{\"base_color\":\"Brown\"}}")};
    weft_status status;
    size_t nth = 0;
    do {
        weft_rule_effects e;
        weft_arena scratch;
        weft_arena_init(&scratch, 64);
        weft_mem_fail_after(++nth);
        status = weft_rule_effects_init(&e, rules, 2, catalog, &everything, &scratch, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        weft_rule_effects_deinit(&e);
        weft_arena_deinit(&scratch);
    } while (status);
    assert_true(nth > 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_rules_nothing_happens),
        cmocka_unit_test(boosts_of_a_row_add_up),
        cmocka_unit_test(what_any_rule_buries_is_buried),
        cmocka_unit_test(pins_are_in_order_and_the_first_one_counts),
        cmocka_unit_test(pins_keep_to_what_may_come_back),
        cmocka_unit_test(what_is_pinned_is_not_buried),
        cmocka_unit_test(a_product_is_pinned_once),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
