/* embed.c - the pipeline of `weft embed`.
 *
 * One walk over the store finds what is out of date (digests only, no vectors).
 * The list is cut into batches; each goes to one worker of a bounded pool, which
 * reads and decodes the photos, runs both towers of the model and hands the rows
 * to the writer. All of a worker's stages keep its processor busy, so it does them
 * in turn and no data changes hands; only the commit waits, for the disk, and that
 * is the writer's thread. Workers share nothing but the writer, the counters and
 * the first error. */
#include "sync/embed.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/pool.h"
#include "sync/embed_writer.h"
#include "sync/first_failure.h"

enum { BATCH_SIZE = WEFT_EMBED_BATCH, PARCELS_PER_WORKER = 3 };

enum { LEASE_SECONDS = 60, LEASE_SIZE = 128, PAUSE_MS = 200 };

typedef struct {
    weft_product product;
    const char *sentence; /* what the text embedding is made from */
    char text_digest[WEFT_DIGEST_HEX_SIZE];
} item;

/* A worker's own memory, sized once. */
typedef struct {
    weft_clip_session *session;
    float *tensors; /* [BATCH_SIZE][3][image_size][image_size] */
} bench;

typedef struct {
    const weft_embed_options *options;
    char model_name[WEFT_EMBEDDING_MODEL_SIZE];
    weft_arena arena; /* of the items; filled before the workers start */
    item *items;
    size_t item_count, item_capacity;
    const char *lease;    /* of the items in the store's queue; NULL: there is none */
    size_t leased, total; /* products of the lease; for the progress */
    bench *benches;       /* [worker_count] */
    size_t worker_count;
    weft_embed_writer *writer;

    weft_first_failure failure; /* of a batch or commit */
    pthread_mutex_t lock;       /* of what follows */
    weft_embed_report *report;
    size_t handled; /* items that are written, or known to be someone else's */
} run;

typedef struct {
    run *run;
    size_t first, count; /* items of the batch */
} batch;

void weft_embedding_model_name(const weft_clip_model *model, char out[WEFT_EMBEDDING_MODEL_SIZE]) {
    weft_clip_info info = weft_clip_model_info(model);
    snprintf(out, WEFT_EMBEDDING_MODEL_SIZE, "%.96s@%.16s", info.name, info.digest);
}

/* ---- what is out of date ---- */

static bool is_current(const run *r, const item *it, const weft_embedding *have) {
    return have && strcmp(have->embedding_model, r->model_name) == 0 &&
           strcmp(have->text_digest, it->text_digest) == 0 &&
           strcmp(have->image_digest, it->product.image_digest) == 0;
}

static weft_status visit_product(void *context, const weft_product *product,
                                 const weft_embedding *have, weft_err *err) {
    run *r = context;
    weft_status status = WEFT_OK;
    item it = {.product = *product};
    weft_buf sentence;
    weft_buf_init(&sentence);
    weft_product_text(product, &sentence);
    if (!weft_buf_ok(&sentence)) {
        status = WEFT_E_NOMEM;
        goto cleanup;
    }
    weft_digest_hex(sentence.data, sentence.size, it.text_digest);
    r->report->products++;
    if (is_current(r, &it, have)) goto cleanup;

    if (r->item_count == r->item_capacity) {
        size_t capacity = r->item_capacity ? r->item_capacity * 2 : 1024;
        item *items = weft_realloc(r->items, capacity, sizeof *items);
        if (!items) {
            status = WEFT_E_NOMEM;
            goto cleanup;
        }
        r->items = items;
        r->item_capacity = capacity;
    }
    it.sentence = weft_arena_strndup(&r->arena, sentence.data, sentence.size);
    if (!it.sentence || !weft_product_copy(&it.product, product, &r->arena)) {
        status = WEFT_E_NOMEM;
        goto cleanup;
    }
    r->items[r->item_count++] = it;

cleanup:
    weft_buf_deinit(&sentence);
    if (status) weft_fail(err, status, "product %s: listing what to embed", product->product_id);
    return status;
}

