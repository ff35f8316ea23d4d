#include "outfit_shop.h"

#include "base/buf.h"
#include "base/mem.h"

static weft_outfit_traits traits(const char *type, const char *gender, const char *usage,
                                 const char *color) {
    const weft_product product = shop_product(type, gender, usage, color);
    return weft_outfit_traits_of(rules, &product);
}

static weft_outfit_traits plain(const char *type) {
    return traits(type, "Women", "Casual", "Black");
}

/* What is wrong with pieces, of which nothing but the type matters. */
static const char *wrong(bool is_whole, const char *a, const char *b, const char *c) {
    const char *const types[] = {a, b, c};
    weft_outfit_traits look[3];
    size_t n = 0;
    for (; n < 3 && types[n]; n++) look[n] = plain(types[n]);
    return weft_outfit_fault_name(weft_outfit_check(rules, look, n, is_whole).fault);
}

/* What is wrong with two whole looks that differ in the order. */
static const char *wrong_pair(weft_outfit_traits a, weft_outfit_traits b) {
    const weft_outfit_traits look[] = {a, b}, turned[] = {b, a};
    weft_outfit_fault fault = weft_outfit_check(rules, look, 2, true).fault;
    assert_int_equal(weft_outfit_check(rules, turned, 2, true).fault, fault);
    assert_int_equal(weft_outfit_fits_pair(rules, &a, &b), weft_outfit_fits_pair(rules, &b, &a));
    return weft_outfit_fault_name(fault);
}

static const char *slot_of(const char *type) {
    int8_t slot = plain(type).slot;
    return slot < 0 ? "" : weft_outfit_slot_name(rules, (size_t)slot);
}

/* ---- one rule each ---- */

static void every_kind_of_garment_has_its_slot(void **state) {
    (void)state;
    static const char *const slots[] = {"tops",      "bottoms",  "dress",
                                        "outerwear", "footwear", "accessories"};
    assert_int_equal(weft_outfit_slot_count(rules), 6);
    for (int s = 0; s < 6; s++) {
        assert_string_equal(weft_outfit_slot_name(rules, (size_t)s), slots[s]);
        assert_int_equal(weft_outfit_slot(rules, slots[s]), s);
    }
    assert_int_equal(weft_outfit_slot(rules, "Tops"), 0);
    assert_int_equal(weft_outfit_slot(rules, "hats"), -1);
    assert_string_equal(slot_of("Tshirts"), "tops");
    assert_string_equal(slot_of("T-SHIRT"), "tops");
    assert_string_equal(slot_of(" kurtas "), "tops");
    assert_string_equal(slot_of("Churidar"), "bottoms");
    assert_string_equal(slot_of("Sarees"), "dress");
    assert_string_equal(slot_of("Tracksuits"), "dress");
    assert_string_equal(slot_of("Blazers"), "outerwear");
    assert_string_equal(slot_of("Sneakers"), "footwear");
    assert_string_equal(slot_of("Stockings"), "accessories");
    assert_string_equal(slot_of("Ipad"), "");
    assert_string_equal(slot_of(""), "");
    assert_string_equal(wrong(true, "Tops", "Jeans", "Heels"), "fits");
    assert_string_equal(wrong(false, "Tops", "Shirts", NULL), "same_slot");
}

static void a_finer_column_decides_the_slot(void **state) {
    (void)state;
    weft_product product = shop_product("Tabards", "Men", "Casual", "Black");
    product.sub_category = "Topwear";
    assert_int_equal(weft_outfit_traits_of(rules, &product).slot, weft_outfit_slot(rules, "tops"));
    product.article_type = "Suspenders"; /* as the seed's catalog files them */
    assert_int_equal(weft_outfit_traits_of(rules, &product).slot,
                     weft_outfit_slot(rules, "accessories"));
}

