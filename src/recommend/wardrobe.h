/* wardrobe.h - the products of a shelf as pieces of outfits. */
#ifndef WEFT_RECOMMEND_WARDROBE_H
#define WEFT_RECOMMEND_WARDROBE_H

#include "recommend/outfit_rules.h"
#include "recommend/pairing.h"
#include "recommend/shelf.h"

/* Two products that people were seen wearing together, in so many photos. */
typedef struct {
    const char *a, *b; /* product ids */
    uint32_t photos;
} weft_outfit_edge;

/* Immutable; any number of threads. */
typedef struct {
    const weft_shelf *shelf; /* these three are not owned */
    const weft_outfit_rules *rules;
    const weft_pairing *pairing;
    size_t rows;
    weft_outfit_traits *traits; /* [rows] */
    uint32_t *kinds;            /* [values of TYPE]: of the pairing; UINT32_MAX: not known */
    uint32_t *by_slot;          /* [rows]: rows of one slot together, those of none last */
    size_t slot_begin[WEFT_OUTFIT_MAX_SLOTS + 1]; /* those of slot s end where s + 1 begins */
    size_t *edge_begin;                           /* [rows + 1] */
    uint32_t *edge_rows, *edge_photos;            /* the edges of a row in order of the other */
} weft_wardrobe;

/* edges[n] are of any products: what the catalog has not is left out. WEFT_E_NOMEM. */
weft_status weft_wardrobe_new(weft_wardrobe **wardrobe, const weft_shelf *shelf,
                              const weft_outfit_rules *rules, const weft_pairing *pairing,
                              const weft_outfit_edge *edges, size_t n, weft_err *err);
void weft_wardrobe_free(weft_wardrobe *wardrobe); /* NULL is fine */

/* The photos that show both; 0: none. */
uint32_t weft_wardrobe_photos(const weft_wardrobe *wardrobe, uint32_t a, uint32_t b);

/* The kind of a row, for the pairing; false when it is not known to it. */
bool weft_wardrobe_kind(const weft_wardrobe *wardrobe, uint32_t row, uint32_t *kind);

#endif
