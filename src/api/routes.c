#include "api/api_internal.h"
#include "api/token.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"

static const double LOOK = 0.5, LOOK_AFTER_FAILURE = 5; /* seconds */

enum { EVENT_BODY = 1024 * 1024, RULE_BODY = 64 * 1024 }; /* bytes */

static const weft_http_route routes[] = {
    {"POST", "/api/v1/search/text", WEFT_HTTP_READ, weft_api_search_text, 0},
    {"POST", "/api/v1/search/image", WEFT_HTTP_READ, weft_api_search_image, 0},
    {"POST", "/api/v1/search/hybrid", WEFT_HTTP_READ, weft_api_search_hybrid, 0},
    {"POST", "/api/v1/search/cross-modal", WEFT_HTTP_READ, weft_api_search_cross_modal, 0},
    {"POST", "/api/v1/search/garments", WEFT_HTTP_READ, weft_api_search_garments, 0},
    {"GET", "/api/v1/products", WEFT_HTTP_READ, weft_api_list_products, 0},
    {"GET", "/api/v1/products/filters/options", WEFT_HTTP_READ, weft_api_filter_options, 0},
    {"GET", "/api/v1/products/{id}", WEFT_HTTP_READ, weft_api_get_product, 0},
    {"GET", "/api/v1/products/{id}/similar", WEFT_HTTP_READ, weft_api_similar_products, 0},
    {"GET", "/api/v1/products/{id}/complete-look", WEFT_HTTP_READ, weft_api_complete_product, 0},
    {"GET", "/api/v1/products/{id}/complete-the-look", WEFT_HTTP_READ, weft_api_complete_product,
     0},
    {"POST", "/api/v1/complete-the-look", WEFT_HTTP_READ, weft_api_complete_look, RULE_BODY},
    {"POST", "/api/v1/shop-the-look", WEFT_HTTP_READ, weft_api_shop_look, 0},
    {"POST", "/api/v1/compatibility-score", WEFT_HTTP_READ, weft_api_compatibility, RULE_BODY},
    {"GET", "/api/v1/products/trending", WEFT_HTTP_READ, weft_api_trending, 0},
    {"GET", "/api/v1/products/seasonal", WEFT_HTTP_READ, weft_api_seasonal, 0},
    {"GET", "/api/v1/products/new-arrivals", WEFT_HTTP_READ, weft_api_new_arrivals, 0},
    {"GET", "/api/v1/recommendations/{user_id}", WEFT_HTTP_READ, weft_api_recommendations, 0},
    {"GET", "/api/v1/search/recommendations/{user_id}", WEFT_HTTP_READ, weft_api_recommendations,
     0},
    {"GET", "/api/v1/users", WEFT_HTTP_PRIVATE, weft_api_list_users, 0},
    {"GET", "/api/v1/users/{user_id}", WEFT_HTTP_PRIVATE, weft_api_get_user, 0},
    {"GET", "/api/v1/users/{user_id}/profile", WEFT_HTTP_PRIVATE, weft_api_user_profile, 0},
    {"GET", "/api/v1/images/{id}", WEFT_HTTP_READ, weft_api_get_image, 0},
    {"POST", "/api/v1/events", WEFT_HTTP_WRITE, weft_api_post_event, EVENT_BODY},
    {"GET", "/api/v1/merchandising/rules", WEFT_HTTP_WRITE, weft_api_list_rules, 0},
    {"PUT", "/api/v1/merchandising/rules/{id}", WEFT_HTTP_WRITE, weft_api_put_rule, RULE_BODY},
    {"DELETE", "/api/v1/merchandising/rules/{id}", WEFT_HTTP_WRITE, weft_api_delete_rule, 0},
    {"GET", "/api/v1/merchandising/history", WEFT_HTTP_WRITE, weft_api_rules_history, 0},
    {"POST", "/api/v1/merchandising/preview", WEFT_HTTP_WRITE, weft_api_preview_rule, 0},
    {"POST", "/serving-endpoints/clip-multimodal-encoder/invocations", WEFT_HTTP_READ,
     weft_api_invocations, 0},
    {"POST", "/invocations", WEFT_HTTP_READ, weft_api_invocations, 0},
    {"GET", "/ping", WEFT_HTTP_PUBLIC, weft_api_ping, 0},
    {"GET", "/version", WEFT_HTTP_PUBLIC, weft_api_version, 0},
    {"GET", "/health", WEFT_HTTP_PUBLIC, weft_api_health, 0},
    {"GET", "/ready", WEFT_HTTP_PUBLIC, weft_api_ready, 0},
    {"GET", "/metrics", WEFT_HTTP_READ, weft_api_metrics, 0},
    {"GET", "/openapi.json", WEFT_HTTP_READ, weft_api_openapi, 0},
};

