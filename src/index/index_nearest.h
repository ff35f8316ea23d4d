/* index_nearest.h - many rows at once look for the centroids nearest to them, each among the
 * few that are listed for it.
 *
 * A score is x.c - |c|^2 / 2, greatest for the nearest. All listed centroids are compared
 * along the first PREFIX axes, which hold most of the variance, and the best few of them
 * along all axes. */
#ifndef WEFT_INDEX_INDEX_NEAREST_H
#define WEFT_INDEX_INDEX_NEAREST_H

#include "index/index_work.h"

/* Rows are sorted by a key: rows[order[i]] has key x for first[x] <= i < first[x + 1], and is
 * compared with the centroids lists[list_first[x] .. list_first[x + 1]), at least one.
 * All arrays are the caller's. */
typedef struct {
    const float *rows; /* [n][dim] */
    size_t n, dim;
    const uint32_t *order; /* [n] */
    size_t keys;
    const uint32_t *first;      /* [keys + 1] */
    const uint32_t *list_first; /* [keys + 1] */
    const uint32_t *lists;
    const float *centroids; /* [][dim] */
    const float *norms;     /* []: |c|^2 / 2 */
    size_t wanted;          /* centroids for each row, 1 to WEFT_NEAREST_MOST */
    uint32_t *nearest;      /* [n][wanted], out, by number of row; the order of several is that
                               along PREFIX axes; too short a list is filled with its best */
} weft_nearest;

enum { WEFT_NEAREST_MOST = 256 };

/* The same whatever the number of threads. Fails as weft_work_run and with WEFT_E_NOMEM. */
weft_status weft_nearest_run(const weft_nearest *job, weft_work *work, weft_err *err);
size_t weft_nearest_pieces(size_t n); /* what a run adds to the work's progress */

#endif
