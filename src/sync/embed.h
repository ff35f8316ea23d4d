/* embed.h - computes the embeddings that are missing or out of date.
 *
 * A product is out of date when the sentence or photo it was embedded from, or
 * the model, is no longer the present one; digests tell. Finished batches are
 * committed as they come, so a run that is killed loses at most the batches in
 * flight, and the next run begins with what is left. */
#ifndef WEFT_SYNC_EMBED_H
#define WEFT_SYNC_EMBED_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/status.h"
#include "clip/clip.h"
#include "store/store.h"

typedef struct {
    weft_store *store;
    const weft_clip_model *model;
    const char *data_folder; /* image paths are relative to it */
    uint64_t since;          /* look only at what changed after this change number; 0: at all */
    size_t workers;          /* threads, one encoder session each; 0: one per processor */
    const char *worker;      /* a name no other worker has: shares the work with others (below);
                              * NULL: does all of it */
    double lease_seconds;    /* how long a worker may take for what it has taken; 0: 60 */
    float hybrid_weight;     /* of the image in the hybrid embedding, 0 to 1 */

    /* Called after each batch, by one thread at a time; may be NULL. */
    void (*on_progress)(void *context, size_t done, size_t total);
    /* Called for each photo that could not be read, likewise; may be NULL. */
    void (*on_photo_error)(void *context, const char *product_id, const weft_err *why);
    void *context;

    const atomic_bool *cancel; /* when it turns true the run ends after its batches; may be NULL */
} weft_embed_options;

typedef struct {
    size_t products;     /* looked at */
    size_t embedded;     /* in this run */
    size_t photos;       /* of those, with an image embedding */
    size_t photo_errors; /* photos named by the store that could not be read */
} weft_embed_report;

/* Embeds all that is out of date. Fails with WEFT_E_CANCELLED (what was finished
 * is kept) and with what the store and the model fail with. A photo that cannot
 * be read fails nothing: the product gets its text embedding, and a hybrid that
 * equals it.
 *
 * With a worker's name: puts what is out of date into the store's queue, then takes products
 * out of it in leases until it is empty. Many workers, on many machines, do so at once; what
 * one of them has taken when it dies is taken by another when its time is over, and a
 * worker that is late writes nothing. They need the same photos in their data folders. */
weft_status weft_embed_run(const weft_embed_options *options, weft_embed_report *report,
                           weft_err *err);

/* What `embedding_model` says of embeddings made with a model: "weft-mini@0123456789abcdef". */
enum { WEFT_EMBEDDING_MODEL_SIZE = 128 };
void weft_embedding_model_name(const weft_clip_model *model, char out[WEFT_EMBEDDING_MODEL_SIZE]);

#endif
