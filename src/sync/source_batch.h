/* source_batch.h - what a transaction of a shop's database comes to: for each product that it
 * touched, how it is in the end. Belongs to one thread. */
#ifndef WEFT_SYNC_SOURCE_BATCH_H
#define WEFT_SYNC_SOURCE_BATCH_H

#include "base/arena.h"
#include "catalog/id_map.h"
#include "store/store.h"

typedef struct {
    weft_product product; /* of a deleted one only the id */
    bool is_deleted;
} weft_source_entry;

typedef struct {
    weft_arena arena; /* of the strings; the caller may make things in it until it is cleared */
    weft_id_map ids;  /* the place of each product among the entries */
    weft_source_entry *entries;
    size_t count, capacity;
    bool truncates;
} weft_source_batch;

void weft_source_batch_init(weft_source_batch *batch);
void weft_source_batch_deinit(weft_source_batch *batch);
void weft_source_batch_clear(weft_source_batch *batch); /* also frees the arena's memory */

/* The product's strings are in the batch's arena, as is product_id. WEFT_E_NOMEM. */
weft_status weft_source_batch_put(weft_source_batch *batch, const weft_product *product,
                                  weft_err *err);
weft_status weft_source_batch_delete(weft_source_batch *batch, const char *product_id,
                                     weft_err *err);
void weft_source_batch_truncate(weft_source_batch *batch); /* forgets all before it */

/* What the batch says of a product; NULL: nothing. Valid until the next change. */
const weft_source_entry *weft_source_batch_find(const weft_source_batch *batch,
                                                const char *product_id);

/* Writes all of it, in one transaction, with the position that it brings the source to and
 * whether it ends a copy (weft_store_apply_source). The batch stays as it is. */
weft_status weft_source_batch_apply(const weft_source_batch *batch, weft_store *store,
                                    const weft_store_source *source, uint64_t position,
                                    bool ends_copy, weft_err *err);

#endif
