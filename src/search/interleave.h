/* interleave.h - two rankings in one list, so that each user judges both: team draft
 * interleaving (Radlinski, Kurup and Joachims, "How Does Clickthrough Data Reflect Retrieval
 * Quality?", 2008). It takes far fewer searches than comparing users of one ranking with users
 * of another. */
#ifndef WEFT_SEARCH_INTERLEAVE_H
#define WEFT_SEARCH_INTERLEAVE_H

#include <stddef.h>
#include <stdint.h>

#include "search/rank.h"

enum { WEFT_INTERLEAVE_DEPTH = 100 };

/* Where a place of the joint list comes from. */
typedef struct {
    size_t place; /* in the ranking of its team */
    int team;     /* 0: a, 1: b */
} weft_draft;

/* Fills draft with every row of a[na] and b[nb] once, in rounds: a coin decides which team
 * picks first, and each picks its best row that is not there yet. Equal seeds give equal lists.
 * draft has room for na + nb; returns how many there are. */
size_t weft_interleave(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, uint64_t seed,
                       weft_draft *draft);

/* The page of a that weft_rank_run would give, with what both rankings have among their first
 * WEFT_INTERLEAVE_DEPTH drafted into one list, and the rest of a after it. b must match the
 * same products: it may differ from a in fusion, learned and diversity alone. Pins stay where
 * they are; results know their team. Pages of equal seeds neither repeat nor leave out a
 * product. Totals and facets are a's. Fails as weft_rank_run does. */
weft_status weft_rank_interleaved(const weft_rank_request *a, const weft_rank_request *b,
                                  uint64_t seed, weft_arena *arena, weft_rank_page *page,
                                  weft_err *err);

#endif
