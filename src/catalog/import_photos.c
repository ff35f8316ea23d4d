/* One thread reads the source (an archive has one position), the pool does what
 * takes time: decoding for the check, hashing, writing. The pool's bounded queue
 * also bounds the photos in memory.
 *
 * Photos are written whole but not flushed one by one, which would cost a disk's
 * turn for each of them; the filesystem is flushed once, before the batch's
 * products are handed over. So a product in the store never points at a photo
 * that a power cut can take away. */
#include "catalog/import_photos.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/pool.h"
#include "catalog/photo_store.h"

typedef enum { NOT_LOOKED_AT, MISSING, BROKEN, STORED, NEWLY_STORED, FATAL } outcome;

/* One product's photo, on its way from the reader to a worker. */
typedef struct {
    const weft_import_options *options;
    const char *extension;
    weft_buf bytes; /* freed by the worker */
    outcome outcome;
    weft_photo_name name; /* of a stored photo */
    weft_err err;         /* of any other */
} photo;

struct weft_import_photos {
    const weft_import_options *options;
    weft_photo_source *source;
    weft_import_report *report;
    weft_pool *pool;
    photo *photos; /* [weft_import_batch_size] */
};

weft_status weft_import_photos_new(weft_import_photos **out, const weft_import_options *options,
                                   weft_photo_source *source, weft_import_report *report,
                                   weft_err *err) {
    size_t batch_size = weft_import_batch_size(options);
    size_t workers = options->workers ? options->workers : weft_cpu_count();
    weft_import_photos *photos = weft_calloc(1, sizeof *photos);
    if (!photos) return weft_fail(err, WEFT_E_NOMEM, "photos of an import");
    photos->options = options;
    photos->source = source;
    photos->report = report;
    photos->photos = weft_calloc(batch_size, sizeof *photos->photos);
    weft_status status = WEFT_OK;
    if (!photos->photos)
        status = weft_fail(err, WEFT_E_NOMEM, "photos of %zu products", batch_size);
    if (!status) status = weft_pool_new(&photos->pool, workers, workers, err);
    if (status) weft_import_photos_free(photos);
    else *out = photos;
    return status;
}

void weft_import_photos_free(weft_import_photos *photos) {
    if (!photos) return;
    weft_pool_free(photos->pool);
    weft_free(photos->photos);
    weft_free(photos);
}

/* A photo that is stored was found good when it was stored, so it is not decoded
 * again: that is what makes a second import quick. */
static outcome store_photo(photo *p) {
    const weft_import_sink *sink = &p->options->sink;
    const char *folder = p->options->data_folder;
    const void *bytes = p->bytes.data;
    size_t n = p->bytes.size;
    weft_photo_name_of(&p->name, bytes, n, p->extension);
    if (weft_photo_is_stored(folder, &p->name, n)) return STORED;
    if (sink->check_photo) {
        weft_status status = sink->check_photo(sink->context, bytes, n, &p->err);
        if (status) return status == WEFT_E_NOMEM ? FATAL : BROKEN;
    }
    return weft_photo_save(folder, &p->name, bytes, n, &p->err) ? FATAL : NEWLY_STORED;
}

static void store_task(void *argument, size_t worker) {
    photo *p = argument;
    (void)worker;
    p->outcome = store_photo(p);
    weft_buf_deinit(&p->bytes);
}

/* Reads one photo and passes it on to the pool. */
static void read_photo(weft_import_photos *photos, photo *p, const char *product_id) {
    weft_buf_init(&p->bytes);
    weft_status status =
        weft_photo_source_read(photos->source, product_id, &p->bytes, &p->extension, &p->err);
    if (!status && p->bytes.size == 0)
        status = weft_fail(&p->err, WEFT_E_FORMAT, "the file is empty");
    if (!status) {
        weft_pool_submit(photos->pool, store_task, p);
        return;
    }
    p->outcome = status == WEFT_E_NOT_FOUND ? MISSING : status == WEFT_E_NOMEM ? FATAL : BROKEN;
    weft_buf_deinit(&p->bytes);
}

/* Puts what became of a photo into its product and the report. */
static weft_status settle(const photo *p, weft_product *product, size_t row,
                          weft_import_report *report, weft_err *err) {
    weft_import_issue issue = {.row = row,
                               .product_id = product->product_id,
                               .kind = WEFT_IMPORT_NO_PHOTO,
                               .detail = p->err.message};
    switch (p->outcome) {
    case NEWLY_STORED:
    case STORED:
        product->image_path = p->name.path;
        product->image_digest = p->name.digest;
        report->photos++;
        report->photos_written += p->outcome == NEWLY_STORED;
        return WEFT_OK;
    case BROKEN: issue.kind = WEFT_IMPORT_BROKEN_PHOTO; break;
    case MISSING: break;
    case FATAL:
        if (err) *err = p->err;
        return weft_fail_in(err, p->err.status, "photo of product %s", product->product_id);
    case NOT_LOOKED_AT: return weft_fail(err, WEFT_E_CANCELLED, "stopped");
    }
    return weft_import_tell(&p->options->sink, &issue, report, err);
}

weft_status weft_import_photos_find(weft_import_photos *photos, weft_product *products,
                                    const size_t *rows, size_t n, weft_err *err) {
    const weft_import_options *options = photos->options;
    weft_import_report *report = photos->report;
    for (size_t i = 0; i < n; i++) {
        photo *p = &photos->photos[i];
        p->options = options;
        p->outcome = NOT_LOOKED_AT;
        p->err = (weft_err){0};
    }
    for (size_t i = 0; i < n; i++) {
        if (options->cancel && atomic_load(options->cancel)) break;
        read_photo(photos, &photos->photos[i], products[i].product_id);
    }
    weft_pool_wait(photos->pool);

    size_t written_before = report->photos_written;
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < n && !status; i++)
        status = settle(&photos->photos[i], &products[i], rows[i], report, err);
    if (!status && report->photos_written > written_before)
        status = weft_dir_flush(options->data_folder, err);
    return status;
}
