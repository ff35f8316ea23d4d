/* api_internal.h - what the handlers share. */
#ifndef WEFT_API_API_INTERNAL_H
#define WEFT_API_API_INTERNAL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "api/api.h"
#include "api/event_group.h"
#include "api/list_cache.h"
#include "api/recommender.h"
#include "api/rule_set.h"
#include "api/turns.h"
#include "base/json.h"
#include "http/http_response.h"

struct weft_api {
    weft_api_options options;
    pthread_mutex_t lock;    /* of which serving is the present one */
    weft_serving *serving;   /* take it by weft_api_acquire */
    weft_rule_sets rules;    /* the merchandiser's */
    weft_event_group events; /* on their way to the store */
    weft_recommender *recommender;
    weft_list_cache *lists; /* of recommendations */
    atomic_ullong explored; /* products shown because few have seen them */
    double next_look;       /* at the rules; of weft_api_look's thread */
    weft_turns ranking;     /* lists of recommendations take turns, one a processor */
    sem_t scalers; /* how many more photos may be scaled now: workers are many, memory is not */
};

/* What this request works with; give it back when it is answered. */
weft_serving *weft_api_acquire(weft_api *api);
void weft_api_release(weft_serving *serving);

/* The present snapshot, for what needs neither model nor index engine; give it back by
 * weft_snapshot_release. */
weft_snapshot *weft_api_snapshot(weft_api *api);

/* Answers a failure: the status becomes HTTP's, err's message the detail. What
 * is our own fault (store, memory) is logged, and its detail kept from the client. */
void weft_api_fail(weft_http_response *response, const weft_http_request *request,
                   weft_status status, const char *field, const weft_err *err);

/* An unknown kind of file inside a body is bad input, not a wrong content type. */
static inline weft_status weft_api_photo_status(weft_status status) {
    return status == WEFT_E_UNSUPPORTED ? WEFT_E_INVALID : status;
}

/* The handlers, by file. */
#define WEFT_HANDLER(name)                                                                         \
    void name(const weft_http_request *request, weft_http_response *response, void *context)

WEFT_HANDLER(weft_api_search_text);
WEFT_HANDLER(weft_api_search_image);
WEFT_HANDLER(weft_api_search_hybrid);
WEFT_HANDLER(weft_api_search_cross_modal);
WEFT_HANDLER(weft_api_search_garments);
WEFT_HANDLER(weft_api_list_products);
WEFT_HANDLER(weft_api_get_product);
WEFT_HANDLER(weft_api_filter_options);
WEFT_HANDLER(weft_api_similar_products);
WEFT_HANDLER(weft_api_get_image);
WEFT_HANDLER(weft_api_post_event);
WEFT_HANDLER(weft_api_recommendations);
WEFT_HANDLER(weft_api_complete_product);
WEFT_HANDLER(weft_api_complete_look);
WEFT_HANDLER(weft_api_compatibility);
WEFT_HANDLER(weft_api_shop_look);
WEFT_HANDLER(weft_api_trending);
WEFT_HANDLER(weft_api_seasonal);
WEFT_HANDLER(weft_api_new_arrivals);
WEFT_HANDLER(weft_api_list_users);
WEFT_HANDLER(weft_api_get_user);
WEFT_HANDLER(weft_api_user_profile);
WEFT_HANDLER(weft_api_list_rules);
WEFT_HANDLER(weft_api_put_rule);
WEFT_HANDLER(weft_api_delete_rule);
WEFT_HANDLER(weft_api_rules_history);
WEFT_HANDLER(weft_api_preview_rule);
WEFT_HANDLER(weft_api_invocations);
WEFT_HANDLER(weft_api_ping);
WEFT_HANDLER(weft_api_version);
WEFT_HANDLER(weft_api_health);
WEFT_HANDLER(weft_api_ready);
WEFT_HANDLER(weft_api_metrics);
WEFT_HANDLER(weft_api_openapi);
WEFT_HANDLER(weft_api_page);

#endif
