/* sources.h - follows all sources that the store knows, each in a thread of its own.
 *
 * Sources that are added, changed or removed meanwhile are noticed within two seconds. A
 * session that fails is begun again, after a pause that grows to five seconds. */
#ifndef WEFT_SYNC_SOURCES_H
#define WEFT_SYNC_SOURCES_H

#include "sync/source_follow.h"

typedef struct weft_sources weft_sources;

typedef struct {
    weft_store *store;       /* outlives the weft_sources */
    const char *data_folder; /* likewise */
    /* As in weft_source_follow_options. */
    weft_status (*check_photo)(void *context, const void *bytes, size_t n, weft_err *err);
    /* What happened to a source ("failed", "rejected", "stands by") and why, from any thread;
     * may be NULL. */
    void (*on_event)(void *context, const char *source, const char *what, const weft_err *why);
    void *context;
} weft_sources_options;

/* Starts the threads. WEFT_E_NOMEM or WEFT_E_INTERNAL. */
weft_status weft_sources_start(weft_sources **sources, const weft_sources_options *options,
                               weft_err *err);
void weft_sources_stop(weft_sources *sources); /* ends the threads; NULL is fine */

/* How a source is doing. */
typedef struct {
    const char *name;
    weft_source_phase phase;
    bool is_failing; /* its last session ended with an error, and none has begun since */
    uint64_t lag_bytes;
    double lag_seconds; /* since it last had applied all that was there; 0 while it has */
    uint64_t put, deleted, rejected, copies;
} weft_source_state;

/* All that run now, in the arena; any thread. WEFT_E_NOMEM. */
weft_status weft_sources_states(weft_sources *sources, weft_arena *arena,
                                weft_source_state **states, size_t *n, weft_err *err);

#endif
