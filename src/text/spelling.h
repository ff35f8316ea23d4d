/* spelling.h - the word of the catalog that a shopper meant.
 *
 * Words are compared by the optimal string alignment distance (Damerau, "A technique for
 * computer detection and correction of spelling errors", 1964): one letter more, less, other,
 * or two neighbours exchanged is 1. */
#ifndef WEFT_TEXT_SPELLING_H
#define WEFT_TEXT_SPELLING_H

#include "text/text_index.h"
#include "text/vocabulary.h"

typedef struct weft_spelling weft_spelling; /* immutable; any number of threads */

/* The words of both, which must outlive it. WEFT_E_NOMEM. */
weft_status weft_spelling_new(weft_spelling **spelling, const weft_text_index *texts,
                              const weft_vocabulary *vocabulary, weft_err *err);
void weft_spelling_free(weft_spelling *spelling); /* NULL is fine */

bool weft_spelling_knows(const weft_spelling *spelling, const char *word);

/* What a folded word should be, or NULL when it is right, or nothing is near enough: words of
 * 4 letters and more may be 1 off, of 8 and more 2, of 6 and more 2 when it is an attribute's. The
 * catalog has slips of its own ("Sandles"): a word is taken for one when nearly all of its
 * products have the attribute's word beside it as well. */
const char *weft_spelling_correct(const weft_spelling *spelling, const char *word);

#endif
