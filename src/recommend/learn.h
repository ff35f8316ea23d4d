/* learn.h - learning from all of a shop's events what recommendations are made of. */
#ifndef WEFT_RECOMMEND_LEARN_H
#define WEFT_RECOMMEND_LEARN_H

#include "recommend/learning.h"
#include "recommend/trial.h"

/* How far it is: what is done now, and the part of it that is done, 0 to 1. */
typedef struct {
    void (*on_step)(void *context, const char *what);
    void (*on_progress)(void *context, double done);
    void *context;
    const atomic_bool *cancel;
} weft_learn_watch;

/* Weights of a blend for lists made when `split` of the log was known, from what users chose in
 * the last parts of that: a fifth and a tenth. Fails as weft_trial_choices and weft_blend_fit do:
 * with WEFT_E_INVALID when the log says too little. */
weft_status weft_learn_weights(const weft_shelf *shelf, const weft_event_log *log, double split,
                               size_t users, const weft_learn_watch *watch,
                               weft_recommend_weights *weights, weft_err *err);

/* Learns factors from the first `known` entries, telling the watch. */
weft_status weft_learn_factors(const weft_event_log *log, size_t known, const weft_catalog *catalog,
                               const weft_learn_watch *watch, weft_collaborative **model,
                               weft_err *err);

/* Learns all: weights where the log says enough, else the default ones, and factors from every
 * event. WEFT_E_INVALID when there are no events. Deinit after success. */
weft_status weft_learn(const weft_shelf *shelf, const weft_event_log *log,
                       const weft_learn_watch *watch, weft_learning *learning, weft_err *err);

#endif
