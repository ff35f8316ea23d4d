#include "small_catalog.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/filter.h"

static weft_catalog *catalog;

static int make_catalog(void **state) {
    (void)state;
    catalog = small_catalog();
    return 0;
}

static int free_catalog(void **state) {
    (void)state;
    weft_catalog_free(catalog);
    return 0;
}

/* The rows that pass, as digits: "034". */
static const char *rows_of(const char *json) {
    static char out[16];
    const weft_filter *filter;
    weft_arena arena;
    weft_bitset rows;
    weft_err err = {0};
    size_t n = 0;
    weft_arena_init(&arena, 0);
    if (weft_filter_parse_text(&filter, json, strlen(json), &arena, &err))
        fail_msg("%s: %s", json, err.message);
    assert_int_equal(weft_filter_apply(filter, catalog, &rows, NULL), WEFT_OK);
    for (uint32_t row = 0; row < 6; row++)
        if (weft_bitset_get(&rows, row)) out[n++] = (char)('0' + row);
    out[n] = '\0';
    weft_bitset_deinit(&rows);
    weft_arena_deinit(&arena);
    return out;
}

static weft_status refuse(const char *json, weft_err *err) {
    const weft_filter *filter;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    weft_status status = weft_filter_parse_text(&filter, json, strlen(json), &arena, err);
    weft_arena_deinit(&arena);
    return status;
}

/* The filter is refused with a message that holds the words. */
static void assert_refused(const char *json, const char *words) {
    weft_err err = {0};
    assert_int_equal(refuse(json, &err), WEFT_E_INVALID);
    if (!strstr(err.message, words))
        fail_msg("%s: \"%s\" is not in \"%s\"", json, words, err.message);
}

static void nothing_filters_nothing(void **state) {
    (void)state;
    weft_bitset rows;
    assert_string_equal(rows_of("{}"), "012345");
    assert_string_equal(rows_of("null"), "012345");
    assert_true(weft_filter_is_empty(NULL));
    assert_int_equal(weft_filter_apply(NULL, catalog, &rows, NULL), WEFT_OK);
    assert_int_equal(weft_bitset_popcount(&rows), 6);
    weft_bitset_deinit(&rows);
}

static void emptiness_is_told(void **state) {
    (void)state;
    const weft_filter *filter;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_filter_parse(&filter, NULL, &arena, NULL), WEFT_OK);
    assert_true(weft_filter_is_empty(filter));
    assert_int_equal(weft_filter_parse_text(&filter, "{\"year\":1}", 10, &arena, NULL), WEFT_OK);
    assert_false(weft_filter_is_empty(filter));
    weft_arena_deinit(&arena);
}

static void strings(void **state) {
    (void)state;
    assert_string_equal(rows_of("{\"base_color\":\"Red\"}"), "03");
    assert_string_equal(rows_of("{\"base_color\":\"rED\"}"), "03");
    assert_string_equal(rows_of("{\"base_color\":[\"Red\",\"Blue\"]}"), "0134");
    assert_string_equal(rows_of("{\"base_color\":[]}"), "");
    assert_string_equal(rows_of("{\"base_color\":\"Green\"}"), "");
    assert_string_equal(rows_of("{\"base_color\":\"\"}"), "5");
    assert_string_equal(rows_of("{\"gender\":{\"$ne\":\"Men\"}}"), "0345");
    assert_string_equal(rows_of("{\"gender\":{\"$eq\":\"men\"}}"), "12");
    assert_string_equal(rows_of("{\"gender\":{\"$in\":[\"Men\",\"Girls\"]}}"), "125");
    assert_string_equal(rows_of("{\"gender\":{\"$nin\":[\"Men\",\"Girls\"]}}"), "034");
    assert_string_equal(rows_of("{\"gender\":{\"$nin\":[]}}"), "012345");
}

static void numbers(void **state) {
    (void)state;
    assert_string_equal(rows_of("{\"price\":{\"$gte\":20,\"$lt\":80}}"), "0134");
    assert_string_equal(rows_of("{\"price\":{\"$gt\":20,\"$lte\":80}}"), "0234");
    assert_string_equal(rows_of("{\"price\":80}"), "2");
    assert_string_equal(rows_of("{\"price\":[20,80.0,1e9]}"), "12");
    assert_string_equal(rows_of("{\"price\":{\"$ne\":80}}"), "01345");
    assert_string_equal(rows_of("{\"price\":{\"$nin\":[80,20]}}"), "0345");
}

