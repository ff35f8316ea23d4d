#include "search/retrieve.h"

#include "search/search.h"

enum {
    SPARE_HITS = 8, /* of an engine, for those that the catalog does not know */
    TRIES = 4,
};

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
static size_t map_hits(const weft_retrieval *from, const weft_engine_hit *found, size_t n,
                       weft_hit *hits, size_t wanted) {
    size_t count = 0;
    for (size_t i = 0; i < n && count < wanted; i++) {
        uint32_t row;
        if (!weft_catalog_find(from->catalog, found[i].product_id, &row)) continue;
        if (weft_bitset_get(from->allow, row)) hits[count++] = (weft_hit){row, found[i].score};
    }
    return count;
}

/* Rows that a filter cannot tell from others, while they are few: by their ids. */
static weft_status name_rows(const weft_retrieval *from, size_t allowed, weft_arena *arena,
                             const weft_filter **filter, weft_err *err) {
    json_t *ids = json_array(), *json = json_pack("{s:o}", "product_id", ids);
    bool ok = ids && json;
    for (uint32_t row = 0; ok && row < from->allow->count; row++)
        if (weft_bitset_get(from->allow, row)) {
            const char *id = weft_catalog_product(from->catalog, row)->product_id;
            ok = json_array_append_new(ids, json_string(id)) == 0;
        }
    weft_status status = ok ? weft_filter_parse(filter, json, arena, err)
                            : weft_fail(err, WEFT_E_NOMEM, "%zu ids", allowed);
    json_decref(json);
    return status;
}

/* The engine is asked for some more than are wanted, and again for many more while too many
 * of them were no use: that is so while much is being deleted, and when `allow` is narrower
 * than the filter. */
static weft_status ask_engine(const weft_retrieval *from, size_t allowed, size_t wanted,
                              weft_arena *arena, weft_hit *hits, size_t *found, weft_err *err) {
    weft_engine_query query = {.kind = from->kind,
                               .embedding = from->embedding,
                               .filter = from->filter,
                               .allowed = allowed,
                               .k = wanted + SPARE_HITS};
    weft_status status = WEFT_OK;
    if (from->is_narrower && allowed <= WEFT_FILTER_MAX_VALUES)
        status = name_rows(from, allowed, arena, &query.filter, err);
    *found = 0;
    for (int try = 0; try < TRIES && *found < wanted && !status; try++) {
        size_t n;
        weft_engine_hit *theirs = weft_arena_alloc(arena, query.k, sizeof *theirs);
        if (!theirs) return weft_fail(err, WEFT_E_NOMEM, "%zu hits", query.k);
        status = weft_engine_search(from->engine, &query, arena, theirs, &n, err);
        if (status) break;
        *found = map_hits(from, theirs, n, hits, wanted);
        if (n < query.k) break; /* it has no more */
        query.k *= 4;
    }
    return status;
}

weft_status weft_retrieve(const weft_retrieval *from, size_t wanted, weft_arena *arena,
                          weft_hit **hits, size_t *n, weft_err *err) {
    size_t allowed = weft_bitset_popcount(from->allow);
    if (wanted > allowed) wanted = allowed;
    *n = 0;
    *hits = weft_arena_alloc(arena, wanted, sizeof **hits);
    if (!*hits) return weft_fail(err, WEFT_E_NOMEM, "%zu hits", wanted);
    if (wanted == 0) return WEFT_OK;
    if (from->engine) return ask_engine(from, allowed, wanted, arena, *hits, n, err);
    const weft_index_query query = {.query = from->embedding, .k = wanted, .allow = from->allow};
    return weft_index_search(from->index, &query, *hits, n, err);
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
    const weft_retrieval from = {.catalog = request->catalog,
                                 .index = request->index,
                                 .engine = request->engine,
                                 .kind = request->kind,
                                 .embedding = request->embedding,
                                 .filter = request->filter,
                                 .allow = &allow};
    weft_hit *hits;
    size_t found;
    status = weft_retrieve(&from, request->offset + request->limit, arena, &hits, &found, err);
    if (status) goto cleanup;
    if (found > request->offset) {
        page->hits = hits + request->offset;
        page->count = found - request->offset;
    }

cleanup:
    weft_bitset_deinit(&allow);
    return status;
}
