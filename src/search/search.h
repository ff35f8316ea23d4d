/* search.h - from an embedding to a page of products.
 *
 * Search receives the embedding of the query, so it is tested without a model.
 * The filter acts inside the search: as many hits come back as match, up to the
 * page. A page is stable: the same query over the same snapshot gives the same
 * order, equal scores in catalog order.
 *
 * An index engine (engine.h) puts equal scores in order of ids, and may be some moments ahead
 * of the snapshot: a hit that the catalog does not know, or that the filter does not let pass
 * by the catalog, is left out. */
#ifndef WEFT_SEARCH_SEARCH_H
#define WEFT_SEARCH_SEARCH_H

#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "catalog/catalog.h"
#include "catalog/filter.h"
#include "engine/engine.h"
#include "index/index.h"

enum { WEFT_SEARCH_MAX_LIMIT = 100, WEFT_SEARCH_MAX_OFFSET = 100000 };

typedef struct {
    const weft_catalog *catalog;
    const weft_index *index;   /* rows are the catalog's */
    weft_engine *engine;       /* is asked in place of the index, which knows what rows have
                                * vectors; NULL: the index is */
    weft_embedding_kind kind;  /* that the engine is asked for */
    const float *embedding;    /* [dim of index], L2-normalised */
    const weft_filter *filter; /* NULL: everything */
    const uint32_t *exclude;   /* one row that may not come back, or NULL */
    size_t offset;             /* hits to pass over, at most WEFT_SEARCH_MAX_OFFSET */
    size_t limit;              /* hits wanted, at most WEFT_SEARCH_MAX_LIMIT */
} weft_search_request;

typedef struct {
    const weft_hit *hits; /* [count], best first, in the arena */
    size_t count;
    size_t total; /* products that match, whatever the page */
} weft_search_page;

/* Fails with WEFT_E_LIMIT (offset or limit), WEFT_E_NOMEM, and as weft_engine_search does. */
weft_status weft_search_run(const weft_search_request *request, weft_arena *arena,
                            weft_search_page *page, weft_err *err);

#endif
