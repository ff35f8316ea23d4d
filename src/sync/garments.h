/* garments.h - the garments that people wear in photos: found, cut out, embedded and stored.
 *
 * What catalog/import_deepfashion2.h finds becomes rows of fashion_items_embeddings, a batch a
 * transaction. A garment that is there already, with the same box and attributes and an embedding
 * of the same model, is passed over: a run that was killed goes on where it was. */
#ifndef WEFT_SYNC_GARMENTS_H
#define WEFT_SYNC_GARMENTS_H

#include "catalog/import_deepfashion2.h"
#include "clip/clip.h"
#include "store/store.h"

typedef struct {
    weft_store *store;
    const weft_clip_model *model;
    const char *folder; /* with annos/ and image/ */
    const char *name;   /* by which the folder's photos go, "train": ids are "train/000001#2";
                         * NULL: its own name */
    size_t workers;     /* threads, one encoder session each; 0: one per processor */
    size_t batch_size;  /* garments that are written together; 0: as suits the workers */

    /* As in weft_garment_sink; called by one thread. May be NULL. */
    weft_status (*on_issue)(void *context, const weft_garment_issue *issue, weft_err *err);
    void (*on_progress)(void *context, size_t annotations, size_t total);
    void *context;

    const atomic_bool *cancel; /* when it turns true the run ends soon; may be NULL */
} weft_garments_options;

typedef struct {
    weft_garment_report found; /* garments: that have an embedding now */
    size_t embedded;           /* of these, in this run */
} weft_garments_report;

/* Fails as weft_import_deepfashion2, and with what the store and the model fail with; what was
 * embedded until then is kept. A photo that cannot be decoded is an issue. Garments that the folder
 * has no more stay. */
weft_status weft_garments_import(const weft_garments_options *options, weft_garments_report *report,
                                 weft_err *err);

#endif