/* A product that is gone has nothing to embed. */
static weft_status visit_change(void *context, const char *product_id, const weft_product *product,
                                const weft_embedding *have, weft_err *err) {
    (void)product_id;
    return product ? visit_product(context, product, have, err) : WEFT_OK;
}

static weft_status list_items(run *r, weft_err *err) {
    uint64_t seq;
    if (r->options->since == 0)
        return weft_store_each(r->options->store, r->model_name, false, visit_product, r, err);
    return weft_store_each_changed(r->options->store, r->model_name, r->options->since, false,
                                   visit_change, r, &seq, err);
}

/* ---- one batch ---- */

static bool is_stopped(run *r) {
    if (r->options->cancel && atomic_load(r->options->cancel)) return true;
    return weft_first_failure_get(&r->failure, NULL) != WEFT_OK;
}

static weft_status read_photo(const run *r, const item *it, float *tensor, weft_err *err) {
    char path[PATH_MAX];
    weft_buf bytes;
    weft_buf_init(&bytes);
    snprintf(path, sizeof path, "%s/%s", r->options->data_folder, it->product.image_path);
    weft_status status = weft_file_read(path, WEFT_IMAGE_LIMITS_DEFAULT.max_bytes, &bytes, err);
    if (!status)
        status = weft_image_decode_tensor(
            bytes.data, bytes.size, weft_clip_model_preprocess(r->options->model), tensor, err);
    weft_buf_deinit(&bytes);
    return status;
}

/* Fills tensors with the readable photos of the batch; slot[i] is the tensor of
 * item i, or -1. Memory running out is the run's failure, not the photo's. */
static weft_status read_photos(const batch *b, const bench *own, int slot[BATCH_SIZE],
                               size_t *photo_count, weft_err *err) {
    run *r = b->run;
    uint32_t side = weft_clip_model_info(r->options->model).image_size;
    size_t tensor_size = (size_t)3 * side * side;
    *photo_count = 0;
    for (size_t i = 0; i < b->count; i++) {
        const item *it = &r->items[b->first + i];
        weft_err why = {0};
        slot[i] = -1;
        if (it->product.image_path[0] == '\0') continue;
        weft_status status = read_photo(r, it, own->tensors + *photo_count * tensor_size, &why);
        if (status == WEFT_E_NOMEM) {
            if (err) *err = why;
            return status;
        }
        if (!status) {
            slot[i] = (int)(*photo_count)++;
            continue;
        }
        pthread_mutex_lock(&r->lock);
        r->report->photo_errors++;
        if (r->options->on_photo_error)
            r->options->on_photo_error(r->options->context, it->product.product_id, &why);
        pthread_mutex_unlock(&r->lock);
    }
    return WEFT_OK;
}

/* Both towers; images and texts of the parcel are then what `slot` and the items say. */
static weft_status encode(const batch *b, const bench *own, const weft_embed_parcel *parcel,
                          weft_err *err) {
    weft_str sentences[BATCH_SIZE];
    weft_status status =
        weft_clip_encode_tensors(own->session, own->tensors, parcel->photos, parcel->images, err);
    if (status) return status;
    for (size_t i = 0; i < b->count; i++)
        sentences[i] = weft_str_of(b->run->items[b->first + i].sentence);
    return weft_clip_encode_text(own->session, sentences, b->count, parcel->texts, err);
}

static void fill_rows(const batch *b, const int slot[BATCH_SIZE], weft_embed_parcel *parcel) {
    const run *r = b->run;
    size_t dim = weft_clip_model_info(r->options->model).dim;
    parcel->count = b->count;
    for (size_t i = 0; i < b->count; i++) {
        const item *it = &r->items[b->first + i];
        const float *text = parcel->texts + i * dim;
        const float *image = slot[i] < 0 ? NULL : parcel->images + (size_t)slot[i] * dim;
        float *hybrid = parcel->hybrids + i * dim;
        weft_vector_blend(image, text, r->options->hybrid_weight, dim, hybrid);
        parcel->rows[i] = (weft_embedding){
            .product_id = it->product.product_id,
            .embedding_model = r->model_name,
            .text_digest = it->text_digest,
            .image_digest = it->product.image_digest,
            .dim = dim,
            .image_embedding = image,
            .text_embedding = text,
            .hybrid_embedding = hybrid,
        };
    }
}

