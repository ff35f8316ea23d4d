#include "catalog/import_deepfashion2.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/mem.h"

enum { DEFAULT_BATCH = 500, MAX_BATCH = 100000, DEFAULT_MAX_PHOTO = 20 << 20 };

typedef struct {
    const weft_garment_options *options;
    weft_garment_report *report;
    size_t batch_size, max_photo;
    weft_arena names_arena, strings; /* of the names; of the present batch */
    const char **names;              /* [name_count], sorted */
    size_t name_count, name_capacity;
    weft_garment *garments; /* [batch_size + WEFT_ANNOTATION_MAX_GARMENTS] */
    size_t count;
    weft_annotation annotation; /* the present one */
    const char *name;           /* its file's */
} import_run;

static weft_status tell(import_run *im, uint32_t item, weft_garment_issue_kind kind,
                        const char *detail, weft_err *err) {
    const weft_garment_sink *sink = &im->options->sink;
    const weft_garment_issue issue = {im->name, item, kind, detail};
    im->report->issues[kind]++;
    return sink->on_issue ? sink->on_issue(sink->context, &issue, err) : WEFT_OK;
}

/* ---- the names ---- */

static bool add_name(import_run *im, const char *name) {
    if (im->name_count == im->name_capacity) {
        size_t capacity = im->name_capacity ? 2 * im->name_capacity : 1024;
        const char **larger = weft_realloc(im->names, capacity, sizeof *larger);
        if (!larger) return false;
        im->names = larger;
        im->name_capacity = capacity;
    }
    im->names[im->name_count] = weft_arena_strdup(&im->names_arena, name);
    return im->names[im->name_count++];
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static weft_status make_path(const import_run *im, char path[PATH_MAX], const char *folder,
                             const char *name, weft_err *err) {
    int n = snprintf(path, PATH_MAX, "%s/%s/%s", im->options->folder, folder, name);
    if (n >= 0 && n < PATH_MAX) return WEFT_OK;
    return weft_fail(err, WEFT_E_LIMIT, "%s/%s: the path of %.40s is too long", im->options->folder,
                     folder, name);
}

static weft_status list_annotations(import_run *im, weft_err *err) {
    char path[PATH_MAX];
    weft_status status = make_path(im, path, "annos", "", err);
    if (status) return status;
    DIR *dir = opendir(path);
    if (!dir)
        return weft_fail(err, errno == ENOENT ? WEFT_E_NOT_FOUND : WEFT_E_IO, "%s: %s", path,
                         strerror(errno));
    for (const struct dirent *entry; !status && (errno = 0, entry = readdir(dir));)
        if (entry->d_name[0] != '.' && !add_name(im, entry->d_name))
            status = weft_fail(err, WEFT_E_NOMEM, "names of annotations");
    if (!status && errno) status = weft_fail(err, WEFT_E_IO, "%s: %s", path, strerror(errno));
    closedir(dir);
    if (im->name_count) qsort(im->names, im->name_count, sizeof *im->names, by_text);
    return status;
}

/* ---- one annotation ---- */

/* A file that is one, and no link. */
static bool is_file(const char *path, size_t *size) {
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) return false;
    *size = (size_t)st.st_size;
    return true;
}

/* Into im->annotation; *ok: it could be read, else the issue was told. */
static weft_status read_annotation(import_run *im, bool *ok, weft_err *err) {
    char path[PATH_MAX];
    weft_buf text;
    weft_err why = {0};
    size_t size;
    *ok = false;
    weft_status status = make_path(im, path, "annos", im->name, err);
    if (status) return status;
    if (!is_file(path, &size))
        return tell(im, 0, WEFT_GARMENT_BAD_ANNOTATION, "this is no file", err);
    weft_buf_init(&text);
    status = weft_file_read(path, WEFT_ANNOTATION_MAX_BYTES, &text, &why);
    if (!status)
        status = weft_annotation_parse(&im->annotation, (weft_str){text.data, text.size}, &why);
    weft_buf_deinit(&text);
    *ok = status == WEFT_OK;
    if (*ok) return WEFT_OK;
    if (status == WEFT_E_NOMEM) return weft_fail(err, status, "%s: %s", im->name, why.message);
    return tell(im, 0,
                status == WEFT_E_LIMIT ? WEFT_GARMENT_TOO_LARGE : WEFT_GARMENT_BAD_ANNOTATION,
                why.message, err);
}

/* The photo of the annotation's name; *found is "" when there is none, having told so. */
static weft_status find_photo(import_run *im, char found[PATH_MAX], weft_err *err) {
    static const char *const suffixes[] = {"jpg", "jpeg", "png", "webp"};
    char file[NAME_MAX + 8], detail[64];
    int stem = (int)(strlen(im->name) - strlen(".json"));
    size_t size = 0;
    for (size_t s = 0; s < sizeof suffixes / sizeof *suffixes; s++) {
        snprintf(file, sizeof file, "%.*s.%s", stem, im->name, suffixes[s]);
        weft_status status = make_path(im, found, "image", file, err);
        if (status) return status;
        if (!is_file(found, &size)) continue;
        if (size <= im->max_photo) return WEFT_OK;
        found[0] = '\0';
        snprintf(detail, sizeof detail, "photo: %zu bytes, at most %zu", size, im->max_photo);
        return tell(im, 0, WEFT_GARMENT_TOO_LARGE, detail, err);
    }
    found[0] = '\0';
    return tell(im, 0, WEFT_GARMENT_NO_PHOTO, "", err);
}

static int32_t clip(int32_t at, uint32_t most) {
    return at < 0 ? 0 : (uint32_t)at > most ? (int32_t)most : at;
}

