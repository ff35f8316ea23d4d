/* index_cluster.h - sorts points into cells: the shape of an inverted file
 * (index_ivf.h), from the heads of its rows.
 *
 * k-means with n / WEFT_IVF_CELL_ROWS centroids. To find a point's nearest centroid,
 * all of them are compared along the first PREFIX axes, which hold most of the variance,
 * and the best few along all axes. Shorter ways were tried and cut clusters apart, at a
 * cost of recall that no search makes good: choosing groups of points first and cells
 * within each, or looking for centroids in the nearest groups of centroids only. In this
 * many dimensions groups of clusters hardly stand out (docs/performance.md). */
#ifndef WEFT_INDEX_INDEX_CLUSTER_H
#define WEFT_INDEX_INDEX_CLUSTER_H

#include "index/index_work.h"

/* Cell c holds the points order[first[c] .. first[c + 1]). No cell is empty, none larger
 * than WEFT_IVF_CELL_MAX; neighbours in number are no neighbours in space. */
typedef struct {
    size_t n, cell_count;
    uint32_t *order; /* [n] */
    uint32_t *first; /* [cell_count + 1] */
} weft_clusters;

/* points is [n][dim], at most WEFT_SPACE_HEAD_MAX wide. The same whatever the number of
 * threads. Fails as weft_work_run and with WEFT_E_NOMEM. */
typedef struct {
    const float *points;
    size_t n, dim;
    weft_work *work;
} weft_cluster_input;
weft_status weft_clusters_init(weft_clusters *clusters, const weft_cluster_input *input,
                               weft_err *err);
void weft_clusters_deinit(weft_clusters *clusters);

/* How many pieces weft_clusters_init adds to the work's progress. */
size_t weft_clusters_pieces(size_t n);

#endif
