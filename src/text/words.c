#include "text/words.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"
#include "catalog/id_map.h"

typedef struct {
    const unsigned char *bytes;
    size_t size, at;
} reader;

/* The code point at r->at and its length; a byte that is no UTF-8 is U+FFFD, which parts. */
static int32_t peek(const reader *r, size_t *length) {
    utf8proc_int32_t point;
    *length = 1;
    if (r->at >= r->size) return -1;
    if (r->bytes[r->at] < 0x80) return r->bytes[r->at];
    utf8proc_ssize_t n =
        utf8proc_iterate(r->bytes + r->at, (utf8proc_ssize_t)(r->size - r->at), &point);
    if (n <= 0) return 0xFFFD;
    *length = (size_t)n;
    return point;
}

static bool is_ascii_digit(int32_t c) { return c >= '0' && c <= '9'; }
static bool is_ascii_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_apostrophe(int32_t c) { return c == '\'' || c == 0x2019; }

static bool is_word_part(int32_t c) {
    if (c < 0) return false;
    if (c < 0x80) return is_ascii_letter(c) || is_ascii_digit(c);
    utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/* Does the mark at r->at, between `before` and what follows, belong to the word? */
static bool joins(const reader *r, int32_t before, int32_t mark, size_t length) {
    reader next = {r->bytes, r->size, r->at + length};
    size_t ignored;
    int32_t after = peek(&next, &ignored);
    if (is_apostrophe(mark)) return is_word_part(after) && !is_ascii_digit(before);
    return mark == '.' && is_ascii_digit(before) && is_ascii_digit(after);
}

/* Folds bytes[0..n) into out; ASCII, the usual case, goes byte by byte. */
static bool fold(const unsigned char *bytes, size_t n, char out[WEFT_WORD_MAX + 1]) {
    size_t used = 0;
    bool is_ascii = true;
    for (size_t i = 0; i < n && is_ascii; i++) {
        if (bytes[i] >= 0x80) is_ascii = false;
        else if (bytes[i] == '\'' || used == WEFT_WORD_MAX) continue;
        else out[used++] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] + 32 : bytes[i]);
    }
    out[used] = '\0';
    if (is_ascii) return true;
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t size = utf8proc_map(bytes, (utf8proc_ssize_t)n, &folded,
                                         UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                             UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    if (size < 0) return size != UTF8PROC_ERROR_NOMEM && (out[0] = '\0', true);
    used = 0;
    for (utf8proc_ssize_t i = 0; i < size; i++) {
        utf8proc_int32_t point;
        utf8proc_ssize_t length = utf8proc_iterate(folded + i, size - i, &point);
        if (length <= 0 || used + (size_t)length > WEFT_WORD_MAX) break;
        if (!is_apostrophe(point)) {
            memcpy(out + used, folded + i, (size_t)length);
            used += (size_t)length;
        }
        i += length - 1;
    }
    out[used] = '\0';
    free(folded); /* utf8proc's own */
    return true;
}

static bool grow(weft_arena *arena, weft_word **words, size_t n, size_t *capacity) {
    if (n < *capacity) return true;
    size_t larger = *capacity ? *capacity * 2 : 16;
    weft_word *copy = weft_arena_alloc(arena, larger, sizeof *copy);
    if (!copy) return false;
    if (n) memcpy(copy, *words, n * sizeof *copy);
    *words = copy;
    *capacity = larger;
    return true;
}

weft_status weft_words_split(weft_str text, weft_arena *arena, weft_word **words, size_t *n,
                             weft_err *err) {
    reader r = {(const unsigned char *)text.data, text.size, 0};
    size_t capacity = 0, length;
    *words = NULL;
    *n = 0;
    for (;;) {
        int32_t c = peek(&r, &length);
        if (c < 0) return WEFT_OK;
        size_t begin = r.at;
        r.at += length;
        if (!is_word_part(c)) continue;
        for (int32_t before = c;; before = c) {
            c = peek(&r, &length);
            if (!is_word_part(c) && !(c >= 0 && joins(&r, before, c, length))) break;
            r.at += length;
        }
        char folded[WEFT_WORD_MAX + 1];
        if (!fold(r.bytes + begin, r.at - begin, folded)) break;
        if (!folded[0]) continue;
        const char *copy = weft_arena_strdup(arena, folded);
        if (!copy || !grow(arena, words, *n, &capacity)) break;
        (*words)[(*n)++] = (weft_word){.text = copy, .begin = begin, .end = r.at};
    }
    return weft_fail(err, WEFT_E_NOMEM, "words of a text");
}

struct weft_stemmer {
    struct sb_stemmer *snowball;
    weft_arena arena;
    weft_id_map numbers; /* word -> number of its stem */
    const char **stems;  /* [numbers.count] */
    size_t capacity;
};

weft_status weft_stemmer_new(weft_stemmer **out, weft_err *err) {
    weft_stemmer *stemmer = weft_calloc(1, sizeof *stemmer);
    if (!stemmer) return weft_fail(err, WEFT_E_NOMEM, "stemmer");
    weft_arena_init(&stemmer->arena, 1 << 12);
    weft_id_map_init(&stemmer->numbers);
    stemmer->snowball = sb_stemmer_new("english", NULL);
    if (!stemmer->snowball) {
        weft_stemmer_free(stemmer);
        return weft_fail(err, WEFT_E_NOMEM, "stemmer");
    }
    *out = stemmer;
    return WEFT_OK;
}

void weft_stemmer_free(weft_stemmer *stemmer) {
    if (!stemmer) return;
    if (stemmer->snowball) sb_stemmer_delete(stemmer->snowball);
    weft_id_map_deinit(&stemmer->numbers);
    weft_arena_deinit(&stemmer->arena);
    weft_free(stemmer->stems);
    weft_free(stemmer);
}

static bool reserve_stem(weft_stemmer *stemmer) {
    if (stemmer->numbers.count < stemmer->capacity) return true;
    size_t capacity = 2 * stemmer->capacity + 64;
    const char **larger = weft_realloc(stemmer->stems, capacity, sizeof *larger);
    if (!larger) return false;
    stemmer->stems = larger;
    stemmer->capacity = capacity;
    return true;
}

const char *weft_stem(weft_stemmer *stemmer, const char *word) {
    uint32_t number;
    if (weft_id_map_get(&stemmer->numbers, word, &number)) return stemmer->stems[number];
    const sb_symbol *made =
        sb_stemmer_stem(stemmer->snowball, (const sb_symbol *)word, (int)strlen(word));
    if (!made || !reserve_stem(stemmer)) return NULL;
    number = (uint32_t)stemmer->numbers.count;
    const char *key = weft_arena_strdup(&stemmer->arena, word);
    const char *stem = weft_arena_strndup(&stemmer->arena, (const char *)made,
                                          (size_t)sb_stemmer_length(stemmer->snowball));
    if (!key || !stem || weft_id_map_add(&stemmer->numbers, key, number)) return NULL;
    return stemmer->stems[number] = stem;
}

const char *weft_stem_phrase(weft_stemmer *stemmer, const weft_word *words, size_t n,
                             weft_arena *arena) {
    weft_buf out;
    bool ok = true;
    weft_buf_init(&out);
    for (size_t w = 0; w < n && ok; w++) {
        const char *stem = weft_stem(stemmer, words[w].text);
        ok = stem;
        if (ok) weft_buf_printf(&out, "%s%s", w ? " " : "", stem);
    }
    const char *phrase =
        ok && weft_buf_ok(&out) ? weft_arena_strndup(arena, n ? out.data : "", out.size) : NULL;
    weft_buf_deinit(&out);
    return phrase;
}
