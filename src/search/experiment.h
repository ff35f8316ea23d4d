/* experiment.h - two ways to rank, each for its part of the users, and whether what users do
 * differs.
 *
 *   {"name": "diverse-2026", "share_b": 0.5, "a": {}, "b": {"diversity": 0.4}}
 *
 * With "interleave": true every user of the experiment sees both rankings in one list
 * (interleave.h), and what is counted is whose results they take. Arms may then differ in
 * fusion and diversity alone: what matches must be the same.
 *
 * An arm sets fusion, diversity, collapse or understand of searches that do not say these
 * themselves. share_b of the users are arm b's (default half; interleaved: all see both). A user
 * is always in the same arm, decided by a hash of the experiment's name and the user's id;
 * searches without a user are arm a's and not counted. */
#ifndef WEFT_SEARCH_EXPERIMENT_H
#define WEFT_SEARCH_EXPERIMENT_H

#include <jansson.h>

#include "base/arena.h"
#include "base/status.h"
#include "search/score.h"

/* What an arm sets; NAN and -1: leaves as it is. */
typedef struct {
    double diversity;
    int fusion, collapse;
    int64_t understand; /* WEFT_UNDERSTAND_... */
} weft_arm;

typedef struct {
    const char *name;
    double share_b; /* of the users, 0 to 1; interleaved: who see both, while others see a's */
    bool is_interleaved;
    weft_arm arms[2];
} weft_experiment;

/* Reads one from JSON text into the arena. WEFT_E_FORMAT or WEFT_E_INVALID, which name the
 * field, or WEFT_E_NOMEM. */
weft_status weft_experiment_parse(weft_experiment *experiment, const char *text, size_t n,
                                  weft_arena *arena, weft_err *err);

/* 0: arm a, 1: arm b. The same on every machine and in every version. */
int weft_experiment_arm(const weft_experiment *experiment, const char *user_id);

/* ---- is a difference real? ---- */

/* A sample's sums; begin with all zero. */
typedef struct {
    size_t n;
    double sum, squares;
} weft_sample;

void weft_sample_add(weft_sample *sample, double value);
double weft_sample_mean(const weft_sample *sample); /* 0 of an empty one */

/* b's mean less a's, its 95 % interval, and how likely so large a difference would be if there
 * were none: Welch's unequal variances test (Biometrika 34, 1947) with the normal
 * distribution, which from some hundred users a side on is near enough. p is 1 while one side
 * has fewer than 2. */
typedef struct {
    double difference, low, high, p;
} weft_comparison_of_means;

weft_comparison_of_means weft_compare_means(const weft_sample *a, const weft_sample *b);

/* The same of one sample against a mean that no difference would give. */
weft_comparison_of_means weft_compare_mean_with(const weft_sample *sample, double expected);

/* How many users a side would be needed to see the difference that there is, if it is real, in
 * 8 of 10 experiments (power .8, level .05); 0: there is none. */
double weft_users_needed(const weft_sample *a, const weft_sample *b);

#endif
