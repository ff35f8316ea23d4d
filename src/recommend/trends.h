/* trends.h - how much is done with each product, the newest counting most.
 *
 * An event counts by its weight (profile.h) and by half as much every week that passes:
 * popularity(now) = sum of weight * 2^((at - now) / week). Views and likes (add_to_cart and
 * purchase) are counted so as well, each as one. Kept up event by event. */
#ifndef WEFT_RECOMMEND_TRENDS_H
#define WEFT_RECOMMEND_TRENDS_H

#include "catalog/catalog.h"
#include "store/store.h"

typedef struct weft_trends weft_trends; /* one thread at a time */

/* Times count from about now (milliseconds since 1970); WEFT_E_NOMEM. */
weft_status weft_trends_new(weft_trends **trends, int64_t now, weft_err *err);
void weft_trends_free(weft_trends *trends); /* NULL is fine */

/* weft_store_visit_event; context is a weft_trends. WEFT_E_NOMEM. */
weft_status weft_trends_visit(void *context, int64_t number, const weft_event *event,
                              weft_err *err);

/* The number of the last event that was visited; 0 before the first. */
int64_t weft_trends_position(const weft_trends *trends);

/* The time of the newest event; INT64_MIN before the first. */
int64_t weft_trends_newest(const weft_trends *trends);

/* popularity[rows] of a catalog's products now, 0 to FLT_MAX; of products that it has not nothing
 * is said. */
void weft_trends_popularity(const weft_trends *trends, const weft_catalog *catalog, int64_t now,
                            float *popularity);

/* views, likes and events, [rows] each, of a catalog's products now; events are all of them, of
 * every type and age. */
void weft_trends_looks(const weft_trends *trends, const weft_catalog *catalog, int64_t now,
                       float *views, float *likes, uint32_t *events);

#endif