/* Appends the garment to the batch, cut to the photo. */
static weft_status take_garment(import_run *im, const weft_annotated_garment *g, const char *photo,
                                uint32_t width, uint32_t height, weft_err *err) {
    char detail[128];
    if (!g->is_usable) return tell(im, g->item, g->problem, g->detail, err);
    const weft_garment_corners c = g->corners, cut = {clip(c.left, width), clip(c.top, height),
                                                      clip(c.right, width), clip(c.bottom, height)};
    snprintf(detail, sizeof detail, "%d, %d, %d, %d in %ux%u", c.left, c.top, c.right, c.bottom,
             width, height);
    if (cut.right <= cut.left || cut.bottom <= cut.top)
        return tell(im, g->item, WEFT_GARMENT_BOX_OUTSIDE, detail, err);
    im->garments[im->count++] = (weft_garment){.photo = photo,
                                               .item = g->item,
                                               .category = g->category,
                                               .style = g->style,
                                               .pair_id = im->annotation.pair_id,
                                               .is_shop = im->annotation.is_shop,
                                               .x = (uint32_t)cut.left,
                                               .y = (uint32_t)cut.top,
                                               .width = (uint32_t)(cut.right - cut.left),
                                               .height = (uint32_t)(cut.bottom - cut.top)};
    if (memcmp(&c, &cut, sizeof c) == 0) return WEFT_OK;
    return tell(im, g->item, WEFT_GARMENT_BOX_CLIPPED, detail, err);
}

static weft_status take_garments(import_run *im, weft_err *err) {
    const weft_garment_sink *sink = &im->options->sink;
    const size_t before = im->count;
    char path[PATH_MAX];
    uint32_t width = 0, height = 0;
    weft_err why = {0};
    weft_status status = find_photo(im, path, err);
    if (status || !path[0]) return status;
    status = sink->measure_photo(sink->context, path, &width, &height, &why);
    if (status == WEFT_E_NOMEM) return weft_fail(err, status, "%s: %s", path, why.message);
    if (status) return tell(im, 0, WEFT_GARMENT_BROKEN_PHOTO, why.message, err);
    const char *photo = weft_arena_strdup(&im->strings, path);
    if (!photo) return weft_fail(err, WEFT_E_NOMEM, "garments");
    for (size_t i = 0; i < im->annotation.count && !status; i++)
        status = take_garment(im, &im->annotation.garments[i], photo, width, height, err);
    im->report->photos += im->count > before;
    return status;
}

static weft_status take_annotation(import_run *im, weft_err *err) {
    bool ok;
    if (!weft_str_ends_with_nocase(weft_str_of(im->name), ".json"))
        return tell(im, 0, WEFT_GARMENT_UNKNOWN_FILE, "", err);
    im->report->annotations++;
    weft_status status = read_annotation(im, &ok, err);
    if (status || !ok) return status;
    if (im->annotation.count == 0) return tell(im, 0, WEFT_GARMENT_NO_GARMENT, "", err);
    return take_garments(im, err);
}

/* ---- the import ---- */

static weft_status flush_batch(import_run *im, size_t done, weft_err *err) {
    const weft_garment_sink *sink = &im->options->sink;
    weft_status status = WEFT_OK;
    if (im->count) status = sink->put_garments(sink->context, im->garments, im->count, err);
    if (status) return status;
    im->report->garments += im->count;
    im->count = 0;
    weft_arena_deinit(&im->strings);
    if (sink->on_progress) sink->on_progress(sink->context, done, im->name_count);
    return WEFT_OK;
}

/* A batch ends by its garments, and by annotations so that progress is seen where all are
 * refused. */
static weft_status take_annotations(import_run *im, weft_err *err) {
    weft_status status = WEFT_OK;
    size_t last = 0;
    for (size_t i = 0; i < im->name_count && !status; i++) {
        if (im->options->cancel && atomic_load(im->options->cancel))
            return weft_fail(err, WEFT_E_CANCELLED, "stopped after %zu annotations, %zu garments",
                             im->report->annotations, im->report->garments);
        im->name = im->names[i];
        status = take_annotation(im, err);
        if (status || (im->count < im->batch_size && i + 1 - last < im->batch_size)) continue;
        status = flush_batch(im, i + 1, err);
        last = i + 1;
    }
    return status ? status : flush_batch(im, im->name_count, err);
}

weft_status weft_import_deepfashion2(const weft_garment_options *options,
                                     weft_garment_report *report, weft_err *err) {
    import_run *im = weft_calloc(1, sizeof *im);
    *report = (weft_garment_report){0};
    if (!im) return weft_fail(err, WEFT_E_NOMEM, "garments");
    im->options = options;
    im->report = report;
    im->batch_size = options->batch_size ? options->batch_size : DEFAULT_BATCH;
    if (im->batch_size > MAX_BATCH) im->batch_size = MAX_BATCH;
    im->max_photo = options->max_photo_bytes ? options->max_photo_bytes : DEFAULT_MAX_PHOTO;
    weft_arena_init(&im->names_arena, 1 << 16);
    weft_arena_init(&im->strings, 0);
    im->garments = weft_alloc(im->batch_size + WEFT_ANNOTATION_MAX_GARMENTS, sizeof *im->garments);
    weft_status status =
        im->garments ? list_annotations(im, err) : weft_fail(err, WEFT_E_NOMEM, "garments");
    if (!status) status = take_annotations(im, err);
    weft_arena_deinit(&im->names_arena);
    weft_arena_deinit(&im->strings);
    weft_free(im->garments);
    weft_free(im->names);
    weft_free(im);
    return status;
}
