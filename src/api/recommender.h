/* recommender.h - what recommendations are made from, kept current by a thread.
 *
 * The thread follows the store's events: it counts what is popular, writes the features of users
 * (user_style_features) within a fraction of a second, takes up what `weft recommend build` has
 * learned, and where there are pages of products makes those anew whose products change. What
 * requests work with is a view: immutable, and one with its snapshot of the catalog. */
#ifndef WEFT_API_RECOMMENDER_H
#define WEFT_API_RECOMMENDER_H

#include "api/api.h"
#include "recommend/learning.h"
#include "recommend/outfit_table.h"
#include "recommend/pages.h"
#include "recommend/recommend.h"
#include "sync/snapshot.h"

typedef struct weft_recommender weft_recommender;
typedef struct weft_recommender_shelf weft_recommender_shelf;
typedef struct weft_recommender_learning weft_recommender_learning;
typedef struct weft_recommender_tastes weft_recommender_tastes;
typedef struct weft_recommender_pages weft_recommender_pages;

typedef struct {
    weft_serving *serving; /* whose the snapshot is */
    weft_snapshot *snapshot;
    const weft_shelf *shelf;       /* of the snapshot */
    const weft_wardrobe *wardrobe; /* of the shelf, by DATA/outfits.txt or weft's own table */
    const weft_pages *pages;       /* of the snapshot's products; NULL: none were made */
    const weft_crowd *crowd;
    const weft_recommend_weights *weights;
    uint64_t generation; /* another one whenever more changed than what is popular */
    weft_recommender_shelf *shelf_holder; /* of this room */
    weft_recommender_tastes *tastes_holder;
    weft_recommender_pages *pages_holder;
    atomic_size_t holders;
} weft_recommender_view;

/* Makes the first view, from all events, and starts the thread; the API has its store, data folder
 * (what was learned is in its folder "recommend") and serving by then, and outlives it. Fails as
 * the store does. */
weft_status weft_recommender_start(weft_recommender **recommender, weft_api *api, weft_err *err);
void weft_recommender_stop(weft_recommender *recommender); /* NULL is fine */

/* The present view; give it back. Any thread. */
weft_recommender_view *weft_recommender_acquire(weft_recommender *recommender);
void weft_recommender_release(weft_recommender_view *view); /* NULL is fine */

#endif
