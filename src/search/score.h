/* score.h - what is known of a candidate, and the one number that it is ranked by.
 *
 * Cosines of one query lie close together, and elsewhere for each query: they are first
 * measured against the query's own background, the cosines of rows drawn evenly from the
 * whole catalog, in standard deviations above their mean. The parts are then added up with
 * weights that a logistic regression gave on judged queries (docs/quality.md): the sum is the
 * log odds that the product is what was asked for, and relevance its probability. */
#ifndef WEFT_SEARCH_SCORE_H
#define WEFT_SEARCH_SCORE_H

#include "catalog/embedding_kind.h"

typedef enum {
    WEFT_FUSE_SCORES,  /* calibrated scores, added */
    WEFT_FUSE_RANKS,   /* reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009), k = 60 */
    WEFT_FUSE_NONE,    /* the embedding alone */
    WEFT_FUSE_LEARNED, /* by a model that was learned from events (learned.h); where there is
                        * none, scores */
} weft_fusion;

/* The name ("scores", "ranks", "none", "learned"); false when there is none. */
bool weft_fusion_named(const char *name, weft_fusion *fusion);

/* Everything that ranking knows of one candidate. */
typedef struct {
    float cosine[WEFT_KIND_COUNT]; /* with the question; NAN: no such vector, or not asked for */
    float nearness; /* that of the question's kind, in standard deviations above the background;
                     * NAN as above */
    float words;    /* BM25 as a share of the most that the question could give, 0 to 1 */
    float match;    /* share of what was understood that it meets, 0 to 1 */
    float unwanted; /* nearness to what is not wanted, 0 and above */
} weft_signals;

/* Log odds by part; they add up to total. */
typedef struct {
    weft_signals signals;
    float base, visual, text, words, attributes, unwanted, rules;
    float total;
    float relevance; /* 0 to 1: of total without rules */
    float fused;     /* what it is ranked by: total, or the reciprocal ranks */
} weft_score;

/* What a question consists of decides which parts count. */
typedef struct {
    bool has_words;       /* some that are compared with the catalog's */
    bool has_terms_alone; /* nothing but what must hold: no words to compare, no embedding */
    float known; /* share of the words that the catalog knows, by what they say; 0 without any
                  * that say what must hold */
    weft_embedding_kind kind;
} weft_score_question;

/* Fills score from its signals. */
void weft_score_add_up(weft_score *score, const weft_score_question *question);

/* The most that relevance can be of a candidate this near, whatever its words. */
float weft_score_best_relevance(float nearness, const weft_score_question *question);

/* Mean and standard deviation of the cosines of a question with the catalog. */
typedef struct {
    float mean, deviation;
} weft_background;

float weft_background_nearness(const weft_background *background, float cosine);

#endif
