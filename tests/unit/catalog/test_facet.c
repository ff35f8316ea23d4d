#include "small_catalog.h"

#include <string.h>

#include "base/mem.h"
#include "catalog/facet.h"

/* "Red 2, Blue 2, " */
static const char *text_of(const weft_facet_values *facet) {
    static char out[256];
    out[0] = '\0';
    for (size_t i = 0; i < facet->value_count; i++) {
        char count[2] = {(char)('0' + facet->values[i].count), 0};
        strcat(strcat(strcat(strcat(out, facet->values[i].value), " "), count), ", ");
    }
    return out;
}

static void the_whole_catalog_is_counted(void **state) {
    (void)state;
    weft_catalog *catalog = small_catalog();
    weft_facet_counts counts;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_facet_count(&counts, catalog, NULL, &arena, NULL), WEFT_OK);
    assert_int_equal(counts.rows, 6);
    assert_string_equal(counts.facets[WEFT_FACET_base_color].name, "base_color");
    assert_string_equal(text_of(&counts.facets[WEFT_FACET_base_color]),
                        "Blue 2, Red 2, Navy Blue 1, "); /* "" is not a value to choose */
    assert_string_equal(text_of(&counts.facets[WEFT_FACET_article_type]),
                        "Shirts 3, Dresses 2, Caps 1, ");
    assert_string_equal(text_of(&counts.facets[WEFT_FACET_sub_category]), "");
    assert_true(counts.price_min == 20 && counts.price_max == 3500);
    assert_int_equal(counts.year_min, 2011);
    assert_int_equal(counts.year_max, 2016);
    weft_arena_deinit(&arena);
    weft_catalog_free(catalog);
}

static void only_the_given_rows_are_counted(void **state) {
    (void)state;
    weft_catalog *catalog = small_catalog();
    weft_facet_counts counts;
    weft_arena arena;
    weft_bitset rows;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_bitset_init(&rows, 6, NULL), WEFT_OK);
    assert_int_equal(weft_facet_count(&counts, catalog, &rows, &arena, NULL), WEFT_OK);
    assert_int_equal(counts.rows, 0);
    assert_string_equal(text_of(&counts.facets[WEFT_FACET_gender]), "");
    assert_true(counts.price_min == 0 && counts.price_max == 0 && counts.year_max == 0);

    weft_bitset_set(&rows, 3);
    weft_bitset_set(&rows, 4);
    assert_int_equal(weft_facet_count(&counts, catalog, &rows, &arena, NULL), WEFT_OK);
    assert_int_equal(counts.rows, 2);
    assert_string_equal(text_of(&counts.facets[WEFT_FACET_gender]), "Unisex 1, Women 1, ");
    assert_true(counts.price_min == 24 && counts.price_max == 55.5);
    assert_int_equal(counts.year_min, 2012);
    weft_bitset_deinit(&rows);
    weft_arena_deinit(&arena);
    weft_catalog_free(catalog);
}

static void no_memory(void **state) {
    (void)state;
    weft_catalog *catalog = small_catalog();
    weft_facet_counts counts;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    weft_mem_fail_after(1);
    assert_int_equal(weft_facet_count(&counts, catalog, NULL, &arena, NULL), WEFT_E_NOMEM);
    weft_mem_fail_after(0);
    weft_arena_deinit(&arena);
    weft_catalog_free(catalog);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_catalog_is_counted),
        cmocka_unit_test(only_the_given_rows_are_counted),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
