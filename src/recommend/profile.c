#include "recommend/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* The last few interests: what she is after now. Each weighs less than the one after it. */
enum { RECENT = 6 };
static const float RECENT_DECAY = 0.8f;

/* Weight of what is true of everyone, in a user's likings. */
static const float EVERYONE = 4;

float weft_event_weight(const char *event_type) {
    static const struct {
        const char *type;
        float weight;
    } weights[] = {{"view", 1}, {"click", 0.5f}, {"add_to_cart", 2}, {"purchase", 3}};
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        if (strcmp(weights[i].type, event_type) == 0) return weights[i].weight;
    return 0;
}

/* ---- interests ---- */

void weft_interests_add(weft_interests *interests, uint32_t row, float weight, int64_t at) {
    for (size_t i = 0; i < interests->count; i++) {
        weft_interest *known = &interests->interests[i];
        if (known->row != row) continue;
        interests->interactions++;
        known->weight += weight;
        if (weight > known->most) known->most = weight;
        if (at > known->at) known->at = at;
        return;
    }
    if (interests->count == WEFT_PROFILE_EVENTS) return;
    interests->interactions++;
    interests->interests[interests->count++] = (weft_interest){row, weight, weight, at};
}

weft_status weft_interests_visit(void *context, int64_t number, const weft_event *event,
                                 weft_err *err) {
    weft_interests *interests = context;
    float weight = weft_event_weight(event->event_type);
    uint32_t row;
    (void)err;
    if (number > interests->newest_event) interests->newest_event = number;
    if (weight > 0 && weft_catalog_find(interests->shelf->catalog, event->product_id, &row))
        weft_interests_add(interests, row, weight, event->at);
    return WEFT_OK;
}

/* ---- profiles ---- */

static void add_scaled(float *sum, const float *vector, float by, size_t dim) {
    for (size_t i = 0; i < dim; i++) sum[i] += by * vector[i];
}

static bool normalize(float *vector, size_t dim) {
    double squares = 0;
    for (size_t i = 0; i < dim; i++) squares += (double)vector[i] * vector[i];
    if (squares <= 0) return false;
    float scale = (float)(1 / sqrt(squares));
    for (size_t i = 0; i < dim; i++) vector[i] *= scale;
    return true;
}

static weft_status make_embeddings(weft_profile *p, const weft_shelf *shelf, weft_arena *arena,
                                   weft_err *err) {
    float *sum = weft_arena_calloc(arena, p->dim, sizeof *sum);
    float *recent = weft_arena_calloc(arena, p->dim, sizeof *recent);
    float *scratch = weft_arena_alloc(arena, p->dim, sizeof *scratch);
    if (!sum || !recent || !scratch) return weft_fail(err, WEFT_E_NOMEM, "profile");
    float fresh = 1;
    for (size_t i = 0; i < p->count; i++) {
        const float *vector;
        weft_status status = weft_shelf_vector(shelf, p->interests[i].row, scratch, &vector, err);
        if (status) return status;
        if (!vector) continue;
        add_scaled(sum, vector, p->interests[i].weight, p->dim);
        if (i >= RECENT) continue;
        add_scaled(recent, vector, fresh * p->interests[i].weight, p->dim);
        fresh *= RECENT_DECAY;
    }
    if (normalize(sum, p->dim)) p->embedding = sum;
    if (normalize(recent, p->dim)) p->recent = recent;
    return WEFT_OK;
}

static void finish_preference(weft_preference *preference, const float *everyone) {
    float sum = 0;
    for (size_t i = 0; i < preference->count; i++) sum += preference->share[i];
    for (size_t i = 0; i < preference->count; i++) {
        float smoothed = preference->share[i] + EVERYONE * everyone[i];
        if (everyone[i] > 0)
            preference->liking[i] = logf(smoothed / ((sum + EVERYONE) * everyone[i]));
        if (sum > 0) preference->share[i] /= sum;
        if (preference->share[i] > preference->most) preference->most = preference->share[i];
    }
}

static weft_status make_preference(weft_profile *p, const weft_shelf *shelf, weft_trait trait,
                                   weft_arena *arena, weft_err *err) {
    weft_preference *preference = &p->preferences[trait];
    preference->count = shelf->value_count[trait];
    preference->share = weft_arena_calloc(arena, preference->count, sizeof(float));
    preference->liking = weft_arena_calloc(arena, preference->count, sizeof(float));
    if (!preference->share || !preference->liking) return weft_fail(err, WEFT_E_NOMEM, "profile");
    for (size_t i = 0; i < p->count; i++) {
        uint32_t value = shelf->values[trait][p->interests[i].row];
        if (value != UINT32_MAX) preference->share[value] += p->interests[i].weight;
    }
    finish_preference(preference, shelf->share[trait]);
    return WEFT_OK;
}