static void unknown_years_are_no_numbers(void **state) {
    (void)state;
    assert_string_equal(rows_of("{\"year\":{\"$lt\":2012}}"), "1");
    assert_string_equal(rows_of("{\"year\":{\"$gte\":-5}}"), "01245");
    assert_string_equal(rows_of("{\"year\":0}"), "");
    assert_string_equal(rows_of("{\"year\":{\"$ne\":2012}}"), "1235");
    assert_string_equal(rows_of("{\"year\":[2011,2016]}"), "12");
}

static void the_other_spelling(void **state) {
    (void)state;
    assert_string_equal(rows_of("{\"price <\":80}"), "0134");
    assert_string_equal(rows_of("{\"price <=\":80}"), "01234");
    assert_string_equal(rows_of("{\"price >\":80}"), "5");
    assert_string_equal(rows_of("{\"price >=\":80}"), "25");
    assert_string_equal(rows_of("{\"price  =\":80}"), "2");
    assert_string_equal(rows_of("{\"gender !=\":\"Men\"}"), "0345");
    assert_string_equal(rows_of("{\"gender !=\":[\"Men\",\"Women\"]}"), "35");
    assert_string_equal(rows_of("{\"price >=\":20,\"price <\":60}"), "134");
}

static void all_conditions_must_hold(void **state) {
    (void)state;
    assert_string_equal(rows_of("{\"base_color\":[\"Red\",\"Blue\"],\"price\":{\"$gte\":20,"
                                "\"$lt\":80},\"gender\":{\"$ne\":\"Men\"},\"year >=\":2012}"),
                        "04");
    assert_string_equal(rows_of("{\"gender\":\"Men\",\"base_color\":\"Red\"}"), "");
}

static void ids_compare_exactly(void **state) {
    (void)state;
    assert_string_equal(rows_of("{\"product_id\":\"a-1\"}"), "4");
    assert_string_equal(rows_of("{\"product_id\":[10,\"13\",\"nope\"]}"), "03");
    assert_string_equal(rows_of("{\"product_id\":{\"$nin\":[10,\"13\"]}}"), "1245");
    assert_refused("{\"product_id\":1.5}", "product_id takes strings");
}

static void unknown_fields_are_named(void **state) {
    (void)state;
    assert_refused("{\"colour\":\"Red\"}", "unknown field \"colour\"; known: master_category");
    assert_refused("{\"colour\":\"Red\"}", "usage price product_id year");
    assert_refused("{\"\":1}", "unknown field \"\"");
    assert_refused("{\"Price\":1}", "unknown field \"Price\"");
    assert_refused("{\"colour <\":1}", "unknown field \"colour\"");
}

static void unknown_operators_are_named(void **state) {
    (void)state;
    assert_refused("{\"price\":{\"$near\":1}}", "unknown operator \"$near\" of price; known: $eq");
    assert_refused("{\"gender\":{\"$regex\":\"M\"}}", "known: $eq $ne $in $nin");
    assert_refused("{\"price =<\":1}", "unknown operator \"=<\" after price; known: <");
    assert_refused("{\"price \":1}", "unknown operator \"\" after price");
    assert_refused("{\"price < \":1}", "unknown operator \"< \"");
    assert_refused("{\"price\":{}}", "price has no operator");
    assert_refused("{\"price <\":{\"$gt\":1}}", "price takes finite numbers");
}

static void values_of_the_wrong_kind_are_refused(void **state) {
    (void)state;
    assert_refused("{\"gender\":{\"$lt\":\"Men\"}}", "gender is text and has no order for $lt");
    assert_refused("{\"gender >\":\"Men\"}", "has no order");
    assert_refused("{\"product_id\":{\"$gte\":\"1\"}}", "product_id is text");
    assert_refused("{\"gender\":5}", "gender takes strings");
    assert_refused("{\"gender\":null}", "gender takes strings");
    assert_refused("{\"gender\":[\"Men\",true]}", "gender takes strings");
    assert_refused("{\"gender\":[[\"Men\"]]}", "gender takes strings");
    assert_refused("{\"price\":\"80\"}", "price takes finite numbers");
    assert_refused("{\"price\":{\"$lt\":[1,2]}}", "$lt of price takes one number");
    assert_refused("{\"price\":{\"$in\":3}}", "$in of price takes an array");
    assert_refused("{\"price\":{\"$lt\":{\"$gt\":1}}}", "price takes finite numbers");
    assert_refused("{\"price\":1e999}", "not JSON");
}

