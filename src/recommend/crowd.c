#include "recommend/crowd.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "index/index_float.h"

/* ---- popularity ---- */

static int by_popularity(const void *a, const void *b, void *context) {
    const float *popularity = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (popularity[x] != popularity[y]) return popularity[x] < popularity[y] ? 1 : -1;
    return (x > y) - (x < y);
}

static weft_status note_popularity(weft_crowd *crowd, const weft_catalog *catalog,
                                   const weft_trends *trends, int64_t now, weft_err *err) {
    crowd->popularity = weft_calloc(crowd->rows ? crowd->rows : 1, sizeof *crowd->popularity);
    crowd->trending = weft_calloc(crowd->rows ? crowd->rows : 1, sizeof *crowd->trending);
    if (!crowd->popularity || !crowd->trending) return weft_fail(err, WEFT_E_NOMEM, "trends");
    weft_trends_popularity(trends, catalog, now, crowd->popularity);
    for (uint32_t row = 0; row < crowd->rows; row++)
        if (crowd->popularity[row] > 0) crowd->trending[crowd->trending_count++] = row;
    qsort_r(crowd->trending, crowd->trending_count, sizeof *crowd->trending, by_popularity,
            crowd->popularity);
    return WEFT_OK;
}

/* ---- looks ---- */

static weft_status note_looks(weft_crowd *crowd, const weft_catalog *catalog,
                              const weft_trends *trends, int64_t now, weft_err *err) {
    size_t rows = crowd->rows;
    uint32_t *events = weft_calloc(rows ? rows : 1, sizeof *events);
    crowd->views = weft_calloc(rows ? rows : 1, sizeof *crowd->views);
    crowd->likes = weft_calloc(rows ? rows : 1, sizeof *crowd->likes);
    weft_status status = weft_bitset_init(&crowd->fresh, rows, err);
    if (!events || !crowd->views || !crowd->likes) status = weft_fail(err, WEFT_E_NOMEM, "looks");
    if (!status) {
        double likes = 1, looks = 2; /* of an empty log half is assumed */
        weft_trends_looks(trends, catalog, now, crowd->views, crowd->likes, events);
        for (size_t row = 0; row < rows; row++) {
            likes += (double)crowd->likes[row];
            looks += (double)fmaxf(crowd->views[row], crowd->likes[row]);
            if (events[row] <= WEFT_CROWD_FEW) weft_bitset_set(&crowd->fresh, row);
        }
        crowd->like_rate = (float)fmin(likes / looks, 0.99);
    }
    weft_free(events);
    return status;
}

weft_status weft_crowd_new(weft_crowd **out, const weft_catalog *catalog, const weft_trends *trends,
                           const weft_tastes *tastes, int64_t now, weft_err *err) {
    weft_crowd *crowd = weft_calloc(1, sizeof *crowd);
    *out = NULL;
    if (!crowd) return weft_fail(err, WEFT_E_NOMEM, "crowd");
    crowd->rows = weft_catalog_rows(catalog);
    crowd->tastes = tastes;
    /* A log that ended years ago has faded to nothing by now, but says what was popular then. */
    if (now > weft_trends_newest(trends)) now = weft_trends_newest(trends);
    weft_status status = note_popularity(crowd, catalog, trends, now, err);
    if (!status) status = note_looks(crowd, catalog, trends, now, err);
    if (status) weft_crowd_free(crowd);
    else *out = crowd;
    return status;
}

void weft_crowd_free(weft_crowd *crowd) {
    if (!crowd) return;
    weft_free(crowd->popularity);
    weft_free(crowd->trending);
    weft_free(crowd->views);
    weft_free(crowd->likes);
    weft_bitset_deinit(&crowd->fresh);
    weft_free(crowd);
}

/* ---- asking ---- */

weft_status weft_crowd_factor(const weft_crowd *crowd, const weft_profile *profile,
                              weft_arena *arena, float **factor, bool *found, weft_err *err) {
    uint32_t items[WEFT_PROFILE_EVENTS];
    float weights[WEFT_PROFILE_EVENTS];
    size_t n = 0;
    *found = false;
    const weft_tastes *tastes = crowd->tastes;
    if (!tastes || !tastes->index) return WEFT_OK;
    for (size_t i = 0; i < profile->count; i++) {
        uint32_t item = crowd->tastes->row_item[profile->interests[i].row];
        if (item == UINT32_MAX) continue;
        items[n] = item;
        weights[n++] = profile->interests[i].weight;
    }
    if (!n) return WEFT_OK;
    size_t dim = weft_collaborative_dim(crowd->tastes->model);
    *factor = weft_arena_alloc(arena, dim, sizeof **factor);
    if (!*factor) return weft_fail(err, WEFT_E_NOMEM, "a user's taste");
    weft_status status =
        weft_collaborative_fold_in(crowd->tastes->model, items, weights, n, *factor, err);
    *found = !status && weft_float_dot(*factor, *factor, dim) > 0;
    return status;
}

weft_status weft_crowd_nearest(const weft_crowd *crowd, const float *factor, size_t k,
                               const weft_bitset *allow, weft_arena *arena, weft_hit **hits,
                               size_t *n, weft_err *err) {
    float *query =
        weft_arena_alloc(arena, weft_collaborative_dim(crowd->tastes->model) + 1, sizeof *query);
    *n = 0;
    *hits = weft_arena_alloc(arena, k, sizeof **hits);
    if (!query || !*hits) return weft_fail(err, WEFT_E_NOMEM, "a user's taste");
    float scale = weft_tastes_query(crowd->tastes, factor, query);
    const weft_index_query q = {
        .query = query, .k = k, .allow = allow, .reach = WEFT_RECOMMEND_REACH};
    weft_status status = weft_index_search(crowd->tastes->index, &q, *hits, n, err);
    for (size_t i = 0; i < *n && !status; i++) (*hits)[i].score *= scale;
    return status;
}

void weft_crowd_prefetch(const weft_crowd *crowd, uint32_t row) {
    enum { LINE = 16 /* floats */ };
    if (!crowd->tastes || crowd->tastes->row_item[row] == UINT32_MAX) return;
    const weft_collaborative *model = crowd->tastes->model;
    const float *factor = weft_collaborative_factor(model, crowd->tastes->row_item[row]);
    for (size_t i = 0; i < weft_collaborative_dim(model); i += LINE) __builtin_prefetch(factor + i);
}

bool weft_crowd_score(const weft_crowd *crowd, const float *factor, uint32_t row, float *score) {
    if (!crowd->tastes || crowd->tastes->row_item[row] == UINT32_MAX) return false;
    *score = weft_float_dot(
        factor, weft_collaborative_factor(crowd->tastes->model, crowd->tastes->row_item[row]),
        weft_collaborative_dim(crowd->tastes->model));
    return true;
}
