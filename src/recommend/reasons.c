#include "recommend/reasons.h"

#include <math.h>

#include "index/index_float.h"
#include "recommend/recommend_internal.h"

enum { TRENDING = 100, LOOKED_BACK = 40 /* interests that a product is compared with */ };
static const float LOOKS_LIKE = 0.8f; /* cosine */
/* Inner product: 1 is as sure as what she took herself. From here on some other user chose both it
 * and something of hers, in 999 of 1,000 reasons of synthetic users; from 0.05 on in 979. */
static const float CROWD_LIKES = 0.2f;

typedef struct {
    const weft_recommend_request *request;
    const weft_recommended *one;
    weft_arena *arena;
    weft_reason *reasons;
    size_t *n;
    bool is_short; /* of memory */
} finding;

const char *weft_reason_name(weft_reason_kind kind) {
    static const char *const names[] = {
#define NAME(code, name, when) name,
        WEFT_REASONS(NAME)
#undef NAME
    };
    return names[kind];
}

static void give(finding *f, weft_reason_kind kind, const char *text, const char *product_id) {
    if (!text) f->is_short = true;
    if (text && *f->n < WEFT_REASONS_MAX)
        f->reasons[(*f->n)++] = (weft_reason){kind, text, product_id};
}

/* How many of her interests have the value. */
static size_t count_chosen(const finding *f, weft_trait trait, uint32_t value) {
    const weft_profile *p = f->request->profile;
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++)
        n += f->request->shelf->values[trait][p->interests[i].row] == value;
    return n;
}

static bool is_most_chosen(const finding *f, weft_trait trait, uint32_t value) {
    const weft_preference *preference = &f->request->profile->preferences[trait];
    if (value == UINT32_MAX || count_chosen(f, trait, value) < 2) return false;
    for (uint32_t other = 0; other < preference->count; other++)
        if (other != value && preference->share[other] >= preference->share[value]) return false;
    return true;
}

/* Did she deal with the product itself? */
static bool is_hers(const finding *f) {
    const weft_profile *p = f->request->profile;
    for (size_t i = 0; i < p->count; i++)
        if (p->interests[i].row == f->one->row) return true;
    return false;
}

static const char *deed(float most) {
    return most >= 3 ? "bought" : most >= 2 ? "put into your cart" : "looked at";
}

/* The interest of its article type that it looks most like. An engine's vectors are too far away
 * to look at each. */
static weft_status find_like(finding *f, weft_err *err) {
    const weft_shelf *shelf = f->request->shelf;
    const weft_profile *p = f->request->profile;
    uint32_t type = shelf->values[WEFT_TRAIT_TYPE][f->one->row];
    const weft_interest *best = NULL;
    float highest = LOOKS_LIKE, *scratch = weft_arena_alloc(f->arena, 2 * p->dim, sizeof *scratch);
    const float *own = NULL, *other;
    if (!scratch) return weft_fail(err, WEFT_E_NOMEM, "reasons");
    if (type == UINT32_MAX || shelf->engine) return WEFT_OK;
    for (size_t i = 0, n = 0; i < p->count && n < LOOKED_BACK; i++) {
        const weft_interest *interest = &p->interests[i];
        if (interest->row == f->one->row || shelf->values[WEFT_TRAIT_TYPE][interest->row] != type)
            continue;
        n++;
        weft_status status =
            own ? WEFT_OK : weft_shelf_vector(shelf, f->one->row, scratch, &own, err);
        if (!status)
            status = weft_shelf_vector(shelf, interest->row, scratch + p->dim, &other, err);
        if (status || !own) return status;
        float score = other ? weft_float_dot(own, other, p->dim) : 0;
        if (score < highest) continue;
        highest = score;
        best = interest;
    }
    if (!best) return WEFT_OK;
    const weft_product *like = weft_catalog_product(shelf->catalog, best->row);
    give(f, WEFT_REASON_LIKE,
         weft_arena_printf(f->arena, "Like the %s that you %s", like->product_display_name,
                           deed(best->most)),
         like->product_id);
    return WEFT_OK;
}

/* Of what she dealt with it might be she alone who did. */
static bool is_liked_by_crowd(const finding *f) {
    float liked = f->one->parts[WEFT_PART_COLLABORATIVE];
    return !isnan(liked) && expf(liked) - WEFT_LIKED_FLOOR >= CROWD_LIKES &&
           f->request->crowd->popularity[f->one->row] > 0 && !is_hers(f);
}

static bool is_trending(const finding *f) {
    const weft_crowd *crowd = f->request->crowd;
    for (size_t i = 0; i < crowd->trending_count && i < TRENDING; i++)
        if (crowd->trending[i] == f->one->row) return true;
    return false;
}

weft_status weft_reasons_find(const weft_recommend_request *request, const weft_recommended *one,
                              weft_arena *arena, weft_reason *reasons, size_t *n, weft_err *err) {
    finding f = {.request = request, .one = one, .arena = arena, .reasons = reasons, .n = n};
    const weft_shelf *shelf = request->shelf;
    const weft_profile *p = request->profile;
    const weft_product *product = weft_catalog_product(shelf->catalog, one->row);
    uint32_t brand = shelf->values[WEFT_TRAIT_BRAND][one->row];
    uint32_t color = shelf->values[WEFT_TRAIT_COLOR][one->row];
    uint32_t type = shelf->values[WEFT_TRAIT_TYPE][one->row];
    *n = 0;
    if (one->pinned_by) give(&f, WEFT_REASON_PINNED, "Chosen by the shop", NULL);
    if (one->is_explored)
        give(&f, WEFT_REASON_EXPLORE, "New to most: few have looked at it yet", NULL);
    weft_status status = find_like(&f, err);
    if (status) return status;
    if (is_liked_by_crowd(&f))
        give(&f, WEFT_REASON_CROWD, "People with a taste like yours choose it", NULL);
    if (brand != UINT32_MAX && count_chosen(&f, WEFT_TRAIT_BRAND, brand) >= 2)
        give(&f, WEFT_REASON_BRAND,
             weft_arena_printf(arena, "From %s, a brand that you choose",
                               weft_shelf_name(shelf, WEFT_TRAIT_BRAND, brand)),
             NULL);
    if (is_most_chosen(&f, WEFT_TRAIT_COLOR, color))
        give(&f, WEFT_REASON_COLOR,
             weft_arena_printf(arena, "In %s, the color that you choose most", product->base_color),
             NULL);
    if (is_most_chosen(&f, WEFT_TRAIT_TYPE, type))
        give(&f, WEFT_REASON_CATEGORY,
             weft_arena_printf(arena, "You look at %s more than at anything else",
                               product->article_type),
             NULL);
    if (is_trending(&f)) give(&f, WEFT_REASON_TRENDING, "Popular now", NULL);
    if (p->count >= 3 && product->price >= p->p25_price && product->price <= p->p75_price)
        give(&f, WEFT_REASON_PRICE, "In your price range", NULL);
    if (shelf->newest_year && product->year == shelf->newest_year)
        give(&f, WEFT_REASON_NEW, "New", NULL);
    return f.is_short ? weft_fail(err, WEFT_E_NOMEM, "reasons") : WEFT_OK;
}
