#include "search/search.h"

#include "base/bitset.h"

enum { SPARE_HITS = 8 }; /* of an engine, for those that the catalog does not know */

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

/* Hits of the engine as rows of the catalog: those that the catalog lets pass too. */
static size_t map_hits(const weft_search_request *request, const weft_bitset *allow,
                       const weft_engine_hit *found, size_t n, weft_hit *hits, size_t wanted) {
    size_t count = 0;
    for (size_t i = 0; i < n && count < wanted; i++) {
        uint32_t row;
        if (!weft_catalog_find(request->catalog, found[i].product_id, &row)) continue;
        if (weft_bitset_get(allow, row)) hits[count++] = (weft_hit){row, found[i].score};
    }
    return count;
}

/* The engine is asked for some more than are wanted, and once for many more when too many of
 * them were no use: that is so only while much is being deleted. */
static weft_status ask_engine(const weft_search_request *request, const weft_bitset *allow,
                              size_t total, size_t wanted, weft_arena *arena, weft_hit *hits,
                              size_t *found, weft_err *err) {
    weft_engine_query query = {.kind = request->kind,
                               .embedding = request->embedding,
                               .filter = request->filter,
                               .allowed = total,
                               .k = wanted + SPARE_HITS};
    if (request->exclude)
        query.exclude = weft_catalog_product(request->catalog, *request->exclude)->product_id;
    weft_status status = WEFT_OK;
    *found = 0;
    for (int try = 0; try < 2 && *found < wanted && !status; try++) {
        size_t n;
        weft_engine_hit *theirs = weft_arena_alloc(arena, query.k, sizeof *theirs);
        if (!theirs) return weft_fail(err, WEFT_E_NOMEM, "%zu hits", query.k);
        status = weft_engine_search(request->engine, &query, arena, theirs, &n, err);
        if (status) break;
        *found = map_hits(request, allow, theirs, n, hits, wanted);
        if (n < query.k) break; /* it has no more */
        query.k *= 4;
    }
    return status;
}

static weft_status ask_index(const weft_search_request *request, const weft_bitset *allow,
                             size_t wanted, weft_hit *hits, size_t *found, weft_err *err) {
    const weft_index_query query = {.query = request->embedding, .k = wanted, .allow = allow};
    return weft_index_search(request->index, &query, hits, found, err);
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
    size_t found;
    status = request->engine
                 ? ask_engine(request, &allow, page->total, wanted, arena, hits, &found, err)
                 : ask_index(request, &allow, wanted, hits, &found, err);
    if (status) goto cleanup;
    if (found > request->offset) {
        page->hits = hits + request->offset;
        page->count = found - request->offset;
    }

cleanup:
    weft_bitset_deinit(&allow);
    return status;
}
