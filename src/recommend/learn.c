#include "recommend/learn.h"

#include <stdio.h>

#include "base/clock.h"

enum { MAX_JUDGED = 5000 /* users whose choices weights are learned from, of each part */ };

static void tell(const weft_learn_watch *watch, const char *what) {
    if (watch->on_step) watch->on_step(watch->context, what);
}

static void pass_on(void *context, size_t done, size_t all) {
    const weft_learn_watch *watch = context;
    if (watch->on_progress) watch->on_progress(watch->context, (double)done / (double)all);
}

weft_status weft_learn_factors(const weft_event_log *log, size_t known, const weft_catalog *catalog,
                               const weft_learn_watch *watch, weft_collaborative **model,
                               weft_err *err) {
    const weft_collaborative_options options = {
        .on_progress = watch->on_progress, .context = watch->context, .cancel = watch->cancel};
    tell(watch, "learning tastes");
    return weft_event_log_train(log, known, catalog, &options, model, err);
}

weft_status weft_learn_weights(const weft_shelf *shelf, const weft_event_log *log, double split,
                               size_t users, const weft_learn_watch *watch,
                               weft_recommend_weights *weights, weft_err *err) {
    static const double parts[] = {0.8, 0.9};
    weft_blend_choices choices = {0};
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !status; i++) {
        weft_trial trial = {.shelf = shelf,
                            .log = log,
                            .split = split * parts[i],
                            .until = split,
                            .users = users,
                            .cancel = watch->cancel,
                            .on_progress = pass_on,
                            .context = (void *)(uintptr_t)watch};
        weft_collaborative *model = NULL;
        status =
            weft_learn_factors(log, weft_trial_known(&trial), shelf->catalog, watch, &model, err);
        trial.model = model;
        tell(watch, "looking at choices");
        if (!status) status = weft_trial_choices(&trial, &choices, err);
        weft_collaborative_free(model);
    }
    tell(watch, "weighing");
    if (!status) status = weft_blend_fit(&choices, weights, err);
    weft_blend_choices_deinit(&choices);
    return status;
}

weft_status weft_learn(const weft_shelf *shelf, const weft_event_log *log,
                       const weft_learn_watch *watch, weft_learning *learning, weft_err *err) {
    weft_err why = {0};
    *learning = (weft_learning){
        .weights = weft_recommend_default_weights, .events = log->count, .users = log->users};
    if (!log->count)
        return weft_fail(err, WEFT_E_INVALID,
                         "there are no events to learn from: see weft import "
                         "transactions, or weft users synth");
    weft_status status =
        weft_learn_weights(shelf, log, 1, MAX_JUDGED, watch, &learning->weights, &why);
    learning->is_fitted = status == WEFT_OK;
    /* A small log says too little to weigh by. */
    if (status && status != WEFT_E_INVALID) {
        if (err) *err = why;
        return status;
    }
    char now[WEFT_TIMESTAMP_SIZE];
    weft_clock_timestamp(now);
    snprintf(learning->learned_at, sizeof learning->learned_at, "%s", now);
    return weft_learn_factors(log, log->count, shelf->catalog, watch, &learning->model, err);
}
