#include "recommend/recommend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recommend/recommend_internal.h"
#include "search/mmr.h"

/* By measurement: docs/quality.md. */
const weft_recommend_weights weft_recommend_default_weights = {{
    [WEFT_PART_USER] = 0.1f,
    [WEFT_PART_RECENT] = 0.1f,
    [WEFT_PART_TASTE] = 0.2f,
    [WEFT_PART_COLLABORATIVE] = 1,
    [WEFT_PART_POPULARITY] = 0.1f,
}};

/* ---- ways ---- */

static const struct {
    const char *name, *text;
} ways[] = {
#define WAY(code, name, text) {name, text},
    WEFT_RECOMMEND_WAYS(WAY)
#undef WAY
};

const char *weft_recommend_way_name(weft_recommend_way way) { return ways[way].name; }
const char *weft_recommend_way_text(weft_recommend_way way) { return ways[way].text; }

bool weft_recommend_way_named(const char *name, weft_recommend_way *way) {
    for (size_t i = 0; i < WEFT_RECOMMEND_WAY_COUNT; i++) {
        if (strcmp(name, ways[i].name) != 0) continue;
        *way = (weft_recommend_way)i;
        return true;
    }
    return false;
}

const char *weft_recommend_part_name(weft_recommend_part part) {
    static const char *const names[] = {
#define PART(code, name, text) name,
        WEFT_RECOMMEND_PARTS(PART)
#undef PART
    };
    return names[part];
}

/* ---- scores ---- */

static float or_else(float value, float other) { return isnan(value) ? other : value; }

/* Cosines below 0 say no more than 0. */
static float nearness(float cosine) { return cosine > 0 ? cosine : 0; }

static float formula(const float *parts) {
    return 0.5f * nearness(parts[WEFT_PART_RECENT]) + 0.3f * nearness(parts[WEFT_PART_USER]) +
           0.2f * parts[WEFT_PART_ATTRIBUTE];
}

static float home(const weft_recommend_request *q, uint32_t row, const float *parts) {
    const weft_profile *p = q->profile;
    float category = 0.5f, color = 0.5f;
    weft_preference_score(&p->preferences[WEFT_TRAIT_TYPE], q->shelf->values[WEFT_TRAIT_TYPE][row],
                          &category);
    weft_preference_score(&p->preferences[WEFT_TRAIT_COLOR],
                          q->shelf->values[WEFT_TRAIT_COLOR][row], &color);
    float price =
        weft_price_score(p, weft_catalog_product(q->shelf->catalog, row)->price, q->budget);
    float business = 0.35f * category + 0.25f * color + 0.25f * price +
                     0.15f * or_else(parts[WEFT_PART_RECENCY], 0);
    return 0.6f * nearness(parts[WEFT_PART_USER]) + 0.4f * business;
}

void weft_recommending_standardise(const weft_recommending *r, float (*z)[WEFT_PART_COUNT]) {
    for (size_t part = 0; part < WEFT_PART_COUNT; part++) {
        double sum = 0, squares = 0;
        size_t n = 0;
        for (size_t i = 0; i < r->count; i++) {
            double value = (double)r->pool[i].parts[part];
            if (isnan(value)) continue;
            sum += value;
            squares += value * value;
            n++;
        }
        double mean = n ? sum / (double)n : 0;
        double variance = n ? squares / (double)n - mean * mean : 0;
        double scale = variance > 1e-12 ? 1 / sqrt(variance) : 0;
        for (size_t i = 0; i < r->count; i++) {
            double value = (double)r->pool[i].parts[part];
            z[i][part] = isnan(value) ? 0 : (float)((value - mean) * scale);
        }
    }
}

