/* pairing_eval.h - how well scores of outfits tell what people put together.
 *
 * An exam is made of outfits that were not learned from, by two rules of the literature (Han et
 * al., "Learning Fashion Compatibility with Bidirectional LSTMs", 2017; Vasileva et al., 2018),
 * at the level of kinds:
 *
 *   compatibility       every outfit against `draws` others of as many kinds, drawn at random,
 *                       each kind as often as it is among the exam's pieces. AUC: the chance
 *                       that a real outfit scores higher than a drawn one, of all pairs of
 *                       those; a tie is half.
 *   fill in the blank   `draws` times for every outfit, one of its kinds is taken out; which of
 *                       four was it? The three others are drawn likewise. The share of right
 *                       answers; m kinds tied for the best are 1 / m.
 *
 * An outfit is its kinds, each once: no outfit of Polyvore has a category twice, so a kind drawn
 * twice would give a drawn outfit away. For the same reason the three others are kinds that are
 * not in the outfit. */
#ifndef WEFT_RECOMMEND_PAIRING_EVAL_H
#define WEFT_RECOMMEND_PAIRING_EVAL_H

#include "base/arena.h"
#include "recommend/pairing.h"

/* Higher is better. Kinds that a scorer does not know say nothing. */
typedef struct {
    double (*score)(void *context, const char *const *kinds, size_t n);
    void *context;
} weft_outfit_scorer;

/* The pairing's scores. It must outlive the scorer. */
weft_outfit_scorer weft_scorer_pairing(const weft_pairing *pairing);
/* The baseline: the sum of log shares, as if kinds that are worn most went with everything. */
weft_outfit_scorer weft_scorer_popularity(const weft_pairing *pairing);
/* Nothing at all; *state as in index_random.h. */
weft_outfit_scorer weft_scorer_random(uint64_t *state);

typedef struct {
    const char *const *kinds; /* [n], each once */
    size_t n;
} weft_exam_outfit;

enum { WEFT_EXAM_CHOICES = 4, WEFT_EXAM_MAX_DRAWS = 1000, WEFT_EXAM_BINS = 20 };

typedef struct {
    weft_exam_outfit outfits[WEFT_EXAM_CHOICES]; /* with each choice in the last place */
} weft_exam_question;                            /* the first is the real one */

/* Immutable, in an arena. */
typedef struct {
    const weft_exam_outfit *real, *drawn; /* [real_count], [drawn_count] */
    size_t real_count, drawn_count;
    const weft_exam_question *questions; /* [question_count] */
    size_t question_count;
} weft_outfit_exam;

/* The same exam for the same outfits, draws and seed. The outfits' strings must outlive it.
 * Outfits of fewer than two kinds are left out. Fails with WEFT_E_INVALID (draws; no outfit of
 * two kinds, too few kinds), WEFT_E_LIMIT (an outfit's pieces), WEFT_E_NOMEM. */
weft_status weft_outfit_exam_make(weft_outfit_exam *exam, const weft_outfits *outfits, size_t draws,
                                  uint64_t seed, weft_arena *arena, weft_err *err);

typedef struct {
    double auc, auc_error; /* with standard errors, as if only outfits were counted, not draws */
    double fitb, fitb_error;
    double low, high; /* of the bins: the first and last hundredth of scores lie beyond */
    size_t real_bins[WEFT_EXAM_BINS], drawn_bins[WEFT_EXAM_BINS];
} weft_exam_result;

/* WEFT_E_NOMEM. */
weft_status weft_outfit_exam_take(const weft_outfit_exam *exam, const weft_outfit_scorer *scorer,
                                  weft_exam_result *result, weft_err *err);

#endif
