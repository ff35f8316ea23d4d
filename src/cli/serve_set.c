#include "cli/serve_set.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static const double look_seconds = 1, first_pause = 2, longest_pause = 60;

/* A set with fewer products without an embedding than this share is complete: new ones are
 * embedded all the time. */
enum { INCOMPLETE_SHARE = 1000 };

/* ---- opening ---- */

static void log_sync_error(void *context, const weft_err *err) {
    (void)context;
    weft_log(WEFT_LOG_ERROR, "sync: %s", err->message);
}

/* Every tenth part, so that a log stays readable. */
static void log_filling(void *context, size_t done, size_t total) {
    size_t part = total / 10 ? total / 10 : 1;
    (void)context;
    if (done % part == 0 || done == total)
        weft_log(WEFT_LOG_INFO, "filling the index engine: %zu of %zu products", done, total);
}

/* *engine stays NULL when vectors are searched in this process. */
static weft_status open_engine(const weft_cli_serve_options *options, weft_store *store,
                               const weft_clip_model *model, weft_engine **engine, weft_err *err) {
    char embedding_model[WEFT_EMBEDDING_MODEL_SIZE];
    const char *url = options->index_engine;
    *engine = NULL;
    if (!url || strcmp(url, "memory") == 0) return WEFT_OK;
    weft_embedding_model_name(model, embedding_model);
    const weft_engine_options open = {
        .store = store, .embedding_model = embedding_model, .dim = weft_clip_model_info(model).dim};
    return weft_engine_open(engine, url, &open, err);
}

weft_status weft_serve_set_open(const weft_cli *cli, weft_store *store, weft_clip_model *model,
                                const weft_cli_serve_options *options, weft_serving **serving,
                                weft_err *err) {
    weft_engine *engine;
    weft_status status = open_engine(options, store, model, &engine, err);
    if (status) {
        weft_clip_model_free(model);
        return status;
    }
    const weft_serving_options open = {
        .model = model,
        .engine = engine,
        .encoders = options->encoders,
        .live = {.store = store,
                 .data_folder = cli->data_folder,
                 .hybrid_weight = options->hybrid_weight,
                 .on_filling = log_filling,
                 .on_error = log_sync_error},
    };
    return weft_serving_new(serving, &open, err);
}

/* ---- turning to another ---- */

/* Is this still the set that the store wants served? Also when it cannot be asked. */
static bool is_wanted(const weft_serve_watch *watch, const char *embedding_model) {
    weft_arena arena;
    weft_store_set set;
    weft_arena_init(&arena, 0);
    bool is = weft_store_serving_set(watch->store, &arena, &set, NULL) ||
              strcmp(set.embedding_model, embedding_model) == 0;
    weft_arena_deinit(&arena);
    return is;
}

static bool is_complete(weft_serving *serving) {
    weft_snapshot *snapshot = weft_live_acquire(serving->live);
    bool is = snapshot->pending <= weft_catalog_rows(snapshot->catalog) / INCOMPLETE_SHARE;
    weft_snapshot_release(snapshot);
    return is;
}

/* Waits while the new one embeds what it has not; false when it is not wanted any more. */
static bool wait_until_complete(const weft_serve_watch *watch, weft_serving *fresh) {
    for (int tenths = 1; !is_complete(fresh); tenths++) {
        if (atomic_load(watch->stop)) return false;
        if (tenths % 10 == 0 && !is_wanted(watch, fresh->embedding_model)) return false;
        usleep(100 * 1000);
    }
    return true;
}

static weft_status open_set(const weft_serve_watch *watch, const weft_store_set *set,
                            weft_serving **fresh, weft_err *err) {
    char embedding_model[WEFT_EMBEDDING_MODEL_SIZE];
    weft_clip_model *model = NULL;
    /* Not made known to the store: a model of that name that is another has no set. */
    weft_status status = weft_cli_open_named_model(watch->cli, NULL, set->model, &model, err);
    if (status) return status;
    weft_embedding_model_name(model, embedding_model);
    if (strcmp(embedding_model, set->embedding_model) != 0) {
        weft_clip_model_free(model);
        return weft_fail(err, WEFT_E_CONFLICT, "the model at %s is %s", set->model,
                         embedding_model);
    }
    return weft_serve_set_open(watch->cli, watch->store, model, watch->options, fresh, err);
}

static weft_status turn_to(weft_serve_watch *watch, const weft_store_set *set, weft_err *err) {
    weft_serving *fresh = NULL;
    weft_log(WEFT_LOG_INFO, "turning from %s to %s", watch->serving->embedding_model,
             set->embedding_model);
    weft_status status = open_set(watch, set, &fresh, err);
    if (status) return status;
    if (!wait_until_complete(watch, fresh)) {
        weft_serving_free(fresh);
        return WEFT_OK; /* the next look sees what is wanted now */
    }
    weft_serving_free(weft_api_exchange(watch->api, fresh));
    watch->serving = fresh;
    weft_log(WEFT_LOG_INFO, "serving %s", fresh->embedding_model);
    return WEFT_OK;
}

void weft_serve_watch_look(weft_serve_watch *watch) {
    weft_arena arena;
    weft_store_set set;
    weft_err err = {0};
    if (watch->cli->model || weft_clock_seconds() < watch->next_look) return;
    weft_arena_init(&arena, 0);
    weft_status status = WEFT_OK;
    /* A database that is away is told by the sync thread. */
    bool has_set = weft_store_serving_set(watch->store, &arena, &set, NULL) == WEFT_OK;
    if (has_set && strcmp(set.embedding_model, watch->serving->embedding_model) != 0)
        status = turn_to(watch, &set, &err);
    if (status)
        weft_log(WEFT_LOG_ERROR, "cannot serve %s, still serving %s: %s", set.embedding_model,
                 watch->serving->embedding_model, err.message);
    double doubled = watch->pause > 0 ? watch->pause * 2 : first_pause;
    watch->pause = !status ? 0 : doubled < longest_pause ? doubled : longest_pause;
    watch->next_look = weft_clock_seconds() + (status ? watch->pause : look_seconds);
    weft_arena_deinit(&arena);
}
