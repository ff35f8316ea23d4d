/* clip_tokenizer.h - text to token ids by CLIP's byte-level byte-pair encoding.
 *
 * The same ids as transformers' CLIPTokenizerFast (the tokenizers library).
 * Sennrich et al., arXiv:1508.07909; bytes as in GPT-2. */
#ifndef WEFT_CLIP_CLIP_TOKENIZER_H
#define WEFT_CLIP_CLIP_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

typedef struct weft_clip_tokenizer weft_clip_tokenizer; /* immutable; threads share it */

/* Reads the folder's tokenizer.json, or vocab.json and merges.txt where there is none.
 * vocab_size: ids must be below. Fails with WEFT_E_NOT_FOUND, WEFT_E_FORMAT,
 * WEFT_E_UNSUPPORTED (another kind of tokenizer), WEFT_E_LIMIT, WEFT_E_NOMEM; messages
 * name the file. */
weft_status weft_clip_tokenizer_open(weft_clip_tokenizer **tokenizer, const char *folder,
                                     size_t vocab_size, weft_err *err);

/* The same from a tokenizer.json in memory; for fuzzing. */
weft_status weft_clip_tokenizer_parse(weft_clip_tokenizer **tokenizer, const char *json, size_t n,
                                      size_t vocab_size, weft_err *err);
void weft_clip_tokenizer_free(weft_clip_tokenizer *tokenizer); /* NULL is fine */

/* ids[max]: the start token, at most max - 2 tokens of the text, the end token; *n is how
 * many. max is at least 2. Time grows as n log n with the text. Fails with WEFT_E_NOMEM. */
weft_status weft_clip_tokenizer_encode(const weft_clip_tokenizer *tokenizer, weft_str text,
                                       uint32_t *ids, size_t max, size_t *n, weft_err *err);

#endif
