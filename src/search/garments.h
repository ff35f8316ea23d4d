/* garments.h - which of a photo's boxes are garments, by the products they resemble. */
#ifndef WEFT_SEARCH_GARMENTS_H
#define WEFT_SEARCH_GARMENTS_H

#include "search/rank.h"

/* A box and the embedding of what it shows. The geometry is the caller's. */
typedef struct {
    float x, y, width, height;
    const float *embedding; /* [dim], L2-normalised */
} weft_garment_box;

typedef struct {
    size_t box;    /* which of the boxes */
    uint32_t type; /* code of its article type */
    float
        confidence; /* 0 to 1: share of its nearest products that agree, times how near they are */
} weft_garment;

enum { WEFT_GARMENTS_MAX = 6 };

/* The best boxes of boxes[n], best first, no two of them of one garment: garments must hold
 * WEFT_GARMENTS_MAX; *count is how many. Of the request catalog, indexes and engine are used.
 * Fails as weft_retrieve. */
weft_status weft_garments_find(const weft_garment_box *boxes, size_t n,
                               const weft_rank_request *request, weft_arena *arena,
                               weft_garment *garments, size_t *count, weft_err *err);

#endif
