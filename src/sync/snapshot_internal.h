/* snapshot_internal.h - what loading a snapshot and following one share. */
#ifndef WEFT_SYNC_SNAPSHOT_INTERNAL_H
#define WEFT_SYNC_SNAPSHOT_INTERNAL_H

#include "sync/snapshot.h"

/* The vectors of each kind, NULL where there is none; false when there is no embedding
 * or it is another model's. */
bool weft_snapshot_vectors(const weft_snapshot_options *options, const weft_embedding *embedding,
                           const float *vectors[WEFT_KIND_COUNT]);

/* Makes the lexicon of a snapshot whose catalog is finished. */
weft_status weft_snapshot_learn(weft_snapshot *snapshot, const weft_snapshot_options *options,
                                weft_err *err);

/* In snapshot_file.c: the lock of a folder of indexes (a shared one for who reads); it goes
 * when it is given back or the process ends. */
weft_status weft_snapshot_lock(int *lock, const char *folder, bool is_shared, weft_err *err);
void weft_snapshot_unlock(int lock);

#endif
