/* snapshot_file.h - a snapshot's indexes in a folder, for the next start. Each set of
 * embeddings has one, DATA/index/SET:
 *
 *     rows                     which product is which row, and of which store state
 *     image-GENERATION.index   the three indexes (index_file.h)
 *     text-GENERATION.index
 *     hybrid-GENERATION.index
 *
 * `rows` is replaced last and names the generation, so whenever a save is cut short there
 * is the whole of the one before. The database stays the only truth: nothing here that
 * cannot be made again from it. docs/index-format.md has the bytes. */
#ifndef WEFT_SYNC_SNAPSHOT_FILE_H
#define WEFT_SYNC_SNAPSHOT_FILE_H

#include <limits.h>

#include "sync/snapshot.h"

/* What a folder says it holds. */
typedef struct {
    char embedding_model[128], generation[64];
    size_t rows;
    uint64_t change_seq; /* of the store, up to which the indexes have followed */
} weft_snapshot_saved;

/* The folder of a set: SET is a digest of its name. WEFT_E_LIMIT when the path is too long. */
weft_status weft_snapshot_folder(char folder[PATH_MAX], const char *data_folder,
                                 const char *embedding_model, weft_err *err);

/* Where an index of a generation is saved. WEFT_E_LIMIT when that is too long. */
weft_status weft_snapshot_index_path(char path[PATH_MAX], const char *folder,
                                     weft_embedding_kind kind, const char *generation,
                                     weft_err *err);

/* Saves beside what is there, then removes that; creates the folder. Waits for another save
 * into it. Fails with WEFT_E_UNSUPPORTED when the indexes are exact ones (quick to make,
 * not kept), WEFT_E_CONFLICT when the store no longer knows the change that the snapshot
 * ends with, WEFT_E_IO or WEFT_E_NOMEM. */
weft_status weft_snapshot_save(const weft_snapshot *snapshot, const weft_snapshot_options *options,
                               const char *folder, weft_err *err);

/* Maps what was saved, and follows what the store has changed since. Waits while another
 * process saves. Fails as the store does, and with WEFT_E_NOT_FOUND (nothing was saved, or a file
 * is missing: weft_snapshot_look tells which), WEFT_E_CONFLICT (another model, or a store that did
 * not come from the one it was saved from), WEFT_E_LIMIT (so much changed that building
 * anew is cheaper), WEFT_E_FORMAT (damaged), WEFT_E_IO or WEFT_E_NOMEM; the message says
 * which file and why. */
weft_status weft_snapshot_open(weft_snapshot **snapshot, const weft_snapshot_options *options,
                               const char *folder, weft_err *err);

/* Reads what a folder holds, without its indexes. Fails with WEFT_E_NOT_FOUND, WEFT_E_FORMAT,
 * WEFT_E_IO or WEFT_E_NOMEM. */
weft_status weft_snapshot_look(weft_snapshot_saved *saved, const char *folder, weft_err *err);

#endif
