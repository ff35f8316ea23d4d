#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/catalog.h"

static weft_product product(const char *id, const char *color, const char *type) {
    return (weft_product){.product_id = id,
                          .product_display_name = "Alder",
                          .master_category = "",
                          .sub_category = "",
                          .article_type = type,
                          .base_color = color,
                          .gender = "",
                          .season = "",
                          .usage = "",
                          .price = 25,
                          .image_path = "",
                          .image_digest = ""};
}

static weft_catalog *finished(const weft_product *products, size_t n) {
    weft_catalog *catalog;
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(weft_catalog_add(catalog, &products[i], NULL), WEFT_OK);
    assert_int_equal(weft_catalog_finish(catalog, NULL), WEFT_OK);
    return catalog;
}

static void rows_are_in_the_order_of_adding(void **state) {
    (void)state;
    char id[] = "b";
    const weft_product products[] = {product(id, "Red", "Shirts"), product("a", "Blue", "Shirts")};
    uint32_t row;
    weft_catalog *catalog = finished(products, 2);
    id[0] = 'X'; /* copied */
    assert_int_equal(weft_catalog_rows(catalog), 2);
    assert_string_equal(weft_catalog_product(catalog, 0)->product_id, "b");
    assert_string_equal(weft_catalog_product(catalog, 0)->base_color, "Red");
    assert_true(weft_catalog_find(catalog, "a", &row));
    assert_int_equal(row, 1);
    assert_false(weft_catalog_find(catalog, "A", &row));
    weft_catalog_free(catalog);
}

static void dictionaries_are_sorted(void **state) {
    (void)state;
    const weft_product products[] = {product("1", "Red", "Shirts"), product("2", "", "Shirts"),
                                     product("3", "Blue", "Ties"), product("4", "Red", "Caps")};
    static const char *const names[] = {"", "Blue", "Red"};
    weft_catalog *catalog = finished(products, 4);
    const weft_catalog_facet *colors = weft_catalog_facet_of(catalog, WEFT_FACET_base_color);
    assert_string_equal(colors->name, "base_color");
    assert_int_equal(colors->value_count, 3);
    for (int i = 0; i < 3; i++) assert_string_equal(colors->values[i], names[i]);
    for (uint32_t row = 0; row < 4; row++)
        assert_string_equal(colors->values[colors->codes[row]], products[row].base_color);
    assert_int_equal(weft_catalog_facet_of(catalog, WEFT_FACET_gender)->value_count, 1);
    weft_catalog_free(catalog);
}

static void many_rows_and_values(void **state) {
    (void)state;
    char id[16], color[16];
    weft_catalog *catalog;
    uint32_t row;
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof id, "id%d", i);
        snprintf(color, sizeof color, "c%d", i * 7 % 100);
        weft_product p = product(id, color, "x");
        assert_int_equal(weft_catalog_add(catalog, &p, NULL), WEFT_OK);
    }
    assert_int_equal(weft_catalog_finish(catalog, NULL), WEFT_OK);
    const weft_catalog_facet *colors = weft_catalog_facet_of(catalog, WEFT_FACET_base_color);
    assert_int_equal(colors->value_count, 100);
    for (size_t i = 1; i < 100; i++)
        assert_true(strcmp(colors->values[i - 1], colors->values[i]) < 0);
    assert_true(weft_catalog_find(catalog, "id2999", &row));
    assert_int_equal(row, 2999);
    assert_string_equal(colors->values[colors->codes[2999]], "c93");
    assert_ptr_equal(weft_catalog_product(catalog, 2999)->base_color,
                     colors->values[colors->codes[2999]]);
    weft_catalog_free(catalog);
}

static void an_id_twice_is_refused(void **state) {
    (void)state;
    weft_catalog *catalog;
    weft_product p = product("7", "Red", "Shirts");
    weft_err err = {0};
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    assert_int_equal(weft_catalog_add(catalog, &p, &err), WEFT_OK);
    assert_int_equal(weft_catalog_add(catalog, &p, &err), WEFT_E_CONFLICT);
    assert_non_null(strstr(err.message, "product 7"));
    assert_int_equal(weft_catalog_rows(catalog), 1);
    weft_catalog_free(catalog);
}

static void an_empty_catalog_is_fine(void **state) {
    (void)state;
    uint32_t row;
    weft_catalog *catalog = finished(NULL, 0);
    assert_int_equal(weft_catalog_rows(catalog), 0);
    assert_int_equal(weft_catalog_facet_of(catalog, WEFT_FACET_usage)->value_count, 0);
    assert_false(weft_catalog_find(catalog, "1", &row));
    weft_catalog_free(catalog);
    weft_catalog_free(NULL);
}

static void facets_are_known_by_name(void **state) {
    (void)state;
    weft_facet facet;
    assert_true(weft_catalog_facet_named("article_type", &facet));
    assert_int_equal(facet, WEFT_FACET_article_type);
    assert_true(weft_catalog_facet_named("usage", &facet));
    assert_int_equal(facet, WEFT_FACET_usage);
    assert_false(weft_catalog_facet_named("price", &facet));
    assert_false(weft_catalog_facet_named("", &facet));
}

static void no_memory(void **state) {
    (void)state;
    const weft_product p = product("1", "Red", "Shirts");
    weft_status status = WEFT_E_NOMEM;
    size_t nth = 1;
    for (; status == WEFT_E_NOMEM; nth++) {
        weft_catalog *catalog = NULL;
        weft_mem_fail_after(nth);
        status = weft_catalog_new(&catalog, NULL);
        if (!status) status = weft_catalog_add(catalog, &p, NULL);
        if (!status) status = weft_catalog_finish(catalog, NULL);
        weft_mem_fail_after(0);
        weft_catalog_free(catalog);
    }
    assert_int_equal(status, WEFT_OK);
    assert_true(nth > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_in_the_order_of_adding),
        cmocka_unit_test(dictionaries_are_sorted),
        cmocka_unit_test(many_rows_and_values),
        cmocka_unit_test(an_id_twice_is_refused),
        cmocka_unit_test(an_empty_catalog_is_fine),
        cmocka_unit_test(facets_are_known_by_name),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
