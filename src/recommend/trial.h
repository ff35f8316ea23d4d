/* trial.h - how good recommendations are, by what users went on to buy.
 *
 * Events are split at a moment: what was before is known, to the crowd and of each user;
 * what a user purchased afterwards, of products that she had not dealt with before, is what a
 * list of recommendations made at that moment should hold. */
#ifndef WEFT_RECOMMEND_TRIAL_H
#define WEFT_RECOMMEND_TRIAL_H

#include <stdatomic.h>

#include "recommend/blend.h"

/* An event of a product that the shelf has. */
typedef struct {
    uint32_t user, row;
    float weight;
    int64_t at;
} weft_log_entry;

/* A whole log in memory. */
typedef struct {
    weft_log_entry *entries; /* [count] in order of time */
    size_t count;
    const char **user_ids; /* [users] */
    size_t users;
    weft_arena arena;
} weft_event_log;

/* Reads all events of the store; those of products that are not there are left out. Deinit also
 * after a failure. Fails as the store does. */
weft_status weft_event_log_read(weft_event_log *log, weft_store *store, const weft_catalog *catalog,
                                weft_err *err);
void weft_event_log_deinit(weft_event_log *log);

/* Trains on entries [0, n): weights of a user's events with one product are added. */
weft_status weft_event_log_train(const weft_event_log *log, size_t n, const weft_catalog *catalog,
                                 const weft_collaborative_options *options,
                                 weft_collaborative **model, weft_err *err);

/* A list of results is judged at this length. */
enum { WEFT_TRIAL_DEPTH = 10 };

/* Sums over users; divide by users. */
typedef struct {
    size_t users;
    double hits;       /* a purchased product is among the first ten */
    double reciprocal; /* 1 / place of the first one (of the first ten) */
    double ndcg;
    double diversity;  /* 1 - mean cosine of two of the ten */
    double novelty;    /* mean of -log2 of the share of users who dealt with a product; of one
                        * that nobody did, as if half a user had */
    double popularity; /* mean rank of the ten by popularity: 1 is the most popular, 0 the least */
    size_t shown;      /* distinct products, of all lists: coverage */
} weft_trial_result;

typedef struct {
    const weft_shelf *shelf;
    const weft_event_log *log;
    double split;      /* of the events that are known; 0: 0.8 */
    double until;      /* of the events that are looked at; 0: 1, all */
    size_t users;      /* at most so many are judged, spread evenly; 0: all */
    size_t seen_least; /* events that a user must have before; 0: 1 */
    bool as_served;    /* with the diversity and shares of /recommendations */
    const weft_recommend_weights *weights;
    const weft_collaborative *model; /* trained on what is known */
    const atomic_bool *cancel;
    void (*on_progress)(void *context, size_t done, size_t all);
    void *context;
} weft_trial;

/* How many entries are known at the split; those of one moment are on one side of it. */
size_t weft_trial_known(const weft_trial *trial);

/* Judges the ways of ways[n] into results[n]. WEFT_E_INVALID (no user bought anything new
 * afterwards), WEFT_E_CANCELLED, WEFT_E_NOMEM. */
weft_status weft_trial_run(const weft_trial *trial, const weft_recommend_way *ways, size_t n,
                           weft_trial_result *results, weft_err *err);

/* Adds what the judged users went on to buy, of what could have been recommended to them, to
 * choices from which weights are learned. Fails as weft_trial_run does. */
weft_status weft_trial_choices(const weft_trial *trial, weft_blend_choices *choices, weft_err *err);

#endif
