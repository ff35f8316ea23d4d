/* clip_vocabulary.h - the tokenizer's tables; only clip_tokenizer.c uses them. */
#ifndef WEFT_CLIP_CLIP_VOCABULARY_H
#define WEFT_CLIP_CLIP_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

#define WEFT_CLIP_NO_TOKEN UINT32_MAX

/* Two neighbouring tokens that become one; a lower rank goes first. */
typedef struct {
    uint32_t left, right;
    uint32_t rank;
    uint32_t id; /* of the merged token; WEFT_CLIP_NO_TOKEN in an empty slot */
} weft_clip_merge;

/* A token that is matched as text rather than made by merging. */
typedef struct {
    char *text; /* owned, not empty */
    uint32_t id;
    bool is_normalized; /* matched in the normalised text, not in the raw one */
} weft_clip_added;

typedef struct {
    uint32_t bytes[2][256];  /* [ends a word][byte]; unknown ones have the unknown id */
    weft_clip_merge *merges; /* a hash table of slots, a power of two */
    size_t merge_slots;
    weft_clip_added *added; /* [added_count] */
    size_t added_count;
    uint32_t start_id, end_id;
} weft_clip_vocabulary;

/* Fails as weft_clip_tokenizer_open does; deinit also after a failure. */
weft_status weft_clip_vocabulary_open(weft_clip_vocabulary *v, const char *folder,
                                      size_t vocab_size, weft_err *err);
weft_status weft_clip_vocabulary_parse(weft_clip_vocabulary *v, weft_str tokenizer_json,
                                       size_t vocab_size, weft_err *err);
void weft_clip_vocabulary_deinit(weft_clip_vocabulary *v);

static inline uint32_t weft_clip_vocabulary_byte(const weft_clip_vocabulary *v, unsigned char byte,
                                                 bool ends_word) {
    return v->bytes[ends_word][byte];
}

/* NULL when the two do not merge. */
const weft_clip_merge *weft_clip_vocabulary_merge(const weft_clip_vocabulary *v, uint32_t left,
                                                  uint32_t right);

#endif
