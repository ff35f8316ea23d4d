#include "recommend/crowd.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "index/index_float.h"

static float norm(const float *vector, size_t dim) {
    return sqrtf(weft_float_dot(vector, vector, dim));
}

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

/* ---- tastes ---- */

static void find_items(weft_crowd *crowd, const weft_catalog *catalog) {
    size_t dim = weft_collaborative_dim(crowd->model);
    for (uint32_t row = 0; row < crowd->rows; row++) {
        uint32_t item;
        const char *id = weft_catalog_product(catalog, row)->product_id;
        crowd->row_item[row] = UINT32_MAX;
        if (!weft_collaborative_find(crowd->model, id, &item)) continue;
        float length = norm(weft_collaborative_factor(crowd->model, item), dim);
        if (length <= 0) continue;
        crowd->row_item[row] = item;
        if (length > crowd->longest) crowd->longest = length;
    }
}

/* A factor x becomes (x / longest, sqrt(1 - |x|^2 / longest^2)): of length 1, and its inner
 * product with (y, 0) is x . y / longest (Bachrach et al., "Speeding Up the Xbox Recommender
 * System Using a Euclidean Transformation for Inner-Product Spaces", RecSys 2014). */
static void lengthen(const weft_crowd *crowd, const float *factor, size_t dim, float *out) {
    float squares = 0;
    for (size_t i = 0; i < dim; i++) {
        out[i] = factor[i] / crowd->longest;
        squares += out[i] * out[i];
    }
    out[dim] = squares < 1 ? sqrtf(1 - squares) : 0;
}

static weft_status index_tastes(weft_crowd *crowd, const weft_catalog *catalog, weft_err *err) {
    weft_bitset present = {0};
    float *vectors = NULL;
    size_t dim = weft_collaborative_dim(crowd->model);
    crowd->row_item = weft_calloc(crowd->rows ? crowd->rows : 1, sizeof *crowd->row_item);
    if (!crowd->row_item) return weft_fail(err, WEFT_E_NOMEM, "tastes");
    find_items(crowd, catalog);
    if (crowd->longest <= 0) return WEFT_OK;
    weft_status status = weft_bitset_init(&present, crowd->rows, err);
    if (status) return status;
    vectors = weft_calloc(crowd->rows, (dim + 1) * sizeof *vectors);
    if (!vectors) status = weft_fail(err, WEFT_E_NOMEM, "tastes");
    for (uint32_t row = 0; row < crowd->rows && !status; row++) {
        if (crowd->row_item[row] == UINT32_MAX) continue;
        lengthen(crowd, weft_collaborative_factor(crowd->model, crowd->row_item[row]), dim,
                 vectors + row * (dim + 1));
        weft_bitset_set(&present, row);
    }
    const weft_index_source source = {
        .vectors = vectors, .rows = crowd->rows, .dim = dim + 1, .present = &present, .threads = 1};
    if (!status) status = weft_index_flat_new(&crowd->tastes, &source, err);
    weft_free(vectors);
    weft_bitset_deinit(&present);
    return status;
}

weft_status weft_crowd_new(weft_crowd **out, const weft_catalog *catalog, const weft_trends *trends,
                           const weft_collaborative *model, int64_t now, weft_err *err) {
    weft_crowd *crowd = weft_calloc(1, sizeof *crowd);
    *out = NULL;
    if (!crowd) return weft_fail(err, WEFT_E_NOMEM, "crowd");
    crowd->rows = weft_catalog_rows(catalog);
    crowd->model = model;
    weft_status status = note_popularity(crowd, catalog, trends, now, err);
    if (!status && model) status = index_tastes(crowd, catalog, err);
    if (status) weft_crowd_free(crowd);
    else *out = crowd;
    return status;
}

void weft_crowd_free(weft_crowd *crowd) {
    if (!crowd) return;
    weft_free(crowd->popularity);
    weft_free(crowd->trending);
    weft_free(crowd->row_item);
    weft_index_free(crowd->tastes);
    weft_free(crowd);
}

/* ---- asking ---- */

weft_status weft_crowd_factor(const weft_crowd *crowd, const weft_profile *profile,
                              weft_arena *arena, float **factor, bool *found, weft_err *err) {
    uint32_t items[WEFT_PROFILE_EVENTS];
    float weights[WEFT_PROFILE_EVENTS];
    size_t n = 0;
    *found = false;
    if (!crowd->tastes) return WEFT_OK;
    for (size_t i = 0; i < profile->count; i++) {
        uint32_t item = crowd->row_item[profile->interests[i].row];
        if (item == UINT32_MAX) continue;
        items[n] = item;
        weights[n++] = profile->interests[i].weight;
    }
    if (!n) return WEFT_OK;
    size_t dim = weft_collaborative_dim(crowd->model);
    *factor = weft_arena_alloc(arena, dim, sizeof **factor);
    if (!*factor) return weft_fail(err, WEFT_E_NOMEM, "a user's taste");
    weft_status status = weft_collaborative_fold_in(crowd->model, items, weights, n, *factor, err);
    *found = !status && norm(*factor, dim) > 0;
    return status;
}

weft_status weft_crowd_nearest(const weft_crowd *crowd, const float *factor, size_t k,
                               const weft_bitset *allow, weft_arena *arena, weft_hit **hits,
                               size_t *n, weft_err *err) {
    size_t dim = weft_collaborative_dim(crowd->model);
    float *query = weft_arena_alloc(arena, dim + 1, sizeof *query), length = norm(factor, dim);
    *hits = weft_arena_alloc(arena, k, sizeof **hits);
    if (!query || !*hits) return weft_fail(err, WEFT_E_NOMEM, "a user's taste");
    for (size_t i = 0; i < dim; i++) query[i] = factor[i] / length;
    query[dim] = 0;
    const weft_index_query q = {.query = query, .k = k, .allow = allow};
    weft_status status = weft_index_search(crowd->tastes, &q, *hits, n, err);
    for (size_t i = 0; i < *n && !status; i++) (*hits)[i].score *= length * crowd->longest;
    return status;
}

bool weft_crowd_score(const weft_crowd *crowd, const float *factor, uint32_t row, float *score) {
    if (!crowd->tastes || crowd->row_item[row] == UINT32_MAX) return false;
    *score = weft_float_dot(factor, weft_collaborative_factor(crowd->model, crowd->row_item[row]),
                            weft_collaborative_dim(crowd->model));
    return true;
}
