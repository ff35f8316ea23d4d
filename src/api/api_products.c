/* api_products.c - GET /api/v1/products and what hangs below it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/answer_search.h"
#include "api/api_internal.h"
#include "api/filter_parameters.h"
#include "base/clock.h"
#include "catalog/facet.h"
#include "search/rank.h"

enum { DEFAULT_PAGE_SIZE = 24, MAX_PAGE_SIZE = 100, MAX_PAGE = 1000000, DEFAULT_SIMILAR = 12 };

/* ---- parameters of the query string ---- */

typedef enum { SORT_ID, SORT_PRICE, SORT_YEAR, SORT_NAME } sort_key;

typedef struct {
    size_t page, page_size;
    sort_key key;
    bool descending;
} listing;

static weft_status read_sort(listing *l, const char *text, weft_err *err) {
    static const char *const keys[] = {"product_id", "price", "year", "product_display_name"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i], text) != 0) continue;
        l->key = (sort_key)i;
        return WEFT_OK;
    }
    return weft_fail(err, WEFT_E_INVALID,
                     "sort_by: must be product_id, price, year or product_display_name");
}

static weft_status read_parameter(void *context, const char *name, const char *value,
                                  weft_err *err) {
    listing *l = context;
    if (strcmp(name, "page") == 0) return weft_parameter_size(name, value, MAX_PAGE, &l->page, err);
    if (strcmp(name, "page_size") == 0)
        return weft_parameter_size(name, value, MAX_PAGE_SIZE, &l->page_size, err);
    if (strcmp(name, "sort_by") == 0) return read_sort(l, value, err);
    if (strcmp(name, "sort_order") == 0) {
        l->descending = strcmp(value, "desc") == 0;
        if (l->descending || strcmp(value, "asc") == 0) return WEFT_OK;
        return weft_fail(err, WEFT_E_INVALID, "sort_order: must be asc or desc");
    }
    return weft_fail(err, WEFT_E_INVALID, "%s: no such parameter", name);
}

/* ---- GET /products ---- */

typedef struct {
    const weft_catalog *catalog;
    sort_key key;
    bool descending;
} order;

/* Rows are in order of product_id, so that the row decides between equals. */
static int compare_rows(const void *a, const void *b, void *context) {
    const order *o = context;
    uint32_t row_a = *(const uint32_t *)a, row_b = *(const uint32_t *)b;
    const weft_product *p = weft_catalog_product(o->catalog, row_a);
    const weft_product *q = weft_catalog_product(o->catalog, row_b);
    int by_key = 0;
    if (o->key == SORT_PRICE) by_key = (p->price > q->price) - (p->price < q->price);
    if (o->key == SORT_YEAR) by_key = (p->year > q->year) - (p->year < q->year);
    if (o->key == SORT_NAME) by_key = strcmp(p->product_display_name, q->product_display_name);
    if (o->key == SORT_ID) by_key = (row_a > row_b) - (row_a < row_b);
    if (by_key) return o->descending ? -by_key : by_key;
    return (row_a > row_b) - (row_a < row_b);
}

/* The rows that pass, sorted; in the arena. */
static weft_status select_rows(const weft_catalog *catalog, const listing *l,
                               const weft_filter *filter, weft_arena *arena, uint32_t **rows,
                               size_t *count, weft_err *err) {
    weft_bitset allowed;
    weft_status status = weft_filter_apply(filter, catalog, &allowed, err);
    if (status) return status;
    *count = 0;
    *rows = weft_arena_alloc(arena, weft_bitset_popcount(&allowed), sizeof **rows);
    for (uint32_t row = 0; *rows && row < allowed.count; row++)
        if (weft_bitset_get(&allowed, row)) (*rows)[(*count)++] = row;
    weft_bitset_deinit(&allowed);
    if (!*rows) return weft_fail(err, WEFT_E_NOMEM, "product list");
    order by = {catalog, l->key, l->descending};
    if (l->key != SORT_ID || l->descending)
        qsort_r(*rows, *count, sizeof **rows, compare_rows, &by);
    return WEFT_OK;
}

