/* depicted.h - what kind of product a photo shows, by its nearest products. */
#ifndef WEFT_SEARCH_DEPICTED_H
#define WEFT_SEARCH_DEPICTED_H

#include "search/rank.h"

typedef struct {
    bool is_known;  /* there are products to tell by, and their type is known */
    uint32_t type;  /* code of the article type that most of the nearest products have */
    uint32_t color; /* code of the base color, likewise */
    float share;    /* of their votes, each with 1 / rank */
    float nearness; /* mean cosine of the nearest few, of 0.5 to 1 made 0 to 1 */
} weft_depiction;

/* What a photo's nearest products say that it shows. Fails as weft_retrieve. */
weft_status weft_depict(const weft_rank_request *request, const float *embedding, weft_arena *arena,
                        weft_depiction *depiction, weft_err *err);

/* What the photo adds to the words beside it. When most of its nearest products are of one
 * article type and the query says no category itself: a preference for that type, for of
 * "this, but in red" the photo says what. When the query asks for darker or lighter: the colors
 * that are so, seen from the photo's own. embedding is the photo's, [dim]. The request's catalog,
 * indexes and engine are used. Fails as weft_retrieve. */
weft_status weft_query_add_depicted(weft_query *query, const weft_rank_request *request,
                                    const float *embedding, weft_arena *arena, weft_err *err);

#endif
