#include "sync/sources.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

enum { LOOK_SECONDS = 2, STANDBY_SECONDS = 1 };
static const double shortest_pause = 0.2, longest_pause = 5, steady_seconds = 10;

/* One source that runs. */
typedef struct runner {
    weft_sources *owner;
    char *name, *url, *spec;
    atomic_bool stop, has_ended, is_failing;
    weft_source_gauge gauge;
    pthread_t thread;
    struct runner *next;
} runner;

struct weft_sources {
    weft_sources_options options;
    atomic_bool stop;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* of the list; only the thread changes it */
    runner *runners;
};

static void tell(const weft_sources *sources, const char *name, const char *what,
                 const weft_err *why) {
    if (sources->options.on_event)
        sources->options.on_event(sources->options.context, name, what, why);
}

/* Sleeps in small pieces; a flag that turns true ends it. */
static void pause_for(double seconds, const atomic_bool *stop) {
    static const struct timespec piece = {.tv_nsec = 50 * 1000 * 1000};
    double until = weft_clock_seconds() + seconds;
    while (!atomic_load(stop) && weft_clock_seconds() < until) nanosleep(&piece, NULL);
}

/* ---- one source ---- */

static void tell_rejected(void *context, const weft_err *why) {
    runner *r = context;
    tell(r->owner, r->name, "rejected", why);
}

static weft_status check_photo(void *context, const void *bytes, size_t n, weft_err *err) {
    const weft_sources_options *o = &((runner *)context)->owner->options;
    return o->check_photo ? o->check_photo(o->context, bytes, n, err) : WEFT_OK;
}

/* One session, from where the store says that it is. */
static weft_status run_session(runner *r, weft_err *err) {
    weft_arena arena;
    weft_store_source *sources;
    size_t n = 0, i = 0;
    weft_arena_init(&arena, 0);
    weft_status status =
        weft_store_list_sources(r->owner->options.store, &arena, &sources, &n, err);
    while (!status && i < n && strcmp(sources[i].name, r->name) != 0) i++;
    if (!status && i == n) status = weft_fail(err, WEFT_E_NOT_FOUND, "it was removed");
    if (!status) {
        const weft_source_follow_options follow = {
            .store = r->owner->options.store,
            .source = &sources[i],
            .data_folder = r->owner->options.data_folder,
            .check_photo = check_photo,
            .on_reject = tell_rejected,
            .context = r,
            .gauge = &r->gauge,
            .stop = &r->stop,
        };
        status = weft_source_follow(&follow, err);
    }
    weft_arena_deinit(&arena);
    return status;
}

static void *runner_main(void *argument) {
    runner *r = argument;
    double pause = shortest_pause;
    char said[sizeof((weft_err *)0)->message] = "";
    while (!atomic_load(&r->stop)) {
        weft_err err = {0};
        double began = weft_clock_seconds();
        weft_status status = run_session(r, &err);
        if (!status || atomic_load(&r->stop)) break;
        if (weft_clock_seconds() - began > steady_seconds) pause = shortest_pause, said[0] = '\0';
        bool is_standby = status == WEFT_E_BUSY;
        atomic_store(&r->is_failing, !is_standby);
        if (atomic_load(&r->gauge.phase) != WEFT_SOURCE_STANDBY)
            atomic_store(&r->gauge.phase, WEFT_SOURCE_CONNECTING);
        /* Once and not at each try. */
        if (strcmp(said, err.message) != 0)
            tell(r->owner, r->name, is_standby ? "stands by" : "failed", &err);
        memcpy(said, err.message, sizeof said);
        pause_for(is_standby ? STANDBY_SECONDS : pause, &r->stop);
        pause = pause * 2 < longest_pause ? pause * 2 : longest_pause;
    }
    atomic_store(&r->has_ended, true);
    return NULL;
}

static void runner_free(runner *r) {
    weft_free(r->name);
    weft_free(r->url);
    weft_free(r->spec);
    weft_free(r);
}

static runner *runner_new(weft_sources *sources, const weft_store_source *source) {
    runner *r = weft_calloc(1, sizeof *r);
    if (!r) return NULL;
    r->owner = sources;
    r->name = weft_strdup(source->name);
    r->url = weft_strdup(source->url);
    r->spec = weft_strdup(source->spec);
    atomic_store(&r->gauge.in_step_ms, (uint64_t)(weft_clock_seconds() * 1000));
    if (r->name && r->url && r->spec && pthread_create(&r->thread, NULL, runner_main, r) == 0)
        return r;
    runner_free(r);
    return NULL;
}

/* ---- all of them ---- */

/* Takes a runner out of the list, waits for its end and frees it. */
static void end_runner(weft_sources *sources, runner **place) {
    runner *r = *place;
    pthread_mutex_lock(&sources->lock);
    *place = r->next;
    pthread_mutex_unlock(&sources->lock);
    atomic_store(&r->stop, true);
    pthread_join(r->thread, NULL);
    runner_free(r);
}

