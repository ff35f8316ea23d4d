#include "sync/live.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

struct weft_live {
    weft_live_options options;
    char *data_folder;
    char embedding_model[WEFT_EMBEDDING_MODEL_SIZE];
    size_t dim;

    pthread_mutex_t lock; /* of snapshot, and of the wait for stopping */
    pthread_cond_t wake;
    weft_snapshot *snapshot;
    atomic_bool stopping; /* also cancels an embedding run */

    pthread_t thread;
    bool has_thread;
};

static void publish(weft_live *live, weft_snapshot *fresh) {
    pthread_mutex_lock(&live->lock);
    weft_snapshot *old = live->snapshot;
    live->snapshot = fresh;
    pthread_mutex_unlock(&live->lock);
    weft_snapshot_release(old);
}

weft_snapshot *weft_live_acquire(weft_live *live) {
    pthread_mutex_lock(&live->lock);
    weft_snapshot *snapshot = live->snapshot;
    weft_snapshot_hold(snapshot);
    pthread_mutex_unlock(&live->lock);
    return snapshot;
}

/* Brings embeddings and snapshot up to the store's present change. Only this
 * thread writes live->snapshot, so it may read it without the lock. */
static weft_status follow(weft_live *live, weft_err *err) {
    uint64_t seq;
    weft_status status = weft_store_change_seq(live->options.store, &seq, err);
    if (status || seq == live->snapshot->change_seq) return status;

    weft_embed_options embed = {
        .store = live->options.store,
        .model = live->options.model,
        .data_folder = live->data_folder,
        .workers = 1, /* the other processors serve searches */
        .hybrid_weight = live->options.hybrid_weight,
        .cancel = &live->stopping,
    };
    weft_embed_report report;
    status = weft_embed_run(&embed, &report, err);
    if (status) return status;
    weft_snapshot *fresh;
    status = weft_snapshot_load(&fresh, live->options.store, live->embedding_model, live->dim, err);
    if (!status) publish(live, fresh);
    return status;
}

/* Sleeps until the next look; false when it is time to stop. */
static bool wait_for_next(weft_live *live) {
    double seconds = live->options.poll_seconds > 0 ? live->options.poll_seconds : 0.5;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)seconds;
    until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;

    pthread_mutex_lock(&live->lock);
    while (!atomic_load(&live->stopping) &&
           pthread_cond_timedwait(&live->wake, &live->lock, &until) != ETIMEDOUT) {
    }
    pthread_mutex_unlock(&live->lock);
    return !atomic_load(&live->stopping);
}

static void *live_main(void *argument) {
    weft_live *live = argument;
    do {
        weft_err err = {0};
        weft_status status = follow(live, &err);
        if (status && !atomic_load(&live->stopping) && live->options.on_error)
            live->options.on_error(live->options.context, &err);
    } while (wait_for_next(live));
    return NULL;
}

weft_status weft_live_start(weft_live **out, const weft_live_options *options, weft_err *err) {
    weft_live *live = weft_calloc(1, sizeof *live);
    if (!live) return weft_fail(err, WEFT_E_NOMEM, "live index");
    live->options = *options;
    live->dim = weft_clip_model_info(options->model).dim;
    weft_embedding_model_name(options->model, live->embedding_model);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&live->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&live->lock, NULL);

    weft_status status = WEFT_OK;
    live->data_folder = weft_strdup(options->data_folder);
    if (!live->data_folder) status = weft_fail(err, WEFT_E_NOMEM, "live index");
    if (!status)
        status = weft_snapshot_load(&live->snapshot, options->store, live->embedding_model,
                                    live->dim, err);
    if (!status && pthread_create(&live->thread, NULL, live_main, live) != 0)
        status = weft_fail(err, WEFT_E_INTERNAL, "cannot start the sync thread");
    if (status) {
        weft_live_stop(live);
        return status;
    }
    live->has_thread = true;
    *out = live;
    return WEFT_OK;
}

void weft_live_stop(weft_live *live) {
    if (!live) return;
    if (live->has_thread) {
        pthread_mutex_lock(&live->lock);
        atomic_store(&live->stopping, true);
        pthread_cond_signal(&live->wake);
        pthread_mutex_unlock(&live->lock);
        pthread_join(live->thread, NULL);
    }
    weft_snapshot_release(live->snapshot);
    pthread_cond_destroy(&live->wake);
    pthread_mutex_destroy(&live->lock);
    weft_free(live->data_folder);
    weft_free(live);
}
