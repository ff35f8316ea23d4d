/* embed_writer.h - the last stage of `weft embed`: a thread that commits.
 *
 * A commit waits for the disk; a worker that waited with it would leave its
 * processor idle. So workers fill parcels and hand them over, and one thread
 * writes whatever has been handed over by then in one transaction. There is a
 * fixed number of parcels: a worker that finds none free waits, so nothing piles
 * up before a slow disk. */
#ifndef WEFT_SYNC_EMBED_WRITER_H
#define WEFT_SYNC_EMBED_WRITER_H

#include <stddef.h>

#include "base/status.h"
#include "store/store.h"

typedef struct weft_embed_writer weft_embed_writer; /* opaque; any thread may use it */

enum { WEFT_EMBED_BATCH = 32 }; /* products in a parcel, at the most */

/* The embeddings of one batch. The strings that rows point to must outlive the
 * writer; the vectors live here. */
typedef struct weft_embed_parcel {
    weft_embedding rows[WEFT_EMBED_BATCH];
    size_t count;  /* of rows */
    size_t photos; /* of these, with an image embedding */
    float *images; /* [WEFT_EMBED_BATCH][dim], as are the next two */
    float *texts;
    float *hybrids;
    struct weft_embed_parcel *next; /* the writer's */
} weft_embed_parcel;

typedef struct {
    weft_store *store;
    size_t dim;
    size_t parcels;    /* how many there are; at least one per worker */
    const char *lease; /* of the rows in the store's queue, out of which they are then taken;
                        * NULL: none */
    /* Called by the writer's thread after each transaction: what it held, how many of those
     * rows were written (all, but for those that the lease has lost), and how it ended.
     * After a failure the parcels that follow are still written. */
    void (*on_written)(void *context, weft_status status, size_t rows, size_t written,
                       size_t photos, const weft_err *err);
    void *context;
} weft_embed_writer_options;

/* Starts the thread. Fails with WEFT_E_NOMEM, or WEFT_E_INTERNAL when it cannot start. */
weft_status weft_embed_writer_new(weft_embed_writer **writer,
                                  const weft_embed_writer_options *options, weft_err *err);

/* Writes what has been handed over, then ends; NULL is fine. No parcel may be out. */
void weft_embed_writer_free(weft_embed_writer *writer);

/* A parcel to fill; waits until one is free. It goes back by one of the two below. */
weft_embed_parcel *weft_embed_writer_take(weft_embed_writer *writer);
void weft_embed_writer_give(weft_embed_writer *writer, weft_embed_parcel *parcel);
void weft_embed_writer_discard(weft_embed_writer *writer, weft_embed_parcel *parcel);

#endif
