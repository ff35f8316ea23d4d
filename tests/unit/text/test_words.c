#include "../unit.h"

#include <string.h>

#include "text/words.h"

static void splits(const char *text, const char *expected) {
    weft_arena arena;
    weft_word *words;
    size_t n;
    char joined[512] = "";
    weft_arena_init(&arena, 0);
    assert_int_equal(weft_words_split(weft_str_of(text), &arena, &words, &n, NULL), WEFT_OK);
    for (size_t i = 0; i < n; i++) {
        assert_true(words[i].begin < words[i].end && words[i].end <= strlen(text));
        if (i) strcat(joined, "|");
        strcat(joined, words[i].text);
    }
    assert_string_equal(joined, expected);
    weft_arena_deinit(&arena);
}

static void words_are_runs_of_letters_and_digits(void **state) {
    (void)state;
    splits("", "");
    splits("  ,;- ", "");
    splits("Red DRESS", "red|dress");
    splits("T-Shirt, size 42", "t|shirt|size|42");
    splits("under $49.99.", "under|49.99");
    splits("women's & men’s", "womens|mens");
    splits("rock 'n' roll", "rock|n|roll");
    splits("Café CRÈME ﬁt", "cafe|creme|fit");
    splits("Größe", "grosse");
    splits("a\xff\xfe"
           "b",
           "a|b");
}

static void a_long_word_is_cut(void **state) {
    (void)state;
    char text[200];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    char expected[WEFT_WORD_MAX + 1];
    memset(expected, 'x', WEFT_WORD_MAX);
    expected[WEFT_WORD_MAX] = '\0';
    splits(text, expected);
}

static void stems_make_forms_of_a_word_one(void **state) {
    (void)state;
    weft_stemmer *stemmer;
    assert_int_equal(weft_stemmer_new(&stemmer, NULL), WEFT_OK);
    assert_string_equal(weft_stem(stemmer, "dresses"), weft_stem(stemmer, "dress"));
    assert_string_equal(weft_stem(stemmer, "womens"), weft_stem(stemmer, "women"));
    assert_string_equal(weft_stem(stemmer, "striped"), weft_stem(stemmer, "stripes"));
    assert_ptr_equal(weft_stem(stemmer, "shoes"), weft_stem(stemmer, "shoes"));
    weft_stemmer_free(stemmer);
    weft_stemmer_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_runs_of_letters_and_digits),
        cmocka_unit_test(a_long_word_is_cut),
        cmocka_unit_test(stems_make_forms_of_a_word_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