static void some_things_are_never_in_a_look(void **state) {
    (void)state;
    static const char *const types[] = {"Bra",       "Boxers",   "Night suits",
                                        "Bath Robe", "Swimwear", "Trolley Bag"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_string_equal(wrong(false, "Jeans", types[i], NULL), "never");
    assert_string_equal(wrong(true, "Bra", NULL, NULL), "never");
    weft_product product = shop_product("Shorts", "Men", "Casual", "Black");
    assert_true(weft_outfit_traits_of(rules, &product).slot >= 0);
    product.sub_category = "Loungewear and Nightwear";
    assert_int_equal(weft_outfit_traits_of(rules, &product).slot, -1);
    product = shop_product("Ties", "Men", "Formal", "Black");
    product.master_category = "Free Items";
    assert_int_equal(weft_outfit_traits_of(rules, &product).slot, -1);
}

static void a_dress_stands_for_top_and_bottom(void **state) {
    (void)state;
    assert_string_equal(wrong(false, "Dresses", "Tops", NULL), "apart");
    assert_string_equal(wrong(false, "Leggings", "Dresses", NULL), "apart");
    assert_string_equal(wrong(true, "Dresses", "Jackets", "Heels"), "fits");
}

static void genders_go_together(void **state) {
    (void)state;
    /* Numbers are those of the names. */
    static const char *const names[] = {"Men",   "Women", "Unisex", "Boys",
                                        "Girls", "Kids",  "",       "Ponies"};
    static const char fits[8][9] = {"10100010", "01100010", "11100010", "00010110",
                                    "00001110", "00011110", "11111111", "00000011"};
    for (int a = 0; a < 8; a++)
        for (int b = 0; b < 8; b++)
            assert_string_equal(wrong_pair(traits("Tshirts", names[a], "Casual", "Black"),
                                           traits("Jeans", names[b], "Casual", "Black")),
                                fits[a][b] == '1' ? "fits" : "gender");
    assert_string_equal(wrong_pair(traits("Tshirts", "men", "Casual", "Black"),
                                   traits("Jeans", "Male", "Casual", "Black")),
                        "fits");
}

static void athletic_goes_with_athletic(void **state) {
    (void)state;
    weft_outfit_traits tee = traits("Tshirts", "Men", "sports", "White"),
                       jeans = traits("Jeans", "Men", "Casual", "Blue"),
                       shoes = traits("Sports Shoes", "Men", "Casual", "White"),
                       watch = traits("Watches", "Men", "Sports", "Black");
    assert_string_equal(wrong_pair(tee, jeans), "athletic");
    assert_string_equal(wrong_pair(shoes, jeans), "athletic");
    assert_string_equal(wrong_pair(watch, jeans), "athletic");
    assert_string_equal(wrong_pair(tee, shoes), "fits");
    assert_string_equal(wrong_pair(watch, shoes), "fits");
    assert_string_equal(wrong(false, "Track Pants", "Tshirts", NULL), "athletic");
}

static void a_belt_needs_a_waistband(void **state) {
    (void)state;
    assert_string_equal(wrong(true, "Belts", "Tshirts", "Jeans"), "fits");
    assert_string_equal(wrong(true, "Belts", "Tshirts", NULL), "needs");
    assert_string_equal(wrong(false, "Belts", "Tshirts", NULL), "fits"); /* jeans may come */
    assert_string_equal(wrong(true, "Belts", NULL, NULL), "needs");
    assert_string_equal(wrong(false, "Belts", NULL, NULL), "fits");
    assert_string_equal(wrong(false, "Belts", "Leggings", NULL), "needs");
    assert_string_equal(wrong(false, "Dresses", "Belts", NULL), "needs");
    weft_outfit_traits look[] = {plain("Heels"), plain("Dresses"), plain("Belts")};
    weft_outfit_verdict verdict = weft_outfit_check(rules, look, 3, false);
    assert_int_equal(verdict.piece, 2);
    assert_int_equal(verdict.other, 1);
    assert_false(weft_outfit_fits_pair(rules, &look[1], &look[2]));
    verdict = weft_outfit_check(rules, look + 2, 1, true);
    assert_int_equal(verdict.piece, 0);
    assert_int_equal(verdict.other, 0);
}

static void hosiery_needs_shoes_and_a_tie_a_shirt(void **state) {
    (void)state;
    assert_string_equal(wrong(true, "Stockings", "Dresses", NULL), "needs");
    assert_string_equal(wrong(false, "Stockings", "Dresses", NULL), "fits");
    assert_string_equal(wrong(true, "Stockings", "Dresses", "Heels"), "fits");
    assert_string_equal(wrong(true, "Socks", "Casual Shoes", NULL), "fits");
    assert_string_equal(wrong(true, "Ties", "Shirts", NULL), "fits");
    assert_string_equal(wrong(false, "Ties", "Tshirts", NULL), "needs");
}

static void a_blazer_takes_formal_trousers_and_shoes(void **state) {
    (void)state;
    static const char *const tailored[] = {"Blazers", "Suits", "Waistcoat"};
    for (int i = 0; i < 3; i++) {
        weft_outfit_traits it = traits(tailored[i], "Men", "Casual", "Black");
        assert_string_equal(wrong_pair(it, traits("Jeans", "Men", "Casual", "Blue")), "takes");
        assert_string_equal(wrong_pair(it, traits("Jeans", "Men", "Formal", "Blue")), "takes");
        assert_string_equal(wrong_pair(it, traits("Trousers", "Men", "Casual", "Grey")), "takes");
        assert_string_equal(wrong_pair(it, traits("Trousers", "Men", "Formal", "Grey")), "fits");
        assert_string_equal(wrong_pair(it, traits("Trousers", "Men", "", "Grey")), "fits");
        assert_string_equal(wrong_pair(it, traits("Casual Shoes", "Men", "Casual", "Tan")),
                            "takes");
        assert_string_equal(wrong_pair(it, traits("Formal Shoes", "Men", "Formal", "Tan")), "fits");
        assert_string_equal(wrong_pair(it, traits("Heels", "Unisex", "Casual", "Tan")), "fits");
        assert_string_equal(wrong_pair(it, traits("Tshirts", "Men", "Casual", "White")), "fits");
    }
    assert_string_equal(wrong(true, "Jackets", "Jeans", "Casual Shoes"), "fits");
}

static void colors_clash_in_families(void **state) {
    (void)state;
    static const struct {
        const char *a, *b, *fault;
    } pairs[] = {
        {"Red", "Pink", "colors"},          {"Maroon", "Magenta", "colors"},
        {"Orange", "Purple", "colors"},     {"Lime Green", "Teal", "colors"},
        {"Red", "Maroon", "fits"},          {"Red", "red", "fits"},
        {"Black", "Red", "fits"},           {"Navy Blue", "Fluorescent Green", "fits"},
        {"Multi", "Pink", "fits"},          {"Yellow", "Purple", "fits"},
        {"Glaucous", "Lime Green", "fits"}, {"", "Red", "fits"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_string_equal(wrong_pair(traits("Tops", "Women", "Casual", pairs[i].a),
                                       traits("Skirts", "Women", "Casual", pairs[i].b)),
                            pairs[i].fault);
}

static void occasions_are_of_usages(void **state) {
    (void)state;
    int work = weft_outfit_occasion(rules, "WORK"), sports = weft_outfit_occasion(rules, "sports");
    assert_int_equal(weft_outfit_occasion_count(rules), 6);
    assert_string_equal(weft_outfit_occasion_name(rules, (size_t)work), "work");
    assert_int_equal(weft_outfit_occasion(rules, "moving"), -1);
    assert_true(weft_outfit_occasion_has_usage(rules, (size_t)work, "smart casual"));
    assert_false(weft_outfit_occasion_has_usage(rules, (size_t)work, "Casual"));
    assert_false(weft_outfit_occasion_has_usage(rules, (size_t)work, ""));
    weft_outfit_traits shirt = traits("Shirts", "Men", "Formal", "White");
    assert_true(shirt.occasions >> work & 1u);
    assert_false(shirt.occasions >> sports & 1u);
}

static void the_first_broken_rule_is_told(void **state) {
    (void)state;
    const weft_outfit_traits look[] = {
        traits("Tops", "Women", "Casual", "Red"),
        traits("Skirts", "Women", "Casual", "Pink"),     /* colors with the top */
        traits("Casual Shoes", "Men", "Sports", "White") /* gender, athletic with both */
    };
    weft_outfit_verdict verdict = weft_outfit_check(rules, look, 3, true);
    assert_int_equal(verdict.fault, WEFT_OUTFIT_GENDER);
    assert_int_equal(verdict.piece, 0);
    assert_int_equal(verdict.other, 2);
    assert_string_equal(weft_outfit_fault_text(verdict.fault), "they are not for the same people");
    assert_int_equal(weft_outfit_check(rules, look, 2, true).fault, WEFT_OUTFIT_COLORS);
    assert_int_equal(weft_outfit_check(rules, NULL, 0, true).fault, WEFT_OUTFIT_FITS);
}

/* ---- tables ---- */

static void a_table_in_any_order_is_read(void **state) {
    (void)state;
    static const char text[] = "needs hats: shoe, up\r\n"
                               "\n# nothing\n"
                               "takes hats\tdown : shoe   # beside\n"
                               "SLOT up: A, b,\n"
                               "slot down:C , season=Summer=x\n",
                      fixed[] = "needs hats: shoe, up\r\n"
                                "\n# nothing\n"
                                "takes hats\tdown : shoe   # beside\n"
                                "SLOT up: A, b,\n"
                                "slot down:C , sub_category=D\n"
                                "group hats: A, usage=NA\n"
                                "group shoe: season=Summer\n"
                                "athletic: NA";
    weft_outfit_rules *own = NULL;
    weft_err err = {0};
    assert_int_equal(weft_outfit_rules_parse(&own, weft_str_of(text), &err), WEFT_E_FORMAT);
    assert_string_equal(err.message, "line 6: \"slot\" does not go by season");
    assert_null(own);
    assert_int_equal(weft_outfit_rules_parse(&own, weft_str_of(fixed), &err), WEFT_OK);
    weft_product product = shop_product("a", "", "nan", "");
    weft_outfit_traits a = weft_outfit_traits_of(own, &product);
    assert_int_equal(a.slot, 0);
    assert_int_equal(a.sets, 1u | 1u << WEFT_OUTFIT_MAX_SLOTS);
    product = shop_product("C", "", "", "");
    weft_outfit_traits look[] = {a, weft_outfit_traits_of(own, &product)};
    assert_int_equal(weft_outfit_check(own, look, 2, true).fault, WEFT_OUTFIT_TAKES);
    product.season = "summer";
    look[1] = weft_outfit_traits_of(own, &product);
    assert_int_equal(weft_outfit_check(own, look, 2, true).fault, WEFT_OUTFIT_FITS);
    product.article_type = "";
    product.sub_category = "D";
    assert_int_equal(weft_outfit_traits_of(own, &product).slot, 1);
    assert_true(weft_outfit_traits_of(own, &product).is_athletic);
    weft_outfit_rules_free(own);
    weft_outfit_rules_free(NULL);
}

/* What makes up a need by its usage may come into any slot that is free. */
static void a_need_waits_for_every_slot_that_may_serve_it(void **state) {
    (void)state;
    static const char text[] = "slot a: X\nslot b: Y\nslot c: Z\nslot d: V\napart c: d\n"
                               "group warm: season=Winter\nneeds a: warm\n";
    static const char *const types[] = {"X", "Y", "V"};
    weft_outfit_rules *own = NULL;
    weft_outfit_traits look[3];
    assert_int_equal(weft_outfit_rules_parse(&own, weft_str_of(text), NULL), WEFT_OK);
    for (size_t i = 0; i < 3; i++) {
        const weft_product product = shop_product(types[i], "", "", "");
        look[i] = weft_outfit_traits_of(own, &product);
    }
    assert_int_equal(weft_outfit_check(own, look, 2, false).fault, WEFT_OUTFIT_FITS);
    assert_int_equal(weft_outfit_check(own, look, 2, true).fault, WEFT_OUTFIT_NEEDS);
    assert_int_equal(weft_outfit_check(own, look, 3, false).fault, WEFT_OUTFIT_NEEDS);
    weft_product warm = shop_product("V", "", "", "");
    warm.season = "Winter";
    look[2] = weft_outfit_traits_of(own, &warm);
    assert_int_equal(weft_outfit_check(own, look, 3, true).fault, WEFT_OUTFIT_FITS);
    weft_outfit_rules_free(own);
}

static void what_is_wrong_is_named_with_its_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } tables[] = {
        {"", "line 0: the table ends without a slot"},
        {"never: A\n", "line 1: the table ends without a slot"},
        {"slot a: X\nslot\n", "line 2: a rule is"},
        {"slot a: X\nslot b: # Y\n", "line 2: a rule is"},
        {"slot a: X\n\nslit b: Y\n", "line 3: no rule is called \"slit\""},
        {"slot: X", "line 1: \"slot\" takes a name"},
        {"slot a: X\nnever b: Y", "line 2: \"never\" takes no name"},
        {"slot a: X\nneutral b: Y", "line 2: \"neutral\" takes no name"},
        {"slot a b: X", "line 1: \"a b\" is no name"},
        {"slot a2345678901234567890123456789012345678901: X", "is no name"},
        {"slot a: X,,Y", "line 1: there is an empty value"},
        {"slot a: X\ngroup b: usage=", "line 2: there is an empty value"},
        {"slot a: color=X", "line 1: no column is called \"color\""},
        {"slot a: gender=X", "line 1: \"slot\" does not go by gender"},
        {"slot a: X\ngender b: usage=X", "line 2: \"gender\" does not go by usage"},
        {"slot a: X\nneutral: usage=X", "line 2: \"family\" does not go by usage"},
        {"slot a: X\nslot b: Y, x", "line 2: \"x\" has a slot already, \"a\""},
        {"slot a: X\nfamily b: Red\nneutral: red", "line 3: \"red\" has a family already, \"b\""},
        {"slot a: X\ngroup A: Y", "line 2: \"A\" is a slot and a group"},
        {"group a: X\nslot A: Y", "line 2: \"A\" is a slot and a group"},
        {"slot a: X\napart a: b", "line 2: no slot is called \"b\""},
        {"slot a: X\napart b: a", "line 2: no slot is called \"b\""},
        {"slot a: X\napart a: A", "line 2: \"a\" and itself"},
        {"slot a: X\nclash neutral: red\nfamily red: Red", "line 2: neutral colors clash with"},
        {"slot a: X\nmix unknown: men", "line 2: no gender is called \"men\""},
        {"slot a: X\nneeds b: a", "line 2: no slot or group is called \"b\""},
        {"slot a: X\nneeds a: b", "line 2: no slot or group is called \"b\""},
        {"slot a: X\ngroup b: Y\ntakes a b: a", "line 3: no slot is called \"b\""},
        {"slot a: X\ntakes a: a", "line 2: no slot is called \"\""},
        {"slot a: X\nnever: \xff", "line 2: it is not text in UTF-8"},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        weft_outfit_rules *own;
        weft_err err = {0};
        if (weft_outfit_rules_parse(&own, weft_str_of(tables[i].text), &err) != WEFT_E_FORMAT ||
            !strstr(err.message, tables[i].says))
            fail_msg("%s: %s", tables[i].text, err.message);
    }
}

/* `head` and then n lines, in which @ is 0 to n - 1. */
static weft_status parse_lines(const char *head, const char *line, int n, weft_err *err) {
    weft_buf text;
    weft_outfit_rules *own = NULL;
    weft_buf_init(&text);
    weft_buf_puts(&text, head);
    for (int i = 0; i < n; i++) {
        for (const char *at = line; *at; at++)
            if (*at == '@') weft_buf_printf(&text, "%d", i);
            else weft_buf_putc(&text, *at);
    }
    assert_true(weft_buf_ok(&text));
    weft_status status = weft_outfit_rules_parse(&own, (weft_str){text.data, text.size}, err);
    weft_outfit_rules_free(own);
    weft_buf_deinit(&text);
    return status;
}

static void limits_are_kept(void **state) {
    (void)state;
    static const struct {
        const char *head, *line;
        int most;
        const char *says;
    } limits[] = {
        {"", "slot s@: @\n", WEFT_OUTFIT_MAX_SLOTS, "line 17: more than 16 of \"slot\""},
        {"slot s: a\n", "group g@: a\n", WEFT_OUTFIT_MAX_GROUPS, "line 50: more than 48"},
        {"slot s: a\n", "occasion o@: a\n", WEFT_OUTFIT_MAX_OCCASIONS, "line 34: more than 32"},
        {"slot s: a\n", "needs s: s\n", WEFT_OUTFIT_MAX_NEEDS, "line 34: more than 32"},
        {"slot s: a\n", "takes s s: s\n", WEFT_OUTFIT_MAX_NEEDS, "line 34: more than 32"},
        {"slot s: a\nnever: a", ",\n#", WEFT_OUTFIT_MAX_VALUES / 2 - 1, "values, at most 20000"},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        weft_err err = {0};
        const int most = limits[i].most;
        if (parse_lines(limits[i].head, limits[i].line, most, &err)) fail_msg("%s", err.message);
        assert_int_not_equal(parse_lines(limits[i].head, limits[i].line, most + 1, &err), WEFT_OK);
        if (!strstr(err.message, limits[i].says)) fail_msg("%s", err.message);
    }
    weft_err err = {0};
    assert_int_equal(parse_lines("slot s: a\n", "# ten bytes", WEFT_OUTFIT_MAX_SIZE / 11, &err),
                     WEFT_E_LIMIT);
    assert_non_null(strstr(err.message, "bytes, at most 1048576"));
}

static void without_memory_it_fails_cleanly(void **state) {
    (void)state;
    static const char text[] = "slot a: X\ngroup b: usage=Y\nneeds a: b\n";
    weft_outfit_rules *own = NULL;
    weft_status status = WEFT_E_NOMEM;
    for (size_t nth = 1; status; nth++) {
        weft_mem_fail_after(nth);
        status = weft_outfit_rules_parse(&own, weft_str_of(text), NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        assert_true(nth < 20);
    }
    weft_outfit_rules_free(own);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_garment_has_its_slot),
        cmocka_unit_test(a_finer_column_decides_the_slot),
        cmocka_unit_test(some_things_are_never_in_a_look),
        cmocka_unit_test(a_dress_stands_for_top_and_bottom),
        cmocka_unit_test(genders_go_together),
        cmocka_unit_test(athletic_goes_with_athletic),
        cmocka_unit_test(a_belt_needs_a_waistband),
        cmocka_unit_test(hosiery_needs_shoes_and_a_tie_a_shirt),
        cmocka_unit_test(a_blazer_takes_formal_trousers_and_shoes),
        cmocka_unit_test(colors_clash_in_families),
        cmocka_unit_test(occasions_are_of_usages),
        cmocka_unit_test(the_first_broken_rule_is_told),
        cmocka_unit_test(a_table_in_any_order_is_read),
        cmocka_unit_test(a_need_waits_for_every_slot_that_may_serve_it),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(without_memory_it_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, shop_set_up, shop_tear_down);
}
