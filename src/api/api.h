/* api.h - the shop's API: the routes of docs/api.md over one live catalog. */
#ifndef WEFT_API_API_H
#define WEFT_API_API_H

#include "api/search_log.h"
#include "api/serving.h"
#include "http/http.h"
#include "search/experiment.h"
#include "search/learned.h"
#include "store/store.h"
#include "sync/sources.h"

typedef struct weft_api weft_api;

typedef struct {
    weft_store *store;     /* these outlive the API */
    weft_sources *sources; /* for /metrics */
    const char *data_folder;
    weft_serving *serving;             /* to begin with */
    weft_search_log *searches;         /* where searches are kept; NULL: nowhere */
    const weft_experiment *experiment; /* or NULL */
    const weft_learned *learned;       /* ranks searches that do not say how; NULL: none */
    float explore; /* share of a list of recommendations (recommend/explore.h); 0: none */
} weft_api_options;

weft_status weft_api_new(weft_api **api, const weft_api_options *options, weft_err *err);
void weft_api_free(weft_api *api); /* after the server has stopped; NULL is fine */

/* Takes up what other servers have changed: merchandising rules. Call it often, by one thread;
 * it asks the store every half second. */
void weft_api_look(weft_api *api);

/* Requests that begin from now on work with this one. Returns the one before, which the
 * caller frees, as it does the last one. Any thread. */
weft_serving *weft_api_exchange(weft_api *api, weft_serving *serving);

/* The one table of routes; handlers take the weft_api as their context. */
const weft_http_route *weft_api_routes(size_t *count);
const weft_http_route *weft_api_fallback(void); /* for all other paths: the page */

/* For weft_http_options.verify; api is a weft_api. */
weft_status weft_api_verify_token(void *api, const char *token, bool *good);

#endif
