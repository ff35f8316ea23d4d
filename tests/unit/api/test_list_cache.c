#include "../unit.h"

#include "api/list_cache.h"

enum { MOST = 64 };

static weft_list_cache *cache;
static weft_arena arena;
static const weft_list_stamp ANNA = {
    .key = "anna\nlimit=3", .generation = 7, .revision = 2, .newest_event = 1000, .seed = 5};

static int set_up(void **state) {
    (void)state;
    weft_arena_init(&arena, 4096);
    return weft_list_cache_new(&cache, NULL) ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_list_cache_free(cache);
    weft_arena_deinit(&arena);
    return 0;
}

/* n products from a row on, of 100 that would do. */
static void put(const weft_list_stamp *stamp, uint32_t first, size_t n) {
    weft_recommended list[MOST] = {0};
    for (size_t i = 0; i < n; i++)
        list[i] = (weft_recommended){.row = first + (uint32_t)i, .score = 1 - (float)i / MOST};
    weft_list_cache_put(cache, stamp, list, n, 100);
}

/* The first row of the list that is kept, or -1. */
static int64_t first_of(const weft_list_stamp *stamp, size_t count) {
    weft_recommended *list;
    size_t n, total;
    if (!weft_list_cache_get(cache, stamp, &arena, &list, &n, &total)) return -1;
    assert_int_equal(n, count);
    assert_int_equal(total, 100);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].row, list[0].row + i);
        assert_float_equal(list[i].score, 1 - (float)i / MOST, 1e-6);
    }
    return list[0].row;
}

static void a_list_comes_back_as_it_was(void **state) {
    (void)state;
    assert_int_equal(first_of(&ANNA, 3), -1);
    put(&ANNA, 40, 3);
    assert_int_equal(first_of(&ANNA, 3), 40);
    put(&ANNA, 50, 2); /* in its place */
    assert_int_equal(first_of(&ANNA, 2), 50);
}

static void a_list_holds_for_what_it_was_made_from_alone(void **state) {
    weft_list_stamp other[5];
    (void)state;
    put(&ANNA, 40, 3);
    for (int i = 0; i < 5; i++) other[i] = ANNA;
    other[0].key = "anna\nlimit=4";
    other[1].generation++;
    other[2].revision++;
    other[3].newest_event++;
    other[4].seed++;
    for (int i = 0; i < 5; i++) assert_int_equal(first_of(&other[i], 3), -1);
    assert_int_equal(first_of(&ANNA, 3), 40);
}

static void the_caller_s_key_may_go(void **state) {
    char key[] = "bo";
    weft_list_stamp stamp = ANNA;
    (void)state;
    stamp.key = key;
    put(&stamp, 9, 1);
    key[0] = 'x';
    stamp.key = "bo";
    assert_int_equal(first_of(&stamp, 1), 9);
}

static void a_long_list_is_not_kept(void **state) {
    (void)state;
    put(&ANNA, 0, 25);
    assert_int_equal(first_of(&ANNA, 25), -1);
    put(&ANNA, 0, 24);
    assert_int_equal(first_of(&ANNA, 24), 0);
}

static void a_list_with_a_pin_is_not_kept(void **state) {
    const weft_rule rule = {0};
    const weft_recommended list[2] = {{.row = 1}, {.row = 2, .pinned_by = &rule}};
    (void)state;
    weft_list_cache_put(cache, &ANNA, list, 2, 100);
    assert_int_equal(first_of(&ANNA, 2), -1);
}

static void an_empty_list_is_a_list(void **state) {
    weft_recommended *list;
    size_t n, total;
    (void)state;
    weft_list_cache_put(cache, &ANNA, NULL, 0, 0);
    assert_true(weft_list_cache_get(cache, &ANNA, &arena, &list, &n, &total));
    assert_int_equal(n, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_list_comes_back_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_list_holds_for_what_it_was_made_from_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_caller_s_key_may_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_list_is_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_list_with_a_pin_is_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_list_is_a_list, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
