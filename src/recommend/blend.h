/* blend.h - the weights of a blend, learned from what users chose.
 *
 * First a conditional logit (McFadden, "Conditional Logit Analysis of Qualitative Choice
 * Behavior", 1974): of her candidates a user takes i with probability exp(w . z_i) / sum_j
 * exp(w . z_j); the likelihood of what was chosen has one maximum, which Newton's method finds.
 * It minds all candidates, while a list shows ten. So from there, and from each part alone, a
 * pattern search (Hooke and Jeeves, "Direct Search", 1961) goes on by nDCG of the first ten: on
 * what it learns from, a blend is never worse than one of its parts. */
#ifndef WEFT_RECOMMEND_BLEND_H
#define WEFT_RECOMMEND_BLEND_H

#include "recommend/recommend.h"

/* What a user had before her, and what she took of it. */
typedef struct {
    size_t first, count; /* candidates of the choices */
} weft_blend_set;

/* Choices, one set after another; the caller owns the struct: all 0 to begin with. */
typedef struct {
    float (*z)[WEFT_PART_COUNT]; /* [count] of all candidates, standardised in their set */
    bool *is_chosen;             /* [count] */
    size_t count, capacity;
    weft_blend_set *sets; /* [set_count] */
    size_t set_count, set_capacity;
} weft_blend_choices;

void weft_blend_choices_deinit(weft_blend_choices *choices);

/* Of candidates z[n] a user took those that is_chosen says. When it was none, or all, nothing can
 * be learned, and nothing is kept. WEFT_E_NOMEM. */
weft_status weft_blend_choices_add(weft_blend_choices *choices, const float (*z)[WEFT_PART_COUNT],
                                   const bool *is_chosen, size_t n, weft_err *err);

/* nDCG of the first ten by these weights, mean of all sets. */
double weft_blend_gain(const weft_blend_choices *choices, const weft_recommend_weights *weights);

/* WEFT_E_INVALID when there are fewer than WEFT_BLEND_MIN_SETS: that says too little. */
enum { WEFT_BLEND_MIN_SETS = 50 };
weft_status weft_blend_fit(const weft_blend_choices *choices, weft_recommend_weights *weights,
                           weft_err *err);

#endif
