#include "../unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/product.h"

static weft_product nothing(void) {
#define NOT_KNOWN(field) .field = "",
    return (weft_product){WEFT_PRODUCT_FACETS(NOT_KNOWN).product_id = "1",
                          .product_display_name = "", .image_path = "", .image_digest = ""};
#undef NOT_KNOWN
}

/* ---- the sentence ---- */

static weft_product described(const char *name, const char *gender, const char *color,
                              const char *type, const char *season, const char *usage) {
    weft_product p = nothing();
    p.product_display_name = name;
    p.gender = gender;
    p.base_color = color;
    p.article_type = type;
    p.season = season;
    p.usage = usage;
    return p;
}

static void assert_text(weft_product product, const char *expected) {
    weft_buf out;
    weft_buf_init(&out);
    weft_buf_puts(&out, "kept:");
    weft_product_text(&product, &out);
    assert_int_equal(strncmp(out.data, "kept:", 5), 0);
    assert_string_equal(out.data + 5, expected);
    weft_buf_deinit(&out);
}

/* What embed_text of training/captions.py gives for the same rows. */
static void sentences_are_those_of_the_training(void **state) {
    (void)state;
    assert_text(described("Alder Women Red Dress", "Women", "Red", "Dresses", "Summer", "Casual"),
                "Alder Women Red Dress. Women Red Dresses, Summer Casual");
    assert_text(described("Plain Tee", "", "", "", "", ""), "Plain Tee");
    assert_text(described("", "Men", "", "Shirts", "", "Formal"), "Men Shirts, Formal");
    assert_text(described("", "", "", "", "Winter", ""), "Winter");
    assert_text(described("Cap", "", "", "", "", "Sports"), "Cap. Sports");
    assert_text(described("  Bag ", "NA", "nan", " Handbags\t", "NA", "NA"), "Bag. Handbags");
    assert_text(described("NA", "Boys", "", "", "Fall", " "), "Boys, Fall");
    assert_text(nothing(), "");
    assert_text(described("Nancy, Nan", "", "na", "", "", ""), "Nancy, Nan. na");
}

/* ---- copies ---- */

static void copies_are_deep(void **state) {
    (void)state;
    char name[] = "Alder", path[] = "images/1.jpg";
    weft_product from = nothing(), to;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    from.product_display_name = name;
    from.image_path = path;
    from.usage = "Casual";
    from.year = 2012;
    from.price = 12.5;
    assert_true(weft_product_copy(&to, &from, &arena));
    name[0] = path[0] = 'X';
    assert_string_equal(to.product_display_name, "Alder");
    assert_string_equal(to.image_path, "images/1.jpg");
    assert_string_equal(to.usage, "Casual");
    assert_int_equal(to.year, 2012);
    assert_true(to.price == 12.5);
    weft_arena_deinit(&arena);
}

static void copies_may_find_no_memory(void **state) {
    (void)state;
    weft_product from = nothing(), to;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    weft_mem_fail_after(1);
    assert_false(weft_product_copy(&to, &from, &arena));
    weft_mem_fail_after(0);
    weft_arena_deinit(&arena);
}

/* ---- prices ---- */

static double price_of(unsigned id, const char *type, const char *sub, const char *master) {
    char text[16];
    weft_product p = nothing();
    snprintf(text, sizeof text, "%u", id);
    p.product_id = text;
    p.article_type = type;
    p.sub_category = sub;
    p.master_category = master;
    return weft_product_synthetic_price(&p);
}

static double mean_price(const char *type, const char *sub, const char *master) {
    double sum = 0;
    for (unsigned id = 0; id < 500; id++) sum += price_of(id, type, sub, master);
    return sum / 500;
}

static void prices_look_like_prices(void **state) {
    (void)state;
    static const char *const types[] = {"Watches", "Socks", "Ring", "Tshirts", "no such thing"};
    for (int t = 0; t < 5; t++) {
        for (unsigned id = 0; id < 2000; id++) {
            double price = price_of(id, types[t], "", "");
            double cents = round(price * 100) - floor(price) * 100;
            assert_true(price >= 24 && price <= 3500);
            assert_true(cents == 0 || cents == 99);
        }
    }
}

static void prices_are_spread_and_fit_the_thing(void **state) {
    (void)state;
    assert_true(mean_price("Watches", "", "") > 3 * mean_price("Tshirts", "", ""));
    assert_true(mean_price("Tshirts", "", "") > mean_price("", "Socks", ""));
    assert_true(mean_price("Suits", "", "") > mean_price("Shirts", "", ""));
    assert_true(mean_price("odd", "Jewellery", "") > mean_price("odd", "odd", "Personal Care"));
    double lowest = 1e9, highest = 0;
    for (unsigned id = 0; id < 2000; id++) {
        double price = price_of(id, "watches", "", ""); /* any case */
        lowest = fmin(lowest, price);
        highest = fmax(highest, price);
    }
    assert_true(lowest < 140 && highest > 2500);
}

static void prices_never_change(void **state) {
    (void)state;
    assert_true(price_of(15970, "Shirts", "Topwear", "Apparel") ==
                price_of(15970, "Shirts", "Topwear", "Apparel"));
    assert_true(price_of(15970, "Shirts", "", "") != price_of(15971, "Shirts", "", ""));
    /* Shops keep these: another value here is another catalog for them. */
    assert_true(fabs(price_of(15970, "Shirts", "Topwear", "Apparel") - 141.99) < 1e-9);
    assert_true(fabs(price_of(59263, "Watches", "Watches", "Accessories") - 155.99) < 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_are_those_of_the_training),
        cmocka_unit_test(copies_are_deep),
        cmocka_unit_test(copies_may_find_no_memory),
        cmocka_unit_test(prices_look_like_prices),
        cmocka_unit_test(prices_are_spread_and_fit_the_thing),
        cmocka_unit_test(prices_never_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
