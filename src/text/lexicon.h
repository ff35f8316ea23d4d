/* lexicon.h - all that is known about the words of one catalog, made and replaced as one. */
#ifndef WEFT_TEXT_LEXICON_H
#define WEFT_TEXT_LEXICON_H

#include "text/spelling.h"
#include "text/text_index.h"
#include "text/variants.h"
#include "text/vocabulary.h"

/* Immutable; any number of threads. */
typedef struct {
    weft_text_index *texts;
    weft_vocabulary *vocabulary;
    weft_spelling *spelling;
    weft_variants *variants;
} weft_lexicon;

/* Takes about 0.1 s for 40,000 products. Fails with WEFT_E_NOMEM. */
weft_status weft_lexicon_new(weft_lexicon **lexicon, const weft_catalog *catalog,
                             const weft_synonyms *synonyms, weft_err *err);
void weft_lexicon_free(weft_lexicon *lexicon); /* NULL is fine */

#endif