static const weft_store_source *find_source(const weft_store_source *sources, size_t n,
                                            const char *name) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(sources[i].name, name) == 0) return &sources[i];
    return NULL;
}

static runner *find_runner(const weft_sources *sources, const char *name) {
    runner *r = sources->runners;
    while (r && strcmp(r->name, name) != 0) r = r->next;
    return r;
}

/* Does it run as the store has it? A source that is to be copied while it is being followed
 * has been changed, or asked for another copy. */
static bool is_right(const runner *r, const weft_store_source *source) {
    return source && !atomic_load(&r->has_ended) && strcmp(r->url, source->url) == 0 &&
           strcmp(r->spec, source->spec) == 0 &&
           (source->position || atomic_load(&r->gauge.phase) != WEFT_SOURCE_FOLLOWING);
}

static void match_runners(weft_sources *sources, const weft_store_source *wanted, size_t n) {
    runner **place = &sources->runners;
    while (*place) {
        if (is_right(*place, find_source(wanted, n, (*place)->name))) place = &(*place)->next;
        else end_runner(sources, place);
    }
    for (size_t i = 0; i < n; i++) {
        if (find_runner(sources, wanted[i].name)) continue;
        runner *r = runner_new(sources, &wanted[i]);
        if (!r) continue; /* the next look tries again */
        pthread_mutex_lock(&sources->lock);
        r->next = sources->runners;
        sources->runners = r;
        pthread_mutex_unlock(&sources->lock);
    }
}

static void *sources_main(void *argument) {
    weft_sources *sources = argument;
    while (!atomic_load(&sources->stop)) {
        weft_arena arena;
        weft_store_source *wanted;
        size_t n;
        weft_arena_init(&arena, 0);
        /* A store that is away is told by whoever follows it. */
        if (weft_store_list_sources(sources->options.store, &arena, &wanted, &n, NULL) == WEFT_OK)
            match_runners(sources, wanted, n);
        weft_arena_deinit(&arena);
        pause_for(LOOK_SECONDS, &sources->stop);
    }
    for (runner *r = sources->runners; r; r = r->next) atomic_store(&r->stop, true);
    while (sources->runners) end_runner(sources, &sources->runners);
    return NULL;
}

weft_status weft_sources_start(weft_sources **out, const weft_sources_options *options,
                               weft_err *err) {
    weft_sources *sources = weft_calloc(1, sizeof *sources);
    if (!sources) return weft_fail(err, WEFT_E_NOMEM, "sources");
    sources->options = *options;
    pthread_mutex_init(&sources->lock, NULL);
    sources->has_thread = pthread_create(&sources->thread, NULL, sources_main, sources) == 0;
    if (!sources->has_thread) {
        weft_sources_stop(sources);
        return weft_fail(err, WEFT_E_INTERNAL, "cannot start the thread of the sources");
    }
    *out = sources;
    return WEFT_OK;
}

void weft_sources_stop(weft_sources *sources) {
    if (!sources) return;
    atomic_store(&sources->stop, true);
    if (sources->has_thread) pthread_join(sources->thread, NULL);
    pthread_mutex_destroy(&sources->lock);
    weft_free(sources);
}

/* ---- what they show ---- */

static bool read_state(runner *r, weft_arena *arena, weft_source_state *state) {
    weft_source_gauge *gauge = &r->gauge;
    *state = (weft_source_state){
        .name = weft_arena_strdup(arena, r->name),
        .phase = (weft_source_phase)atomic_load(&gauge->phase),
        .lag_bytes = atomic_load(&gauge->lag_bytes),
        .put = atomic_load(&gauge->put),
        .deleted = atomic_load(&gauge->deleted),
        .rejected = atomic_load(&gauge->rejected),
        .copies = atomic_load(&gauge->copies),
    };
    bool is_in_step = state->phase == WEFT_SOURCE_FOLLOWING && state->lag_bytes == 0;
    state->is_failing = atomic_load(&r->is_failing) && state->phase == WEFT_SOURCE_CONNECTING;
    if (!is_in_step && state->phase != WEFT_SOURCE_STANDBY)
        state->lag_seconds = weft_clock_seconds() - (double)atomic_load(&gauge->in_step_ms) / 1000;
    return state->name != NULL;
}

weft_status weft_sources_states(weft_sources *sources, weft_arena *arena,
                                weft_source_state **states, size_t *n, weft_err *err) {
    size_t count = 0;
    bool ok;
    pthread_mutex_lock(&sources->lock);
    for (const runner *r = sources->runners; r; r = r->next) count++;
    *states = weft_arena_alloc(arena, count, sizeof **states);
    ok = *states != NULL;
    *n = 0;
    for (runner *r = sources->runners; ok && r; r = r->next)
        ok = read_state(r, arena, &(*states)[(*n)++]);
    pthread_mutex_unlock(&sources->lock);
    return ok ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "states of the sources");
}
