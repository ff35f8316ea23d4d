/* search.h - from an embedding to a page of products.
 *
 * Search receives the embedding of the query, so it is tested without a model.
 * The filter acts inside the search: as many hits come back as match, up to the
 * page. A page is stable: the same query over the same snapshot gives the same
 * order, equal scores in catalog order. */
#ifndef WEFT_SEARCH_SEARCH_H
#define WEFT_SEARCH_SEARCH_H

#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "catalog/catalog.h"
#include "catalog/filter.h"
#include "index/index.h"

enum { WEFT_SEARCH_MAX_LIMIT = 100, WEFT_SEARCH_MAX_OFFSET = 100000 };

typedef struct {
    const weft_catalog *catalog;
    const weft_index *index;   /* rows are the catalog's */
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

/* Fails with WEFT_E_LIMIT (offset or limit), WEFT_E_NOMEM. */
weft_status weft_search_run(const weft_search_request *request, weft_arena *arena,
                            weft_search_page *page, weft_err *err);

#endif
