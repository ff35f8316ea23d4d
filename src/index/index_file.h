/* index_file.h - an index as a file: saved once, mapped at every start.
 *
 * Opening maps the file and checks all of it (checksums at memory speed, every row number,
 * every size), so an index that opens is as good as one just built; its codes stay in the
 * file's pages, which the system shares and can drop. docs/index-format.md has the bytes. */
#ifndef WEFT_INDEX_INDEX_FILE_H
#define WEFT_INDEX_INDEX_FILE_H

#include "index/index.h"

/* What an index was made from; weft only keeps it. Both texts are NUL-terminated. */
typedef struct {
    char model[128];
    char generation[64];
    uint64_t change_seq; /* of the store, up to which the index has followed */
} weft_index_stamp;

/* Writes beside the path, flushes to the disk and renames: whatever happens, there is the
 * old file or the new one. An index that has changed since it was built is written as if
 * newly built, though its wear stays. Needs little memory. stamp NULL: an empty one.
 * Fails with WEFT_E_UNSUPPORTED (only IVF indexes have a file), WEFT_E_INVALID (a text of
 * the stamp does not end), WEFT_E_NOT_FOUND (no such folder), WEFT_E_IO or WEFT_E_NOMEM. */
weft_status weft_index_save(const weft_index *index, const char *path,
                            const weft_index_stamp *stamp, weft_err *err);

/* Maps a saved index read-only. The file may be replaced by another or removed while the
 * index is in use, but not written to or cut. *found (may be NULL) becomes its stamp as
 * soon as the header is known to be sound, also when opening fails after that. When
 * expected is not NULL its model, and its generation unless empty, must be the file's.
 * Fails with WEFT_E_NOT_FOUND, WEFT_E_IO, WEFT_E_FORMAT (not such a file, or damaged),
 * WEFT_E_UNSUPPORTED (a newer version's, or another byte order), WEFT_E_CONFLICT (another
 * stamp than expected) or WEFT_E_NOMEM; the message names path and reason, *index is NULL. */
weft_status weft_index_open(weft_index **index, const char *path, const weft_index_stamp *expected,
                            weft_index_stamp *found, weft_err *err);

#endif
