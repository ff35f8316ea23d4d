/* recommend.h - products for a user, from her own events, everyone's, and the catalog.
 *
 *   what may come back: filter, budget, restrictions, nothing that she has dealt with
 *   -> candidates: near to her taste, near to what she is after now, liked by people with her
 *      taste, popular
 *   -> one score for each
 *   -> a merchandiser's rules, no category above its share, neighbours that are unlike, and where
 *      it is asked for a few places for products that few have seen
 *
 * Someone of whom nothing is known gets what is popular. Preferences raise, they never keep out:
 * `limit` products come back whenever that many may. */
#ifndef WEFT_RECOMMEND_RECOMMEND_H
#define WEFT_RECOMMEND_RECOMMEND_H

#include "catalog/filter.h"
#include "recommend/crowd.h"
#include "search/rules.h"

/* By what products are ranked: X(code, name, what it is). */
#define WEFT_RECOMMEND_WAYS(X)                                                                     \
    X(BLEND, "blend", "all that is known, weighted by measurement")                                \
    X(FORMULA, "formula", "0.5 recent + 0.3 user + 0.2 attributes (the seed's)")                   \
    X(HOME, "home", "0.6 user + 0.4 business (the seed's home page)")                              \
    X(CONTENT, "content", "nearness to the user's embedding")                                      \
    X(COLLABORATIVE, "collaborative", "what people with her taste like")                           \
    X(POPULARITY, "popularity", "what is popular")

typedef enum {
#define WEFT_RECOMMEND_ENUM(code, name, text) WEFT_RECOMMEND_##code,
    WEFT_RECOMMEND_WAYS(WEFT_RECOMMEND_ENUM)
#undef WEFT_RECOMMEND_ENUM
        WEFT_RECOMMEND_WAY_COUNT
} weft_recommend_way;

const char *weft_recommend_way_name(weft_recommend_way way); /* "blend" */
const char *weft_recommend_way_text(weft_recommend_way way);
bool weft_recommend_way_named(const char *name, weft_recommend_way *way);

/* What is known of a product for a user, as a number: X(code, name, what it is). NAN: nothing. */
#define WEFT_RECOMMEND_PARTS(X)                                                                    \
    X(USER, "user", "cosine with the user's embedding")                                            \
    X(RECENT, "recent", "cosine with what she dealt with last")                                    \
    X(ATTRIBUTE, "attribute", "category, brand, color and price, 0 to 1")                          \
    X(TASTE, "taste", "log odds of its traits among what she chose")                               \
    X(COLLABORATIVE, "collaborative", "logarithm of the inner product with her factor")            \
    X(POPULARITY, "popularity", "logarithm of 1 + what everyone does with it, by week")            \
    X(RECENCY, "recency", "1 in the newest year, halved by every year before")

typedef enum {
#define WEFT_RECOMMEND_PART_ENUM(code, name, text) WEFT_PART_##code,
    WEFT_RECOMMEND_PARTS(WEFT_RECOMMEND_PART_ENUM)
#undef WEFT_RECOMMEND_PART_ENUM
        WEFT_PART_COUNT
} weft_recommend_part;

const char *weft_recommend_part_name(weft_recommend_part part); /* "user" */

/* Of the parts in a blend, each standardised among the candidates. */
typedef struct {
    float of[WEFT_PART_COUNT];
} weft_recommend_weights;

extern const weft_recommend_weights weft_recommend_default_weights;

/* What a shop's pages ask for, and trials as served: the seed's lambda of MMR, 0.7, and 40 % of a
 * list from one category. */
#define WEFT_SERVED_DIVERSITY      0.3f
#define WEFT_SERVED_CATEGORY_SHARE 0.4f

typedef struct {
    const weft_shelf *shelf;
    const weft_crowd *crowd;
    const weft_profile *profile;
    weft_recommend_way way;
    const weft_recommend_weights *weights; /* of a blend; NULL: the default */
    const weft_filter *filter;             /* NULL: everything */
    double budget;                         /* nothing that costs more comes back; 0: none */
    bool restrict_category, restrict_price, restrict_color; /* to what she has chosen before */
    bool includes_seen;            /* what she has dealt with may come back */
    const weft_rule *const *rules; /* [rule_count] of those that act */
    size_t rule_count;
    float diversity;      /* 1 - lambda of MMR; 0: none */
    float category_share; /* of the limit that one article type may have; 0: any */
    float explore; /* of the limit that products few have seen may have (explore.h); 0: none */
    uint64_t explore_seed; /* decides which of them, and where */
    size_t limit;
} weft_recommend_request;

typedef struct {
    uint32_t row;
    float score; /* higher is better; comparable within one answer; NAN of what is explored */
    float parts[WEFT_PART_COUNT];
    const weft_rule *pinned_by; /* or NULL */
    bool is_explored;           /* stands there because few have seen it */
} weft_recommended;

/* (*products)[*n] in the arena, best first; *total is how many may come back. Fails with
 * WEFT_E_NOMEM and as weft_retrieve does. */
weft_status weft_recommend(const weft_recommend_request *request, weft_arena *arena,
                           weft_recommended **products, size_t *n, size_t *total, weft_err *err);

#endif
