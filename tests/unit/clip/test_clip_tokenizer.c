/* A vocabulary small enough to merge by hand. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "clip/clip_normalize.h"
#include "clip/clip_tokenizer.h"
#include "unit.h"

#define NORMALIZER                                                                                 \
    "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},"                   \
    "{\"type\":\"Replace\"},{\"type\":\"Lowercase\"}]}"
#define ADDED                                                                                      \
    "\"added_tokens\":[{\"id\":20,\"content\":\"<|startoftext|>\"},"                               \
    "{\"id\":21,\"content\":\"<|endoftext|>\"},{\"id\":22,\"content\":\"TAG\",\"normalized\":"     \
    "true}]"
#define MODEL(extra, merges)                                                                       \
    "\"model\":{\"type\":\"BPE\",\"unk_token\":\"<|endoftext|>\",\"end_of_word_suffix\":\"</w>\"," \
    "\"vocab\":{\"a\":0,\"a</w>\":1,\"b\":2,\"b</w>\":3,\"ab\":4,\"ab</w>\":5,\"aa\":6,"           \
    "\"1</w>\":7,\"'\":8,\"s</w>\":9,\"'s</w>\":10,\"!\":11,\"!</w>\":12,\"\u00c3\":13,"           \
    "\"\u00a9</w>\":14,\"<|endoftext|>\":21}," extra "\"merges\":" merges "}"
#define MERGES "[[\"a\",\"b\"],[\"a\",\"b</w>\"],[\"a\",\"a\"],\"' s</w>\"]"
#define JSON   "{" NORMALIZER "," ADDED "," MODEL("", MERGES) "}"

static void encodes(const char *text, size_t size, const uint32_t *expected, size_t n) {
    weft_clip_tokenizer *t;
    weft_err err = {0};
    uint32_t ids[12];
    size_t made;
    if (weft_clip_tokenizer_parse(&t, JSON, strlen(JSON), 23, &err)) fail_msg("%s", err.message);
    assert_int_equal(weft_clip_tokenizer_encode(t, (weft_str){text, size}, ids, 12, &made, NULL),
                     WEFT_OK);
    assert_int_equal(made, n + 2);
    assert_int_equal(ids[0], 20);
    assert_int_equal(ids[n + 1], 21);
    for (size_t i = 0; i < n; i++) assert_int_equal(ids[i + 1], expected[i]);
    weft_clip_tokenizer_free(t);
}

#define ENCODES(text, ...)                                                                         \
    do {                                                                                           \
        const uint32_t expected[] = {__VA_ARGS__};                                                 \
        encodes(text, sizeof text - 1, expected, sizeof expected / sizeof *expected);              \
    } while (0)

static void test_words(void **unused) {
    (void)unused;
    encodes("", 0, NULL, 0);
    encodes(" \n\t", 3, NULL, 0);
    ENCODES("a", 1);
    ENCODES("AB ab", 5, 5); /* lower case; the suffix merges with the last letter only */
    ENCODES("aab", 0, 5);   /* rank decides: a b</w> goes before a a */
    ENCODES("aaa", 6, 1);   /* the leftmost of equals goes first */
    ENCODES("11", 7, 7);    /* digits stand alone */
    ENCODES("ab's", 5, 10); /* a contraction is a word */
    ENCODES("a!!b", 1, 11, 12, 3);
    ENCODES("e\xCC\x81", 13, 14);    /* composed, then its two bytes */
    ENCODES("z", 21);                /* unknown */
    ENCODES("a\xFF", 1, 21, 21, 21); /* U+FFFD is three unknown bytes */
}

static void test_added_tokens(void **unused) {
    (void)unused;
    ENCODES("a<|endoftext|>b", 1, 21, 3);
    ENCODES("<|endoftext|>", 21);
    ENCODES("atagb", 1, 22, 3); /* matched after lowering */
}

