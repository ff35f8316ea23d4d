/* file.h - whole files: mapped, read, written so that no one sees half of one. */
#ifndef WEFT_BASE_FILE_H
#define WEFT_BASE_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

/* A file mapped read-only; the caller owns the struct. Threads may share it. */
typedef struct {
    const unsigned char *data; /* NULL when the file is empty */
    size_t size;
} weft_file_map;

/* Fails with WEFT_E_NOT_FOUND or WEFT_E_IO; the message names the path. */
weft_status weft_file_map_open(weft_file_map *map, const char *path, weft_err *err);
void weft_file_map_close(weft_file_map *map);

/* Appends the whole file to out. A file of more than max bytes: WEFT_E_LIMIT. */
weft_status weft_file_read(const char *path, size_t max, weft_buf *out, weft_err *err);

/* Writes beside the path, flushes to the disk, renames over it: readers see the
 * old file or the new one, also after a power cut. */
weft_status weft_file_write_atomic(const char *path, const void *data, size_t size, weft_err *err);

/* As weft_file_write_atomic without the flush, which costs milliseconds a file:
 * no reader ever sees half, but a power cut may lose it. For many files at once,
 * followed by one weft_dir_flush. */
weft_status weft_file_write_whole(const char *path, const void *data, size_t size, weft_err *err);

/* As weft_file_write_atomic for what is too large to have in memory at once; the caller
 * owns the struct. Open, append until done or failed, then commit or abandon; the path
 * stays the caller's until then. */
typedef struct {
    const char *path;
    char temporary[PATH_MAX];
    int fd;
    char *pending; /* appended, not yet written */
    size_t pending_size;
} weft_file_writer;

/* Fails with WEFT_E_NOT_FOUND (no such folder), WEFT_E_IO, WEFT_E_LIMIT or WEFT_E_NOMEM;
 * there is then nothing to abandon. */
weft_status weft_file_writer_open(weft_file_writer *writer, const char *path, weft_err *err);
weft_status weft_file_writer_append(weft_file_writer *writer, const void *data, size_t size,
                                    weft_err *err);
/* Flushes and renames; the writer is done with, also on failure. */
weft_status weft_file_writer_commit(weft_file_writer *writer, weft_err *err);
void weft_file_writer_abandon(weft_file_writer *writer); /* the path stays as it was */

/* Flushes everything written to the filesystem that holds the folder. */
weft_status weft_dir_flush(const char *path, weft_err *err);

/* mkdir -p; a folder that exists is fine. */
weft_status weft_dir_create(const char *path, weft_err *err);

/* A number that is another one after each change of the file; 0: there is none. Cheap. */
uint64_t weft_file_stamp(const char *path);

bool weft_file_exists(const char *path);
bool weft_dir_exists(const char *path);

#endif