static void json_must_be_a_clean_object(void **state) {
    (void)state;
    assert_refused("[]", "not an object");
    assert_refused("3", "not an object");
    assert_refused("", "not JSON");
    assert_refused("{\"price\":1", "not JSON");
    assert_refused("{} x", "not JSON");
    assert_refused("{\"price\":1,\"price\":2}", "duplicate");
    assert_refused("{\"price\":{\"$lt\":1,\"$lt\":2}}", "duplicate");
}

static void limits_hold(void **state) {
    (void)state;
    char json[32 * 1024];
    weft_err err = {0};
    size_t used = (size_t)sprintf(json, "{\"price\":[0");
    for (int i = 1; i < WEFT_FILTER_MAX_VALUES; i++) used += (size_t)sprintf(json + used, ",%d", i);
    strcpy(json + used, "]}");
    assert_int_equal(refuse(json, &err), WEFT_OK);
    strcpy(json + used, "],\"year\":1}");
    assert_int_equal(refuse(json, &err), WEFT_E_LIMIT);
    assert_non_null(strstr(err.message, "year"));

    /* More spaces before the sign make another key of the same field. */
    used = (size_t)sprintf(json, "{\"year =\":1");
    for (int i = 1; i < WEFT_FILTER_MAX_CONDITIONS; i++)
        used += (size_t)sprintf(json + used, ",\"year %*s=\":1", i, "");
    strcpy(json + used, "}");
    assert_int_equal(refuse(json, &err), WEFT_OK);
    strcpy(json + used, ",\"price\":1}");
    assert_int_equal(refuse(json, &err), WEFT_E_LIMIT);
    assert_non_null(strstr(err.message, "64 conditions"));
}

static void an_empty_catalog_filters_to_nothing(void **state) {
    (void)state;
    weft_catalog *full = catalog;
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    assert_int_equal(weft_catalog_finish(catalog, NULL), WEFT_OK);
    const weft_filter *filter;
    weft_arena arena;
    weft_bitset rows;
    const char json[] = "{\"gender\":\"Men\",\"price >\":1,\"product_id\":\"1\"}";
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_filter_parse_text(&filter, json, sizeof json - 1, &arena, NULL), WEFT_OK);
    assert_int_equal(weft_filter_apply(filter, catalog, &rows, NULL), WEFT_OK);
    assert_int_equal(rows.count, 0);
    weft_bitset_deinit(&rows);
    weft_arena_deinit(&arena);
    weft_catalog_free(catalog);
    catalog = full;
}

static void no_memory(void **state) {
    (void)state;
    const char json[] = "{\"gender\":\"Men\",\"price >\":1,\"product_id\":\"1\"}";
    weft_status status = WEFT_E_NOMEM;
    size_t nth = 1;
    for (; status == WEFT_E_NOMEM; nth++) {
        const weft_filter *filter;
        weft_arena arena;
        weft_bitset rows = {0};
        weft_arena_init(&arena, 64); /* an allocation for nearly everything */
        weft_mem_fail_after(nth);
        status = weft_filter_parse_text(&filter, json, sizeof json - 1, &arena, NULL);
        if (!status) status = weft_filter_apply(filter, catalog, &rows, NULL);
        weft_mem_fail_after(0);
        weft_bitset_deinit(&rows);
        weft_arena_deinit(&arena);
    }
    assert_int_equal(status, WEFT_OK);
    assert_true(nth > 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_filters_nothing),
        cmocka_unit_test(emptiness_is_told),
        cmocka_unit_test(strings),
        cmocka_unit_test(numbers),
        cmocka_unit_test(unknown_years_are_no_numbers),
        cmocka_unit_test(the_other_spelling),
        cmocka_unit_test(all_conditions_must_hold),
        cmocka_unit_test(ids_compare_exactly),
        cmocka_unit_test(unknown_fields_are_named),
        cmocka_unit_test(unknown_operators_are_named),
        cmocka_unit_test(values_of_the_wrong_kind_are_refused),
        cmocka_unit_test(json_must_be_a_clean_object),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(an_empty_catalog_filters_to_nothing),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, make_catalog, free_catalog);
}
