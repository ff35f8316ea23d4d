#include "sync/backup.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "catalog/id_map.h"

enum { FORMAT = 1, MAX_MANIFEST = 64 << 10, DATABASE_NAME_SIZE = 80, NAMED_FAULTS = 5 };

typedef struct {
    char database[DATABASE_NAME_SIZE]; /* "weft-DIGEST.db" */
    char digest[WEFT_DIGEST_HEX_SIZE];
    size_t bytes, products, photos, missing;
} manifest;

static weft_status path_in(char path[PATH_MAX], const char *folder, const char *name,
                           weft_err *err) {
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX) return WEFT_OK;
    return weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", folder);
}

static bool is_cancelled(const weft_backup_watch *watch) {
    return watch->cancel && atomic_load(watch->cancel);
}

/* ---- the manifest ---- */

static weft_status write_manifest(const manifest *m, const char *folder, weft_err *err) {
    char path[PATH_MAX], now[WEFT_TIMESTAMP_SIZE];
    weft_buf out;
    weft_json j;
    weft_clock_timestamp(now);
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    weft_json_key_int(&j, "format", FORMAT);
    weft_json_key_string(&j, "weft", WEFT_VERSION);
    weft_json_key_string(&j, "created_at", now);
    weft_json_key_string(&j, "database", m->database);
    weft_json_key_string(&j, "sha256", m->digest);
    weft_json_key_int(&j, "bytes", (int64_t)m->bytes);
    weft_json_key_int(&j, "products", (int64_t)m->products);
    weft_json_key_int(&j, "photos", (int64_t)m->photos);
    weft_json_key_int(&j, "missing_photos", (int64_t)m->missing);
    weft_json_end(&j);
    weft_buf_putc(&out, '\n');
    weft_status status = path_in(path, folder, "manifest.json", err);
    if (!status && !weft_buf_ok(&out)) status = weft_fail(err, WEFT_E_NOMEM, "manifest");
    if (!status) status = weft_file_write_atomic(path, out.data, out.size, err);
    weft_buf_deinit(&out);
    return status;
}

static bool take_size(const json_t *root, const char *key, size_t *out) {
    const json_t *value = json_object_get(root, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *out = (size_t)json_integer_value(value);
    return true;
}

/* The name becomes part of a path: only one that weft would give is taken. */
static bool take_database(const json_t *root, manifest *m) {
    const char *name = json_string_value(json_object_get(root, "database"));
    const char *digest = json_string_value(json_object_get(root, "sha256"));
    if (!name || !digest || strlen(digest) != WEFT_DIGEST_HEX_SIZE - 1 ||
        strspn(digest, "0123456789abcdef") != WEFT_DIGEST_HEX_SIZE - 1)
        return false;
    snprintf(m->digest, sizeof m->digest, "%s", digest);
    snprintf(m->database, sizeof m->database, "weft-%.16s.db", digest);
    return strcmp(name, m->database) == 0;
}

static weft_status parse_manifest(manifest *m, const char *path, const weft_buf *text,
                                  weft_err *err) {
    size_t format = 0;
    json_t *root = json_loadb(text->data ? text->data : "", text->size, 0, NULL);
    weft_status status = WEFT_OK;
    if (take_size(root, "format", &format) && format > FORMAT)
        status = weft_fail(err, WEFT_E_UNSUPPORTED, "%s: a backup of a newer weft", path);
    else if (format != FORMAT || !take_database(root, m) || !take_size(root, "bytes", &m->bytes) ||
             !take_size(root, "products", &m->products) || !take_size(root, "photos", &m->photos) ||
             !take_size(root, "missing_photos", &m->missing))
        status =
            weft_fail(err, WEFT_E_FORMAT, "%s: this is not a manifest as weft writes it", path);
    json_decref(root);
    return status;
}

static weft_status read_manifest(manifest *m, const char *folder, weft_err *err) {
    char path[PATH_MAX];
    weft_buf text;
    *m = (manifest){0};
    weft_status status = path_in(path, folder, "manifest.json", err);
    if (status) return status;
    weft_buf_init(&text);
    status = weft_file_read(path, MAX_MANIFEST, &text, err);
    if (status == WEFT_E_NOT_FOUND)
        status = weft_fail(err, status, "%s: there is no backup here (no manifest.json)", folder);
    if (!status) status = parse_manifest(m, path, &text, err);
    weft_buf_deinit(&text);
    return status;
}

/* ---- files ---- */

static weft_status digest_file(const char *path, char digest[WEFT_DIGEST_HEX_SIZE], size_t *size,
                               weft_err *err) {
    weft_file_map map;
    weft_status status = weft_file_map_open(&map, path, err);
    if (status) return status;
    weft_digest_hex(map.size ? (const void *)map.data : "", map.size, digest);
    *size = map.size;
    weft_file_map_close(&map);
    return WEFT_OK;
}

static weft_status copy_file(const char *from, const char *to, weft_err *err) {
    weft_file_map map;
    weft_status status = weft_file_map_open(&map, from, err);
    if (status) return status;
    status = weft_file_write_whole(to, map.data, map.size, err);
    weft_file_map_close(&map);
    return status;
}

/* Makes the folder that a file is in. */
static weft_status make_folder_of(const char *path, weft_err *err) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash) return WEFT_OK;
    *slash = '\0';
    return weft_dir_create(folder, err);
}

