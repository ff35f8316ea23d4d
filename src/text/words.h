/* words.h - text as the words that a search compares.
 *
 * A word is a run of letters and digits (Unicode categories L, M, N), folded: lower case,
 * without accents, compatibility forms made plain (NFKD). Apostrophes inside a word are
 * dropped ("women's" is "womens"), a full stop between digits stays ("49.99"), everything
 * else, hyphens too, parts words. Stems are English (Snowball; Porter, "An algorithm for
 * suffix stripping", 1980), so that "dresses" finds "dress". */
#ifndef WEFT_TEXT_WORDS_H
#define WEFT_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

typedef struct {
    const char *text;  /* folded, NUL-terminated, in the arena */
    size_t begin, end; /* bytes of the source that it was */
} weft_word;

enum { WEFT_WORD_MAX = 64 }; /* bytes of a folded word; a longer one is cut */

/* Splits text, which need not be UTF-8 (bytes that are not part words). words[*n] lives in
 * the arena. Fails with WEFT_E_NOMEM. */
weft_status weft_words_split(weft_str text, weft_arena *arena, weft_word **words, size_t *n,
                             weft_err *err);

/* Turns words into stems, and remembers those it has seen; one thread at a time. */
typedef struct weft_stemmer weft_stemmer;

weft_status weft_stemmer_new(weft_stemmer **stemmer, weft_err *err); /* WEFT_E_NOMEM */
void weft_stemmer_free(weft_stemmer *stemmer);                       /* NULL is fine */

/* The stem of a folded word, the stemmer's own; NULL when out of memory. */
const char *weft_stem(weft_stemmer *stemmer, const char *word);

/* The stems of words[n], apart by single spaces, in the arena; NULL when out of memory. */
const char *weft_stem_phrase(weft_stemmer *stemmer, const weft_word *words, size_t n,
                             weft_arena *arena);

#endif
