/* mmr.h - maximal marginal relevance: a list whose neighbours are not all alike (Carbonell
 * and Goldstein, "The Use of MMR, Diversity-Based Reranking", 1998). */
#ifndef WEFT_SEARCH_MMR_H
#define WEFT_SEARCH_MMR_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

typedef struct {
    const float *scores;   /* [n], descending: of the list as it is */
    const float *vectors;  /* [n][dim], L2-normalised; a row of zeros is like nothing */
    const uint32_t *looks; /* [n]: what makes two the same to the eye, as a number (type and
                            * color); the same number adds to their likeness. NULL: nothing */
    size_t n, dim;
    size_t places; /* that are to be filled; the rest follows as it is. 0: all */
    float lambda;  /* 1: the list stays as it is; 0: as unlike each other as can be */
} weft_mmr_list;

/* order[n] becomes the list's positions in their new order. Takes n places dim multiplications at
 * most, and a few n dim where the list is long: what cannot be the best is not compared.
 * Fails with WEFT_E_NOMEM. */
weft_status weft_mmr_order(const weft_mmr_list *list, weft_arena *arena, uint32_t *order,
                           weft_err *err);

#endif
