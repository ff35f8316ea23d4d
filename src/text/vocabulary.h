/* vocabulary.h - what the phrases of shoppers mean in this catalog: "navy" is base_color Navy
 * Blue, "trainers" are article_type Sports Shoes or Casual Shoes, "nike" is a brand.
 *
 * Made from the catalog's own values, so that it fits any shop's taxonomy, and from synonyms:
 *   - a value means itself ("Flip Flops"), and so does each side of an "and" in it;
 *   - the last words of values mean all of them ("shoes": Casual Shoes, Sports Shoes, ...),
 *     and a word of a color every color that has it;
 *   - a gender goes with "Unisex" too;
 *   - synonyms lead to these;
 *   - brands are the words that names begin with, before the first word that is an attribute.
 * Phrases are compared by stems. */
#ifndef WEFT_TEXT_VOCABULARY_H
#define WEFT_TEXT_VOCABULARY_H

#include "catalog/catalog.h"
#include "text/synonyms.h"
#include "text/words.h"

typedef struct weft_vocabulary weft_vocabulary; /* immutable; any number of threads */

typedef enum { WEFT_MEANS_FACET, WEFT_MEANS_BRAND } weft_meaning_kind;

typedef struct {
    weft_meaning_kind kind;
    weft_facet facet;      /* of WEFT_MEANS_FACET */
    const uint32_t *codes; /* [count]: values of the facet; of brands their numbers */
    size_t exact;          /* codes[0..exact) are what was said; the rest only contain it */
    const char *value;     /* the first of them as the catalog writes it */
    size_t count;
} weft_meaning;

/* catalog and synonyms are read during the call only. Fails with WEFT_E_NOMEM. */
weft_status weft_vocabulary_new(weft_vocabulary **vocabulary, const weft_catalog *catalog,
                                const weft_synonyms *synonyms, weft_err *err);
void weft_vocabulary_free(weft_vocabulary *vocabulary); /* NULL is fine */

/* What stems[n] mean together, or NULL. */
const weft_meaning *weft_vocabulary_find(const weft_vocabulary *vocabulary,
                                         const char *const *stems, size_t n);

/* Is the stem part of any phrase that means something? */
bool weft_vocabulary_has_word(const weft_vocabulary *vocabulary, const char *stem);

/* Stems that mean the same as a stem, itself left out: [*n]. */
const char *const *weft_vocabulary_same(const weft_vocabulary *vocabulary, const char *stem,
                                        size_t *n);

/* Calls visit for every word of a synonym, which shoppers may write though no product does. */
void weft_vocabulary_each_word(const weft_vocabulary *vocabulary,
                               void (*visit)(void *context, const char *word, size_t rows),
                               void *context);

/* ---- brands ---- */

#define WEFT_NO_BRAND UINT32_MAX

size_t weft_vocabulary_brands(const weft_vocabulary *vocabulary);
const char *weft_vocabulary_brand_name(const weft_vocabulary *vocabulary, uint32_t brand);
uint32_t weft_vocabulary_brand_of(const weft_vocabulary *vocabulary, uint32_t row);

#endif
