#include "catalog/photo_source.h"

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
#include <zip.h>

#include "base/mem.h"
#include "base/str.h"

static const char table_name[] = "styles.csv";
static const uint64_t max_table_bytes = UINT64_C(8) << 30;
enum { MAX_ID_BYTES = 200 };

static const struct {
    const char *suffix;    /* in the source */
    const char *extension; /* in weft's photo store */
} suffixes[] = {{"jpg", "jpg"}, {"jpeg", "jpg"}, {"png", "png"}, {"webp", "webp"}};
enum { SUFFIX_COUNT = sizeof suffixes / sizeof *suffixes };

struct weft_photo_source {
    char *path;
    char folder[PATH_MAX]; /* resolved; "": the source is an archive */
    size_t max_photo_bytes;
    int images_fd; /* the folder of photos; -1: none */
    zip_t *zip;    /* the archive, or images.zip of a folder without images/; or NULL */
    char *zip_path;
    zip_int64_t table_index; /* of styles.csv in the archive; -1: not there */
    char *photo_prefix;      /* of the photos in the archive: "" or ends with '/' */
};

/* ---- opening ---- */

/* Writes the real path of folder/name. WEFT_E_NOT_FOUND (err is left alone) when
 * it does not exist, WEFT_E_DENIED when it is a link out of the folder. */
static weft_status resolve_within(const weft_photo_source *source, const char *name,
                                  char out[PATH_MAX], weft_err *err) {
    char path[PATH_MAX * 2];
    snprintf(path, sizeof path, "%s/%s", source->folder, name);
    if (!realpath(path, out)) return WEFT_E_NOT_FOUND;
    size_t n = strlen(source->folder);
    bool is_within = strncmp(out, source->folder, n) == 0 && (out[n] == '/' || n == 1);
    if (is_within) return WEFT_OK;
    return weft_fail(err, WEFT_E_DENIED, "%s/%s: a link that leaves the folder", source->path,
                     name);
}

static weft_status open_zip(weft_photo_source *source, const char *path, weft_err *err) {
    int code;
    source->zip_path = weft_strdup(path);
    if (!source->zip_path) return weft_fail(err, WEFT_E_NOMEM, "%s", path);
    source->zip = zip_open(path, ZIP_RDONLY, &code);
    if (source->zip) return WEFT_OK;
    zip_error_t why;
    zip_error_init_with_code(&why, code);
    weft_status status = code == ZIP_ER_MEMORY                        ? WEFT_E_NOMEM
                         : code == ZIP_ER_OPEN || code == ZIP_ER_READ ? WEFT_E_IO
                                                                      : WEFT_E_FORMAT;
    weft_fail(err, status, "%s: cannot open the archive: %s", path, zip_error_strerror(&why));
    zip_error_fini(&why);
    return status;
}

/* How many bytes of an entry's name come before the file name. */
static size_t folder_size(const char *entry) {
    const char *slash = strrchr(entry, '/');
    return slash ? (size_t)(slash - entry) + 1 : 0;
}

/* An archive may wrap everything in a folder, and Kaggle's holds a second copy
 * deeper down: the shallowest styles.csv is the one. */
static weft_status find_table(weft_photo_source *source, weft_err *err) {
    size_t depth = SIZE_MAX;
    const char *found = "";
    for (zip_int64_t i = 0; i < zip_get_num_entries(source->zip, 0); i++) {
        const char *name = zip_get_name(source->zip, (zip_uint64_t)i, 0);
        size_t n = name ? folder_size(name) : 0;
        if (!name || strcmp(name + n, table_name) != 0 || n >= depth) continue;
        depth = n;
        found = name;
        source->table_index = i;
    }
    size_t n = folder_size(found);
    source->photo_prefix = weft_alloc(n + sizeof "images/", 1);
    if (!source->photo_prefix) return weft_fail(err, WEFT_E_NOMEM, "%s", source->path);
    memcpy(source->photo_prefix, found, n);
    strcpy(source->photo_prefix + n, "images/");
    return WEFT_OK;
}

/* images.zip holds the photos in images/, in another folder, or at its root: the
 * first entry that is a photo tells. */
static weft_status find_photo_prefix(weft_photo_source *source, weft_err *err) {
    const char *found = "";
    for (zip_int64_t i = 0; i < zip_get_num_entries(source->zip, 0) && !*found; i++) {
        const char *name = zip_get_name(source->zip, (zip_uint64_t)i, 0);
        const char *dot = name ? strrchr(name, '.') : NULL;
        for (size_t s = 0; dot && s < SUFFIX_COUNT; s++)
            if (strcmp(dot + 1, suffixes[s].suffix) == 0) found = name;
    }
    source->photo_prefix = weft_strndup(found, folder_size(found));
    return source->photo_prefix ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "%s", source->zip_path);
}

