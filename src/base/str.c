#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

weft_str weft_str_of(const char *text) { return (weft_str){text, strlen(text)}; }

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

weft_str weft_str_trim(weft_str s) {
    while (s.size && is_space(s.data[0])) s.data++, s.size--;
    while (s.size && is_space(s.data[s.size - 1])) s.size--;
    return s;
}

bool weft_str_eq(weft_str a, const char *b) {
    return strlen(b) == a.size && memcmp(a.data, b, a.size) == 0;
}

bool weft_str_eq_nocase(weft_str a, const char *b) {
    return strlen(b) == a.size && strncasecmp(a.data, b, a.size) == 0;
}

bool weft_str_ends_with_nocase(weft_str s, const char *suffix) {
    size_t n = strlen(suffix);
    return s.size >= n && strncasecmp(s.data + s.size - n, suffix, n) == 0;
}

bool weft_str_to_u64(weft_str s, uint64_t *out) {
    uint64_t value = 0;
    if (s.size == 0) return false;
    for (size_t i = 0; i < s.size; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') return false;
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.data[i] - '0'), &value))
            return false;
    }
    *out = value;
    return true;
}

bool weft_str_to_i64(weft_str s, int64_t *out) {
    bool negative = s.size && s.data[0] == '-';
    uint64_t magnitude;
    if (negative) s.data++, s.size--;
    if (!weft_str_to_u64(s, &magnitude)) return false;
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1u : 0u)) return false;
    *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

bool weft_str_to_double(weft_str s, double *out) {
    /* strtod needs a NUL and accepts hex, "inf" and "nan": let only plain
     * decimal characters through. The program keeps the "C" numeric locale. */
    char text[64];
    if (s.size == 0 || s.size >= sizeof text) return false;
    for (size_t i = 0; i < s.size; i++)
        if (!strchr("0123456789+-.eE", s.data[i]) || s.data[i] == '\0') return false;
    memcpy(text, s.data, s.size);
    text[s.size] = '\0';
    char *end;
    double value = strtod(text, &end);
    if (end != text + s.size || !isfinite(value)) return false;
    *out = value;
    return true;
}

bool weft_str_is_utf8(weft_str s) {
    const unsigned char *p = (const unsigned char *)s.data, *end = p + s.size;
    while (p < end) {
        size_t n = *p < 0x80                 ? 1
                   : *p >= 0xc2 && *p < 0xe0 ? 2
                   : *p >= 0xe0 && *p < 0xf0 ? 3
                   : *p >= 0xf0 && *p < 0xf5 ? 4
                                             : 0;
        if (n == 0 || (size_t)(end - p) < n) return false;
        for (size_t i = 1; i < n; i++)
            if ((p[i] & 0xc0) != 0x80) return false;
        /* Overlong forms, UTF-16 surrogates and values past U+10FFFF. */
        if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)))
            return false;
        if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)))
            return false;
        p += n;
    }
    return true;
}

static int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool weft_base64_decode(weft_str text, unsigned char *out, size_t *n) {
    unsigned bits = 0;
    size_t symbols = 0, written = 0, padding = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (is_space(c)) continue;
        if (c == '=') {
            padding++;
            continue;
        }
        int value = base64_value(c);
        if (value < 0 || padding) return false;
        bits = (bits << 6 | (unsigned)value) & 0xffffffu;
        switch (symbols++ % 4) {
        case 1: out[written++] = (unsigned char)(bits >> 4); break;
        case 2: out[written++] = (unsigned char)(bits >> 2); break;
        case 3: out[written++] = (unsigned char)bits; break;
        default: break;
        }
    }
    *n = written;
    return symbols % 4 != 1 && padding <= 2 && (padding == 0 || (symbols + padding) % 4 == 0);
}
