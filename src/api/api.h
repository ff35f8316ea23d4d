/* api.h - the shop's API: the routes of docs/api.md over one live catalog. */
#ifndef WEFT_API_API_H
#define WEFT_API_API_H

#include "clip/clip.h"
#include "clip/clip_queue.h"
#include "http/http.h"
#include "store/store.h"
#include "sync/live.h"
#include "sync/sources.h"

typedef struct weft_api weft_api;

typedef struct {
    weft_store *store; /* these five outlive the API */
    weft_live *live;
    weft_sources *sources; /* for /metrics */
    const weft_clip_model *model;
    const char *data_folder;
    size_t encoders; /* threads that run the model; 0: one per processor */
} weft_api_options;

weft_status weft_api_new(weft_api **api, const weft_api_options *options, weft_err *err);
void weft_api_free(weft_api *api); /* after the server has stopped; NULL is fine */

/* The one table of routes; handlers take the weft_api as their context. */
const weft_http_route *weft_api_routes(size_t *count);
const weft_http_route *weft_api_fallback(void); /* for all other paths: the page */

/* For weft_http_options.verify; api is a weft_api. */
weft_status weft_api_verify_token(void *api, const char *token, bool *good);

#endif
