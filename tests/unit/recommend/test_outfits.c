#include "../unit.h"

#include <string.h>

#include "base/buf.h"
#include "recommend/outfits.h"

static weft_arena arena;
static weft_err err;

static int begin(void **state) {
    (void)state;
    weft_arena_init(&arena, 0);
    err = (weft_err){0};
    return 0;
}

static int end(void **state) {
    (void)state;
    weft_arena_deinit(&arena);
    return 0;
}

static const char CATEGORIES[] = "21 T-Shirts\r\n2 Clothing\r\n27 Jeans\r\n\r\n78 Food & Drink\r\n";

static weft_outfit_categories categories_of(const char *text) {
    weft_outfit_categories categories;
    if (weft_outfit_categories_parse(&categories, weft_str_of(text), &arena, &err))
        fail_msg("%s", err.message);
    return categories;
}

static weft_status parse(weft_outfits *outfits, const char *json) {
    const weft_outfit_categories categories = categories_of(CATEGORIES);
    return weft_outfits_parse(outfits, weft_str_of(json), &categories, &arena, &err);
}

static void outfits_are_read(void **state) {
    weft_outfits o;
    (void)state;
    assert_int_equal(parse(&o, "[{\"items_category\": [27, 21], \"items_index\": [1, 2]},"
                               " {\"items_category\": []}, {\"items_category\": [78]}]"),
                     WEFT_OK);
    assert_int_equal(o.count, 3);
    assert_int_equal(o.starts[1], 2);
    assert_int_equal(o.starts[2], 2);
    assert_int_equal(o.starts[3], 3);
    assert_string_equal(o.kinds[0], "Jeans");
    assert_string_equal(o.kinds[1], "T-Shirts");
    assert_string_equal(o.kinds[2], "Food & Drink");
    assert_int_equal(parse(&o, "[]"), WEFT_OK);
    assert_int_equal(o.count, 0);
}

static void wrong_outfits_are_refused(void **state) {
    static const struct {
        const char *json;
        weft_status status;
        const char *said;
    } cases[] = {
        {"", WEFT_E_FORMAT, "line 1"},
        {"{}", WEFT_E_FORMAT, "no array"},
        {"[{\"items_category\": [27]}, 5]", WEFT_E_FORMAT, "outfit 1"},
        {"[{\"items_category\": 27}]", WEFT_E_FORMAT, "outfit 0"},
        {"[{\"items_category\": [\"27\"]}]", WEFT_E_FORMAT, "outfit 0: a piece"},
        {"[{\"items_category\": [-27]}]", WEFT_E_FORMAT, "outfit 0: a piece"},
        {"[{\"items_category\": [4294967323]}]", WEFT_E_FORMAT, "outfit 0: a piece"}, /* 27 */
        {"[{\"items_category\": [27, 28]}]", WEFT_E_NOT_FOUND, "no category 28"},
        {"[{\"items_category\": [27]}", WEFT_E_FORMAT, "line 1"},
    };
    weft_outfits o;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weft_status status = parse(&o, cases[i].json);
        if (status != cases[i].status || !strstr(err.message, cases[i].said))
            fail_msg("%zu: %s", i, err.message);
    }
    weft_buf large;
    weft_buf_init(&large);
    weft_buf_puts(&large, "[{\"items_category\": [27");
    for (int i = 0; i < WEFT_OUTFIT_MAX_PIECES; i++) weft_buf_puts(&large, ", 27");
    weft_buf_puts(&large, "]}]");
    assert_int_equal(parse(&o, large.data), WEFT_E_LIMIT);
    weft_buf_deinit(&large);
}

static void wrong_categories_are_refused(void **state) {
    static const char *const cases[] = {"21",     "T-Shirts 21",  "-1 Tops",
                                        "21 ",    "4294967296 T", "21 Tops\n21 Tops",
                                        "21 a|b", "21 T\x80ops",  "1 A\n2 B\nx"};
    weft_outfit_categories categories;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        err.message[0] = '\0';
        assert_int_equal(
            weft_outfit_categories_parse(&categories, weft_str_of(cases[i]), &arena, &err),
            WEFT_E_FORMAT);
        assert_true(err.message[0]);
    }
    assert_non_null(strstr(err.message, "line 3"));
}

static void categories_get_a_catalogs_names(void **state) {
    weft_outfits o, renamed;
    weft_kind_names names;
    (void)state;
    assert_int_equal(weft_kind_names_parse(&names,
                                           weft_str_of("# names\nT-Shirts = Tshirts, T-Shirts\n"
                                                       "Jeans=Jeans\n Clothing = -\r\n"),
                                           &arena, &err),
                     WEFT_OK);
    const weft_kind_name *name = weft_kind_names_find(&names, "T-Shirts");
    assert_string_equal(name->kind, "Tshirts");
    assert_int_equal(name->other_count, 1);
    assert_string_equal(name->others[0], "T-Shirts");
    assert_null(weft_kind_names_find(&names, "Clothing")->kind);
    assert_null(weft_kind_names_find(&names, "Tshirts"));
    assert_int_equal(parse(&o, "[{\"items_category\": [27, 2]}, {\"items_category\": [2]},"
                               " {\"items_category\": [21, 2, 27]}]"),
                     WEFT_OK);
    assert_int_equal(weft_outfits_rename(&renamed, &o, &names, &arena, &err), WEFT_OK);
    assert_int_equal(renamed.count, 1);
    assert_int_equal(renamed.starts[1], 2);
    assert_string_equal(renamed.kinds[0], "Tshirts");
    assert_string_equal(renamed.kinds[1], "Jeans");
    assert_ptr_equal(renamed.names, &names);
    assert_int_equal(parse(&o, "[{\"items_category\": [27, 78]}]"), WEFT_OK);
    assert_int_equal(weft_outfits_rename(&renamed, &o, &names, &arena, &err), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "Food & Drink"));
}

static void wrong_names_are_refused(void **state) {
    static const struct {
        const char *text;
        weft_status status;
        const char *said;
    } cases[] = {
        {"A = B\nTops", WEFT_E_FORMAT, "line 2"},
        {"= Tops", WEFT_E_FORMAT, "line 1"},
        {"Tops =", WEFT_E_FORMAT, "line 1"},
        {"Tops = Tops,", WEFT_E_FORMAT, "line 1"},
        {"Tops = a = b", WEFT_E_FORMAT, "line 1"},
        {"A = B\nA = C", WEFT_E_CONFLICT, "\"A\""},
        {"A = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18", WEFT_E_LIMIT, "line 1"},
    };
    weft_kind_names names;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weft_status status =
            weft_kind_names_parse(&names, weft_str_of(cases[i].text), &arena, &err);
        if (status != cases[i].status || !strstr(err.message, cases[i].said))
            fail_msg("%zu: %s", i, err.message);
    }
    assert_int_equal(weft_kind_names_parse(&names, weft_kind_names_default(), &arena, &err),
                     WEFT_OK);
    assert_string_equal(weft_kind_names_find(&names, "Skinny Jeans")->kind, "Jeans");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outfits_are_read, begin, end),
        cmocka_unit_test_setup_teardown(wrong_outfits_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(wrong_categories_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(categories_get_a_catalogs_names, begin, end),
        cmocka_unit_test_setup_teardown(wrong_names_are_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