/* ---- the photos that a database names ---- */

typedef struct {
    const char *path, *digest;
} photo;

typedef struct {
    weft_arena arena;
    weft_id_map paths;
    photo *photos; /* [count], each file once */
    size_t count, capacity, products;
} photo_list;

static weft_status note_photo(void *context, const weft_product *product,
                              const weft_embedding *embedding, weft_err *err) {
    photo_list *list = context;
    (void)embedding;
    list->products++;
    if (!product->image_path[0] || weft_id_map_get(&list->paths, product->image_path, NULL))
        return WEFT_OK;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 1024;
        photo *larger = weft_realloc(list->photos, list->capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "%zu photos", list->count);
        list->photos = larger;
    }
    photo *p = &list->photos[list->count];
    p->path = weft_arena_strdup(&list->arena, product->image_path);
    p->digest = weft_arena_strdup(&list->arena, product->image_digest);
    if (!p->path || !p->digest || weft_id_map_add(&list->paths, p->path, (uint32_t)list->count++))
        return weft_fail(err, WEFT_E_NOMEM, "%zu photos", list->count);
    return WEFT_OK;
}

static void photo_list_init(photo_list *list) {
    *list = (photo_list){0};
    weft_arena_init(&list->arena, 1 << 16);
    weft_id_map_init(&list->paths);
}

static void photo_list_deinit(photo_list *list) {
    weft_id_map_deinit(&list->paths);
    weft_arena_deinit(&list->arena);
    weft_free(list->photos);
}

/* Opens a database file by weft's own store, which brings an older one to the present schema:
 * so never the file of a backup itself. */
static weft_status open_copy(weft_store **store, const char *path, weft_err *err) {
    char url[PATH_MAX + 16];
    snprintf(url, sizeof url, "sqlite:%s", path);
    return weft_store_open(store, url, err);
}

static weft_status list_photos(photo_list *list, const char *database, weft_err *err) {
    weft_store *store;
    weft_status status = open_copy(&store, database, err);
    if (status) return status;
    status = weft_store_each(store, "", false, note_photo, list, err);
    weft_store_close(store);
    return status;
}

/* A name such as images/3f/3fa9...c1.jpg leads out of no folder. */
static bool is_plain_path(const char *path) {
    return path[0] != '/' && !strstr(path, "..") && strlen(path) < 256;
}

/* Is the photo there with the bytes that its digest says? */
static bool is_whole(const char *folder, const photo *p) {
    char path[PATH_MAX], digest[WEFT_DIGEST_HEX_SIZE];
    size_t size;
    return is_plain_path(p->path) && !path_in(path, folder, p->path, NULL) &&
           !digest_file(path, digest, &size, NULL) && strcmp(digest, p->digest) == 0;
}

static bool has_same_size(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_size == y.st_size;
}

/* Copies the photos that `to` does not have; those that `from` does not have whole are
 * counted. Files are named by their bytes: one of the right size was copied before. */
