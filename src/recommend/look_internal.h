/* look_internal.h - a look on its way. */
#ifndef WEFT_RECOMMEND_LOOK_INTERNAL_H
#define WEFT_RECOMMEND_LOOK_INTERNAL_H

#include "recommend/look.h"

/* Candidates of a slot: the nearest of its best article types, those seen with a piece, and the
 * cheapest. */
enum {
    LOOK_TYPES = 5,
    LOOK_PER_TYPE = 8,
    LOOK_SEEN = 20,
    LOOK_CHEAPEST = 12,
    LOOK_LIST = LOOK_TYPES * LOOK_PER_TYPE + LOOK_SEEN + LOOK_CHEAPEST
};

typedef struct {
    weft_look_piece pieces[LOOK_LIST]; /* [count], best first */
    size_t count;
} look_list;

typedef struct {
    const weft_look_request *request;
    weft_arena *arena;
    weft_bitset filtered;                            /* rows that the filter lets pass */
    weft_outfit_traits traits[WEFT_LOOK_MAX_PIECES]; /* of the pieces */
    uint32_t kinds[WEFT_LOOK_MAX_PIECES];            /* [kind_count]: those that are known */
    size_t kind_count;
    uint32_t taken;      /* bit s: a piece is in slot s */
    double spent;        /* what the pieces cost */
    const float *middle; /* [dim]: of the pieces' embeddings; NULL: there is none */
} looking;

/* Deinit also after a failure. */
weft_status looking_init(looking *l, const weft_look_request *request, weft_arena *arena,
                         weft_err *err);
void looking_deinit(looking *l);

/* May a row be worn with the pieces, by filter, occasion, budget and rules? */
bool look_may_add(const looking *l, uint32_t row);

weft_status look_candidates(looking *l, int slot, bool wants_cheap, look_list *list, weft_err *err);

float look_score(const looking *l, const weft_look_piece *piece);
float look_probability(float log_odds);
int look_by_score(const void *a, const void *b);

#endif
