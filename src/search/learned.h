/* learned.h - a ranking learned from what users did: LambdaMART (Burges, "From RankNet to
 * LambdaRank to LambdaMART", 2010), trained and evaluated by XGBoost.
 *
 * A model sees of a candidate what a search knows of it (score.h) and what it costs; it was
 * learned from searches that were kept (weft serve --log-searches) and the events that carry
 * their query_id. */
#ifndef WEFT_SEARCH_LEARNED_H
#define WEFT_SEARCH_LEARNED_H

#include "base/arena.h"
#include "base/status.h"
#include "catalog/product.h"
#include "search/score.h"

enum { WEFT_LEARNED_FEATURES = 6 };

/* nearness, words, match, unwanted, log price, year; NAN where not known. */
void weft_learned_features(const weft_signals *signals, const weft_product *product,
                           float features[WEFT_LEARNED_FEATURES]);
extern const char *const weft_learned_feature_names[WEFT_LEARNED_FEATURES];

typedef struct weft_learned weft_learned; /* immutable; any number of threads may score */

/* Reads a model that weft_learned_train wrote. WEFT_E_NOT_FOUND, WEFT_E_FORMAT. */
weft_status weft_learned_open(weft_learned **learned, const char *path, weft_err *err);
void weft_learned_free(weft_learned *learned); /* NULL is fine */

/* scores[n] of features[n][WEFT_LEARNED_FEATURES]: higher is better, comparable within one
 * search only. WEFT_E_INTERNAL when the library fails. */
weft_status weft_learned_score(const weft_learned *learned, const float *features, size_t n,
                               float *scores, weft_err *err);

/* Searches to learn from, one after the other. */
typedef struct {
    const float *features; /* [rows][WEFT_LEARNED_FEATURES] */
    const float *labels;   /* [rows]: 0 nothing, 1 seen, 2 into the cart, 3 bought */
    const unsigned *sizes; /* [searches]: rows of each */
    size_t rows, searches;
} weft_learned_data;

/* Learns from one and stops when it gets no better on the other. WEFT_E_INTERNAL. */
weft_status weft_learned_train(weft_learned **learned, const weft_learned_data *train,
                               const weft_learned_data *valid, weft_err *err);

/* Writes path.json, whole or not at all. WEFT_E_IO. */
weft_status weft_learned_save(const weft_learned *learned, const char *path, weft_err *err);

/* nDCG@10 of labels[n] in the order of scores[n] (equal ones as they stand), with gains of
 * 2^label - 1; 0 when all labels are 0. */
double weft_learned_ndcg(const float *labels, const float *scores, size_t n);

#endif
