/* clip_normalize.h - text as CLIP's tokenizer wants it before it splits words. */
#ifndef WEFT_CLIP_CLIP_NORMALIZE_H
#define WEFT_CLIP_CLIP_NORMALIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"

/* Appends text to out: composed (Unicode NFC), each run of white space one blank,
 * lower-case letter by letter. Every byte that is not UTF-8 counts as U+FFFD.
 * Time and memory grow linearly with the text. Fails with WEFT_E_NOMEM. */
weft_status weft_clip_normalize(weft_str text, weft_buf *out, weft_err *err);

typedef enum {
    WEFT_CHAR_SPACE,
    WEFT_CHAR_LETTER,
    WEFT_CHAR_NUMBER,
    WEFT_CHAR_OTHER
} weft_char_kind;

/* \s, \p{L}, \p{N} or anything else, as regular expressions over Unicode see it. */
weft_char_kind weft_char_kind_of(int32_t codepoint);

/* The code point at text[0..n), n > 0, and its length in bytes; a byte that is not
 * UTF-8 gives U+FFFD and length 1. */
int32_t weft_char_next(const char *text, size_t n, size_t *length);

#endif
