/* text_index.h - which rows of the catalog hold a word, and how well words fit a row: BM25
 * (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009;
 * the idf that is never negative, as Lucene has it).
 *
 * A row's text is the product's name and the values of its attributes. Built from a catalog,
 * then immutable and shared by any number of threads. In memory, because a store's own
 * full-text engine took 16 to 40 ms for a common word among 40,000 products, ranks
 * differently in each store, and cannot count within the rows that a filter allows
 * (docs/decisions/0013). */
#ifndef WEFT_TEXT_TEXT_INDEX_H
#define WEFT_TEXT_TEXT_INDEX_H

#include "base/bitset.h"
#include "catalog/catalog.h"
#include "text/words.h"

typedef struct weft_text_index weft_text_index;

/* A word of the catalog by its stem; WEFT_NO_TERM: the catalog has no such word. */
typedef uint32_t weft_term;
#define WEFT_NO_TERM UINT32_MAX

/* The catalog is read during the call only. Fails with WEFT_E_NOMEM. */
weft_status weft_text_index_new(weft_text_index **index, const weft_catalog *catalog,
                                weft_err *err);
void weft_text_index_free(weft_text_index *index); /* NULL is fine */

size_t weft_text_index_terms(const weft_text_index *index); /* 0 <= term < terms */

/* The term of a stem. */
weft_term weft_text_index_term(const weft_text_index *index, const char *stem);

/* How many rows hold the term, and how much a hit of it says (idf, above 0). */
size_t weft_text_index_rows_of(const weft_text_index *index, weft_term term);
float weft_text_index_idf(const weft_text_index *index, weft_term term);

/* Every distinct folded word of the catalog, as it is written there, and how many rows hold
 * its stem: for spelling. */
void weft_text_index_each_word(const weft_text_index *index,
                               void (*visit)(void *context, const char *word, size_t rows),
                               void *context);

/* Sets the bits of the rows that hold the term; rows has as many bits as the catalog rows. */
void weft_text_index_mark(const weft_text_index *index, weft_term term, weft_bitset *rows);

/* A query word and what it weighs: 1, or less for a synonym. */
typedef struct {
    weft_term term;
    float weight;
} weft_text_query;

/* scores[rows] += BM25 of every row for words[n]; the caller zeroes it. */
void weft_text_index_score(const weft_text_index *index, const weft_text_query *words, size_t n,
                           float *scores);

/* Of the rows that hold `term` the share that holds `other` as well; 0 when there are none. */
float weft_text_index_share(const weft_text_index *index, weft_term term, weft_term other);

/* Does the row hold the term? */
bool weft_text_index_has(const weft_text_index *index, weft_term term, uint32_t row);

#endif
