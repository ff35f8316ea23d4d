/* snapshot_rows.h - reading the file `rows` of snapshot_file.h. For this room only. */
#ifndef WEFT_SYNC_SNAPSHOT_ROWS_H
#define WEFT_SYNC_SNAPSHOT_ROWS_H

#include "base/file.h"
#include "sync/snapshot_file.h"

/* What the bytes say; texts point into them. */
typedef struct {
    weft_snapshot_saved saved;
    char mark[WEFT_STORE_MARK_SIZE];
    const char *ids; /* saved.rows of them, each NUL-terminated */
} weft_snapshot_rows;

/* Bytes from anywhere: WEFT_E_FORMAT says what is wrong with them. */
weft_status weft_snapshot_rows_parse(weft_snapshot_rows *rows, const unsigned char *bytes,
                                     size_t size, weft_err *err);

/* Maps and parses; the map holds what rows points to, and is open only on success. */
weft_status weft_snapshot_rows_open(weft_snapshot_rows *rows, weft_file_map *map,
                                    const char *folder, weft_err *err);

#endif
