/* snapshot.h - the catalog and its three indexes at one moment, in memory.
 *
 * Immutable and counted: whoever acquired one may read it for as long as it
 * likes, while a newer one is published beside it. Row r of every index is row
 * r of the catalog. */
#ifndef WEFT_SYNC_SNAPSHOT_H
#define WEFT_SYNC_SNAPSHOT_H

#include <stdatomic.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "index/index.h"
#include "store/store.h"

typedef enum {
    WEFT_KIND_IMAGE,  /* vs_image_search */
    WEFT_KIND_TEXT,   /* vs_text_search */
    WEFT_KIND_HYBRID, /* vs_hybrid_search */
    WEFT_KIND_COUNT
} weft_embedding_kind;

/* "image", "text" or "hybrid". */
const char *weft_embedding_kind_name(weft_embedding_kind kind);
bool weft_embedding_kind_named(const char *name, weft_embedding_kind *kind);

typedef struct {
    weft_catalog *catalog;
    weft_index *index[WEFT_KIND_COUNT];
    uint64_t change_seq; /* of the store when it was read */
    size_t pending;      /* products that have no embedding of the present model */
    atomic_size_t holders;
} weft_snapshot;

/* Reads the whole store. Embeddings of other models than embedding_model (see
 * weft_embedding_model_name) or of another dimension than dim are left out and
 * counted as pending. The caller holds the result. */
weft_status weft_snapshot_load(weft_snapshot **snapshot, weft_store *store,
                               const char *embedding_model, size_t dim, weft_err *err);

void weft_snapshot_hold(weft_snapshot *snapshot);    /* one more holder */
void weft_snapshot_release(weft_snapshot *snapshot); /* the last one frees it; NULL is fine */

#endif
