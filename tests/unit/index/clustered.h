/* clustered.h - rows as CLIP's are: a common mean, clusters, few strong directions. */
#ifndef WEFT_TESTS_CLUSTERED_H
#define WEFT_TESTS_CLUSTERED_H

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

static inline float clustered_noise(void) { /* nearly normal, deviation 1 */
    float sum = -6;
    for (int i = 0; i < 12; i++) sum += (float)rand() / (float)RAND_MAX;
    return sum;
}

static inline void clustered_normalize(float *x, size_t dim) {
    double sum = 0;
    for (size_t j = 0; j < dim; j++) sum += (double)x[j] * (double)x[j];
    for (size_t j = 0; j < dim; j++) x[j] = (float)((double)x[j] / sqrt(sum));
}

/* [rows][dim], L2-normalised, `size` to a cluster; freed with weft_free. */
static inline float *clustered_rows(size_t rows, size_t dim, size_t size) {
    float *vectors = weft_alloc(rows, dim * sizeof *vectors);
    float *center = weft_alloc(dim, sizeof *center);
    for (size_t i = 0; i < rows; i++) {
        float *x = vectors + i * dim;
        for (size_t j = 0; j < dim; j++) {
            float scale = j < 24 ? 0.3f : 0.03f;
            if (i % size == 0) center[j] = (j % 50 == 3 ? 1.0f : 0.05f) + scale * clustered_noise();
            x[j] = center[j] + 0.5f * scale * clustered_noise();
        }
        clustered_normalize(x, dim);
    }
    weft_free(center);
    return vectors;
}

#endif
