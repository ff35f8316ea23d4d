/* source_row.c - a row of a source's table becomes a product of the next batch. */
#include <string.h>

#include "base/file.h"
#include "catalog/photo_store.h"
#include "sync/source_follower.h"

static void count(atomic_uint_fast64_t *counter, uint64_t n) {
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* Is it the row's own fault? Then it is told and passed over; all else ends the session. */
static bool is_rows_fault(weft_status status) {
    return status == WEFT_E_INVALID || status == WEFT_E_FORMAT || status == WEFT_E_LIMIT ||
           status == WEFT_E_DENIED || status == WEFT_E_UNSUPPORTED || status == WEFT_E_IO;
}

static void reject(weft_source_follower *f, const weft_err *why) {
    count(&f->options->gauge->rejected, 1);
    if (f->options->on_reject) f->options->on_reject(f->options->context, why);
}

/* ---- photos ---- */

/* The file name without its ending: what photo_source.h knows photos by. */
static const char *photo_stem(weft_source_follower *f, const weft_source_row *row,
                              const weft_product *product) {
    weft_str name = row->values[WEFT_SOURCE_image];
    if (!f->spec.columns[WEFT_SOURCE_image]) return product->product_id;
    size_t n = name.size;
    while (n && name.data[n - 1] != '.' && name.data[n - 1] != '/') n--;
    if (n && name.data[n - 1] == '.') name.size = n - 1;
    return weft_arena_strndup(&f->batch.arena, name.data ? name.data : "", name.size);
}

/* Reads the photo and checks it, unless it is stored already: then it was good. */
static weft_status read_photo(weft_source_follower *f, const char *stem, weft_buf *bytes,
                              weft_photo_name *name, bool *is_stored, weft_err *err) {
    const weft_source_follow_options *o = f->options;
    const char *extension;
    weft_status status = weft_photo_source_read(f->photos, stem, bytes, &extension, err);
    if (status) return status;
    if (bytes->size == 0) return weft_fail(err, WEFT_E_FORMAT, "the file is empty");
    weft_photo_name_of(name, bytes->data, bytes->size, extension);
    *is_stored = weft_photo_is_stored(o->data_folder, name, bytes->size);
    if (*is_stored || !o->check_photo) return WEFT_OK;
    return o->check_photo(o->context, bytes->data, bytes->size, err);
}

static weft_status save_photo(weft_source_follower *f, const weft_buf *bytes,
                              const weft_photo_name *name, weft_err *err) {
    f->wrote_photos = true;
    return weft_photo_save(f->options->data_folder, name, bytes->data, bytes->size, err);
}

/* A product whose photo cannot be had is one without; a broken one is told. */
static weft_status add_photo(weft_source_follower *f, const weft_source_row *row,
                             weft_product *product, weft_err *err) {
    weft_buf bytes;
    weft_photo_name name;
    bool is_stored;
    weft_err why = {0};
    const char *stem = photo_stem(f, row, product);
    product->image_path = product->image_digest = "";
    if (!stem) return weft_fail(err, WEFT_E_NOMEM, "photo of product %s", product->product_id);
    if (!*stem) return WEFT_OK;
    weft_buf_init(&bytes);
    weft_status status = read_photo(f, stem, &bytes, &name, &is_stored, &why);
    if (status == WEFT_E_NOT_FOUND || is_rows_fault(status)) {
        weft_fail_in(&why, status, "photo of product %s", product->product_id);
        if (status != WEFT_E_NOT_FOUND) reject(f, &why);
        weft_buf_deinit(&bytes);
        return WEFT_OK;
    }
    if (status && err) *err = why;
    if (!status && !is_stored) status = save_photo(f, &bytes, &name, err);
    weft_buf_deinit(&bytes);
    if (status) return status;
    product->image_path = weft_arena_strdup(&f->batch.arena, name.path);
    product->image_digest = weft_arena_strdup(&f->batch.arena, name.digest);
    if (product->image_path && product->image_digest) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOMEM, "photo of product %s", product->product_id);
}

/* ---- rows ---- */

/* Takes the fields in `missing` from the product as it was. */
static weft_status fill_missing(weft_source_follower *f, const char *old_id, unsigned missing,
                                weft_product *product, weft_err *err) {
    const weft_source_entry *entry = weft_source_batch_find(&f->batch, old_id);
    weft_product old;
    if (entry && entry->is_deleted)
        return weft_fail(err, WEFT_E_INVALID, "product %s: it was deleted", old_id);
    if (entry) {
        old = entry->product;
    } else {
        weft_status status =
            weft_store_get_product(f->options->store, old_id, &f->batch.arena, &old, err);
        if (status == WEFT_E_NOT_FOUND)
            return weft_fail(err, WEFT_E_INVALID,
                             "product %s: a long value that did not change was not sent, and"
                             " weft has none (REPLICA IDENTITY FULL sends all)",
                             old_id);
        if (status) return status;
    }
    weft_source_keep_fields(product, &old, missing);
    return WEFT_OK;
}

static weft_status make_product(weft_source_follower *f, const weft_source_row *row,
                                const char *old_id, unsigned missing, weft_product *product,
                                weft_err *err) {
    weft_status status = weft_source_row_product(&f->spec, row, product, &f->batch.arena, err);
    if (!status && missing)
        status = fill_missing(f, old_id ? old_id : product->product_id, missing, product, err);
    return status;
}

/* Better no product than one that the shop has changed since. */
static weft_status pass_over(weft_source_follower *f, const char *old_id, const char *new_id,
                             const weft_err *why, weft_err *err) {
    const char *gone = old_id ? old_id : new_id;
    reject(f, why);
    return gone ? weft_source_batch_delete(&f->batch, gone, err) : WEFT_OK;
}

weft_status weft_source_put_row(weft_source_follower *f, const weft_source_row *row,
                                const char *old_id, unsigned missing, weft_err *err) {
    weft_product product;
    weft_err why = {0};
    weft_status status = make_product(f, row, old_id, missing, &product, &why);
    if (is_rows_fault(status)) return pass_over(f, old_id, product.product_id, &why, err);
    if (status) {
        if (err) *err = why;
        return status;
    }
    if (old_id && strcmp(old_id, product.product_id) != 0)
        status = weft_source_batch_delete(&f->batch, old_id, err);
    if (!status && f->photos) status = add_photo(f, row, &product, err);
    return status ? status : weft_source_batch_put(&f->batch, &product, err);
}

weft_status weft_source_apply(weft_source_follower *f, uint64_t position, bool ends_copy,
                              weft_err *err) {
    weft_source_gauge *gauge = f->options->gauge;
    weft_status status = WEFT_OK;
    /* So that no product in the store points at a photo that a power cut can take away. */
    if (f->wrote_photos) status = weft_dir_flush(f->options->data_folder, err);
    if (!status)
        status = weft_source_batch_apply(&f->batch, f->options->store, &f->source, position,
                                         ends_copy, err);
    if (status) return status;
    size_t deleted = 0;
    for (size_t i = 0; i < f->batch.count; i++) deleted += f->batch.entries[i].is_deleted;
    count(&gauge->deleted, deleted);
    count(&gauge->put, f->batch.count - deleted);
    if (position) f->source.position = position;
    f->wrote_photos = false;
    weft_source_batch_clear(&f->batch);
    return WEFT_OK;
}
