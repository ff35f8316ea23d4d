/* index.h - nearest neighbours of an embedding among the catalog's rows.
 *
 * The index sees row numbers, vectors and a set of allowed rows, never a
 * product. Scores are inner products of L2-normalised vectors, that is cosine
 * similarity: higher is better.
 *
 * Three engines stand behind one interface:
 *
 * - flat: exact; scans every row. 2,560 bytes per row of 512 dimensions.
 * - IVF (inverted file): an approximate index of cells that looks only where a
 *   hit can still be, as far as a calibrated bound tells (index_ivf.h explains).
 *   About 700 bytes per row, and thousands of times fewer rows read.
 * - marks: no vectors, one bit per row that has one: for catalogs that another process
 *   searches (src/engine). It cannot be searched (WEFT_E_UNSUPPORTED). */
#ifndef WEFT_INDEX_INDEX_H
#define WEFT_INDEX_INDEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bitset.h"
#include "base/status.h"

typedef struct weft_index weft_index; /* opaque; immutable, safe for many readers */

typedef struct {
    uint32_t row;
    float score; /* cosine similarity, -1 to 1 */
} weft_hit;

/* How far an IVF search looks: cells whose best row is expected to lie more than
 * `reach` standard deviations above what the cell's centroid promises are left
 * out. 1 is hasty, 3.5 finds about 99 in 100, 6 nearly all (docs/performance.md). */
#define WEFT_INDEX_REACH 3.5f

typedef struct {
    const float *query;       /* [dim], L2-normalised */
    size_t k;                 /* hits wanted */
    const weft_bitset *allow; /* rows that may be returned; NULL: all that have a vector.
                                 May be longer or shorter than the index. */
    float reach;              /* 0: WEFT_INDEX_REACH; of no effect on exact search */
} weft_index_query;

/* What an index is built from. */
typedef struct {
    const float *vectors; /* [rows][dim], L2-normalised; only read during the call */
    size_t rows, dim;
    const weft_bitset *present; /* [rows]: rows that have a vector; NULL: all */
    size_t threads;             /* 0: one per processor */
    /* Told now and then how much is done, 0 to 1, by the calling thread; may be NULL. */
    void (*on_progress)(void *context, double done);
    void *context;
    const atomic_bool *cancel; /* when it turns true building ends with WEFT_E_CANCELLED */
} weft_index_source;

/* Both fail with WEFT_E_INVALID (shapes that do not agree, a value that is not
 * finite: the message names row and value), WEFT_E_NOMEM or WEFT_E_CANCELLED;
 * *index is then NULL. */
weft_status weft_index_flat_new(weft_index **index, const weft_index_source *source, weft_err *err);
weft_status weft_index_ivf_new(weft_index **index, const weft_index_source *source, weft_err *err);
/* Rows are those of present. WEFT_E_NOMEM. */
weft_status weft_index_marks_new(weft_index **index, const weft_bitset *present, size_t dim,
                                 weft_err *err);
void weft_index_free(weft_index *index); /* NULL is fine */

/* What happens to a row: it gets a vector, for the first time or in place of another one,
 * loses it, or takes over that of another row. */
typedef struct {
    uint32_t row;
    const float *vector; /* [dim], L2-normalised; NULL: the row has none any more, or: */
    bool moves;          /* it takes over what row `from` has, which then has none */
    uint32_t from;
} weft_index_change;

/* Makes the index that follows `old` by changes[n], one after the other. The old one stays
 * as it is, for those who still search it; an IVF index shares with it all that is the
 * same, so a change costs about 0.1 ms a row and no search waits. There may be rows beyond
 * the old ones. Fails with WEFT_E_INVALID (a value that is not finite) or WEFT_E_NOMEM. */
weft_status weft_index_apply(weft_index **fresh, const weft_index *old,
                             const weft_index_change *changes, size_t n, weft_err *err);

/* How much has changed since the index was built: changes over rows, 0 when it is as good
 * as new. Rows unlike all that it was built from, whose scores are off, count a hundred
 * times. From about 0.5 on building it again pays. */
double weft_index_wear(const weft_index *index);

/* Walks the whole index and checks that it hangs together: every row in exactly one cell,
 * every centroid the mean of its rows. WEFT_E_FORMAT names what does not. */
weft_status weft_index_verify(const weft_index *index, weft_err *err);

const char *weft_index_engine_name(const weft_index *index); /* "flat", "ivf", "marks" */
size_t weft_index_dim(const weft_index *index);
size_t weft_index_rows(const weft_index *index); /* the row numbers are 0 <= row < rows */
const weft_bitset *weft_index_present(const weft_index *index); /* rows that have a vector */

/* Writes the vector of a row into out[dim]; false when the row or the index has none. Exact
 * in a flat index; from the codes of an IVF one it is off by about 0.002. */
bool weft_index_vector(const weft_index *index, uint32_t row, float *out);

/* Writes the best min(k, allowed rows) hits into hits[k], best first, equal
 * scores by row; *n is how many: k hits come back whenever k rows are allowed.
 * flat: the hits are those of a full scan, the scores inner products rounded
 * once to float32, the same on every CPU. IVF: scores are within about 0.0005, of
 * a row with values that few others have 0.002.
 * Uses one thread. Fails with WEFT_E_NOMEM, or WEFT_E_INVALID when a value of
 * the query is not finite; *n is then 0. */
weft_status weft_index_search(const weft_index *index, const weft_index_query *query,
                              weft_hit *hits, size_t *n, weft_err *err);

/* Writes the scores of given rows into scores[n], by the same arithmetic as a search; NAN for
 * a row without a vector. Fails as weft_index_search, and with WEFT_E_UNSUPPORTED when there
 * are no vectors here (marks). */
weft_status weft_index_scores(const weft_index *index, const float *query, const uint32_t *rows,
                              size_t n, float *scores, weft_err *err);

/* Many queries at once: the same hits as one by one, on several threads. An exact index
 * multiplies its rows with hundreds of queries together, by the processor's matrix
 * instructions where it has them, and so reads each row once for all of them. */
typedef struct {
    const float *queries; /* [n][dim], L2-normalised */
    size_t n, k;
    const weft_bitset *allow; /* as in weft_index_query, of all */
    float reach;              /* likewise */
    size_t threads;           /* 0: one per processor */
} weft_index_batch;

/* hits is [n][k], counts [n]: how many hits each query has. Fails as weft_index_search; the
 * hits are then undefined. */
weft_status weft_index_search_batch(const weft_index *index, const weft_index_batch *batch,
                                    weft_hit *hits, size_t *counts, weft_err *err);

#endif
