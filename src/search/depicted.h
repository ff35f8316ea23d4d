/* depicted.h - what kind of product a photo shows, by its nearest products. */
#ifndef WEFT_SEARCH_DEPICTED_H
#define WEFT_SEARCH_DEPICTED_H

#include "search/rank.h"

/* When most of a photo's nearest products are of one article type, and the query says no
 * category itself, appends to it a preference for that type: of "this, but in red" the photo
 * says what. embedding is the photo's, [dim]. The request's catalog, indexes and engine are
 * used. Fails as weft_retrieve. */
weft_status weft_query_add_depicted(weft_query *query, const weft_rank_request *request,
                                    const float *embedding, weft_arena *arena, weft_err *err);

#endif