static weft_status blend(weft_recommending *r, weft_err *err) {
    const weft_recommend_weights *w = r->request->weights;
    float(*z)[WEFT_PART_COUNT] = weft_arena_alloc(r->arena, r->count, sizeof *z);
    if (!z) return weft_fail(err, WEFT_E_NOMEM, "recommendations");
    if (!w) w = &weft_recommend_default_weights;
    weft_recommending_standardise(r, z);
    for (size_t i = 0; i < r->count; i++)
        for (size_t part = 0; part < WEFT_PART_COUNT; part++)
            r->pool[i].score += w->of[part] * z[i][part];
    return WEFT_OK;
}

/* What is not known is not near, and not liked: no more than that, for diversity and boosts
 * measure scores. */
static float score_one(const weft_recommend_request *q, weft_recommend_way way,
                       const weft_recommended *one) {
    const float *parts = one->parts;
    switch (way) {
    case WEFT_RECOMMEND_FORMULA: return formula(parts);
    case WEFT_RECOMMEND_HOME: return home(q, one->row, parts);
    case WEFT_RECOMMEND_CONTENT: return or_else(parts[WEFT_PART_USER], 0);
    case WEFT_RECOMMEND_COLLABORATIVE:
        return or_else(parts[WEFT_PART_COLLABORATIVE], logf(WEFT_LIKED_FLOOR));
    case WEFT_RECOMMEND_POPULARITY: return parts[WEFT_PART_POPULARITY];
    default: return one->score;
    }
}

static weft_status score(weft_recommending *r, weft_err *err) {
    const weft_recommend_request *q = r->request;
    /* Of someone who did nothing there is nothing else to go by. */
    weft_recommend_way way = q->profile->count ? q->way : WEFT_RECOMMEND_POPULARITY;
    weft_status status = way == WEFT_RECOMMEND_BLEND ? blend(r, err) : WEFT_OK;
    for (size_t i = 0; i < r->count && !status; i++) {
        weft_recommended *one = &r->pool[i];
        one->score = score_one(q, way, one) + weft_rule_effects_boost(&r->effects, one->row);
    }
    return status;
}

