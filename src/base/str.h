/* str.h - small helpers for NUL-terminated and counted strings. */
#ifndef WEFT_BASE_STR_H
#define WEFT_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are looked at, not owned; not NUL-terminated. */
typedef struct {
    const char *data;
    size_t size;
} weft_str;

weft_str weft_str_of(const char *text);
weft_str weft_str_trim(weft_str s); /* without ASCII white space at both ends */
bool weft_str_eq(weft_str a, const char *b);
bool weft_str_eq_nocase(weft_str a, const char *b); /* ASCII letters only */
bool weft_str_ends_with_nocase(weft_str s, const char *suffix);

/* Parses all of s as a decimal number; false when it is anything else or out of range. */
bool weft_str_to_u64(weft_str s, uint64_t *out);
bool weft_str_to_i64(weft_str s, int64_t *out);
bool weft_str_to_double(weft_str s, double *out); /* finite, '.' whatever the locale */

/* Is s well-formed UTF-8 (no overlong forms, no surrogates)? */
bool weft_str_is_utf8(weft_str s);

/* Standard base64 (RFC 4648 section 4), padding optional, white space skipped.
 * out has room for weft_base64_max(n) bytes; false when malformed. */
static inline size_t weft_base64_max(size_t n) { return n / 4 * 3 + 3; }
bool weft_base64_decode(weft_str text, unsigned char *out, size_t *n);

#endif