static void test_cut_keeps_the_end(void **unused) {
    (void)unused;
    ENCODES("a a a a a a a a a a a a a a", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
}

/* n log n: a quadratic merge of a million letters would take minutes. */
static void test_long_words_are_quick(void **unused) {
    (void)unused;
    enum { N = 1 << 20 };
    weft_clip_tokenizer *t;
    uint32_t ids[77];
    size_t n;
    char *text = weft_alloc(N, 1);
    memset(text, 'a', N);
    assert_int_equal(weft_clip_tokenizer_parse(&t, JSON, strlen(JSON), 23, NULL), WEFT_OK);
    double started = weft_clock_seconds();
    assert_int_equal(weft_clip_tokenizer_encode(t, (weft_str){text, N}, ids, 77, &n, NULL),
                     WEFT_OK);
    assert_int_equal(n, 77);
    for (size_t i = 0; i + 1 < N; i += 2) memcpy(text + i, i % 4 ? "\xCC\x81" : "\xCC\xA3", 2);
    assert_int_equal(weft_clip_tokenizer_encode(t, (weft_str){text, N}, ids, 77, &n, NULL),
                     WEFT_OK);
    assert_true(weft_clock_seconds() - started < 20);
    weft_clip_tokenizer_free(t);
    weft_free(text);
}

static void test_normalize(void **unused) {
    (void)unused;
    static const char *const cases[][2] = {
        {"A \t\n B", "a b"},
        {"\xC4\xB0", "i\xCC\x87"},                     /* U+0130 becomes two */
        {"\xCE\xA3", "\xCF\x83"},                      /* sigma, never final */
        {"a\xCC\x81\xCC\xA3", "\xE1\xBA\xA1\xCC\x81"}, /* marks sorted, then composed */
        {"\xE2\x84\xAB", "\xC3\xA5"},                  /* angstrom sign */
        {"\xC2\x85x\xE3\x80\x80y", " x y"},
        {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}, /* a surrogate is no UTF-8 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weft_buf out;
        weft_buf_init(&out);
        assert_int_equal(weft_clip_normalize(weft_str_of(cases[i][0]), &out, NULL), WEFT_OK);
        assert_string_equal(out.data, cases[i][1]);
        weft_buf_deinit(&out);
    }
}

static void refused(const char *json, size_t vocab, weft_status status, const char *says) {
    weft_clip_tokenizer *t;
    weft_err err = {0};
    assert_int_equal(weft_clip_tokenizer_parse(&t, json, strlen(json), vocab, &err), status);
    assert_null(t);
    if (!strstr(err.message, says)) fail_msg("'%s' does not say '%s'", err.message, says);
}

static void test_refused(void **unused) {
    (void)unused;
    refused("{", 23, WEFT_E_FORMAT, "line");
    refused("{}", 23, WEFT_E_FORMAT, "model.vocab");
    refused(JSON, 22, WEFT_E_FORMAT, "vocab_size is 22");
    refused("{" ADDED "," MODEL("", MERGES) "}", 23, WEFT_E_UNSUPPORTED, "normalizer");
    refused("{" NORMALIZER "," ADDED "," MODEL("\"dropout\":0.1,", MERGES) "}", 23,
            WEFT_E_UNSUPPORTED, "dropout");
    refused("{" NORMALIZER "," ADDED "," MODEL("\"ignore_merges\":true,", MERGES) "}", 23,
            WEFT_E_UNSUPPORTED, "ignore_merges");
    refused("{" NORMALIZER "," ADDED "," MODEL("", "[[\"a\",\"q\"]]") "}", 23, WEFT_E_FORMAT,
            "merge 0");
    refused("{" NORMALIZER "," ADDED "," MODEL("", "[\"a  b\"]") "}", 23, WEFT_E_FORMAT, "merge 0");
    refused("{" NORMALIZER "," MODEL("", MERGES) "}", 23, WEFT_E_FORMAT, "startoftext");
}

static void test_memory(void **unused) {
    (void)unused;
    weft_clip_tokenizer *t;
    weft_status status = WEFT_E_NOMEM;
    for (size_t nth = 1; status == WEFT_E_NOMEM; nth++) {
        assert_true(nth < 1000);
        weft_mem_fail_after(nth);
        status = weft_clip_tokenizer_parse(&t, JSON, strlen(JSON), 23, NULL);
        weft_mem_fail_after(0);
    }
    assert_int_equal(status, WEFT_OK);
    status = WEFT_E_NOMEM;
    for (size_t nth = 1; status == WEFT_E_NOMEM; nth++) {
        uint32_t ids[12];
        size_t n;
        weft_mem_fail_after(nth);
        status = weft_clip_tokenizer_encode(t, weft_str_of("ab \xC3\x89 aab"), ids, 12, &n, NULL);
        weft_mem_fail_after(0);
    }
    assert_int_equal(status, WEFT_OK);
    weft_clip_tokenizer_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words),
                                       cmocka_unit_test(test_added_tokens),
                                       cmocka_unit_test(test_cut_keeps_the_end),
                                       cmocka_unit_test(test_long_words_are_quick),
                                       cmocka_unit_test(test_normalize),
                                       cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