static int by_score(const void *a, const void *b) {
    const weft_recommended *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* ---- order ---- */

/* Neighbours of the head that are alike move apart. */
static weft_status move_apart(weft_recommending *r, weft_err *err) {
    const weft_recommend_request *q = r->request;
    size_t dim = q->profile->dim, n = 2 * q->limit;
    if (n > r->count) n = r->count;
    float *scores = weft_arena_alloc(r->arena, n, sizeof *scores);
    float *vectors = weft_arena_calloc(r->arena, n, dim * sizeof *vectors);
    uint32_t *looks = weft_arena_alloc(r->arena, n, sizeof *looks);
    uint32_t *order = weft_arena_alloc(r->arena, n, sizeof *order);
    weft_recommended *head = weft_arena_alloc(r->arena, n, sizeof *head);
    if (!scores || !vectors || !looks || !order || !head)
        return weft_fail(err, WEFT_E_NOMEM, "recommendations");
    for (size_t i = 0; i < n; i++) {
        uint32_t row = r->pool[i].row;
        scores[i] = r->pool[i].score;
        looks[i] = q->shelf->values[WEFT_TRAIT_TYPE][row] * 65536u +
                   (q->shelf->values[WEFT_TRAIT_COLOR][row] & 65535u);
        /* An engine's vectors are too far away: there looks alone tell products apart. */
        const float *vector = NULL;
        if (!q->shelf->engine) weft_shelf_vector(q->shelf, row, vectors + i * dim, &vector, NULL);
        if (vector && vector != vectors + i * dim)
            memcpy(vectors + i * dim, vector, dim * sizeof *vector);
    }
    const weft_mmr_list list = {.scores = scores,
                                .vectors = vectors,
                                .looks = looks,
                                .n = n,
                                .dim = dim,
                                .places = q->limit,
                                .lambda = 1 - q->diversity};
    weft_status status = weft_mmr_order(&list, r->arena, order, err);
    if (status) return status;
    memcpy(head, r->pool, n * sizeof *head);
    for (size_t i = 0; i < n; i++) r->pool[i] = head[order[i]];
    return WEFT_OK;
}

size_t weft_recommending_category_most(const weft_recommend_request *request) {
    size_t most = (size_t)(request->category_share * (float)request->limit);
    return most ? most : 1;
}

/* Moves what would take more than its category's share behind the rest of the pool. */
static weft_status share_out(weft_recommending *r, weft_err *err) {
    const weft_recommend_request *q = r->request;
    size_t types = q->shelf->value_count[WEFT_TRAIT_TYPE];
    size_t most = weft_recommending_category_most(q), kept = 0, moved = 0;
    size_t *used = weft_arena_calloc(r->arena, types, sizeof *used);
    weft_recommended *rest = weft_arena_alloc(r->arena, r->count, sizeof *rest);
    if (!used || !rest) return weft_fail(err, WEFT_E_NOMEM, "recommendations");
    for (size_t i = 0; i < r->count; i++) {
        uint32_t type = q->shelf->values[WEFT_TRAIT_TYPE][r->pool[i].row];
        if (type != UINT32_MAX && used[type]++ >= most) rest[moved++] = r->pool[i];
        else r->pool[kept++] = r->pool[i];
    }
    memcpy(r->pool + kept, rest, moved * sizeof *rest);
    return WEFT_OK;
}

/* Pins at their places, the pool in between, what is buried last. */
static weft_status put_together(weft_recommending *r, weft_recommended **products, size_t *n,
                                weft_err *err) {
    const weft_rule_effects *e = &r->effects;
    size_t limit = r->request->limit, pin = 0, next = 0;
    weft_recommended *out = weft_arena_alloc(r->arena, limit, sizeof *out);
    if (!out) return weft_fail(err, WEFT_E_NOMEM, "recommendations");
    for (*n = 0; *n < limit; ++*n) {
        bool is_pin = pin < e->pin_count && (e->pins[pin].position <= *n + 1 || next == r->count);
        if (is_pin) {
            out[*n] = (weft_recommended){
                .row = e->pins[pin].row, .parts = WEFT_NO_PARTS, .pinned_by = e->pins[pin].rule};
            pin++;
        } else if (next < r->count) {
            out[*n] = r->pool[next++];
        } else {
            break;
        }
    }
    for (uint32_t row = 0; e->buried.words && row < e->buried.count && *n < limit; row++)
        if (weft_bitset_get(&e->buried, row))
            out[(*n)++] = (weft_recommended){.row = row, .parts = WEFT_NO_PARTS};
    *products = out;
    return WEFT_OK;
}

weft_status weft_recommending_init(weft_recommending *r, const weft_recommend_request *request,
                                   weft_arena *arena, weft_err *err) {
    *r = (weft_recommending){.request = request, .arena = arena};
    weft_status status = weft_recommend_allow(r, err);
    return status ? status : weft_recommend_candidates(r, err);
}

void weft_recommending_deinit(weft_recommending *r) {
    weft_rule_effects_deinit(&r->effects);
    weft_bitset_deinit(&r->allow);
    weft_bitset_deinit(&r->in_pool);
}

weft_status weft_recommend(const weft_recommend_request *request, weft_arena *arena,
                           weft_recommended **products, size_t *n, size_t *total, weft_err *err) {
    weft_recommending r;
    *n = 0;
    weft_status status = weft_recommending_init(&r, request, arena, err);
    if (!status) status = score(&r, err);
    if (!status) {
        qsort(r.pool, r.count, sizeof *r.pool, by_score);
        if (request->diversity > 0) status = move_apart(&r, err);
    }
    if (!status && request->category_share > 0) status = share_out(&r, err);
    if (!status && request->explore > 0) status = weft_recommend_explore(&r, err);
    if (!status) status = put_together(&r, products, n, err);
    *total = r.total;
    weft_recommending_deinit(&r);
    return status;
}
