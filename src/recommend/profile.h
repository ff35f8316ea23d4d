/* profile.h - what a user's events say of her taste.
 *
 * As the seed has it: the user's embedding is the mean of the embeddings of the products she
 * dealt with, weighted by what she did (view 1, add_to_cart 2, purchase 3), normalised; beside
 * it stand the categories, colors and brands she prefers, and the prices. A profile is made
 * from the newest events whenever it is needed: it is never stale. */
#ifndef WEFT_RECOMMEND_PROFILE_H
#define WEFT_RECOMMEND_PROFILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "recommend/shelf.h"
#include "store/store.h"

/* Events that a profile is made from: the newest. */
enum { WEFT_PROFILE_EVENTS = 200 };

/* view 1, click 0.5 (a view follows it), add_to_cart 2, purchase 3; 0 for anything else. */
float weft_event_weight(const char *event_type);

/* What a user did with one product. */
typedef struct {
    uint32_t row;
    float weight; /* of all that she did with it */
    float most;   /* of the most that she did with it: 3 is bought */
    int64_t at;   /* milliseconds since 1970, the last time */
} weft_interest;

/* How a user takes to the values of a trait. */
typedef struct {
    float *share;  /* [count]: of the weight of all interests whose value is known */
    float *liking; /* [count]: logarithm of her share over the catalog's, both smoothed: 0 is as
                    * everyone's, below 0 she avoids it */
    size_t count;
    float most; /* the largest share; 0: nothing is known */
} weft_preference;

typedef struct {
    const weft_interest *interests; /* [count], the latest first, each product once */
    size_t count;
    size_t interactions;    /* events that it is made from */
    int64_t newest_event;   /* the number of the user's newest; 0: none */
    const float *embedding; /* [dim], L2-normalised; NULL: none of the products has one */
    const float *recent;    /* likewise, of the last few interests alone */
    size_t dim;
    weft_preference preferences[WEFT_TRAIT_COUNT];
    double min_price, max_price, avg_price, p25_price, p75_price; /* NAN: not known */
} weft_profile;

/* Collects a user's events, the newest first, as what they are of a shelf; products that are not
 * there, and events without a weight, are left out. */
typedef struct {
    const weft_shelf *shelf;
    weft_interest interests[WEFT_PROFILE_EVENTS]; /* [count] */
    size_t count;
    size_t interactions;
    int64_t newest_event; /* the highest number that was visited */
} weft_interests;

/* weight above 0; of new products as many as there is room for. */
void weft_interests_add(weft_interests *interests, uint32_t row, float weight, int64_t at);

/* weft_store_visit_event; context is a weft_interests. */
weft_status weft_interests_visit(void *context, int64_t number, const weft_event *event,
                                 weft_err *err);

/* Makes the profile in the arena; interests must outlive it. Fails with WEFT_E_NOMEM, and as
 * weft_engine_vector when the shelf's vectors are an engine's. */
weft_status weft_profile_make(weft_profile *profile, const weft_shelf *shelf,
                              const weft_interests *interests, weft_arena *arena, weft_err *err);

/* The user's newest events from the store, and the profile they make. */
weft_status weft_profile_load(weft_profile *profile, const weft_shelf *shelf, weft_store *store,
                              const char *user_id, weft_arena *arena, weft_err *err);

/* The row of user_style_features that a profile is; in the arena. WEFT_E_NOMEM. */
weft_status weft_profile_features(const weft_profile *profile, const weft_shelf *shelf,
                                  const char *user_id, const char *embedding_model,
                                  weft_arena *arena, weft_store_features *features, weft_err *err);

/* ---- scores of a product for a user, 0 to 1 ---- */

/* How much of what is known of the product the user prefers: 1 is what she likes most. False
 * when nothing can be said. */
bool weft_preference_score(const weft_preference *preference, uint32_t value, float *score);

/* The sum of the likings of all of a product's traits; above 0: more hers than most. */
float weft_taste_score(const weft_profile *profile, const weft_shelf *shelf, uint32_t row);

/* The seed's: 1 within the user's range, 0.7 below it, max(0.3, 1 - overage / max) above it, 0
 * over a budget (0: none). 0.5 when she has no range. */
float weft_price_score(const weft_profile *profile, double price, double budget);

/* The mean of those of category, brand, color and price that are known; 0.5 for a profile
 * without interests. */
float weft_attribute_score(const weft_profile *profile, const weft_shelf *shelf, uint32_t row,
                           double budget);

#endif
