/* recommend_internal.h - a recommendation on its way. */
#ifndef WEFT_RECOMMEND_RECOMMEND_INTERNAL_H
#define WEFT_RECOMMEND_RECOMMEND_INTERNAL_H

#include <math.h>

#include "recommend/recommend.h"
#include "search/rule_effects.h"

/* Parts of which nothing is known. */
#define WEFT_NO_PARTS                                                                              \
    { NAN, NAN, NAN, NAN, NAN, NAN, NAN }
_Static_assert(WEFT_PART_COUNT == 7, "WEFT_NO_PARTS has a NAN for each");

/* Added to an inner product, so that 0 has a logarithm. */
#define WEFT_LIKED_FLOOR 0.01f

typedef struct {
    const weft_recommend_request *request;
    weft_arena *arena;
    weft_bitset allow; /* the rows that may come back, but for what rules pin and bury */
    size_t total;      /* all that may */
    weft_rule_effects effects;
    weft_recommended *pool; /* [count] candidates */
    size_t count, capacity;
    weft_bitset in_pool;
    float *factor; /* the user's; NULL: none */
} weft_recommending;

/* Begins with what may come back and candidates; deinit also after a failure. */
weft_status weft_recommending_init(weft_recommending *r, const weft_recommend_request *request,
                                   weft_arena *arena, weft_err *err);
void weft_recommending_deinit(weft_recommending *r);

/* Places that one category may have, where category_share is set. */
size_t weft_recommending_share(const weft_recommend_request *request);

/* z[count]: each part of the candidates less its mean, over its deviation; 0 for what is not
 * known. */
void weft_recommending_standardise(const weft_recommending *r, float (*z)[WEFT_PART_COUNT]);

/* How many of the list one article type may have. */
size_t weft_recommending_category_most(const weft_recommend_request *request);

/* In recommend_candidates.c: fills allow, effects and total. */
weft_status weft_recommend_allow(weft_recommending *r, weft_err *err);
/* Fills the pool, and the parts of what is in it. */
weft_status weft_recommend_candidates(weft_recommending *r, weft_err *err);
/* Up to `wanted` allowed rows that are nearest to an embedding, in the arena. */
weft_status weft_recommend_near(const weft_recommending *r, const float *embedding, size_t wanted,
                                const weft_bitset *allow, weft_hit **hits, size_t *n,
                                weft_err *err);
/* Fills the parts of list[n]. */
weft_status weft_recommend_note_parts(const weft_recommending *r, weft_recommended *list, size_t n,
                                      weft_err *err);

/* In explore.c: gives places of the ranked pool to products that few have seen. */
weft_status weft_recommend_explore(weft_recommending *r, weft_err *err);

#endif
