#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { PENDING_MAX = 256 << 10 }; /* gathered before a writer writes */

static weft_status fail_errno(weft_err *err, const char *path, const char *what) {
    int code = errno;
    return weft_fail(err, code == ENOENT ? WEFT_E_NOT_FOUND : WEFT_E_IO, "%s: cannot %s: %s", path,
                     what, strerror(code));
}

/* Opens a regular file for reading and tells its size. */
static weft_status open_regular(const char *path, int *fd, size_t *size, weft_err *err) {
    struct stat st;
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) return fail_errno(err, path, "open");
    if (fstat(*fd, &st) != 0) {
        weft_status status = fail_errno(err, path, "stat");
        close(*fd);
        return status;
    }
    if (!S_ISREG(st.st_mode)) {
        close(*fd);
        return weft_fail(err, WEFT_E_INVALID, "%s: not a regular file", path);
    }
    *size = (size_t)st.st_size;
    return WEFT_OK;
}

weft_status weft_file_map_open(weft_file_map *map, const char *path, weft_err *err) {
    int fd;
    *map = (weft_file_map){0};
    weft_status status = open_regular(path, &fd, &map->size, err);
    if (status) return status;
    if (map->size) {
        void *p = mmap(NULL, map->size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED) {
            status = fail_errno(err, path, "map");
            map->size = 0;
        } else {
            map->data = p;
        }
    }
    close(fd);
    return status;
}

void weft_file_map_close(weft_file_map *map) {
    if (map->data) munmap((void *)(uintptr_t)map->data, map->size);
    *map = (weft_file_map){0};
}

weft_status weft_file_read(const char *path, size_t max, weft_buf *out, weft_err *err) {
    int fd;
    size_t size;
    weft_status status = open_regular(path, &fd, &size, err);
    if (status) return status;
    if (size > max) {
        close(fd);
        return weft_fail(err, WEFT_E_LIMIT, "%s: %zu bytes, limit %zu", path, size, max);
    }
    char chunk[64 * 1024];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            status = fail_errno(err, path, "read");
            break;
        }
        weft_buf_append(out, chunk, (size_t)n);
    }
    close(fd);
    if (!status && !weft_buf_ok(out)) status = weft_fail(err, WEFT_E_NOMEM, "%s: reading", path);
    return status;
}

static weft_status write_all(int fd, const char *path, const char *data, size_t size,
                             weft_err *err) {
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(err, path, "write");
        data += n;
        size -= (size_t)n;
    }
    return WEFT_OK;
}

/* Makes the rename itself durable. */
static void sync_parent(const char *path) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash) {
        strcpy(parent, ".");
    } else {
        snprintf(parent, sizeof parent, "%.*s", (int)(slash - path) + 1, path);
    }
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

/* Makes a file beside the path, whose name goes into temporary. */
static weft_status create_beside(const char *path, char temporary[PATH_MAX], int *fd,
                                 weft_err *err) {
    int n = snprintf(temporary, PATH_MAX, "%s.XXXXXX", path);
    if (n < 0 || n >= PATH_MAX) return weft_fail(err, WEFT_E_LIMIT, "%s: path too long", path);
    *fd = mkostemp(temporary, O_CLOEXEC);
    return *fd < 0 ? fail_errno(err, path, "create") : WEFT_OK;
}

/* Closes what create_beside made and renames it over the path, or removes it when writing
 * has failed with `status` or this does; flushes before that if asked to. */
static weft_status finish_beside(const char *path, const char *temporary, int fd, bool is_flushed,
                                 weft_status status, weft_err *err) {
    if (!status && is_flushed && fsync(fd) != 0) status = fail_errno(err, path, "flush");
    if (!status && fchmod(fd, 0644) != 0) status = fail_errno(err, path, "chmod");
    if (close(fd) != 0 && !status) status = fail_errno(err, path, "close");
    if (!status && rename(temporary, path) != 0) status = fail_errno(err, path, "rename");
    if (status) unlink(temporary);
    else if (is_flushed) sync_parent(path);
    return status;
}

static weft_status write_and_rename(const char *path, const void *data, size_t size,
                                    bool is_flushed, weft_err *err) {
    char temporary[PATH_MAX];
    int fd = -1;
    weft_status status = create_beside(path, temporary, &fd, err);
    if (status) return status;
    status = write_all(fd, path, data, size, err);
    return finish_beside(path, temporary, fd, is_flushed, status, err);
}

weft_status weft_file_write_atomic(const char *path, const void *data, size_t size, weft_err *err) {
    return write_and_rename(path, data, size, true, err);
}

weft_status weft_file_write_whole(const char *path, const void *data, size_t size, weft_err *err) {
    return write_and_rename(path, data, size, false, err);
}

weft_status weft_file_writer_open(weft_file_writer *writer, const char *path, weft_err *err) {
    writer->path = path;
    writer->pending_size = 0;
    writer->pending = weft_alloc(PENDING_MAX, 1);
    if (!writer->pending) return weft_fail(err, WEFT_E_NOMEM, "%s: writing", path);
    weft_status status = create_beside(path, writer->temporary, &writer->fd, err);
    if (status) weft_free(writer->pending);
    return status;
}

static weft_status write_pending(weft_file_writer *writer, weft_err *err) {
    size_t size = writer->pending_size;
    writer->pending_size = 0;
    return write_all(writer->fd, writer->path, writer->pending, size, err);
}

weft_status weft_file_writer_append(weft_file_writer *writer, const void *data, size_t size,
                                    weft_err *err) {
    if (size > PENDING_MAX - writer->pending_size) {
        weft_status status = write_pending(writer, err);
        if (status) return status;
    }
    if (size > PENDING_MAX) return write_all(writer->fd, writer->path, data, size, err);
    if (size) memcpy(writer->pending + writer->pending_size, data, size);
    writer->pending_size += size;
    return WEFT_OK;
}

weft_status weft_file_writer_commit(weft_file_writer *writer, weft_err *err) {
    weft_status status = write_pending(writer, err);
    weft_free(writer->pending);
    return finish_beside(writer->path, writer->temporary, writer->fd, true, status, err);
}

void weft_file_writer_abandon(weft_file_writer *writer) {
    weft_free(writer->pending);
    close(writer->fd);
    unlink(writer->temporary);
}

weft_status weft_dir_flush(const char *path, weft_err *err) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail_errno(err, path, "open");
    weft_status status = syncfs(fd) == 0 ? WEFT_OK : fail_errno(err, path, "flush");
    close(fd);
    return status;
}

weft_status weft_dir_create(const char *path, weft_err *err) {
    char partial[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof partial)
        return weft_fail(err, WEFT_E_INVALID, "%s: not a usable folder name", path);
    memcpy(partial, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (partial[i] != '/' && partial[i] != '\0') continue;
        char kept = partial[i];
        partial[i] = '\0';
        if (mkdir(partial, 0755) != 0 && errno != EEXIST)
            return fail_errno(err, partial, "create folder");
        partial[i] = kept;
    }
    if (!weft_dir_exists(path))
        return weft_fail(err, WEFT_E_IO, "%s: exists and is not a folder", path);
    return WEFT_OK;
}

uint64_t weft_file_stamp(const char *path) {
    struct stat st;
    uint64_t stamp = 14695981039346656037u; /* FNV-1a, by words */
    if (stat(path, &st) != 0) return 0;
    const uint64_t parts[] = {(uint64_t)st.st_ino, (uint64_t)st.st_size,
                              (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        stamp = (stamp ^ parts[i]) * 1099511628211u;
    return stamp ? stamp : 1;
}

bool weft_file_exists(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool weft_dir_exists(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}
