/* index_topk.h - the best k of a stream of hits, kept in the caller's array. */
#ifndef WEFT_INDEX_INDEX_TOPK_H
#define WEFT_INDEX_INDEX_TOPK_H

#include <stdbool.h>
#include <stddef.h>

#include "index/index.h"

/* The caller owns the struct and hits. */
typedef struct {
    weft_hit *hits; /* [k]; a heap with the worst hit at 0 until weft_topk_sort */
    size_t k;       /* at least 1 */
    size_t n;       /* hits held */
} weft_topk;

/* Is a the better hit: a higher score, or an equal one in a lower row? A total
 * order, so that what is kept does not depend on the order of arrival. */
static inline bool weft_hit_better(weft_hit a, weft_hit b) {
    return a.score > b.score || (a.score == b.score && a.row < b.row);
}

/* Can a hit of at most this score still get in? */
static inline bool weft_topk_admits(const weft_topk *top, float score) {
    return top->n < top->k || score >= top->hits[0].score;
}

void weft_topk_push(weft_topk *top, weft_hit hit);

/* Sorts the hits, best first; nothing may be pushed any more. */
void weft_topk_sort(weft_topk *top);

#endif
