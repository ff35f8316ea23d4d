/* clip_normalize.c - NFC, blanks, lower case; Unicode's tables by utf8proc.
 *
 * utf8proc's own one-call normaliser sorts combining marks by exchanging
 * neighbours, which is quadratic: a query of nothing but accents would hold a
 * worker for seconds. Here each character is decomposed by utf8proc, the marks
 * are sorted by counting, and utf8proc composes the result.
 *
 * Lower case is that of Rust's char::to_lowercase, which the tokenizers library
 * uses: letter by letter, so no final sigma; the only letter that becomes two
 * is U+0130. */
#include "clip/clip_normalize.h"

#include <utf8proc.h>

#include "base/mem.h"

enum { REPLACEMENT = 0xFFFD, CLASS_COUNT = 256 };

weft_char_kind weft_char_kind_of(int32_t c) {
    if ((c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
        (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
        c == 0x3000)
        return WEFT_CHAR_SPACE;
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return WEFT_CHAR_LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return WEFT_CHAR_NUMBER;
    default: return WEFT_CHAR_OTHER;
    }
}

int32_t weft_char_next(const char *text, size_t n, size_t *length) {
    utf8proc_int32_t c;
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, &c);
    *length = used > 0 ? (size_t)used : 1;
    return used > 0 ? c : REPLACEMENT;
}

static inline unsigned combining_class(int32_t c) {
    return (unsigned)utf8proc_get_property(c)->combining_class;
}

/* Sorts marks[n] by combining class, equal ones keeping their order; spare is [n]. */
static void sort_marks(int32_t *marks, size_t n, int32_t *spare) {
    size_t start[CLASS_COUNT + 1] = {0};
    for (size_t i = 0; i < n; i++) start[combining_class(marks[i]) + 1]++;
    for (size_t i = 1; i <= CLASS_COUNT; i++) start[i] += start[i - 1];
    for (size_t i = 0; i < n; i++) spare[start[combining_class(marks[i])]++] = marks[i];
    for (size_t i = 0; i < n; i++) marks[i] = spare[i];
}

/* Unicode's canonical ordering: every run of marks by itself. */
static void order_marks(int32_t *points, size_t n, int32_t *spare) {
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && combining_class(points[end]) != 0) end++;
        if (end - i > 1) sort_marks(points + i, end - i, spare);
        i = end > i ? end : i + 1;
    }
}

/* No character decomposes into more than four, nor into more than two per byte of it. */
static size_t decompose(weft_str text, int32_t *points) {
    size_t n = 0, length;
    int boundary = 0;
    for (size_t i = 0; i < text.size; i += length) {
        int32_t c = weft_char_next(text.data + i, text.size - i, &length);
        utf8proc_ssize_t made =
            utf8proc_decompose_char(c, points + n, 4, UTF8PROC_DECOMPOSE, &boundary);
        if (made >= 0 && made <= 4) n += (size_t)made;
        else points[n++] = REPLACEMENT;
    }
    return n;
}

static void put_char(weft_buf *out, int32_t c) {
    utf8proc_uint8_t bytes[4];
    weft_buf_append(out, bytes, (size_t)utf8proc_encode_char(c, bytes));
}

static void put_lower(weft_buf *out, const int32_t *points, size_t n) {
    bool after_space = false;
    for (size_t i = 0; i < n; i++) {
        bool is_space = weft_char_kind_of(points[i]) == WEFT_CHAR_SPACE;
        if (is_space) {
            if (!after_space) weft_buf_putc(out, ' ');
        } else if (points[i] == 0x130) {
            weft_buf_puts(out, "i\xCC\x87"); /* i and a dot above */
        } else {
            put_char(out, utf8proc_tolower(points[i]));
        }
        after_space = is_space;
    }
}

static bool is_ascii(weft_str text) {
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] > 0x7F) return false;
    return true;
}

static void put_ascii(weft_buf *out, weft_str text) {
    bool after_space = false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
        if (!is_space) weft_buf_putc(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
        else if (!after_space) weft_buf_putc(out, ' ');
        after_space = is_space;
    }
}

weft_status weft_clip_normalize(weft_str text, weft_buf *out, weft_err *err) {
    size_t capacity;
    int32_t *points = NULL, *spare = NULL;
    weft_status status = WEFT_OK;
    if (is_ascii(text)) {
        put_ascii(out, text);
        goto cleanup;
    }
    if (weft_mul_size(text.size, 2, &capacity) && weft_add_size(capacity, 4, &capacity)) {
        points = weft_alloc(capacity, sizeof *points);
        spare = weft_alloc(capacity, sizeof *spare);
    }
    if (!points || !spare) {
        status = weft_fail(err, WEFT_E_NOMEM, "no memory to normalise %zu bytes", text.size);
        goto cleanup;
    }
    size_t n = decompose(text, points);
    order_marks(points, n, spare);
    utf8proc_ssize_t composed =
        utf8proc_normalize_utf32(points, (utf8proc_ssize_t)n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    if (composed < 0) {
        status = weft_fail(err, WEFT_E_INTERNAL, "utf8proc: %s", utf8proc_errmsg(composed));
        goto cleanup;
    }
    put_lower(out, points, (size_t)composed);
cleanup:
    if (!status && !weft_buf_ok(out))
        status = weft_fail(err, WEFT_E_NOMEM, "no memory to normalise %zu bytes", text.size);
    weft_free(points);
    weft_free(spare);
    return status;
}
