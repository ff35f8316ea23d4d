/* pairing_internal.h - inside a pairing; for pairing*.c. */
#ifndef WEFT_RECOMMEND_PAIRING_INTERNAL_H
#define WEFT_RECOMMEND_PAIRING_INTERNAL_H

#include "base/arena.h"
#include "catalog/id_map.h"
#include "recommend/pairing.h"

/* Weights are kept as the table has them, in hundredths, so that a learned pairing and the
 * table written of it score alike. */
struct weft_pairing {
    weft_arena arena; /* of all below */
    size_t count, outfits;
    const char **names;  /* [count], in the order of strcmp */
    const char **others; /* [count]: "Pumps, Stilettos", or "" */
    uint32_t *pieces;    /* [count] */
    uint64_t all_pieces; /* their sum */
    int16_t *own;        /* [count] */
    int16_t *pairs;      /* [count][count], symmetric */
    int16_t offset;
    weft_id_map by_name; /* of names and other names in small letters */
};

enum { WEFT_PAIRING_WEIGHT_MAX = 10000 }; /* either way */

/* With room for `count` kinds, all zero and without names. WEFT_E_NOMEM. */
weft_status weft_pairing_new(weft_pairing **pairing, size_t count, weft_err *err);

/* Names a kind; others: names apart by commas, may be empty. The strings are copied.
 * WEFT_E_FORMAT (no name of a kind), WEFT_E_CONFLICT (it is a name of another kind),
 * WEFT_E_NOMEM. */
weft_status weft_pairing_name_kind(weft_pairing *pairing, uint32_t kind, weft_str name,
                                   weft_str others, weft_err *err);

/* Weights that are being learned, and from what. */
typedef struct {
    const uint32_t *pieces; /* the kinds of outfit i, each once: pieces[starts[i]] ... */
    const size_t *starts;   /* [outfits + 1] */
    size_t outfits;
    const uint32_t *counts; /* [kinds]: pieces of each */
    size_t kinds;
    float *own;   /* [kinds] */
    float *pairs; /* [kinds][kinds], symmetric */
} weft_pairing_fit;

/* Scales and shifts own and pairs, and finds the offset, so that scores are the log odds of
 * real outfits against drawn ones (pairing_odds.c). WEFT_E_NOMEM. */
weft_status weft_pairing_fit_odds(const weft_pairing_fit *fit, uint64_t *state, weft_arena *arena,
                                  double *offset, weft_err *err);

#endif
