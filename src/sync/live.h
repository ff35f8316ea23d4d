/* live.h - the published snapshot, and the thread that keeps it in step with
 * the store.
 *
 * The thread looks at the store's change number; when it moved, it embeds what
 * changed, makes the next snapshot from the present one and publishes it. It is the
 * only writer. Searches never wait for it. When the indexes are worn by changes, or
 * there are none but exact ones for many products, a second thread builds new ones
 * from the store, and changes go on being published meanwhile.
 *
 * With an index engine (engine.h) it is the engine that is brought up to date, before the
 * snapshot that shows what can be found; there is nothing to build or save. */
#ifndef WEFT_SYNC_LIVE_H
#define WEFT_SYNC_LIVE_H

#include "sync/embed.h"
#include "sync/snapshot.h"

typedef struct weft_live weft_live;

typedef struct {
    weft_store *store;            /* outlives the weft_live */
    const weft_clip_model *model; /* likewise */
    const char *data_folder;
    float hybrid_weight;
    double poll_seconds; /* between looks at the store; 0: 0.2 */
    weft_engine *engine; /* searched in place of indexes in memory, and fed; outlives the
                          * weft_live. NULL: none */
    size_t ivf_from;     /* products from which on indexes are inverted files; 0: 4,000 */
    /* Told how far the engine's first filling is, before weft_live_start returns; may be NULL. */
    void (*on_filling)(void *context, size_t done, size_t total);
    /* Told about each round that failed (the old snapshot stays), by the thread; may be NULL. */
    void (*on_error)(void *context, const weft_err *err);
    void *context;
} weft_live_options;

/* Loads the first snapshot and starts the thread. */
weft_status weft_live_start(weft_live **live, const weft_live_options *options, weft_err *err);
void weft_live_stop(weft_live *live); /* ends the thread, drops the snapshot; NULL is fine */

/* The present snapshot; give it back with weft_snapshot_release. Any thread. */
weft_snapshot *weft_live_acquire(weft_live *live);

#endif