static weft_status open_folder(weft_photo_source *source, weft_err *err) {
    char path[PATH_MAX];
    if (!realpath(source->path, source->folder))
        return weft_fail(err, WEFT_E_IO, "%s: %s", source->path, strerror(errno));
    weft_status status = resolve_within(source, "images", path, err);
    if (!status) {
        source->images_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (source->images_fd >= 0) return WEFT_OK;
        return weft_fail(err, WEFT_E_IO, "%s: %s", path, strerror(errno));
    }
    if (status == WEFT_E_NOT_FOUND) status = resolve_within(source, "images.zip", path, err);
    if (status == WEFT_E_NOT_FOUND) return WEFT_OK; /* products without photos */
    if (!status) status = open_zip(source, path, err);
    return status ? status : find_photo_prefix(source, err);
}

weft_status weft_photo_source_open(weft_photo_source **out, const char *path,
                                   size_t max_photo_bytes, weft_err *err) {
    weft_photo_source *source = weft_calloc(1, sizeof *source);
    if (!source) return weft_fail(err, WEFT_E_NOMEM, "%s", path);
    source->max_photo_bytes = max_photo_bytes;
    source->images_fd = -1;
    source->table_index = -1;
    source->path = weft_strdup(path);
    weft_status status = WEFT_OK;
    if (!source->path) {
        status = weft_fail(err, WEFT_E_NOMEM, "%s", path);
    } else if (weft_dir_exists(path)) {
        status = open_folder(source, err);
    } else if (weft_file_exists(path)) {
        status = open_zip(source, path, err);
        if (!status) status = find_table(source, err);
    } else {
        status = weft_fail(err, WEFT_E_NOT_FOUND, "%s: no such folder or .zip file", path);
    }
    if (status) weft_photo_source_close(source);
    else *out = source;
    return status;
}

void weft_photo_source_close(weft_photo_source *source) {
    if (!source) return;
    if (source->images_fd >= 0) close(source->images_fd);
    if (source->zip) zip_discard(source->zip);
    weft_free(source->photo_prefix);
    weft_free(source->zip_path);
    weft_free(source->path);
    weft_free(source);
}

/* ---- the table ---- */

/* Where unpacked bytes go. */
typedef struct {
    weft_status (*take)(void *to, const void *bytes, size_t n, weft_err *err);
    void *to;
    uint64_t max; /* bytes; more are a WEFT_E_LIMIT whatever size the archive promises */
} destination;

/* Unpacks an entry piece by piece. Messages begin with the entry. */
static weft_status unpack(weft_photo_source *source, zip_uint64_t index, const destination *out,
                          weft_err *err) {
    char chunk[64 * 1024];
    uint64_t total = 0;
    zip_int64_t n;
    const char *name = zip_get_name(source->zip, index, 0);
    zip_file_t *file = zip_fopen_index(source->zip, index, 0);
    if (!file) return weft_fail(err, WEFT_E_FORMAT, "%s: %s", name, zip_strerror(source->zip));
    weft_status status = WEFT_OK;
    while (!status && (n = zip_fread(file, chunk, sizeof chunk)) != 0) {
        if (n < 0) status = weft_fail(err, WEFT_E_FORMAT, "%s: %s", name, zip_file_strerror(file));
        else if ((total += (uint64_t)n) > out->max)
            status = weft_fail(err, WEFT_E_LIMIT, "%s: more than %llu bytes", name,
                               (unsigned long long)out->max);
        else status = out->take(out->to, chunk, (size_t)n, err);
    }
    zip_fclose(file);
    return status;
}

static weft_status take_into_file(void *to, const void *bytes, size_t n, weft_err *err) {
    if (fwrite(bytes, 1, n, to) == n) return WEFT_OK;
    return weft_fail(err, WEFT_E_IO, "temporary file: %s", strerror(errno));
}

/* A map needs a file: memory stays bounded, and the system drops the file's
 * pages when it wants them. */