static weft_status embed_batch(const batch *b, const bench *own, weft_err *err) {
    int slot[BATCH_SIZE];
    size_t photo_count;
    weft_status status = read_photos(b, own, slot, &photo_count, err);
    if (status) return status;
    weft_embed_parcel *parcel = weft_embed_writer_take(b->run->writer);
    parcel->photos = photo_count;
    status = encode(b, own, parcel, err);
    if (status) {
        weft_embed_writer_discard(b->run->writer, parcel);
        return status;
    }
    fill_rows(b, slot, parcel);
    weft_embed_writer_give(b->run->writer, parcel);
    return WEFT_OK;
}

/* In the writer's thread. */
static void note_written(void *context, weft_status status, size_t rows, size_t written,
                         size_t photos, const weft_err *err) {
    run *r = context;
    if (status) {
        weft_first_failure_note(&r->failure, status, err);
        return;
    }
    pthread_mutex_lock(&r->lock);
    r->handled += rows;
    r->report->embedded += written;
    r->report->photos += photos < written ? photos : written;
    if (r->options->on_progress)
        r->options->on_progress(r->options->context, r->report->embedded, r->total);
    pthread_mutex_unlock(&r->lock);
}

static void run_batch(void *argument, size_t worker) {
    batch *b = argument;
    weft_err err = {0};
    if (is_stopped(b->run)) return;
    weft_status status = embed_batch(b, &b->run->benches[worker], &err);
    if (status) weft_first_failure_note(&b->run->failure, status, &err);
}

/* ---- the run ---- */

static weft_status open_benches(run *r, weft_err *err) {
    weft_clip_info info = weft_clip_model_info(r->options->model);
    size_t tensor_size = (size_t)3 * info.image_size * info.image_size;
    r->benches = weft_calloc(r->worker_count, sizeof *r->benches);
    if (!r->benches) return weft_fail(err, WEFT_E_NOMEM, "embedding workers");
    for (size_t i = 0; i < r->worker_count; i++) {
        bench *own = &r->benches[i];
        own->tensors = weft_alloc(BATCH_SIZE * tensor_size, sizeof(float));
        if (!own->tensors)
            return weft_fail(err, WEFT_E_NOMEM, "buffers of embedding worker %zu", i);
        weft_status status = weft_clip_session_new(&own->session, r->options->model, err);
        if (status) return status;
    }
    return WEFT_OK;
}

static void close_benches(run *r) {
    for (size_t i = 0; r->benches && i < r->worker_count; i++) {
        weft_clip_session_free(r->benches[i].session);
        weft_free(r->benches[i].tensors);
    }
    weft_free(r->benches);
}

/* Hands out the items in batches and waits for the workers. A short list is cut
 * so that every worker has a part of it. */
static weft_status run_batches(run *r, weft_err *err) {
    size_t share = (r->item_count + r->worker_count - 1) / r->worker_count;
    size_t size = share < BATCH_SIZE ? share : BATCH_SIZE;
    size_t batch_count = (r->item_count + size - 1) / size;
    weft_pool *pool;
    batch *batches = weft_calloc(batch_count, sizeof *batches);
    if (!batches) return weft_fail(err, WEFT_E_NOMEM, "%zu batches to embed", batch_count);
    weft_status status = weft_pool_new(&pool, r->worker_count, r->worker_count * 2, err);
    if (status) {
        weft_free(batches);
        return status;
    }
    for (size_t i = 0; i < batch_count && !is_stopped(r); i++) {
        size_t first = i * size, left = r->item_count - first;
        batches[i] = (batch){.run = r, .first = first, .count = left < size ? left : size};
        weft_pool_submit(pool, run_batch, &batches[i]);
    }
    weft_pool_free(pool); /* after what is queued */
    weft_free(batches);
    return WEFT_OK;
}

