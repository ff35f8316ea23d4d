/* index_float.h - sums over float32 vectors in several lanes, so that a compiler may make
 * vectors of them without being allowed to reorder. */
#ifndef WEFT_INDEX_INDEX_FLOAT_H
#define WEFT_INDEX_INDEX_FLOAT_H

#include <stddef.h>

enum { WEFT_FLOAT_LANES = 16 };

/* The inner product of x[n] and y[n]. */
static inline float weft_float_dot(const float *x, const float *y, size_t n) {
    float sums[WEFT_FLOAT_LANES] = {0};
    size_t whole = n / WEFT_FLOAT_LANES * WEFT_FLOAT_LANES;
    for (size_t j = 0; j < whole; j += WEFT_FLOAT_LANES)
        for (size_t lane = 0; lane < WEFT_FLOAT_LANES; lane++)
            sums[lane] += x[j + lane] * y[j + lane];
    for (size_t j = whole; j < n; j++) sums[0] += x[j] * y[j];
    for (size_t lane = 1; lane < WEFT_FLOAT_LANES; lane++) sums[0] += sums[lane];
    return sums[0];
}

#endif