static int compare_prices(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The quantile of sorted values, between neighbours in proportion. */
static double quantile(const double *sorted, size_t n, double q) {
    double place = q * (double)(n - 1);
    size_t below = (size_t)place;
    if (below + 1 >= n) return sorted[n - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

static void make_prices(weft_profile *p, const weft_shelf *shelf) {
    double prices[WEFT_PROFILE_EVENTS], sum = 0;
    p->min_price = p->max_price = p->avg_price = p->p25_price = p->p75_price = NAN;
    if (!p->count) return;
    for (size_t i = 0; i < p->count; i++) {
        prices[i] = weft_catalog_product(shelf->catalog, p->interests[i].row)->price;
        sum += prices[i];
    }
    qsort(prices, p->count, sizeof *prices, compare_prices);
    p->min_price = prices[0];
    p->max_price = prices[p->count - 1];
    p->avg_price = sum / (double)p->count;
    p->p25_price = quantile(prices, p->count, 0.25);
    p->p75_price = quantile(prices, p->count, 0.75);
}

weft_status weft_profile_make(weft_profile *profile, const weft_shelf *shelf,
                              const weft_interests *interests, weft_arena *arena, weft_err *err) {
    *profile = (weft_profile){.interests = interests->interests,
                              .count = interests->count,
                              .interactions = interests->interactions,
                              .newest_event = interests->newest_event,
                              .dim = shelf->dim};
    make_prices(profile, shelf);
    weft_status status = WEFT_OK;
    for (int trait = 0; trait < WEFT_TRAIT_COUNT && !status; trait++)
        status = make_preference(profile, shelf, (weft_trait)trait, arena, err);
    if (status || !profile->count) return status;
    return make_embeddings(profile, shelf, arena, err);
}

weft_status weft_profile_load(weft_profile *profile, const weft_shelf *shelf, weft_store *store,
                              const char *user_id, weft_arena *arena, weft_err *err) {
    weft_interests *interests = weft_arena_calloc(arena, 1, sizeof *interests);
    if (!interests) return weft_fail(err, WEFT_E_NOMEM, "profile");
    interests->shelf = shelf;
    weft_status status = weft_store_each_user_event(store, user_id, WEFT_PROFILE_EVENTS,
                                                    weft_interests_visit, interests, err);
    return status ? status : weft_profile_make(profile, shelf, interests, arena, err);
}

/* ---- as a row of user_style_features ---- */

enum { MAX_PREFERENCES = 10 };

/* The names of the most liked values, as JSON. */
static const char *write_names(const weft_profile *p, const weft_shelf *shelf, weft_trait trait,
                               weft_arena *arena) {
    const weft_preference *preference = &p->preferences[trait];
    float last = INFINITY;
    size_t written = 0;
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_array(&j);
    while (written < MAX_PREFERENCES && last > 0) {
        float next = 0;
        for (size_t i = 0; i < preference->count; i++)
            if (preference->share[i] < last && preference->share[i] > next)
                next = preference->share[i];
        for (size_t i = 0; next > 0 && i < preference->count && written < MAX_PREFERENCES; i++) {
            if (preference->share[i] != next) continue;
            weft_json_string(&j, weft_shelf_name(shelf, trait, (uint32_t)i));
            written++;
        }
        last = next;
    }
    weft_json_end(&j);
    const char *text = weft_buf_ok(&out) ? weft_arena_strdup(arena, out.data) : NULL;
    weft_buf_deinit(&out);
    return text;
}

weft_status weft_profile_features(const weft_profile *p, const weft_shelf *shelf,
                                  const char *user_id, const char *embedding_model,
                                  weft_arena *arena, weft_store_features *features, weft_err *err) {
    *features = (weft_store_features){
        .user_id = user_id,
        .embedding_model = embedding_model,
        .embedding = p->embedding,
        .dim = p->dim,
        .interactions = p->interactions,
        .category_prefs = write_names(p, shelf, WEFT_TRAIT_TYPE, arena),
        .color_prefs = write_names(p, shelf, WEFT_TRAIT_COLOR, arena),
        .preferred_brands = write_names(p, shelf, WEFT_TRAIT_BRAND, arena),
        .avg_price = p->avg_price,
        .min_price = p->min_price,
        .max_price = p->max_price,
        .p25_price = p->p25_price,
        .p75_price = p->p75_price,
    };
    bool is_whole = features->category_prefs && features->color_prefs && features->preferred_brands;
    return is_whole ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "features of user %s", user_id);
}

/* ---- scores ---- */

bool weft_preference_score(const weft_preference *preference, uint32_t value, float *score) {
    if (value == UINT32_MAX || preference->most <= 0) return false;
    *score = preference->share[value] / preference->most;
    return true;
}

float weft_taste_score(const weft_profile *p, const weft_shelf *shelf, uint32_t row) {
    float sum = 0;
    for (int trait = 0; trait < WEFT_TRAIT_COUNT; trait++) {
        uint32_t value = shelf->values[trait][row];
        if (value != UINT32_MAX) sum += p->preferences[trait].liking[value];
    }
    return sum;
}

float weft_price_score(const weft_profile *p, double price, double budget) {
    if (budget > 0 && price > budget) return 0;
    if (isnan(p->min_price)) return 0.5f;
    if (price < p->min_price) return 0.7f;
    if (price <= p->max_price) return 1;
    double rest = p->max_price > 0 ? 1 - (price - p->max_price) / p->max_price : 0;
    return (float)(rest > 0.3 ? rest : 0.3);
}

float weft_attribute_score(const weft_profile *p, const weft_shelf *shelf, uint32_t row,
                           double budget) {
    float sum = weft_price_score(p, weft_catalog_product(shelf->catalog, row)->price, budget), one;
    int known = 1;
    if (!p->count) return 0.5f;
    static const weft_trait traits[] = {WEFT_TRAIT_TYPE, WEFT_TRAIT_COLOR, WEFT_TRAIT_BRAND};
    for (size_t i = 0; i < sizeof traits / sizeof *traits; i++) {
        uint32_t value = shelf->values[traits[i]][row];
        if (!weft_preference_score(&p->preferences[traits[i]], value, &one)) continue;
        sum += one;
        known++;
    }
    return sum / (float)known;
}