/* Every other path: the storefront, which has addresses of its own. */
static const weft_http_route page = {"GET", "/", WEFT_HTTP_READ, weft_api_page, 0};

const weft_http_route *weft_api_fallback(void) { return &page; }

const weft_http_route *weft_api_routes(size_t *count) {
    *count = sizeof routes / sizeof *routes;
    return routes;
}

weft_status weft_api_new(weft_api **out, const weft_api_options *options, weft_err *err) {
    weft_api *api = weft_calloc(1, sizeof *api);
    if (!api) return weft_fail(err, WEFT_E_NOMEM, "API");
    api->options = *options;
    sem_init(&api->scalers, 0, (unsigned)weft_cpu_count());
    weft_turns_init(&api->ranking, weft_cpu_count());
    pthread_mutex_init(&api->lock, NULL);
    weft_event_group_init(&api->events, options->store);
    api->serving = options->serving;
    weft_status status = weft_rule_sets_init(&api->rules, options->store, err);
    if (!status) status = weft_list_cache_new(&api->lists, err);
    if (!status) status = weft_recommender_start(&api->recommender, api, err);
    if (status) weft_api_free(api);
    else *out = api;
    return status;
}

void weft_api_free(weft_api *api) {
    if (!api) return;
    weft_recommender_stop(api->recommender);
    weft_list_cache_free(api->lists);
    weft_rule_sets_deinit(&api->rules);
    weft_event_group_deinit(&api->events);
    pthread_mutex_destroy(&api->lock);
    weft_turns_deinit(&api->ranking);
    sem_destroy(&api->scalers);
    weft_free(api);
}

weft_serving *weft_api_exchange(weft_api *api, weft_serving *serving) {
    pthread_mutex_lock(&api->lock);
    weft_serving *before = api->serving;
    api->serving = serving;
    pthread_mutex_unlock(&api->lock);
    return before;
}

void weft_api_look(weft_api *api) {
    weft_err err = {0};
    double now = weft_clock_seconds();
    if (now < api->next_look) return;
    /* A database that is away is told by the sync thread. */
    api->next_look = now + (weft_rule_sets_look(&api->rules, &err) ? LOOK_AFTER_FAILURE : LOOK);
}

weft_serving *weft_api_acquire(weft_api *api) {
    pthread_mutex_lock(&api->lock);
    weft_serving *serving = api->serving;
    atomic_fetch_add(&serving->holders, 1);
    pthread_mutex_unlock(&api->lock);
    return serving;
}

void weft_api_release(weft_serving *serving) { atomic_fetch_sub(&serving->holders, 1); }

weft_snapshot *weft_api_snapshot(weft_api *api) {
    weft_serving *serving = weft_api_acquire(api);
    weft_snapshot *snapshot = weft_live_acquire(serving->live);
    weft_api_release(serving);
    return snapshot;
}

weft_status weft_api_verify_token(void *context, const char *token, bool *good) {
    weft_api *api = context;
    weft_err err = {0};
    weft_status status = weft_token_check(api->options.store, token, good, &err);
    if (status) weft_log(WEFT_LOG_ERROR, "checking a token: %s", err.message);
    return status;
}

static unsigned http_status_of(weft_status status) {
    switch (status) {
    case WEFT_E_INVALID:
    case WEFT_E_FORMAT:
    case WEFT_E_LIMIT:
    case WEFT_E_DIM: return 400;
    case WEFT_E_UNSUPPORTED: return 415;
    case WEFT_E_DENIED: return 403;
    case WEFT_E_NOT_FOUND: return 404;
    case WEFT_E_CONFLICT: return 409;
    case WEFT_E_BUSY:
    case WEFT_E_CANCELLED:
    case WEFT_E_NOMEM: return 503;
    default: return 500;
    }
}

void weft_api_fail(weft_http_response *response, const weft_http_request *request,
                   weft_status status, const char *field, const weft_err *err) {
    unsigned code = http_status_of(status);
    /* A full queue is counted (/metrics), not logged: a flood must not become two. */
    if (code >= 500 && status != WEFT_E_BUSY)
        weft_log(WEFT_LOG_ERROR, "request=%s %s %s: %s: %s", weft_http_request_id(request),
                 weft_http_request_method(request), weft_http_request_path(request),
                 weft_status_name(status), err->message);
    const char *detail = code == 500 ? "the server failed; its log says why under this request_id"
                         : err->message[0] ? err->message
                                           : weft_status_text(status);
    weft_http_respond_problem(response, code, field, "%s", detail);
}
