#include "sync/live.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "sync/snapshot_file.h"
#include "sync/synonyms_file.h"

enum {
    IVF_FROM = 4000, /* below this many products an exact search takes part of a millisecond */
    /* Changes that the next start would have to repeat, from which on indexes are saved again:
     * meanwhile, and when stopping. */
    SAVE_AFTER = 20000,
    SAVE_WHEN_STOPPING = 2000,
};

struct weft_live {
    weft_live_options options;
    char *data_folder;
    char index_folder[PATH_MAX];
    char embedding_model[WEFT_EMBEDDING_MODEL_SIZE];
    weft_snapshot_options snapshots; /* how they are made; the sync thread's */
    weft_snapshot_options builds;    /* as they were when the builder began */
    weft_synonyms_file *synonyms;    /* the sync thread's */

    pthread_mutex_t lock; /* of what follows, and of the wait for stopping */
    pthread_cond_t wake;
    weft_snapshot *snapshot;
    weft_snapshot *built;   /* what the builder has made, not yet published */
    weft_snapshot *to_save; /* what the builder is to save, instead of building */
    uint64_t saved_seq;     /* the change up to which indexes are saved; 0: none are */
    bool is_building;

    atomic_bool stopping; /* also cancels an embedding run and a build */
    uint64_t checked_seq; /* embeddings were looked at up to this change; the sync thread's */
    pthread_t thread, builder;
    bool has_thread, has_builder;
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

/* Embeds what changed since it did so last; the first time whatever is out of date, because
 * no one knows what happened while no server ran. seq is the store's change number before:
 * what is committed meanwhile is looked at the next time. */
static weft_status embed_changes(weft_live *live, uint64_t seq, weft_err *err) {
    weft_embed_options embed = {
        .store = live->options.store,
        .model = live->options.model,
        .data_folder = live->data_folder,
        .since = live->checked_seq,
        .workers = 1, /* the other processors serve searches */
        .hybrid_weight = live->options.hybrid_weight,
        .cancel = &live->stopping,
    };
    weft_embed_report report;
    weft_status status = weft_embed_run(&embed, &report, err);
    if (!status) live->checked_seq = seq;
    return status;
}

/* Brings the engine up to the store, where there is one. */
static weft_status feed_engine(weft_live *live, bool is_first, weft_err *err) {
    const weft_live_options *o = &live->options;
    const weft_engine_watch watch = {.on_progress = is_first ? o->on_filling : NULL,
                                     .context = o->context,
                                     .cancel = &live->stopping};
    if (!o->engine) return WEFT_OK;
    weft_status status = weft_engine_follow(o->engine, &watch, err);
    return status ? weft_fail_in(err, status, "index engine %s", weft_engine_name(o->engine))
                  : WEFT_OK;
}

/* The snapshot after `from`, or NULL when from is up to date. */
static weft_status next_snapshot(weft_live *live, weft_snapshot *from, weft_snapshot **fresh,
                                 weft_err *err) {
    weft_status status = weft_snapshot_follow(fresh, from, &live->snapshots, err);
    if (status != WEFT_E_LIMIT) return status;
    weft_snapshot_options exact = live->snapshots;
    exact.ivf_from = 0; /* at once; the builder will see that it is worn */
    return weft_snapshot_load(fresh, &exact, err);
}

static void tell(const weft_live *live, weft_status status, const weft_err *err) {
    if (status && !atomic_load(&live->stopping) && live->options.on_error)
        live->options.on_error(live->options.context, err);
}

/* ---- building and saving indexes, beside everything else ---- */

static weft_status save(weft_live *live, const weft_snapshot *snapshot, weft_err *err) {
    weft_status status = weft_snapshot_save(snapshot, &live->builds, live->index_folder, err);
    if (status == WEFT_E_UNSUPPORTED) return WEFT_OK; /* exact ones are quickly made */
    if (status) return weft_fail_in(err, status, "saving the indexes");
    pthread_mutex_lock(&live->lock);
    live->saved_seq = snapshot->change_seq;
    pthread_mutex_unlock(&live->lock);
    return WEFT_OK;
}

static void *build_main(void *argument) {
    weft_live *live = argument;
    weft_snapshot *built = NULL;
    weft_err err = {0};
    weft_status status = WEFT_OK;
    if (!live->to_save) status = weft_snapshot_load(&built, &live->builds, &err);
    if (!status) status = save(live, built ? built : live->to_save, &err);
    tell(live, status, &err);
    pthread_mutex_lock(&live->lock);
    weft_snapshot_release(live->to_save);
    live->to_save = NULL;
    live->built = built;
    live->is_building = false;
    pthread_cond_signal(&live->wake);
    pthread_mutex_unlock(&live->lock);
    return NULL;
}

static void join_builder(weft_live *live) {
    if (live->has_builder) pthread_join(live->builder, NULL);
    live->has_builder = false;
}

/* What the builder made is as old as its beginning: it follows the changes since, then it
 * is published. */
static weft_status publish_built(weft_live *live, weft_err *err) {
    pthread_mutex_lock(&live->lock);
    weft_snapshot *built = live->built;
    live->built = NULL;
    pthread_mutex_unlock(&live->lock);
    if (!built) return WEFT_OK;
    join_builder(live);
    while (built->change_seq < live->snapshot->change_seq) {
        weft_snapshot *fresh;
        weft_status status = next_snapshot(live, built, &fresh, err);
        if (status) {
            weft_snapshot_release(built);
            return status;
        }
        if (!fresh) break;
        weft_snapshot_release(built);
        built = fresh;
    }
    publish(live, built);
    return WEFT_OK;
}

/* Has so much changed since indexes were saved? Exact ones never are. */
static bool is_behind(const weft_live *live, uint64_t saved_seq, uint64_t changes) {
    return saved_seq != 0 && live->snapshot->change_seq - saved_seq > changes;
}

static weft_status build_or_save(weft_live *live, weft_err *err) {
    pthread_mutex_lock(&live->lock);
    bool is_busy = live->is_building || live->built;
    uint64_t saved_seq = live->saved_seq;
    pthread_mutex_unlock(&live->lock);
    if (is_busy) return WEFT_OK;
    bool is_worn = weft_snapshot_is_worn(live->snapshot, &live->snapshots);
    if (!is_worn && !is_behind(live, saved_seq, SAVE_AFTER)) return WEFT_OK;
    join_builder(live); /* the one before */
    if (!is_worn) {
        live->to_save = live->snapshot;
        weft_snapshot_hold(live->to_save);
    }
    live->is_building = true;
    live->builds = live->snapshots;
    if (pthread_create(&live->builder, NULL, build_main, live) != 0) {
        weft_snapshot_release(live->to_save);
        live->to_save = NULL;
        live->is_building = false;
        return weft_fail(err, WEFT_E_INTERNAL, "cannot start the thread that builds indexes");
    }
    live->has_builder = true;
    return WEFT_OK;
}

/* Saved indexes are used when they are good; else exact ones are, which are ready at once,
 * until the builder has made others. */
static weft_status load_first(weft_live *live, weft_err *err) {
    weft_err why = {0};
    weft_snapshot_saved saved = {0};
    if (live->options.engine) {
        weft_status fed = feed_engine(live, true, err);
        return fed ? fed : weft_snapshot_load(&live->snapshot, &live->snapshots, err);
    }
    weft_status status = weft_snapshot_look(&saved, live->index_folder, &why);
    bool is_first_start = status == WEFT_E_NOT_FOUND;
    if (!status)
        status = weft_snapshot_open(&live->snapshot, &live->snapshots, live->index_folder, &why);
    live->saved_seq = status ? 0 : saved.change_seq;
    if (!status) return WEFT_OK;
    if (!is_first_start) {
        weft_fail_in(&why, status, "saved indexes are not used");
        tell(live, status, &why);
    }
    weft_snapshot_options exact = live->snapshots;
    exact.ivf_from = 0;
    return weft_snapshot_load(&live->snapshot, &exact, err);
}

/* ---- following the store ---- */

/* Brings embeddings and snapshot up to the store's present change. Only this
 * thread writes live->snapshot, so it may read it without the lock. */
static weft_status follow(weft_live *live, weft_err *err) {
    uint64_t seq;
    weft_err why = {0};
    tell(live, weft_synonyms_file_look(live->synonyms, &why), &why);
    live->snapshots.synonyms = weft_synonyms_file_current(live->synonyms);
    bool is_other = live->snapshots.synonyms != live->snapshot->synonyms;
    weft_status status = weft_store_change_seq(live->options.store, &seq, err);
    if (!status && (seq != live->snapshot->change_seq || seq != live->checked_seq || is_other)) {
        weft_snapshot *fresh = NULL;
        status = embed_changes(live, seq, err);
        if (!status) status = feed_engine(live, false, err);
        if (!status) status = next_snapshot(live, live->snapshot, &fresh, err);
        if (!status && fresh) publish(live, fresh);
    }
    if (!status) status = publish_built(live, err);
    if (!status) status = build_or_save(live, err);
    return status;
}

/* Sleeps until the next look; false when it is time to stop. */
static bool wait_for_next(weft_live *live) {
    double seconds = live->options.poll_seconds > 0 ? live->options.poll_seconds : 0.2;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)seconds;
    until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;