static weft_status unpack_table(weft_photo_source *source, weft_file_map *table, weft_err *err) {
    FILE *file = tmpfile();
    if (!file) return weft_fail(err, WEFT_E_IO, "temporary file: %s", strerror(errno));
    destination out = {take_into_file, file, max_table_bytes};
    weft_status status = unpack(source, (zip_uint64_t)source->table_index, &out, err);
    long size = -1;
    if (!status && (fflush(file) != 0 || (size = ftell(file)) < 0))
        status = weft_fail(err, WEFT_E_IO, "temporary file: %s", strerror(errno));
    if (!status && size > 0) {
        void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fileno(file), 0);
        if (p == MAP_FAILED)
            status = weft_fail(err, WEFT_E_IO, "temporary file: %s", strerror(errno));
        else *table = (weft_file_map){p, (size_t)size};
    }
    fclose(file);
    return status ? weft_fail_in(err, status, "%s", source->path) : WEFT_OK;
}

weft_status weft_photo_source_table(weft_photo_source *source, weft_file_map *table,
                                    weft_err *err) {
    char path[PATH_MAX];
    *table = (weft_file_map){0};
    weft_status status = WEFT_E_NOT_FOUND;
    if (source->folder[0]) status = resolve_within(source, table_name, path, err);
    else if (source->table_index >= 0) status = WEFT_OK;
    if (status == WEFT_E_NOT_FOUND)
        return weft_fail(err, status, "%s: holds no %s", source->path, table_name);
    if (status) return status;
    return source->folder[0] ? weft_file_map_open(table, path, err)
                             : unpack_table(source, table, err);
}

/* ---- photos ---- */

static weft_status take_into_buf(void *to, const void *bytes, size_t n, weft_err *err) {
    weft_buf_append(to, bytes, n);
    return weft_buf_ok(to) ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "photo");
}

/* Reads an open photo; its size is looked at here because the file may grow. */
static weft_status read_all(int fd, const char *name, size_t max, weft_buf *out, weft_err *err) {
    char chunk[64 * 1024];
    size_t total = 0;
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return weft_fail(err, WEFT_E_IO, "%s: %s", name, strerror(errno));
        if ((total += (size_t)n) > max)
            return weft_fail(err, WEFT_E_LIMIT, "%s: more than %zu bytes", name, max);
        weft_status status = take_into_buf(out, chunk, (size_t)n, err);
        if (status) return status;
    }
    return WEFT_OK;
}

/* O_NONBLOCK: a pipe that is named like a photo must not hang the import. */
static weft_status read_from_folder(weft_photo_source *source, const char *name, weft_buf *out,
                                    weft_err *err) {
    struct stat st;
    int fd = openat(source->images_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return weft_fail(err, WEFT_E_NOT_FOUND, "%s: no such file", name);
    if (fd < 0 && errno == ELOOP) return weft_fail(err, WEFT_E_DENIED, "%s: a symbolic link", name);
    if (fd < 0) return weft_fail(err, WEFT_E_IO, "%s: %s", name, strerror(errno));
    weft_status status = WEFT_OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        status = weft_fail(err, WEFT_E_INVALID, "%s: not a regular file", name);
    if (!status) status = read_all(fd, name, source->max_photo_bytes, out, err);
    close(fd);
    return status;
}

static weft_status read_from_zip(weft_photo_source *source, const char *name, weft_buf *out,
                                 weft_err *err) {
    char entry[PATH_MAX];
    int n = snprintf(entry, sizeof entry, "%s%s", source->photo_prefix, name);
    zip_int64_t index = n < PATH_MAX ? zip_name_locate(source->zip, entry, 0) : -1;
    if (index < 0) return weft_fail(err, WEFT_E_NOT_FOUND, "%s: not in the archive", name);
    destination to = {take_into_buf, out, source->max_photo_bytes};
    return unpack(source, (zip_uint64_t)index, &to, err);
}

weft_status weft_photo_source_read(weft_photo_source *source, const char *product_id, weft_buf *out,
                                   const char **extension, weft_err *err) {
    char name[MAX_ID_BYTES + 8];
    if (strchr(product_id, '/') || strlen(product_id) > MAX_ID_BYTES)
        return weft_fail(err, WEFT_E_NOT_FOUND, "the id is not a file name");
    weft_status status =
        weft_fail(err, WEFT_E_NOT_FOUND, "the source holds neither images/ nor images.zip");
    for (size_t i = 0; i < SUFFIX_COUNT && status == WEFT_E_NOT_FOUND; i++) {
        snprintf(name, sizeof name, "%s.%s", product_id, suffixes[i].suffix);
        *extension = suffixes[i].extension;
        if (source->images_fd >= 0) status = read_from_folder(source, name, out, err);
        else if (source->zip) status = read_from_zip(source, name, out, err);
        else break;
        if (status == WEFT_E_NOT_FOUND)
            weft_fail(err, status, "no %s.jpg, .jpeg, .png or .webp", product_id);
    }
    return status;
}
