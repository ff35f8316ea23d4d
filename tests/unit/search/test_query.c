#include "../unit.h"

#include <math.h>
#include <string.h>

#include "../text/shop.h"
#include "search/query.h"

static weft_catalog *catalog;
static weft_lexicon *lexicon;
static weft_arena arena;
static unsigned understand = WEFT_UNDERSTAND_ALL;

static int set_up(void **state) {
    (void)state;
    weft_synonyms synonyms;
    weft_arena_init(&arena, 0);
    catalog = shop_catalog();
    assert_int_equal(weft_synonyms_parse(&synonyms, weft_synonyms_default(), &arena, NULL),
                     WEFT_OK);
    assert_int_equal(weft_lexicon_new(&lexicon, catalog, &synonyms, NULL), WEFT_OK);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_lexicon_free(lexicon);
    weft_catalog_free(catalog);
    weft_arena_deinit(&arena);
    return 0;
}

static weft_query *parse(const char *text) {
    weft_query *query = weft_arena_calloc(&arena, 1, sizeof *query);
    assert_int_equal(weft_query_parse(query, text, understand, lexicon, &arena, NULL), WEFT_OK);
    return query;
}

/* "Red Dresses <50 !floral; text": the terms in order, then what is embedded. */
static const char *reading(const char *text) {
    static char said[512];
    const weft_query *q = parse(text);
    size_t used = 0;
    for (size_t i = 0; i < q->term_count; i++) {
        const weft_query_term *t = &q->terms[i];
        char value[128];
        if (t->kind == WEFT_TERM_PRICE && isinf(t->high))
            snprintf(value, sizeof value, ">%g", t->low);
        else if (t->kind == WEFT_TERM_PRICE && isinf(t->low))
            snprintf(value, sizeof value, "<%g", t->high);
        else if (t->kind == WEFT_TERM_PRICE)
            snprintf(value, sizeof value, "%g-%g", t->low, t->high);
        else snprintf(value, sizeof value, "%s", t->meaning ? t->meaning->value : t->text);
        used += (size_t)snprintf(said + used, sizeof said - used, "%s%s%s%s", i ? " " : "",
                                 t->is_negated ? "!" : "", t->is_preference ? "~" : "", value);
    }
    snprintf(said + used, sizeof said - used, "; %s", q->text);
    return said;
}

static void attributes_are_understood(void **state) {
    (void)state;
    assert_string_equal(reading("red dress"), "Red Dresses; red dress");
    assert_string_equal(reading("Ladies' navy frock"), "Women Navy Blue Dresses; "
                                                       "Women navy Dresses");
    assert_string_equal(reading("formal shoes for men"), "Formal Shoes Men; formal shoes for men");
    assert_string_equal(reading("party dress"), "~Party Dresses; party dress");
    assert_string_equal(reading("birch trainers"), "Birch Sports Shoes; birch Sports Shoes");
    assert_string_equal(reading("something nice"), "; something nice");
    assert_string_equal(reading(""), "; ");
}

static void the_last_category_is_meant(void **state) {
    (void)state;
    assert_string_equal(reading("tshirt dress"), "Dresses; tshirt dress");
    assert_string_equal(reading("tshirt or dress"), "Tshirts Dresses; tshirt or dress");
    assert_string_equal(reading("watch with leather belt"), "Watches; watch with leather belt");
}

static void prices_are_understood(void **state) {
    (void)state;
    assert_string_equal(reading("dress under 50"), "<50 Dresses; dress");
    assert_string_equal(reading("dress less than $49.99"), "<49.99 Dresses; dress");
    assert_string_equal(reading("no more than 50 dollars dress"), "<50 Dresses; dress");
    assert_string_equal(reading("between 20 and 40 belt"), "20-40 Belts; belt");
    assert_string_equal(reading("belts from 20 to 40"), "20-40 Belts; belts");
    assert_string_equal(reading("$20-40 belt"), "20-40 Belts; belt");
    assert_string_equal(reading("over 100 euros watch"), ">100 Watches; watch");
    assert_string_equal(reading("watch around 150"), "120-180 Watches; watch");
    assert_string_equal(reading("levis 501 jeans"), "; levis 501 jeans");
}

static void what_is_not_wanted_is_understood(void **state) {
    (void)state;
    assert_string_equal(reading("dress not red"), "Dresses !Red; dress");
    assert_string_equal(reading("tshirt without a logo"), "Tshirts !logo; tshirt");
    assert_string_equal(reading("tshirt not black or white"), "Tshirts !Black !White; tshirt");
    assert_string_equal(reading("dress -red"), "Dresses !Red; dress");
    assert_string_equal(reading("no floral dress"), "!floral Dresses; dress");
    assert_string_equal(reading("shoes other than formal shoes"), "Shoes !Formal Shoes; shoes");
    assert_string_equal(reading("blue instead of red"), "Blue !Red; blue");
    assert_string_equal(reading("t-shirt"), "Tshirts; Tshirts");
}

static void spelling_and_joints_are_mended(void **state) {
    (void)state;
    assert_string_equal(reading("rad dreses"), "Dresses; rad dresses");
    assert_string_equal(reading("blakc sunglases"), "Black Sunglasses; black sunglasses");
    assert_string_equal(reading("sun glasses"), "Sunglasses; Sunglasses");
    assert_string_equal(reading("flipflops"), "Flip Flops; flip flops");
    const weft_query *q = parse("a blakc dress");
    assert_int_equal(q->correction_count, 1);
    assert_string_equal(q->corrections[0].from, "blakc");
    assert_string_equal(q->corrections[0].to, "black");
    assert_int_equal(q->corrections[0].begin, 2);
    assert_int_equal(q->corrections[0].end, 7);
}