static weft_status copy_photos(const photo_list *list, const char *from, const char *to,
                               const weft_backup_watch *watch, weft_backup_report *report,
                               weft_err *err) {
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < list->count && !status; i++) {
        const photo *p = &list->photos[i];
        char source[PATH_MAX], target[PATH_MAX];
        if (is_cancelled(watch)) return weft_fail(err, WEFT_E_CANCELLED, "stopped");
        if (watch->on_progress) watch->on_progress(watch->context, i, list->count);
        status = path_in(source, from, p->path, err);
        if (!status) status = path_in(target, to, p->path, err);
        if (status || (is_plain_path(p->path) && has_same_size(source, target))) continue;
        if (!is_whole(from, p)) {
            report->missing++;
            continue;
        }
        status = make_folder_of(target, err);
        if (!status) status = copy_file(source, target, err);
        if (!status) report->copied++;
    }
    if (!status && watch->on_progress) watch->on_progress(watch->context, list->count, list->count);
    return !status && report->copied ? weft_dir_flush(to, err) : status;
}

/* ---- making one ---- */

/* Removes databases of backups before, and unfinished ones. */
static void remove_others(const char *folder, const char *database) {
    char path[PATH_MAX];
    DIR *listing = opendir(folder);
    for (struct dirent *e; listing && (e = readdir(listing)) != NULL;) {
        bool is_database = strncmp(e->d_name, "weft-", 5) == 0 && strstr(e->d_name, ".db");
        if (is_database && strcmp(e->d_name, database) != 0 &&
            !path_in(path, folder, e->d_name, NULL))
            unlink(path);
    }
    if (listing) closedir(listing);
}

/* The unfinished database gets its name, and the manifest makes it the backup. */
static weft_status publish(manifest *m, const char *unfinished, const char *folder, weft_err *err) {
    char path[PATH_MAX];
    weft_status status = digest_file(unfinished, m->digest, &m->bytes, err);
    if (status) return status;
    snprintf(m->database, sizeof m->database, "weft-%.16s.db", m->digest);
    status = path_in(path, folder, m->database, err);
    if (!status && rename(unfinished, path) != 0)
        status = weft_fail(err, WEFT_E_IO, "%s: %s", path, strerror(errno));
    if (!status) status = weft_dir_flush(folder, err);
    if (!status) status = write_manifest(m, folder, err);
    if (!status) remove_others(folder, m->database);
    return status;
}

weft_status weft_backup_make(weft_store *store, const char *data_folder, const char *folder,
                             const weft_backup_watch *watch, weft_backup_report *report,
                             weft_err *err) {
    char unfinished[PATH_MAX], name[64];
    photo_list list;
    *report = (weft_backup_report){0};
    snprintf(name, sizeof name, "weft-%d.db.new", (int)getpid());
    weft_status status = path_in(unfinished, folder, name, err);
    if (!status) status = weft_dir_create(folder, err);
    if (status) return status;
    photo_list_init(&list);
    status = weft_store_backup(store, unfinished, watch->cancel, err);
    if (!status) status = list_photos(&list, unfinished, err);
    if (!status) status = copy_photos(&list, data_folder, folder, watch, report, err);
    if (!status) {
        manifest m = {.products = list.products, .photos = list.count, .missing = report->missing};
        status = publish(&m, unfinished, folder, err);
        report->products = m.products;
        report->photos = m.photos;
        report->database_bytes = m.bytes;
    }
    if (status) unlink(unfinished);
    photo_list_deinit(&list);
    return status;
}

/* ---- verifying and restoring ---- */

static weft_status verify_photos(const photo_list *list, const manifest *m, const char *folder,
                                 const weft_backup_watch *watch, weft_err *err) {
    char names[512] = "";
    size_t faults = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (is_cancelled(watch)) return weft_fail(err, WEFT_E_CANCELLED, "stopped");
        if (watch->on_progress) watch->on_progress(watch->context, i, list->count);
        if (is_whole(folder, &list->photos[i])) continue;
        size_t used = strlen(names);
        if (faults++ < NAMED_FAULTS)
            snprintf(names + used, sizeof names - used, " %.90s", list->photos[i].path);
    }
    if (watch->on_progress) watch->on_progress(watch->context, list->count, list->count);
    if (list->count == m->photos && list->products == m->products && faults <= m->missing)
        return WEFT_OK;
    if (faults > m->missing)
        return weft_fail(err, WEFT_E_FORMAT,
                         "%s: %zu photos are missing or damaged (%zu were when it was made):%s%s",
                         folder, faults, m->missing, names, faults > NAMED_FAULTS ? " ..." : "");
    return weft_fail(err, WEFT_E_FORMAT, "%s: the database has other products than the manifest",
                     folder);
}