    pthread_mutex_lock(&live->lock);
    while (!atomic_load(&live->stopping) && !live->built &&
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
        tell(live, status, &err);
    } while (wait_for_next(live));
    return NULL;
}

weft_status weft_live_start(weft_live **out, const weft_live_options *options, weft_err *err) {
    weft_live *live = weft_calloc(1, sizeof *live);
    if (!live) return weft_fail(err, WEFT_E_NOMEM, "live index");
    live->options = *options;
    weft_embedding_model_name(options->model, live->embedding_model);
    live->snapshots = (weft_snapshot_options){
        .store = options->store,
        .embedding_model = live->embedding_model,
        .dim = weft_clip_model_info(options->model).dim,
        .ivf_from = options->ivf_from ? options->ivf_from : IVF_FROM,
        .engine = options->engine,
        .threads = 1, /* as for embedding */
        .cancel = &live->stopping,
    };
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
        status = weft_snapshot_folder(live->index_folder, options->data_folder,
                                      live->embedding_model, err);
    if (!status) status = weft_synonyms_file_open(&live->synonyms, options->data_folder, err);
    if (!status) {
        live->snapshots.synonyms = weft_synonyms_file_current(live->synonyms);
        live->builds = live->snapshots;
        status = load_first(live, err);
    }
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
    join_builder(live);
    weft_err err = {0};
    if (live->has_thread && is_behind(live, live->saved_seq, SAVE_WHEN_STOPPING) &&
        save(live, live->snapshot, &err) && live->options.on_error)
        live->options.on_error(live->options.context, &err);
    weft_snapshot_release(live->built);
    weft_snapshot_release(live->snapshot);
    pthread_cond_destroy(&live->wake);
    pthread_mutex_destroy(&live->lock);
    weft_synonyms_file_close(live->synonyms);
    weft_free(live->data_folder);
    weft_free(live);
}
