#include "search/search.h"

#include "base/bitset.h"

static weft_status check_page(const weft_search_request *request, weft_err *err) {
    if (request->limit > WEFT_SEARCH_MAX_LIMIT)
        return weft_fail(err, WEFT_E_LIMIT, "limit: %zu, at most %d", request->limit,
                         WEFT_SEARCH_MAX_LIMIT);
    if (request->offset > WEFT_SEARCH_MAX_OFFSET)
        return weft_fail(err, WEFT_E_LIMIT, "cursor: %zu results deep, at most %d", request->offset,
                         WEFT_SEARCH_MAX_OFFSET);
    return WEFT_OK;
}

/* The rows that may come back: those that pass the filter and have a vector. */
static weft_status allowed_rows(const weft_search_request *request, weft_bitset *allow,
                                weft_err *err) {
    weft_status status = weft_filter_apply(request->filter, request->catalog, allow, err);
    if (status) return status;
    weft_bitset_and(allow, weft_index_present(request->index));
    if (request->exclude) weft_bitset_unset(allow, *request->exclude);
    return WEFT_OK;
}

weft_status weft_search_run(const weft_search_request *request, weft_arena *arena,
                            weft_search_page *page, weft_err *err) {
    *page = (weft_search_page){0};
    weft_bitset allow = {0};
    weft_status status = check_page(request, err);
    if (status) return status;
    status = allowed_rows(request, &allow, err);
    if (status) goto cleanup;

    page->total = weft_bitset_popcount(&allow);
    /* Deeper pages repeat the search from the start: the order is then one and
     * the same on every page, and nothing is kept between requests. */
    size_t wanted = request->offset + request->limit;
    if (wanted > page->total) wanted = page->total;
    weft_hit *hits = weft_arena_alloc(arena, wanted, sizeof *hits);
    if (!hits) {
        status = weft_fail(err, WEFT_E_NOMEM, "%zu hits", wanted);
        goto cleanup;
    }
    weft_index_query query = {.query = request->embedding, .k = wanted, .allow = &allow};
    size_t found;
    status = weft_index_search(request->index, &query, hits, &found, err);
    if (status) goto cleanup;
    if (found > request->offset) {
        page->hits = hits + request->offset;
        page->count = found - request->offset;
    }

cleanup:
    weft_bitset_deinit(&allow);
    return status;
}
