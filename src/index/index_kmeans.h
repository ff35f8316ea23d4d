/* index_kmeans.h - k-means (Lloyd, 1982): points into clusters around centroids.
 *
 * Distances are Euclidean; |x - c|^2 = |x|^2 - 2 (x.c - |c|^2 / 2), so the
 * nearest centroid has the largest x.c - |c|^2 / 2: one matrix product. */
#ifndef WEFT_INDEX_INDEX_KMEANS_H
#define WEFT_INDEX_INDEX_KMEANS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct {
    const float *points; /* [n][dim] */
    size_t n, dim;
    size_t k; /* clusters wanted, 1 to n */
    size_t iterations;
    uint64_t seed; /* the same seed gives the same clusters */
} weft_kmeans;

/* Writes centroids[k][dim] and, when assigned is not NULL, the cluster of each
 * point. A cluster may end empty only when points are equal. One thread.
 * Fails with WEFT_E_NOMEM. */
weft_status weft_kmeans_run(const weft_kmeans *job, float *centroids, uint32_t *assigned,
                            weft_err *err);

#endif
