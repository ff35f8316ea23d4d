/* planted.h - outfits with a structure that is known: two styles of four kinds each, and two
 * kinds that go with both. An outfit has three kinds of one style; in half of the outfits one of
 * the two shared kinds is in place of one of them. */
#ifndef WEFT_TESTS_RECOMMEND_PLANTED_H
#define WEFT_TESTS_RECOMMEND_PLANTED_H

#include "index/index_random.h"
#include "recommend/outfits.h"

enum { PLANTED_OUTFITS = 600, PLANTED_PIECES = 3 };

static const char *const planted_kinds[] = {"Blazers", "Formal Shoes", "Shirts",   "Ties",
                                            "Caps",    "Shorts",       "Sneakers", "Tshirts",
                                            "Watches", "Wallets"};

typedef struct {
    const char *kinds[PLANTED_OUTFITS * PLANTED_PIECES];
    size_t starts[PLANTED_OUTFITS + 1];
    weft_outfits outfits;
} planted;

static inline void planted_make(planted *p, uint64_t seed) {
    size_t at = 0;
    for (size_t i = 0; i < PLANTED_OUTFITS; i++) {
        size_t style = weft_random_below(&seed, 2) * 4, left_out = weft_random_below(&seed, 4);
        p->starts[i] = at;
        for (size_t k = 0; k < 4; k++)
            if (k != left_out) p->kinds[at++] = planted_kinds[style + k];
        size_t shared = weft_random_below(&seed, 4);
        if (shared < 2) p->kinds[at - 1 - weft_random_below(&seed, 3)] = planted_kinds[8 + shared];
    }
    p->starts[PLANTED_OUTFITS] = at;
    p->outfits = (weft_outfits){.kinds = p->kinds, .starts = p->starts, .count = PLANTED_OUTFITS};
}

#endif
