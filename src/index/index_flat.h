/* index_flat.h - the rows of an exact index. For the files of this room only. */
#ifndef WEFT_INDEX_INDEX_FLAT_H
#define WEFT_INDEX_INDEX_FLAT_H

#include "index/index_dot.h"
#include "index/index_internal.h"
#include "index/index_quant.h"

typedef struct {
    weft_index base;
    size_t stride;  /* floats per row: dim rounded up to WEFT_DOT_FLOAT_PAD, zero-padded */
    float *vectors; /* [rows][stride], 64-byte aligned; 0 for a row that is not present */
    weft_quant quant;
    int8_t *codes; /* [rows][quant.stride], likewise */
    const weft_dot *dot;
} weft_flat;

/* The query in double, [stride], aligned and zero-padded as dot->floats wants it; freed with
 * weft_free. NULL, and err is filled, when out of memory. */
double *weft_flat_widen(const weft_flat *index, const float *query, weft_err *err);

/* In index_flat_batch.c. queries are finite, k is 1 to present_count. */
weft_status weft_flat_search_batch(const weft_index *index, const weft_index_batch *batch,
                                   weft_hit *hits, size_t *counts, weft_err *err);

#endif
