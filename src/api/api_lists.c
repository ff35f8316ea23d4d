/* api_lists.c - products that are popular, of the season, or new. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "api/answer.h"
#include "api/api_internal.h"
#include "api/filter_parameters.h"

enum { DEFAULT_PAGE_SIZE = 24, MAX_PAGE_SIZE = 100, MAX_PAGE = 1000000 };

typedef struct {
    size_t page, page_size;
} listing;

static weft_status read_parameter(void *context, const char *name, const char *value,
                                  weft_err *err) {
    listing *l = context;
    if (strcmp(name, "page") == 0) return weft_parameter_size(name, value, MAX_PAGE, &l->page, err);
    if (strcmp(name, "page_size") == 0 || strcmp(name, "limit") == 0)
        return weft_parameter_size(name, value, MAX_PAGE_SIZE, &l->page_size, err);
    return weft_fail(err, WEFT_E_INVALID, "%s: no such parameter", name);
}

/* ---- which rows, in which order ---- */

/* Appends the rows that a list has, best first. */
typedef void (*choose_rows)(const weft_recommender_view *view, const weft_bitset *allowed,
                            uint32_t *rows, size_t *n);

static void choose_trending(const weft_recommender_view *view, const weft_bitset *allowed,
                            uint32_t *rows, size_t *n) {
    for (size_t i = 0; i < view->crowd->trending_count; i++)
        if (weft_bitset_get(allowed, view->crowd->trending[i]))
            rows[(*n)++] = view->crowd->trending[i];
}

/* The newest year first, within it what is popular. */
static int by_newness(const void *a, const void *b, void *context) {
    const weft_recommender_view *view = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int32_t p = weft_catalog_product(view->snapshot->catalog, x)->year;
    int32_t q = weft_catalog_product(view->snapshot->catalog, y)->year;
    float likes = view->crowd->popularity[x] - view->crowd->popularity[y];
    if (p != q) return p < q ? 1 : -1;
    if (likes != 0) return likes < 0 ? 1 : -1;
    return (x > y) - (x < y);
}

static void choose_new(const weft_recommender_view *view, const weft_bitset *allowed,
                       uint32_t *rows, size_t *n) {
    for (uint32_t row = 0; row < allowed->count; row++)
        if (weft_bitset_get(allowed, row) &&
            weft_catalog_product(view->snapshot->catalog, row)->year > 0)
            rows[(*n)++] = row;
    qsort_r(rows, *n, sizeof *rows, by_newness, (void *)(uintptr_t)view);
}

static int by_popularity(const void *a, const void *b, void *context) {
    const weft_recommender_view *view = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    float likes = view->crowd->popularity[x] - view->crowd->popularity[y];
    return likes != 0 ? (likes < 0 ? 1 : -1) : by_newness(a, b, context);
}

/* The seasons as catalogs name them, by month, north of the equator. */
static bool is_of_season(const char *season, int month) {
    static const char *const names[4][2] = {
        {"Winter", "Winter"}, {"Spring", "Spring"}, {"Summer", "Summer"}, {"Fall", "Autumn"}};
    int now = (month + 1) % 12 / 3; /* December is month 11 */
    return strcasecmp(season, names[now][0]) == 0 || strcasecmp(season, names[now][1]) == 0;
}

static void choose_seasonal(const weft_recommender_view *view, const weft_bitset *allowed,
                            uint32_t *rows, size_t *n) {
    struct tm tm;
    time_t now = time(NULL);
    gmtime_r(&now, &tm);
    for (uint32_t row = 0; row < allowed->count; row++)
        if (weft_bitset_get(allowed, row) &&
            is_of_season(weft_catalog_product(view->snapshot->catalog, row)->season, tm.tm_mon))
            rows[(*n)++] = row;
    qsort_r(rows, *n, sizeof *rows, by_popularity, (void *)(uintptr_t)view);
}

/* A caller who names seasons gets those, whatever the month. */
static void choose_all(const weft_recommender_view *view, const weft_bitset *allowed,
                       uint32_t *rows, size_t *n) {
    for (uint32_t row = 0; row < allowed->count; row++)
        if (weft_bitset_get(allowed, row)) rows[(*n)++] = row;
    qsort_r(rows, *n, sizeof *rows, by_popularity, (void *)(uintptr_t)view);
}

/* ---- the answer ---- */

static void answer_list(const weft_http_request *request, weft_http_response *response,
                        weft_api *api, choose_rows choose) {
    listing l = {.page = 1, .page_size = DEFAULT_PAGE_SIZE};
    const weft_filter *filter;
    const char *at_fault = NULL;
    weft_bitset allowed = {0};
    uint32_t *rows = NULL;
    size_t n = 0;
    weft_err err = {0};
    weft_recommender_view *view = weft_recommender_acquire(api->recommender);
    const weft_catalog *catalog = view->snapshot->catalog;
    weft_status status =
        weft_parameters_read(request, read_parameter, &l, &filter, &at_fault, &err);
    if (!status) status = weft_filter_apply(filter, catalog, &allowed, &err);
    if (!status) {
        rows = weft_arena_alloc(weft_http_request_arena(request), weft_catalog_rows(catalog),
                                sizeof *rows);
        if (!rows) status = weft_fail(&err, WEFT_E_NOMEM, "list of products");
    }
    if (status) {
        weft_api_fail(response, request, status, at_fault, &err);
    } else {
        weft_buf out;
        weft_buf_init(&out);
        choose(view, &allowed, rows, &n);
        weft_answer_page(&out, catalog, &(weft_answer_rows){rows, n, l.page, l.page_size});
        weft_http_respond_json(response, 200, &out);
    }
    weft_bitset_deinit(&allowed);
    weft_recommender_release(view);
}

/* GET /api/v1/products/trending: with which most is done now. */
WEFT_HANDLER(weft_api_trending) { answer_list(request, response, context, choose_trending); }

/* GET /api/v1/products/new-arrivals */
WEFT_HANDLER(weft_api_new_arrivals) { answer_list(request, response, context, choose_new); }

/* GET /api/v1/products/seasonal: of this season, or of the ones asked for. */
WEFT_HANDLER(weft_api_seasonal) {
    bool is_asked = weft_http_request_query(request, "season") != NULL;
    answer_list(request, response, context, is_asked ? choose_all : choose_seasonal);
}
