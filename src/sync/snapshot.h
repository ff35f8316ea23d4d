/* snapshot.h - the catalog and its three indexes at one moment, in memory.
 *
 * Immutable and counted: whoever acquired one may read it for as long as it
 * likes, while a newer one is published beside it. Row r of every index is row
 * r of the catalog. */
#ifndef WEFT_SYNC_SNAPSHOT_H
#define WEFT_SYNC_SNAPSHOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "catalog/embedding_kind.h"
#include "engine/engine.h"
#include "index/index.h"
#include "store/store.h"
#include "text/lexicon.h"

typedef struct {
    weft_catalog *catalog;
    weft_lexicon *lexicon; /* of the catalog's words */
    weft_index *index[WEFT_KIND_COUNT];
    weft_engine *engine; /* is searched in place of the indexes, which are marks; not owned.
                          * NULL: there is none */
    atomic_uint_fast64_t change_seq; /* of the store's state that it shows; moves on while
                                      * nothing that it shows changes */
    const weft_synonyms *synonyms;   /* that the lexicon was made with */
    size_t pending;                  /* products that have no embedding of the present model */
    atomic_size_t holders;
} weft_snapshot;

typedef struct {
    weft_store *store;
    /* Embeddings of another model (see weft_embedding_model_name) or of another dimension
     * are left out and counted as pending. */
    const char *embedding_model;
    size_t dim;
    /* From this many products on the indexes are inverted files, which take seconds to
     * build; below, and when it is 0, exact ones, which are ready at once. */
    size_t ivf_from;
    weft_engine *engine; /* NULL: none. It is brought up to date before what is read here */
    const weft_synonyms *synonyms; /* of the lexicon; outlives the snapshots. NULL: none. When
                                    * it is another one than the last, following makes anew */
    size_t threads;                /* to build with; 0: one per processor */
    const atomic_bool *cancel;     /* may be NULL */
    /* Told how far the build of each index is, from 0 when it begins to 1; may be NULL. */
    void (*on_progress)(void *context, weft_embedding_kind kind, double done);
    void *context;
} weft_snapshot_options;

/* Reads the whole store. The caller holds the result. */
weft_status weft_snapshot_load(weft_snapshot **snapshot, const weft_snapshot_options *options,
                               weft_err *err);

/* The snapshot that follows `old` by what changed in the store since: costs what the
 * changes cost and a copy of the catalog. Products keep their rows, but for the last ones,
 * which move into the rows of deleted ones. *fresh is NULL when nothing of it changed: only
 * the old one's change_seq moves on. Fails with WEFT_E_LIMIT when so much changed that loading
 * anew is cheaper. */
weft_status weft_snapshot_follow(weft_snapshot **fresh, weft_snapshot *old,
                                 const weft_snapshot_options *options, weft_err *err);

/* Should the indexes be built again: too much changed since, or there are now enough
 * products for inverted files? */
bool weft_snapshot_is_worn(const weft_snapshot *snapshot, const weft_snapshot_options *options);

void weft_snapshot_hold(weft_snapshot *snapshot);    /* one more holder */
void weft_snapshot_release(weft_snapshot *snapshot); /* the last one frees it; NULL is fine */

#endif
