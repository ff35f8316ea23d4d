/* pairing.h - how well kinds of pieces go together: boots and a coat, learned from outfits
 * that people put together.
 *
 * The score of an outfit is a sum over its pieces and over its pairs of pieces,
 *
 *   offset + sum own[a] + sum pair[a][b],
 *
 * the log odds that a person put it together, against as many kinds drawn at random, each as
 * often as it occurs. So 0 is chance, and every score can be told apart into what each pair
 * adds. A kind that is in many outfits is not liked better for that: what counts is with what.
 *
 * Learned in three steps: pairs begin at how much more often than by chance they are seen
 * together (smoothed pointwise mutual information; Church and Hanks, 1990); then weights are
 * found that best tell each piece from the rest of its outfit (pseudolikelihood; Besag,
 * "Statistical analysis of non-lattice data", 1975), for seeing two kinds together may be the
 * doing of a third; last, odds are put right for outfits of every size by a logistic regression
 * with four weights. */
#ifndef WEFT_RECOMMEND_PAIRING_H
#define WEFT_RECOMMEND_PAIRING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"
#include "recommend/outfits.h"

typedef struct weft_pairing weft_pairing; /* immutable: any number of threads may share it */

enum { WEFT_PAIRING_MAX_KINDS = 1000, WEFT_PAIRING_MAX_BYTES = 16 << 20 /* of a table */ };

void weft_pairing_free(weft_pairing *pairing); /* NULL is fine */

typedef struct {
    size_t rounds; /* through all outfits; 0: the first step alone, without the other two */
    uint64_t seed; /* of the order of outfits, and of those drawn in the third step */
} weft_pairing_options;

extern const weft_pairing_options WEFT_PAIRING_OPTIONS_DEFAULT;

/* Learns; options NULL: the default ones. A kind may be in an outfit more than once; how well it
 * goes with itself is taken from counts alone (data sets drop such pieces, Polyvore's all of
 * them). Nothing is kept of the outfits. The same outfits and seed give the same weights on one
 * machine. A second for 100,000 pieces of 100 kinds; 18 bytes a pair of kinds. Fails with
 * WEFT_E_INVALID (no outfit of two pieces; a kind whose name weft_kind_name_is_valid refuses),
 * WEFT_E_LIMIT, WEFT_E_CONFLICT (a name of two kinds), WEFT_E_NOMEM. */
weft_status weft_pairing_learn(weft_pairing **pairing, const weft_outfits *outfits,
                               const weft_pairing_options *options, weft_err *err);

/* ---- kinds ---- */

size_t weft_pairing_kinds(const weft_pairing *pairing);
size_t weft_pairing_outfits(const weft_pairing *pairing); /* that it was learned from */
size_t weft_pairing_pieces(const weft_pairing *pairing);  /* of those outfits */
/* kind < weft_pairing_kinds; in the order of their names. */
const char *weft_pairing_name(const weft_pairing *pairing, uint32_t kind);
/* Of all pieces of the outfits, the share that is of the kind. */
double weft_pairing_share(const weft_pairing *pairing, uint32_t kind);
/* By its name or one of its other names, in any case of ASCII letters; false: not known. */
bool weft_pairing_find(const weft_pairing *pairing, const char *name, uint32_t *kind);

/* ---- scores: natural logarithms of odds; higher is better, 0 as by chance ---- */

float weft_pairing_pair(const weft_pairing *pairing, uint32_t a, uint32_t b); /* symmetric */
/* kinds[n], any order; 0 for fewer than two. */
float weft_pairing_outfit(const weft_pairing *pairing, const uint32_t *kinds, size_t n);
/* What a piece of the kind would add to an outfit of kinds[n]: its own weight and its pairs.
 * Comparable among kinds for one outfit. */
float weft_pairing_addition(const weft_pairing *pairing, const uint32_t *kinds, size_t n,
                            uint32_t kind);

/* ---- as a table ----
 *
 *   # a comment
 *   outfits 16983
 *   offset 15
 *   Backpacks, Rucksacks | 1511 | 8 | -310
 *   Tshirts | 1901 | -12 | 43 -280
 *
 * A line for each kind, in the order of names: its name and other names, pieces of it among
 * the outfits, its own weight, and its weights with the kinds of the lines before and with
 * itself. Weights are in hundredths. */

/* Fails with WEFT_E_FORMAT, WEFT_E_LIMIT or WEFT_E_CONFLICT (a name of two kinds), which name
 * the line, or WEFT_E_NOMEM. */
weft_status weft_pairing_parse(weft_pairing **pairing, weft_str text, weft_err *err);
/* Appends the table; what is read back is the same pairing. weft_buf_ok tells of memory. */
void weft_pairing_write(const weft_pairing *pairing, weft_buf *out);

/* The table that weft has, learned from Polyvore's training outfits, with kinds named as in
 * kind_names.h. */
weft_str weft_pairing_default(void);

#endif