static weft_status embed_items(run *r, weft_err *err) {
    const weft_embed_writer_options writing = {
        .store = r->options->store,
        .dim = weft_clip_model_info(r->options->model).dim,
        .parcels = r->worker_count * PARCELS_PER_WORKER,
        .lease = r->lease,
        .on_written = note_written,
        .context = r,
    };
    r->handled = 0;
    weft_status status = weft_embed_writer_new(&r->writer, &writing, err);
    if (status) return status;
    status = run_batches(r, err);
    weft_embed_writer_free(r->writer); /* after what was handed over is written */
    if (!status) status = weft_first_failure_get(&r->failure, err);
    if (status) return status;
    if (r->handled < r->item_count)
        return weft_fail(err, WEFT_E_CANCELLED, "stopped after %zu of %zu products",
                         r->report->embedded, r->total);
    return WEFT_OK;
}

/* ---- one worker among many ---- */

static weft_status queue_items(run *r, weft_err *err) {
    const char **ids = weft_alloc(r->item_count, sizeof *ids);
    if (!ids) return weft_fail(err, WEFT_E_NOMEM, "%zu products to embed", r->item_count);
    for (size_t i = 0; i < r->item_count; i++) ids[i] = r->items[i].product.product_id;
    weft_status status =
        weft_store_queue_put(r->options->store, r->model_name, ids, r->item_count, err);
    weft_free(ids);
    return status;
}

/* Looks once more: someone may have embedded it between the listing and the queueing. */
static weft_status visit_leased(void *context, const weft_product *product,
                                const weft_embedding *have, weft_err *err) {
    run *r = context;
    r->leased++;
    r->report->products--; /* counted when it was listed */
    return visit_product(context, product, have, err);
}

/* Takes a lease and does what there is to do for it. */
static weft_status work_off_lease(run *r, weft_err *err) {
    double seconds = r->options->lease_seconds > 0 ? r->options->lease_seconds : LEASE_SECONDS;
    weft_arena_deinit(&r->arena);
    r->item_count = r->leased = 0;
    weft_status status =
        weft_store_queue_lease(r->options->store, r->model_name, r->lease,
                               r->worker_count * BATCH_SIZE, seconds, visit_leased, r, err);
    if (!status && r->item_count) status = embed_items(r, err);
    if (!status && r->leased) status = weft_store_queue_end(r->options->store, r->lease, err);
    return status;
}

/* What others have taken may come back: a worker stays until the queue is empty. */
static weft_status work_off_queue(run *r, weft_err *err) {
    char lease[LEASE_SIZE];
    size_t left = r->item_count;
    weft_status status = queue_items(r, err);
    for (size_t n = 0; left && !status; n++) {
        snprintf(lease, sizeof lease, "%.80s %zu", r->options->worker, n);
        r->lease = lease;
        r->total = r->report->embedded + left;
        status = work_off_lease(r, err);
        if (!status) status = weft_store_queue_count(r->options->store, r->model_name, &left, err);
        if (!status && left && is_stopped(r))
            status = weft_fail(err, WEFT_E_CANCELLED, "stopped, %zu products are left", left);
        if (!status && left && !r->leased) usleep(PAUSE_MS * 1000);
    }
    return status;
}

weft_status weft_embed_run(const weft_embed_options *options, weft_embed_report *report,
                           weft_err *err) {
    *report = (weft_embed_report){0};
    run r = {.options = options, .report = report};
    r.worker_count = options->workers ? options->workers : weft_cpu_count();
    weft_embedding_model_name(options->model, r.model_name);
    weft_arena_init(&r.arena, 1 << 20);
    pthread_mutex_init(&r.lock, NULL);
    weft_first_failure_init(&r.failure);

    weft_status status = list_items(&r, err);
    r.total = r.item_count;
    if (!status && r.item_count) status = open_benches(&r, err);
    if (!status && r.item_count)
        status = options->worker ? work_off_queue(&r, err) : embed_items(&r, err);
    close_benches(&r);

    weft_first_failure_deinit(&r.failure);
    pthread_mutex_destroy(&r.lock);
    weft_arena_deinit(&r.arena);
    weft_free(r.items);
    return status;
}