/* Verifies all; *copy is then a file of the database that may be opened, which the caller
 * removes. */
static weft_status verify_into(const char *folder, char copy[PATH_MAX], photo_list *list,
                               const weft_backup_watch *watch, weft_backup_report *report,
                               weft_err *err) {
    char path[PATH_MAX], digest[WEFT_DIGEST_HEX_SIZE];
    size_t bytes = 0;
    manifest m;
    weft_status status = read_manifest(&m, folder, err);
    if (!status) status = path_in(path, folder, m.database, err);
    if (status) return status;
    status = digest_file(path, digest, &bytes, err);
    if (status == WEFT_E_NOT_FOUND)
        status = weft_fail(err, WEFT_E_FORMAT, "%s: the database is missing", path);
    if (!status && strcmp(digest, m.digest) != 0)
        status = weft_fail(err, WEFT_E_FORMAT, "%s: damaged (%zu bytes of %zu, checksum)", path,
                           bytes, m.bytes);
    if (!status) status = copy_file(path, copy, err);
    if (!status) status = list_photos(list, copy, err);
    if (!status) status = verify_photos(list, &m, folder, watch, err);
    if (status) return status;
    *report = (weft_backup_report){.products = m.products,
                                   .photos = m.photos,
                                   .missing = m.missing,
                                   .database_bytes = m.bytes};
    return WEFT_OK;
}

static weft_status make_scratch(char folder[PATH_MAX], char copy[PATH_MAX], weft_err *err) {
    const char *root = getenv("TMPDIR");
    snprintf(folder, PATH_MAX, "%.3000s/weft-backup-XXXXXX", root && *root ? root : "/tmp");
    if (!mkdtemp(folder)) return weft_fail(err, WEFT_E_IO, "%s: %s", folder, strerror(errno));
    return path_in(copy, folder, "weft.db", err);
}

static void remove_scratch(const char *folder) {
    static const char *const names[] = {"weft.db", "weft.db-wal", "weft.db-shm"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!path_in(path, folder, names[i], NULL)) unlink(path);
    rmdir(folder);
}

/* Said before minutes are spent; weft_store_restore looks again, at everything. */
static weft_status check_empty(weft_store *store, weft_err *err) {
    size_t products;
    weft_status status = weft_store_count_products(store, &products, err);
    if (status || products == 0) return status;
    return weft_fail(err, WEFT_E_CONFLICT,
                     "there are %zu products already; a backup goes into an empty database",
                     products);
}

/* Verifies, and where there is a store puts it back. */
static weft_status verify_or_restore(weft_store *store, const char *data_folder, const char *folder,
                                     const weft_backup_watch *watch, weft_backup_report *report,
                                     weft_err *err) {
    char scratch[PATH_MAX], copy[PATH_MAX];
    photo_list list;
    *report = (weft_backup_report){0};
    weft_status status = make_scratch(scratch, copy, err);
    if (status) return status;
    photo_list_init(&list);
    if (store) status = check_empty(store, err);
    if (!status) status = verify_into(folder, copy, &list, watch, report, err);
    if (!status && store) {
        size_t missing = report->missing;
        report->missing = 0;
        status = copy_photos(&list, folder, data_folder, watch, report, err);
        report->missing = missing;
    }
    if (!status && store) status = weft_store_restore(store, copy, err);
    photo_list_deinit(&list);
    remove_scratch(scratch);
    return status;
}

weft_status weft_backup_verify(const char *folder, const weft_backup_watch *watch,
                               weft_backup_report *report, weft_err *err) {
    return verify_or_restore(NULL, NULL, folder, watch, report, err);
}

weft_status weft_backup_restore(weft_store *store, const char *data_folder, const char *folder,
                                const weft_backup_watch *watch, weft_backup_report *report,
                                weft_err *err) {
    return verify_or_restore(store, data_folder, folder, watch, report, err);
}
