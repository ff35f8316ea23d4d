/* quality.h - how good the rankings of many queries are, summed up.
 *
 * recall@k, precision@k, MRR as usual; nDCG@k with a gain of 1 for what is right (Jarvelin and
 * Kekalainen, "Cumulated gain-based evaluation of IR techniques", 2002). A query with R right
 * answers is judged by min(k, R) of them, so that 1 can always be reached. */
#ifndef WEFT_SEARCH_QUALITY_H
#define WEFT_SEARCH_QUALITY_H

#include "base/bitset.h"
#include "catalog/catalog.h"
#include "search/rank.h"

enum { WEFT_QUALITY_K = 10, WEFT_QUALITY_LOOKS_K = 20, WEFT_QUALITY_BINS = 20 };

/* Sums over queries; begin with all zero. */
typedef struct {
    size_t queries;
    double precision, recall, reciprocal, ndcg, first; /* first: queries whose best is right */
    size_t wrong, shown; /* results among the first k that must not come, and all */
    double looks;        /* distinct pairs of color and type among the first 20 */
    size_t answered;     /* queries with any result */
    size_t right_bins[WEFT_QUALITY_BINS], wrong_bins[WEFT_QUALITY_BINS];     /* by relevance */
    size_t right_cosine[WEFT_QUALITY_BINS], wrong_cosine[WEFT_QUALITY_BINS]; /* -1 to 1 */
} weft_quality;

/* A query's page of at least 20 results, as far as there are so many. */
void weft_quality_add(weft_quality *quality, const weft_rank_request *request,
                      const weft_rank_page *page, const weft_bitset *right,
                      const weft_bitset *wrong);

/* The sum by the number of queries; 0 when there is none. */
double weft_quality_mean(const weft_quality *quality, double sum);

#endif
