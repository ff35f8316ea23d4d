#include "../unit.h"

#include <math.h>
#include <string.h>

#include "shop.h"
#include "text/text_index.h"

static weft_catalog *catalog;
static weft_text_index *texts;

static int set_up(void **state) {
    (void)state;
    catalog = shop_catalog();
    assert_int_equal(weft_text_index_new(&texts, catalog, NULL), WEFT_OK);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_text_index_free(texts);
    weft_catalog_free(catalog);
    return 0;
}

/* How often the row's text has a stem, and its length, read the slow way. */
static size_t count_in_row(uint32_t row, const char *stem, size_t *length) {
    const weft_product *p = weft_catalog_product(catalog, row);
    const char *parts[] = {
        p->product_display_name, p->master_category, p->sub_category, p->article_type,
        p->base_color,           p->gender,          p->season,       p->usage};
    weft_stemmer *stemmer;
    weft_arena arena;
    size_t count = 0;
    *length = 0;
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_stemmer_new(&stemmer, NULL), WEFT_OK);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        weft_word *words;
        size_t n;
        weft_words_split(weft_str_of(parts[i]), &arena, &words, &n, NULL);
        for (size_t w = 0; w < n; w++)
            count += strcmp(weft_stem(stemmer, words[w].text), stem) == 0;
        *length += n;
    }
    weft_stemmer_free(stemmer);
    weft_arena_deinit(&arena);
    return count;
}

static void scores_are_bm25(void **state) {
    (void)state;
    static const char *const stems[] = {"dress", "black", "leather", "shoe", "men", "red"};
    double total = 0, k1 = 1.2, b = 0.5;
    size_t length;
    for (uint32_t row = 0; row < SHOP_ROWS; row++) {
        count_in_row(row, "", &length);
        total += (double)length;
    }
    double mean = total / SHOP_ROWS;
    for (size_t s = 0; s < sizeof stems / sizeof *stems; s++) {
        float scores[SHOP_ROWS] = {0};
        const weft_text_query word = {weft_text_index_term(texts, stems[s]), 1};
        assert_int_not_equal(word.term, WEFT_NO_TERM);
        size_t with = 0;
        for (uint32_t row = 0; row < SHOP_ROWS; row++)
            with += count_in_row(row, stems[s], &length) > 0;
        assert_int_equal(weft_text_index_rows_of(texts, word.term), with);
        double idf = log(1 + (SHOP_ROWS - (double)with + 0.5) / ((double)with + 0.5));
        weft_text_index_score(texts, &word, 1, scores);
        for (uint32_t row = 0; row < SHOP_ROWS; row++) {
            double tf = (double)count_in_row(row, stems[s], &length);
            double expected = idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * (double)length / mean));
            assert_true(fabs(expected - (double)scores[row]) < 1e-4);
            assert_int_equal(weft_text_index_has(texts, word.term, row), tf > 0);
        }
    }
}

static void what_no_product_says_is_no_term(void **state) {
    (void)state;
    float scores[SHOP_ROWS] = {0};
    weft_bitset rows;
    assert_int_equal(weft_text_index_term(texts, "charger"), WEFT_NO_TERM);
    const weft_text_query word = {WEFT_NO_TERM, 1};
    weft_text_index_score(texts, &word, 1, scores);
    for (size_t i = 0; i < SHOP_ROWS; i++) assert_true(scores[i] == 0);
    assert_int_equal(weft_bitset_init(&rows, SHOP_ROWS, NULL), WEFT_OK);
    weft_text_index_mark(texts, WEFT_NO_TERM, &rows);
    assert_int_equal(weft_bitset_popcount(&rows), 0);
    weft_text_index_mark(texts, weft_text_index_term(texts, "leather"), &rows);
    assert_int_equal(weft_bitset_popcount(&rows), 3);
    weft_bitset_deinit(&rows);
    assert_false(weft_text_index_has(texts, WEFT_NO_TERM, 0));
}

static void an_empty_catalog_has_no_words(void **state) {
    (void)state;
    weft_catalog *empty;
    weft_text_index *none;
    assert_int_equal(weft_catalog_new(&empty, NULL), WEFT_OK);
    assert_int_equal(weft_catalog_finish(empty, NULL), WEFT_OK);
    assert_int_equal(weft_text_index_new(&none, empty, NULL), WEFT_OK);
    assert_int_equal(weft_text_index_terms(none), 0);
    weft_text_index_free(none);
    weft_catalog_free(empty);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_bm25),
        cmocka_unit_test(what_no_product_says_is_no_term),
        cmocka_unit_test(an_empty_catalog_has_no_words),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
