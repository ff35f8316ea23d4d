/* index.h - nearest neighbours of an embedding among the catalog's rows.
 *
 * The index sees row numbers, vectors and a set of allowed rows, never a
 * product. Scores are inner products of L2-normalised vectors, that is cosine
 * similarity: higher is better.
 *
 * Memory per row: 4 bytes per dimension for the exact vector and 1 for its int8
 * code (each row padded to 64 bytes): 2,560 bytes at 512 dimensions. */
#ifndef WEFT_INDEX_INDEX_H
#define WEFT_INDEX_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/bitset.h"
#include "base/status.h"

typedef struct weft_index weft_index; /* opaque; immutable, safe for many readers */

typedef struct {
    uint32_t row;
    float score; /* cosine similarity, -1 to 1 */
} weft_hit;

typedef struct {
    const float *query;       /* [dim], L2-normalised */
    size_t k;                 /* hits wanted */
    const weft_bitset *allow; /* rows that may be returned; NULL: all that have a vector.
                                 May be longer or shorter than the index. */
} weft_index_query;

/* Builds an exact index over vectors [rows][dim], L2-normalised. Row r is left
 * out when present (may be NULL: all rows) has bit r unset; its vector is not
 * looked at. Copies what it needs. Fails with WEFT_E_INVALID (shapes that do not
 * agree, a value that is not finite) or WEFT_E_NOMEM; *index is then NULL. */
weft_status weft_index_flat_new(weft_index **index, const float *vectors, size_t rows, size_t dim,
                                const weft_bitset *present, weft_err *err);
void weft_index_free(weft_index *index); /* NULL is fine */

size_t weft_index_dim(const weft_index *index);
size_t weft_index_rows(const weft_index *index); /* the row numbers are 0 <= row < rows */
const weft_bitset *weft_index_present(const weft_index *index); /* rows that have a vector */

/* The stored vector of a row, [dim]; NULL when the row has none. Lives as long as the index. */
const float *weft_index_vector(const weft_index *index, uint32_t row);

/* Writes the best min(k, allowed rows) hits into hits[k], best first, equal
 * scores by row; *n is how many. Exact: the hits are those of a full scan, the
 * scores inner products rounded once to float32, the same on every CPU.
 * Uses one thread. Fails with WEFT_E_NOMEM, or WEFT_E_INVALID when a value of
 * the query is not finite; *n is then 0. */
weft_status weft_index_search(const weft_index *index, const weft_index_query *query,
                              weft_hit *hits, size_t *n, weft_err *err);

#endif
