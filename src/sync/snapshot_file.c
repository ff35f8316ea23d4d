/* Saving a snapshot's indexes, and the file `rows` that says which product is which row:
 *
 *     weft rows 1
 *     model NAME
 *     generation HEX
 *     change SEQ MARK
 *     rows N
 *     (an empty line, then N product ids, each followed by a NUL, then the SHA-256 of all
 *     this in hexadecimal) */
#include "sync/snapshot_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "index/index_file.h"
#include "sync/snapshot_internal.h"

static weft_status path_in(char path[PATH_MAX], const char *folder, const char *name,
                           weft_err *err) {
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX) return WEFT_OK;
    return weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", folder);
}

weft_status weft_snapshot_folder(char folder[PATH_MAX], const char *data_folder,
                                 const char *embedding_model, weft_err *err) {
    char digest[WEFT_DIGEST_HEX_SIZE], name[64];
    weft_digest_hex(embedding_model, strlen(embedding_model), digest);
    snprintf(name, sizeof name, "index/%.16s", digest);
    return path_in(folder, data_folder, name, err);
}

weft_status weft_snapshot_index_path(char path[PATH_MAX], const char *folder,
                                     weft_embedding_kind kind, const char *generation,
                                     weft_err *err) {
    char name[96];
    snprintf(name, sizeof name, "%s-%s.index", weft_embedding_kind_name(kind), generation);
    return path_in(path, folder, name, err);
}

weft_status weft_snapshot_lock(int *lock, const char *folder, bool is_shared, weft_err *err) {
    char path[PATH_MAX];
    weft_status status = path_in(path, folder, "lock", err);
    if (status) return status;
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0) return weft_fail(err, WEFT_E_IO, "%s: %s", path, strerror(errno));
    int code;
    while ((code = flock(*lock, is_shared ? LOCK_SH : LOCK_EX)) != 0 && errno == EINTR) {
    }
    if (code == 0) return WEFT_OK;
    status = weft_fail(err, WEFT_E_IO, "%s: locking: %s", path, strerror(errno));
    weft_snapshot_unlock(*lock);
    return status;
}

void weft_snapshot_unlock(int lock) {
    if (lock >= 0) close(lock);
}

/* ---- saving ---- */

static weft_status write_rows(const weft_snapshot *snapshot, const weft_snapshot_saved *saved,
                              const char *mark, const char *folder, weft_err *err) {
    char path[PATH_MAX], digest[WEFT_DIGEST_HEX_SIZE];
    weft_buf text;
    weft_buf_init(&text);
    weft_buf_printf(
        &text, "weft rows 1\nmodel %s\ngeneration %s\nchange %" PRIu64 " %s\nrows %zu\n\n",
        saved->embedding_model, saved->generation, saved->change_seq, mark, saved->rows);
    for (uint32_t row = 0; row < saved->rows; row++) {
        const char *id = weft_catalog_product(snapshot->catalog, row)->product_id;
        weft_buf_append(&text, id, strlen(id) + 1);
    }
    weft_status status = path_in(path, folder, "rows", err);
    if (!status && weft_buf_ok(&text)) {
        weft_digest_hex(text.data, text.size, digest);
        weft_buf_puts(&text, digest);
    }
    if (!status && !weft_buf_ok(&text))
        status = weft_fail(err, WEFT_E_NOMEM, "%s: ids of %zu products", path, saved->rows);
    if (!status) status = weft_file_write_atomic(path, text.data, text.size, err);
    weft_buf_deinit(&text);
    return status;
}

static weft_status write_indexes(const weft_snapshot *snapshot, const weft_snapshot_saved *saved,
                                 const char *folder, weft_err *err) {
    weft_index_stamp stamp = {.change_seq = saved->change_seq};
    char path[PATH_MAX];
    weft_status status = WEFT_OK;
    snprintf(stamp.model, sizeof stamp.model, "%s", saved->embedding_model);
    snprintf(stamp.generation, sizeof stamp.generation, "%s", saved->generation);
    for (int kind = 0; kind < WEFT_KIND_COUNT && !status; kind++) {
        status = weft_snapshot_index_path(path, folder, (weft_embedding_kind)kind,
                                          saved->generation, err);
        if (!status) status = weft_index_save(snapshot->index[kind], path, &stamp, err);
    }
    return status;
}

/* Is this one of our files, but not of this generation: an older one, or what a save that
 * was killed left behind? */
static bool is_left_over(const char *name, const char *generation) {
    char ours[96];
    for (int kind = 0; kind < WEFT_KIND_COUNT; kind++) {
        const char *text = weft_embedding_kind_name((weft_embedding_kind)kind);
        snprintf(ours, sizeof ours, "%s-%s.index", text, generation);
        if (strcmp(name, ours) == 0) return false;
        if (strncmp(name, text, strlen(text)) == 0 && strstr(name, ".index")) return true;
    }
    return strncmp(name, "rows.", 5) == 0;
}

/* What cannot be removed now is removed by a later save. */
static void remove_left_overs(const char *folder, const char *generation) {
    char path[PATH_MAX];
    DIR *listing = opendir(folder);
    for (struct dirent *entry; listing && (entry = readdir(listing)) != NULL;)
        if (is_left_over(entry->d_name, generation) && !path_in(path, folder, entry->d_name, NULL))
            unlink(path);
    if (listing) closedir(listing);
}

static void name_generation(char out[64]) {
    unsigned char random[16];
    weft_random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) snprintf(out + 2 * i, 3, "%02x", random[i]);
}

weft_status weft_snapshot_save(const weft_snapshot *snapshot, const weft_snapshot_options *options,
                               const char *folder, weft_err *err) {
    char mark[WEFT_STORE_MARK_SIZE];
    weft_snapshot_saved saved = {.rows = weft_catalog_rows(snapshot->catalog),
                                 .change_seq = snapshot->change_seq};
    int lock;
    snprintf(saved.embedding_model, sizeof saved.embedding_model, "%s", options->embedding_model);
    name_generation(saved.generation);
    weft_status status = weft_store_change_mark(options->store, saved.change_seq, mark, err);
    if (status == WEFT_E_NOT_FOUND)
        return weft_fail(err, WEFT_E_CONFLICT, "the database has forgotten change number %" PRIu64,
                         saved.change_seq);
    if (!status) status = weft_dir_create(folder, err);
    if (!status) status = weft_snapshot_lock(&lock, folder, false, err);
    if (status) return status;
    status = write_indexes(snapshot, &saved, folder, err);
    if (!status) status = write_rows(snapshot, &saved, mark, folder, err);
    if (!status) remove_left_overs(folder, saved.generation);
    weft_snapshot_unlock(lock);
    return status;
}
