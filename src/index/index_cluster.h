/* index_cluster.h - sorts points into cells: the shape of an inverted file
 * (index_ivf.h), from the heads of its rows.
 *
 * k-means with k = n / WEFT_IVF_CELL_ROWS centroids, where comparing all points with all
 * centroids would grow with the square of n. Centroids are sorted into about sqrt(k)
 * districts. In a pass a point is compared with the centroids of many districts around its
 * own: wide, because in this many dimensions groups of clusters hardly stand out, and a
 * narrow look cuts clusters apart, at a cost of recall that no search makes good
 * (docs/performance.md). Then, cheaply, with the centroids around its present one, as those
 * move (k^2-means: Agustsson et al., arXiv:1605.09299). */
#ifndef WEFT_INDEX_INDEX_CLUSTER_H
#define WEFT_INDEX_INDEX_CLUSTER_H

#include "index/index_work.h"

/* Cell c holds the points order[first[c] .. first[c + 1]). No cell is empty, none larger
 * than WEFT_IVF_CELL_MAX; cells of one district follow each other. */
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
