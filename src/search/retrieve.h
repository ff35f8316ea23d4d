/* retrieve.h - the rows nearest to an embedding, from an index in memory or an engine. */
#ifndef WEFT_SEARCH_RETRIEVE_H
#define WEFT_SEARCH_RETRIEVE_H

#include "base/arena.h"
#include "base/bitset.h"
#include "catalog/filter.h"
#include "engine/engine.h"
#include "index/index.h"

typedef struct {
    const weft_catalog *catalog;
    const weft_index *index; /* rows are the catalog's */
    weft_engine *engine;     /* asked in place of the index; NULL: the index is */
    weft_embedding_kind kind;
    const float *embedding;    /* [dim], L2-normalised */
    const weft_filter *filter; /* for an engine: passes every allowed row; NULL: everything */
    const weft_bitset *allow;  /* the rows that may come back */
    bool is_narrower;          /* the filter passes rows that are not allowed */
} weft_retrieval;

/* (*hits)[*n] in the arena: the best min(wanted, allowed rows), best first; equal scores by
 * row, of an engine by id. Fails as weft_index_search and weft_engine_search do. */
weft_status weft_retrieve(const weft_retrieval *from, size_t wanted, weft_arena *arena,
                          weft_hit **hits, size_t *n, weft_err *err);

#endif
