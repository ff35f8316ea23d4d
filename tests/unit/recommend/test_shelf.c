#include "shop.h"

/* What a value of a row's trait is called, by the product itself; NULL: price and brand. */
static const char *in_words(const weft_product *p, weft_trait trait) {
    return trait == WEFT_TRAIT_TYPE     ? p->article_type
           : trait == WEFT_TRAIT_COLOR  ? p->base_color
           : trait == WEFT_TRAIT_GENDER ? p->gender
           : trait == WEFT_TRAIT_USAGE  ? p->usage
                                        : NULL;
}

static void traits_are_the_products(void **state) {
    (void)state;
    shop s;
    shop_open(&s, 200);
    for (int t = 0; t < WEFT_TRAIT_COUNT; t++) {
        weft_trait trait = (weft_trait)t;
        for (uint32_t row = 0; row < s.rows; row++) {
            const char *words = in_words(shop_product(&s, row), trait);
            uint32_t value = s.shelf->values[trait][row];
            if (value != UINT32_MAX) assert_true(value < s.shelf->value_count[trait]);
            if (words && !*words) assert_true(value == UINT32_MAX);
            else if (words) assert_string_equal(weft_shelf_name(s.shelf, trait, value), words);
        }
    }
    shop_close(&s);
}

static void brands_are_what_names_begin_with(void **state) {
    (void)state;
    shop s;
    shop_open(&s, 200);
    assert_int_equal(s.shelf->value_count[WEFT_TRAIT_BRAND], SHOP_BRANDS);
    for (uint32_t row = 0; row < s.rows; row++) {
        const char *name = shop_product(&s, row)->product_display_name;
        uint32_t value = s.shelf->values[WEFT_TRAIT_BRAND][row];
        if (strcmp(name, "Nameless") == 0) {
            assert_true(value == UINT32_MAX);
        } else {
            const char *brand = weft_shelf_name(s.shelf, WEFT_TRAIT_BRAND, value);
            assert_memory_equal(name, brand, strlen(brand));
        }
    }
    shop_close(&s);
}

static void shares_are_of_the_rows_that_are_known(void **state) {
    (void)state;
    shop s;
    shop_open(&s, 200);
    for (int trait = 0; trait < WEFT_TRAIT_COUNT; trait++) {
        double sum = 0;
        for (uint32_t v = 0; v < s.shelf->value_count[trait]; v++) {
            size_t n = 0, known = 0;
            for (uint32_t row = 0; row < s.rows; row++) {
                n += s.shelf->values[trait][row] == v;
                known += s.shelf->values[trait][row] != UINT32_MAX;
            }
            assert_true(fabs((double)s.shelf->share[trait][v] - (double)n / (double)known) < 1e-6);
            sum += (double)s.shelf->share[trait][v];
        }
        assert_true(fabs(sum - 1) < 1e-5);
    }
    shop_close(&s);
}

static void price_bands_rise_with_the_price(void **state) {
    (void)state;
    shop s;
    size_t in_band[10] = {0};
    shop_open(&s, 200);
    const uint32_t *bands = s.shelf->values[WEFT_TRAIT_PRICE];
    assert_int_equal(s.shelf->value_count[WEFT_TRAIT_PRICE], 10);
    for (uint32_t a = 0; a < s.rows; a++) {
        in_band[bands[a]]++;
        for (uint32_t b = 0; b < s.rows; b++) {
            double x = shop_product(&s, a)->price, y = shop_product(&s, b)->price;
            if (x == y) assert_true(bands[a] == bands[b]);
            if (x < y) assert_true(bands[a] <= bands[b]);
        }
    }
    for (size_t band = 0; band < 10; band++) assert_true(in_band[band] > 10 && in_band[band] < 30);
    shop_close(&s);
}

static void vectors_are_those_of_the_index(void **state) {
    (void)state;
    shop s;
    shop_open(&s, 60);
    for (uint32_t row = 0; row < s.rows; row++) {
        float scratch[SHOP_DIM];
        const float *vector, *again;
        assert_int_equal(weft_shelf_vector(s.shelf, row, scratch, &vector, NULL), WEFT_OK);
        assert_true((vector != NULL) == (row % 19 != 18));
        if (vector) assert_memory_equal(vector, s.vectors[row], sizeof scratch);
        assert_int_equal(weft_shelf_vector(s.shelf, row, scratch, &again, NULL), WEFT_OK);
        assert_true((again != NULL) == (vector != NULL));
        if (again) assert_memory_equal(again, s.vectors[row], sizeof scratch);
        if (again) assert_ptr_not_equal(again, scratch); /* it was kept */
    }
    assert_int_equal(s.shelf->newest_year, SHOP_NEWEST);
    shop_close(&s);
}

static void an_empty_catalog_has_a_shelf_too(void **state) {
    (void)state;
    shop s;
    shop_open(&s, 0);
    assert_int_equal(s.shelf->newest_year, 0);
    assert_int_equal(s.shelf->value_count[WEFT_TRAIT_BRAND], 0);
    assert_int_equal(shop_profile(&s, NULL, 0)->count, 0);
    shop_close(&s);
}

static void no_memory_is_said(void **state) {
    (void)state;
    shop s;
    size_t failures = 0;
    weft_status status;
    shop_open(&s, 60);
    do {
        weft_shelf *shelf;
        weft_mem_fail_after(++failures);
        status = weft_shelf_new(&shelf, s.catalog, s.indexes, NULL, NULL);
        weft_mem_fail_after(0);
        if (status) {
            assert_int_equal(status, WEFT_E_NOMEM);
            assert_null(shelf);
        }
        weft_shelf_free(shelf);
    } while (status);
    assert_true(failures > 5);
    shop_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traits_are_the_products),
        cmocka_unit_test(brands_are_what_names_begin_with),
        cmocka_unit_test(shares_are_of_the_rows_that_are_known),
        cmocka_unit_test(price_bands_rise_with_the_price),
        cmocka_unit_test(vectors_are_those_of_the_index),
        cmocka_unit_test(an_empty_catalog_has_a_shelf_too),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
