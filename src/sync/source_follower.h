/* source_follower.h - what the files of source_follow.h share. For this room only. */
#ifndef WEFT_SYNC_SOURCE_FOLLOWER_H
#define WEFT_SYNC_SOURCE_FOLLOWER_H

#include "catalog/photo_source.h"
#include "sync/source_batch.h"
#include "sync/source_follow.h"
#include "sync/source_link.h"

enum { WEFT_SOURCE_BATCH_MAX = 50000 }; /* changed products that are applied at once */

typedef struct {
    const weft_source_follow_options *options;
    weft_store_source source; /* position and copy are kept up to date */
    weft_arena arena;         /* of the spec */
    weft_source_spec spec;
    weft_source_link sql;    /* holds the lock; asks about the table and reads it for a copy */
    weft_source_link stream; /* creates the slot and streams it */
    weft_photo_source *photos;
    weft_source_batch batch; /* what is to be applied next */
    bool wrote_photos;       /* since the batch was cleared */
} weft_source_follower;

/* ---- source_row.c ---- */

/* Puts a row's product with its photo into the batch, and deletes the product old_id when it
 * is another (NULL: it is not). Fields whose bits (1 << field) are in `missing` were not sent:
 * the product keeps them. A row that makes no product is rejected: it is told, and what was
 * there goes. */
weft_status weft_source_put_row(weft_source_follower *f, const weft_source_row *row,
                                const char *old_id, unsigned missing, weft_err *err);

/* Applies the batch with the position that it brings the source to (0: none), and clears it. */
weft_status weft_source_apply(weft_source_follower *f, uint64_t position, bool ends_copy,
                              weft_err *err);

/* ---- source_stream.c ---- */

/* Streams the slot from the source's position; returns as weft_source_follow does. *is_lost
 * becomes true when only a new copy helps. */
weft_status weft_source_stream(weft_source_follower *f, bool *is_lost, weft_err *err);

#endif
