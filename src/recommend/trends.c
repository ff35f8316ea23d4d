#include "recommend/trends.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "catalog/id_map.h"
#include "recommend/profile.h"

static const double WEEK = 7.0 * 24 * 60 * 60 * 1000; /* milliseconds */

typedef struct {
    double popularity, views, likes; /* decayed */
    uint32_t events;
} tally;

/* Sums are kept as of one moment, so that none of them has to be touched as time passes.
 * Doubles hold them for some twenty years to both sides of it. */
struct weft_trends {
    int64_t moment;
    weft_id_map products;
    weft_arena ids;
    tally *tallies; /* [products.count], by the map's value */
    size_t capacity;
    int64_t position, newest;
};

static double weeks_since(const weft_trends *trends, int64_t at) {
    double weeks = ((double)at - (double)trends->moment) / WEEK;
    return weeks < -1000 ? -1000 : weeks > 1000 ? 1000 : weeks;
}

weft_status weft_trends_new(weft_trends **trends, int64_t now, weft_err *err) {
    *trends = weft_calloc(1, sizeof **trends);
    if (!*trends) return weft_fail(err, WEFT_E_NOMEM, "trends");
    (*trends)->moment = now;
    (*trends)->newest = INT64_MIN;
    weft_id_map_init(&(*trends)->products);
    weft_arena_init(&(*trends)->ids, 0);
    return WEFT_OK;
}

void weft_trends_free(weft_trends *trends) {
    if (!trends) return;
    weft_id_map_deinit(&trends->products);
    weft_arena_deinit(&trends->ids);
    weft_free(trends->tallies);
    weft_free(trends);
}

static weft_status add_product(weft_trends *trends, const char *product_id, uint32_t *number,
                               weft_err *err) {
    *number = (uint32_t)trends->products.count;
    if (*number == trends->capacity) {
        size_t capacity = trends->capacity ? trends->capacity * 2 : 1024;
        tally *larger = weft_realloc(trends->tallies, capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "trends");
        trends->tallies = larger;
        trends->capacity = capacity;
    }
    const char *id = weft_arena_strdup(&trends->ids, product_id);
    if (!id) return weft_fail(err, WEFT_E_NOMEM, "trends");
    trends->tallies[*number] = (tally){0};
    return weft_id_map_add(&trends->products, id, *number);
}

static bool is_like(const char *event_type) {
    return strcmp(event_type, "add_to_cart") == 0 || strcmp(event_type, "purchase") == 0;
}

weft_status weft_trends_visit(void *context, int64_t number, const weft_event *event,
                              weft_err *err) {
    weft_trends *trends = context;
    uint32_t product;
    if (!weft_id_map_get(&trends->products, event->product_id, &product)) {
        weft_status status = add_product(trends, event->product_id, &product, err);
        if (status) return status;
    }
    tally *t = &trends->tallies[product];
    double worth = exp2(weeks_since(trends, event->at));
    t->popularity += (double)weft_event_weight(event->event_type) * worth;
    t->views += strcmp(event->event_type, "view") == 0 ? worth : 0;
    t->likes += is_like(event->event_type) ? worth : 0;
    t->events += t->events < UINT32_MAX;
    trends->position = number;
    if (event->at > trends->newest) trends->newest = event->at;
    return WEFT_OK;
}

int64_t weft_trends_position(const weft_trends *trends) { return trends->position; }
int64_t weft_trends_newest(const weft_trends *trends) { return trends->newest; }

/* NULL: nothing was done with it. */
static const tally *find(const weft_trends *trends, const weft_catalog *catalog, uint32_t row) {
    uint32_t product;
    const char *id = weft_catalog_product(catalog, row)->product_id;
    return weft_id_map_get(&trends->products, id, &product) ? &trends->tallies[product] : NULL;
}

/* Of events that are said to be years ahead there is more than a float holds. */
static float as_float(double sum) { return (float)fmin(sum, FLT_MAX); }

void weft_trends_popularity(const weft_trends *trends, const weft_catalog *catalog, int64_t now,
                            float *popularity) {
    double decay = exp2(-weeks_since(trends, now));
    for (uint32_t row = 0; row < weft_catalog_rows(catalog); row++) {
        const tally *t = find(trends, catalog, row);
        popularity[row] = t ? as_float(t->popularity * decay) : 0;
    }
}

void weft_trends_looks(const weft_trends *trends, const weft_catalog *catalog, int64_t now,
                       float *views, float *likes, uint32_t *events) {
    static const tally none;
    double decay = exp2(-weeks_since(trends, now));
    for (uint32_t row = 0; row < weft_catalog_rows(catalog); row++) {
        const tally *t = find(trends, catalog, row);
        if (!t) t = &none;
        views[row] = as_float(t->views * decay);
        likes[row] = as_float(t->likes * decay);
        events[row] = t->events;
    }
}