static void changes_are_understood(void **state) {
    (void)state;
    assert_string_equal(reading("is darker with longer sleeves"), "; is dark with long sleeves");
    assert_int_equal(parse("is darker")->lightness, -1);
    assert_int_equal(parse("a lighter dress")->lightness, 1);
    assert_int_equal(parse("dress")->lightness, 0);
    assert_string_equal(reading("less shiny dress"), "!~shiny Dresses; dress");
    assert_int_equal(parse("less shiny dress")->unwanted_count, 1);
    assert_string_equal(reading("is less than 50"), "<50; is");
    assert_string_equal(reading("does not have a logo"), "!logo; does");
}

static void sizes_are_preferences(void **state) {
    (void)state;
    assert_string_equal(reading("dress size 9"), "~size 9 Dresses; dress");
    assert_string_equal(reading("dress in xl"), "~in xl Dresses; dress");
}

static void each_rule_can_be_switched_off(void **state) {
    (void)state;
    understand = WEFT_UNDERSTAND_ALL & ~(unsigned)WEFT_UNDERSTAND_COLOR;
    assert_string_equal(reading("red dress"), "Dresses; red dress");
    understand = WEFT_UNDERSTAND_COLOR;
    assert_string_equal(reading("red dress under 50 blakc"), "Red; red dress under 50 blakc");
    understand = 0;
    assert_string_equal(reading("red drss not blue"), "; red drss not blue");
    understand = WEFT_UNDERSTAND_ALL;
    assert_int_equal(weft_understand_named("price"), WEFT_UNDERSTAND_PRICE);
    assert_int_equal(weft_understand_named("prices"), 0);
}

/* The rows that a query leaves of the whole catalog. */
static size_t rows_of(const char *text, weft_query **query) {
    weft_bitset rows;
    assert_int_equal(weft_bitset_init(&rows, SHOP_ROWS, NULL), WEFT_OK);
    weft_bitset_fill(&rows);
    *query = parse(text);
    assert_int_equal(weft_query_rows(*query, catalog, lexicon, &rows, NULL), WEFT_OK);
    size_t n = weft_bitset_popcount(&rows);
    weft_bitset_deinit(&rows);
    return n;
}

static void rows_must_have_what_is_said(void **state) {
    (void)state;
    weft_query *q;
    assert_int_equal(rows_of("dress", &q), 4);
    assert_int_equal(rows_of("red dress", &q), 2);
    assert_int_equal(rows_of("blue dress", &q), 2); /* navy blue too */
    assert_true(weft_query_match(q, catalog, lexicon, 1) == 1);
    assert_true(weft_query_match(q, catalog, lexicon, 2) == 0.75f);
    assert_int_equal(rows_of("dress not blue", &q), 3); /* navy blue is another color */
    assert_int_equal(rows_of("red or blue dress", &q), 4);
    assert_int_equal(rows_of("dress without floral", &q), 3);
    assert_int_equal(rows_of("dress under 45", &q), 2);
    assert_int_equal(rows_of("party dress", &q), 4); /* a preference */
    assert_int_equal(rows_of("dresses and shoes", &q), 7);
    assert_int_equal(rows_of("cedar hill sunglasses", &q), 2);
}

static void what_nothing_fits_is_let_go_and_said(void **state) {
    (void)state;
    weft_query *q;
    assert_int_equal(rows_of("gold dress", &q), 4);
    assert_true(q->terms[0].is_relaxed); /* the color */
    assert_false(q->terms[1].is_relaxed);
    assert_int_equal(rows_of("dress under 5", &q), 0); /* a price is not */
}

static void a_filter_says_the_same(void **state) {
    (void)state;
    static const char *const queries[] = {"red dress", "blue or red dress under 50",
                                          "tshirt not black", "shoes over 70", "men"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        weft_query *q;
        const weft_filter *filter;
        weft_bitset rows;
        size_t n = rows_of(queries[i], &q);
        assert_int_equal(weft_query_filter(q, catalog, &arena, &filter, NULL), WEFT_OK);
        assert_int_equal(weft_filter_apply(filter, catalog, &rows, NULL), WEFT_OK);
        assert_int_equal(weft_bitset_popcount(&rows), n);
        weft_bitset_deinit(&rows);
    }
}

static void any_bytes_are_read(void **state) {
    (void)state;
    char long_query[4096];
    for (size_t i = 0; i + 1 < sizeof long_query; i++) long_query[i] = "red not , -"[i % 11];
    long_query[sizeof long_query - 1] = '\0';
    parse(long_query);
    parse("\xff\xfe not");
    parse("not");
    parse("without");
    parse("- - -");
    parse("between");
    parse("between 20 and");
    parse("$");
    parse("not or not and not");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_are_understood),
        cmocka_unit_test(the_last_category_is_meant),
        cmocka_unit_test(prices_are_understood),
        cmocka_unit_test(what_is_not_wanted_is_understood),
        cmocka_unit_test(spelling_and_joints_are_mended),
        cmocka_unit_test(changes_are_understood),
        cmocka_unit_test(sizes_are_preferences),
        cmocka_unit_test(each_rule_can_be_switched_off),
        cmocka_unit_test(rows_must_have_what_is_said),
        cmocka_unit_test(what_nothing_fits_is_let_go_and_said),
        cmocka_unit_test(a_filter_says_the_same),
        cmocka_unit_test(any_bytes_are_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