WEFT_HANDLER(weft_api_list_products) {
    weft_api *api = context;
    listing l = {.page = 1, .page_size = DEFAULT_PAGE_SIZE};
    const weft_filter *filter;
    const char *at_fault = NULL;
    weft_err err = {0};
    uint32_t *rows;
    size_t total;
    weft_buf out;
    weft_snapshot *snapshot = weft_api_snapshot(api);
    weft_status status =
        weft_parameters_read(request, read_parameter, &l, &filter, &at_fault, &err);
    if (!status)
        status = select_rows(snapshot->catalog, &l, filter, weft_http_request_arena(request), &rows,
                             &total, &err);
    if (status) {
        weft_api_fail(response, request, status, at_fault, &err);
    } else {
        weft_buf_init(&out);
        weft_answer_page(&out, snapshot->catalog,
                         &(weft_answer_rows){rows, total, l.page, l.page_size});
        weft_http_respond_json(response, 200, &out);
    }
    weft_snapshot_release(snapshot);
}

/* ---- GET /products/filters/options ---- */

WEFT_HANDLER(weft_api_filter_options) {
    weft_api *api = context;
    weft_facet_counts counts;
    weft_err err = {0};
    weft_snapshot *snapshot = weft_api_snapshot(api);
    weft_status status =
        weft_facet_count(&counts, snapshot->catalog, NULL, weft_http_request_arena(request), &err);
    if (status) {
        weft_api_fail(response, request, status, NULL, &err);
    } else {
        weft_buf out;
        weft_json j;
        weft_buf_init(&out);
        weft_json_begin(&j, &out);
        weft_answer_facets(&j, &counts, false);
        weft_http_respond_json(response, 200, &out);
    }
    weft_snapshot_release(snapshot);
}

/* ---- one product ---- */

/* The row of the {id} in the path; answers 404 when there is none. */
static bool find_row(const weft_snapshot *snapshot, const weft_http_request *request,
                     weft_http_response *response, uint32_t *row) {
    const char *id = weft_http_request_param(request, "id");
    if (weft_catalog_find(snapshot->catalog, id, row)) return true;
    weft_http_respond_problem(response, 404, "id", "there is no product %.200s", id);
    return false;
}

WEFT_HANDLER(weft_api_get_product) {
    weft_api *api = context;
    uint32_t row;
    weft_snapshot *snapshot = weft_api_snapshot(api);
    if (find_row(snapshot, request, response, &row)) {
        weft_buf out;
        weft_json j;
        weft_buf_init(&out);
        weft_json_begin(&j, &out);
        weft_answer_product(&j, weft_catalog_product(snapshot->catalog, row), NULL);
        weft_http_respond_json(response, 200, &out);
    }
    weft_snapshot_release(snapshot);
}

/* ---- GET /products/{id}/similar ---- */

/* What a request for similar products works with. */
typedef struct {
    weft_recommender_view *view; /* of the pages; or */
    weft_serving *serving;       /* of what is ranked now */
    weft_snapshot *snapshot;     /* of one of them */
    weft_rule_set *rules;
    uint32_t row;
    weft_rank_request asked;
    weft_rank_page page;
} similar_trip;

static weft_status find_vector(const weft_snapshot *snapshot, uint32_t row, float *out, bool *found,
                               weft_err *err) {
    const char *id = weft_catalog_product(snapshot->catalog, row)->product_id;
    if (snapshot->engine)
        return weft_engine_vector(snapshot->engine, WEFT_KIND_HYBRID, id, out, found, err);
    *found = weft_index_vector(snapshot->index[WEFT_KIND_HYBRID], row, out);
    return WEFT_OK;
}

/* Looks the page up that was made beforehand; false when there is none, or too short a one. */
static bool take_page(similar_trip *t, const char *id, weft_arena *arena) {
    weft_page *page = weft_arena_alloc(arena, 1, sizeof *page);
    if (!page || !t->view->pages || !weft_catalog_find(t->view->snapshot->catalog, id, &t->row) ||
        !weft_pages_get(t->view->pages, t->row, page) || page->similar_count < t->asked.limit)
        return false;
    t->snapshot = t->view->snapshot;
    t->page =
        (weft_rank_page){.results = page->similar, .count = t->asked.limit, .total = page->total};
    return true;
}

