/* index_internal.h - what an index holds; for the files of this room only. */
#ifndef WEFT_INDEX_INDEX_INTERNAL_H
#define WEFT_INDEX_INDEX_INTERNAL_H

#include "base/bitset.h"
#include "index/index.h"
#include "index/index_dot.h"
#include "index/index_quant.h"

struct weft_index {
    size_t rows, dim;
    size_t stride;       /* floats per row: dim rounded up to WEFT_DOT_FLOAT_PAD, zero-padded */
    float *vectors;      /* [rows][stride], 64-byte aligned; 0 for a row that is not present */
    weft_bitset present; /* [rows] */
    weft_quant quant;
    const weft_dot *dot;
};

#endif
