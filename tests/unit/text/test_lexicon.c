#include "../unit.h"

#include <string.h>

#include "base/mem.h"
#include "shop.h"
#include "text/lexicon.h"

static const char rules[] = "# comment\n"
                            "grey, gray\n"
                            "\n"
                            "sneakers, trainers => sports shoes, casual shoes\n"
                            "navy => navy blue\n"
                            "ladies => women   # of shops\n"
                            "tee, t shirt => tshirts\n"
                            "checked, plaid\n"
                            "spaceship => rockets\n";

static weft_catalog *catalog;
static weft_lexicon *lexicon;
static weft_arena arena;

static int set_up(void **state) {
    (void)state;
    weft_synonyms synonyms;
    weft_arena_init(&arena, 0);
    catalog = shop_catalog();
    assert_int_equal(weft_synonyms_parse(&synonyms, weft_str_of(rules), &arena, NULL), WEFT_OK);
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

/* "base_color: Blue / Navy Blue": what was said, then what only contains it. */
static const char *meaning_of(const char *text) {
    static char said[256];
    weft_stemmer *stemmer;
    weft_word *words;
    const char *stems[8];
    size_t n;
    assert_int_equal(weft_stemmer_new(&stemmer, NULL), WEFT_OK);
    weft_words_split(weft_str_of(text), &arena, &words, &n, NULL);
    for (size_t i = 0; i < n; i++) stems[i] = weft_stem(stemmer, words[i].text);
    const weft_meaning *meaning = weft_vocabulary_find(lexicon->vocabulary, stems, n);
    weft_stemmer_free(stemmer);
    if (!meaning) return "nothing";
    if (meaning->kind == WEFT_MEANS_BRAND) {
        snprintf(said, sizeof said, "brand: %s",
                 weft_vocabulary_brand_name(lexicon->vocabulary, meaning->codes[0]));
        return said;
    }
    const weft_catalog_facet *facet = weft_catalog_facet_of(catalog, meaning->facet);
    size_t used = (size_t)snprintf(said, sizeof said, "%s:", facet->name);
    for (size_t i = 0; i < meaning->count; i++)
        used += (size_t)snprintf(said + used, sizeof said - used, "%s %s",
                                 i == meaning->exact && i ? " /"
                                 : i                      ? ","
                                                          : "",
                                 facet->values[meaning->codes[i]]);
    return said;
}

static void phrases_mean_values(void **state) {
    (void)state;
    assert_string_equal(meaning_of("dress"), "article_type: Dresses");
    assert_string_equal(meaning_of("flip-flops"), "article_type: Flip Flops");
    assert_string_equal(meaning_of("chain"), "article_type: Necklace and Chains");
    assert_string_equal(meaning_of("shoes"), "sub_category: Shoes");
    assert_string_equal(meaning_of("blue"), "base_color: Blue / Navy Blue");
    assert_string_equal(meaning_of("navy blue"), "base_color: Navy Blue");
    assert_string_equal(meaning_of("men's"), "gender: Men");
    assert_string_equal(meaning_of("formal"), "usage: Formal");
    assert_string_equal(meaning_of("formal shoes"), "article_type: Formal Shoes");
    assert_string_equal(meaning_of("sofa"), "nothing");
    assert_string_equal(meaning_of(""), "nothing");
}

static void synonyms_lead_to_values(void **state) {
    (void)state;
    size_t n;
    assert_string_equal(meaning_of("trainers"), "article_type: Sports Shoes, Casual Shoes");
    assert_string_equal(meaning_of("navy"), "base_color: Navy Blue");
    assert_string_equal(meaning_of("ladies"), "gender: Women");
    assert_string_equal(meaning_of("t-shirt"), "article_type: Tshirts");
    assert_string_equal(meaning_of("spaceship"), "nothing");
    const char *const *same = weft_vocabulary_same(lexicon->vocabulary, "plaid", &n);
    assert_int_equal(n, 1);
    assert_string_equal(same[0], "check");
}

static void names_begin_with_brands(void **state) {
    (void)state;
    assert_string_equal(meaning_of("cedar hill"), "brand: Cedar Hill");
    assert_string_equal(meaning_of("birch"), "brand: Birch");
    assert_string_equal(meaning_of("cedar"), "nothing");
    uint32_t brand = weft_vocabulary_brand_of(lexicon->vocabulary, 0);
    assert_string_equal(weft_vocabulary_brand_name(lexicon->vocabulary, brand), "Alder");
}

static void spelling_finds_the_nearest_word(void **state) {
    (void)state;
    const weft_spelling *s = lexicon->spelling;
    assert_string_equal(weft_spelling_correct(s, "dreses"), "dresses");
    assert_string_equal(weft_spelling_correct(s, "leahter"), "leather");
    assert_string_equal(weft_spelling_correct(s, "sunglases"), "sunglasses");
    assert_string_equal(weft_spelling_correct(s, "trianers"), "trainers");
    assert_null(weft_spelling_correct(s, "dress"));   /* is right */
    assert_null(weft_spelling_correct(s, "charger")); /* nothing is near */
    assert_null(weft_spelling_correct(s, "rde"));     /* too short to tell */
    assert_null(weft_spelling_correct(s, "drezz42")); /* a number of something */
}

static void variants_differ_in_color_alone(void **state) {
    (void)state;
    const weft_variants *v = lexicon->variants;
    size_t n;
    const uint32_t *rows = weft_variants_rows(v, weft_variants_group(v, 0), &n);
    assert_int_equal(n, 3); /* red, blue, navy blue; not the floral one */
    assert_int_equal(rows[0], 0);
    assert_int_equal(rows[1], 1);
    assert_int_equal(rows[2], 2);
    assert_int_not_equal(weft_variants_group(v, 0), weft_variants_group(v, 3));
    assert_int_equal(weft_variants_group(v, 8), weft_variants_group(v, 9)); /* striped */
    assert_int_not_equal(weft_variants_group(v, 9), weft_variants_group(v, 10));
    size_t total = 0;
    for (uint32_t g = 0; g < weft_variants_groups(v); g++) {
        weft_variants_rows(v, g, &n);
        total += n;
    }
    assert_int_equal(total, SHOP_ROWS);
}

static void wrong_rules_name_their_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"a, b\nc\n", "line 2: one phrase alone has no synonym"},
        {"a,, b\n", "line 1: there is an empty phrase"},
        {"\n\na =>\n", "line 3: there is an empty phrase"},
        {"one two three four five, b", "line 1: \"one two three four five\" has more than 4 words"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        weft_synonyms synonyms;
        weft_err err = {0};
        assert_true(weft_synonyms_parse(&synonyms, weft_str_of(wrong[i].text), &arena, &err));
        assert_string_equal(err.message, wrong[i].message);
    }
}

static void our_own_rules_are_well_formed(void **state) {
    (void)state;
    weft_synonyms synonyms;
    weft_err err = {0};
    if (weft_synonyms_parse(&synonyms, weft_synonyms_default(), &arena, &err))
        fail_msg("%s", err.message);
    assert_true(synonyms.count > 80);
}

static void memory_may_run_out(void **state) {
    (void)state;
    static const weft_synonyms none;
    weft_status status = WEFT_E_NOMEM;
    for (size_t nth = 1; status == WEFT_E_NOMEM; nth++) {
        weft_lexicon *made = NULL;
        weft_mem_fail_after(nth);
        status = weft_lexicon_new(&made, catalog, &none, NULL);
        weft_mem_fail_after(0);
        if (!status) weft_lexicon_free(made);
    }
    assert_int_equal(status, WEFT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phrases_mean_values),
        cmocka_unit_test(synonyms_lead_to_values),
        cmocka_unit_test(names_begin_with_brands),
        cmocka_unit_test(spelling_finds_the_nearest_word),
        cmocka_unit_test(variants_differ_in_color_alone),
        cmocka_unit_test(wrong_rules_name_their_line),
        cmocka_unit_test(our_own_rules_are_well_formed),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
