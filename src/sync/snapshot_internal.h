/* snapshot_internal.h - what loading a snapshot and following one share. */
#ifndef WEFT_SYNC_SNAPSHOT_INTERNAL_H
#define WEFT_SYNC_SNAPSHOT_INTERNAL_H

#include "sync/snapshot.h"

/* The vectors of each kind, NULL where there is none; false when there is no embedding
 * or it is another model's. */
bool weft_snapshot_vectors(const weft_snapshot_options *options, const weft_embedding *embedding,
                           const float *vectors[WEFT_KIND_COUNT]);

#endif