static weft_status rank_similar(similar_trip *t, weft_arena *arena, weft_err *err) {
    bool has_vector = false;
    float *embedding = weft_arena_alloc(arena, weft_index_dim(t->snapshot->index[WEFT_KIND_HYBRID]),
                                        sizeof(float));
    if (!embedding) return weft_fail(err, WEFT_E_NOMEM, "vector");
    weft_status status = find_vector(t->snapshot, t->row, embedding, &has_vector, err);
    /* A product that is not embedded yet has no neighbours yet. */
    if (status || !has_vector) return status;
    t->asked.embedding = embedding;
    return weft_rank_run(&t->asked, arena, &t->page, err);
}

static void answer_similar(similar_trip *t, const weft_http_request *request,
                           weft_http_response *response, double started) {
    weft_buf out;
    weft_json j;
    const weft_answer_ranked about = {
        .frame = {.search_type = "similar",
                  .index = weft_embedding_kind_name(WEFT_KIND_HYBRID),
                  .query_id = weft_http_request_id(request),
                  .took_ms = (weft_clock_seconds() - started) * 1000},
        .request = &t->asked,
    };
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_answer_ranked_write(&j, &t->page, &about);
    weft_http_respond_json(response, 200, &out);
}

static void fill_request(similar_trip *t) {
    t->asked.catalog = t->snapshot->catalog;
    t->asked.lexicon = t->snapshot->lexicon;
    t->asked.indexes = t->snapshot->index;
    t->asked.engine = t->snapshot->engine;
    t->asked.kind = WEFT_KIND_HYBRID;
    t->asked.exclude = &t->row;
}

/* Rules that act are not in the pages: then, as for products that have none, all is ranked. */
static weft_status find_similar(weft_api *api, similar_trip *t, const weft_http_request *request,
                                weft_http_response *response, bool *is_answered, weft_err *err) {
    weft_arena *arena = weft_http_request_arena(request);
    const weft_rule **acting;
    weft_status status =
        weft_rules_select(t->rules->rules, t->rules->count, NULL, (int64_t)time(NULL), arena,
                          &acting, &t->asked.rule_count, err);
    if (status) return status;
    t->asked.rules = acting;
    if (!t->asked.rule_count && take_page(t, weft_http_request_param(request, "id"), arena)) {
        fill_request(t);
        return WEFT_OK;
    }
    t->serving = weft_api_acquire(api);
    t->snapshot = weft_live_acquire(t->serving->live);
    *is_answered = !find_row(t->snapshot, request, response, &t->row);
    if (*is_answered) return WEFT_OK;
    fill_request(t);
    return rank_similar(t, arena, err);
}

WEFT_HANDLER(weft_api_similar_products) {
    weft_api *api = context;
    double started = weft_clock_seconds();
    bool is_answered = false;
    weft_err err = {0};
    similar_trip t = {.view = weft_recommender_acquire(api->recommender),
                      .rules = weft_rule_sets_acquire(&api->rules),
                      .asked = {.limit = DEFAULT_SIMILAR}};
    const char *text = weft_http_request_query(request, "limit");
    weft_status status =
        text ? weft_parameter_size("limit", text, WEFT_RANK_MAX_LIMIT, &t.asked.limit, &err)
             : WEFT_OK;
    const char *at_fault = status ? "limit" : NULL;
    if (!status) status = find_similar(api, &t, request, response, &is_answered, &err);
    if (status) weft_api_fail(response, request, status, at_fault, &err);
    else if (!is_answered) answer_similar(&t, request, response, started);
    weft_rule_set_release(t.rules);
    if (t.serving) {
        weft_snapshot_release(t.snapshot);
        weft_api_release(t.serving);
    }
    weft_recommender_release(t.view);
}
