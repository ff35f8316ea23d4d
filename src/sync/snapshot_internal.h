/* snapshot_internal.h - what loading a snapshot and following one share. */
#ifndef WEFT_SYNC_SNAPSHOT_INTERNAL_H
#define WEFT_SYNC_SNAPSHOT_INTERNAL_H

#include <limits.h>

#include "sync/snapshot.h"

/* The vectors of each kind, NULL where there is none; false when there is no embedding
 * or it is another model's. */
bool weft_snapshot_vectors(const weft_snapshot_options *options, const weft_embedding *embedding,
                           const float *vectors[WEFT_KIND_COUNT]);

/* The first line of the file `rows`. */
#define WEFT_SNAPSHOT_ROWS_MAGIC "weft rows 1"

/* In snapshot_file.c: where an index is saved, and the lock of the folder (a shared one
 * for who reads); it goes when it is given back or the process ends. */
weft_status weft_snapshot_index_path(char path[PATH_MAX], const char *folder,
                                     weft_embedding_kind kind, const char *generation,
                                     weft_err *err);
weft_status weft_snapshot_lock(int *lock, const char *folder, bool is_shared, weft_err *err);
void weft_snapshot_unlock(int lock);

#endif
