/* index_internal.h - what every index has; for the files of this room only. */
#ifndef WEFT_INDEX_INDEX_INTERNAL_H
#define WEFT_INDEX_INDEX_INTERNAL_H

#include "base/bitset.h"
#include "index/index.h"

/* What an engine can do: index_flat.c and index_ivf*.c each have one table. */
typedef struct {
    const char *name;
    /* k is at least 1 and at most present_count; the query is finite. */
    weft_status (*search)(const weft_index *index, const weft_index_query *query, weft_hit *hits,
                          size_t *n, weft_err *err);
    /* NULL: one by one. k as above, queries finite. */
    weft_status (*search_batch)(const weft_index *index, const weft_index_batch *batch,
                                weft_hit *hits, size_t *counts, weft_err *err);
    /* Changes are checked. */
    weft_status (*apply)(weft_index **fresh, const weft_index *old,
                         const weft_index_change *changes, size_t n, weft_err *err);
    weft_status (*verify)(const weft_index *index, weft_err *err);
    /* rows are present, the query is finite; NULL: there are no vectors, nor is the next */
    weft_status (*scores)(const weft_index *index, const float *query, const uint32_t *rows,
                          size_t n, float *scores, weft_err *err);
    void (*vector)(const weft_index *index, uint32_t row, float *out);
    double (*wear)(const weft_index *index);
    void (*free)(weft_index *index);
} weft_index_engine;

/* The first member of every engine's struct. */
struct weft_index {
    const weft_index_engine *engine;
    size_t rows, dim;
    weft_bitset present; /* [rows] */
    size_t present_count;
};

/* The rows [64 w, 64 w + 64) that may be returned. An allow-bitset shorter than
 * the index (the catalog shrank) allows nothing beyond its end. */
static inline uint64_t weft_index_allowed_word(const weft_index *index, const weft_bitset *allow,
                                               size_t w) {
    uint64_t word = index->present.words[w];
    if (!allow) return word;
    return w < (allow->count + 63) / 64 ? word & allow->words[w] : 0;
}

static inline bool weft_index_allows(const weft_bitset *allow, uint32_t row) {
    return !allow || (row < allow->count && weft_bitset_get(allow, row));
}

/* How many rows may be returned; stops counting at `enough`. */
size_t weft_index_count_allowed(const weft_index *index, const weft_bitset *allow, size_t enough);

/* What both builders ask of their input: shapes that agree, finite values. */
weft_status weft_index_check_source(const weft_index_source *source, weft_err *err);

/* Fills what every index has from the source. */
weft_status weft_index_init(weft_index *index, const weft_index_engine *engine,
                            const weft_index_source *source, weft_err *err);

#endif
