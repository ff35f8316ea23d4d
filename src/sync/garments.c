/* garments.c - the pipeline of `weft import deepfashion2`.
 *
 * The importer's thread reads annotations and hands over batches of garments. While it reads the
 * next batch, workers decode the photos of this one, cut the garments out and embed them; when the
 * next one is there they go on with that, and this one is written. So the database and the
 * reading wait for no processor, and at most two batches are lost when the process is killed. */
#include "sync/garments.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/pool.h"
#include "clip/clip_parts.h"
#include "sync/embed.h"
#include "sync/first_failure.h"

enum {
    BATCH_OF_WORKER = 96, /* garments of a batch for each worker: */
    BATCH_LEAST = 256,
    BATCH_MOST = 4096,
    TOGETHER = WEFT_ANNOTATION_MAX_GARMENTS, /* garments of one run of the model, at the most */
    TASK_MOST = 32                           /* garments of a task, about */
};

/* Garments of one photo, which one worker does. */
typedef struct {
    const char *path;
    const char *annotation; /* the name of its file */
    size_t first, count;    /* of the batch */
    bool is_broken;
    char why[160];
} photo;

typedef struct run run;

typedef struct {
    run *run;
    size_t first, count; /* photos of the batch that is worked on */
} task;

/* Garments that are to be embedded. */
typedef struct {
    weft_arena arena;                      /* of the strings */
    weft_store_item *items;                /* [count], as are the next four */
    weft_clip_part *parts;                 /* where they are */
    bool *is_there;                        /* the store has it already */
    bool *is_done;                         /* has an embedding */
    float *vectors;                        /* [count][dim] */
    photo *photos;                         /* [photo_count] */
    task *tasks;                           /* [task_count] */
    size_t count, photo_count, task_count; /* there is room for a whole batch of each */
} batch;

/* A worker's own memory, sized once. */
typedef struct {
    weft_clip_session *session;
    float *tensors;      /* [TOGETHER][3][image_size][image_size] */
    float *vectors;      /* [TOGETHER][dim] */
    size_t at[TOGETHER]; /* the garments of the batch whose tensors these are */
    size_t count;
} bench;

struct run {
    const weft_garments_options *options;
    weft_garments_report *report;
    char model_name[WEFT_EMBEDDING_MODEL_SIZE], name[NAME_MAX + 1];
    size_t dim, tensor_size, batch_size;
    batch batches[2], *working; /* the one that workers have; NULL: none */
    weft_pool *pool;
    bench *benches;
    size_t worker_count;
    size_t handed_over;         /* annotations whose garments workers have, or had */
    size_t known, broken;       /* garments that were there; photos that could not be decoded */
    weft_first_failure failure; /* of a worker */
};

/* ---- what a worker does ---- */

static bool is_stopped(run *r) {
    if (r->options->cancel && atomic_load(r->options->cancel)) return true;
    return weft_first_failure_get(&r->failure, NULL) != WEFT_OK;
}

static weft_status encode_bench(run *r, bench *own, weft_err *err) {
    batch *b = r->working;
    weft_status status = own->count ? weft_clip_encode_tensors(own->session, own->tensors,
                                                               own->count, own->vectors, err)
                                    : WEFT_OK;
    for (size_t i = 0; i < own->count && !status; i++) {
        memcpy(b->vectors + own->at[i] * r->dim, own->vectors + i * r->dim,
               r->dim * sizeof *b->vectors);
        b->is_done[own->at[i]] = true;
    }
    own->count = 0;
    return status;
}

/* Puts the photo's garments on the bench, having made room. */
static weft_status take_photo(run *r, bench *own, photo *p, weft_err *err) {
    weft_err why = {0};
    weft_buf bytes;
    weft_status status = WEFT_OK;
    if (own->count + p->count > TOGETHER) status = encode_bench(r, own, err);
    if (status) return status;
    weft_buf_init(&bytes);
    status = weft_file_read(p->path, WEFT_IMAGE_LIMITS_DEFAULT.max_bytes, &bytes, &why);
    if (!status)
        status = weft_clip_part_tensors(r->options->model, (weft_str){bytes.data, bytes.size},
                                        r->working->parts + p->first, p->count,
                                        own->tensors + own->count * r->tensor_size, &why);
    weft_buf_deinit(&bytes);
    if (status == WEFT_E_NOMEM) return weft_fail(err, status, "%s: %s", p->path, why.message);
    if (status) {
        p->is_broken = true;
        snprintf(p->why, sizeof p->why, "%.159s", why.message);
        return WEFT_OK;
    }
    for (size_t i = 0; i < p->count; i++) own->at[own->count++] = p->first + i;
    return WEFT_OK;
}

static void run_task(void *argument, size_t worker) {
    const task *t = argument;
    run *r = t->run;
    bench *own = &r->benches[worker];
    weft_err err = {0};
    weft_status status = WEFT_OK;
    own->count = 0;
    for (size_t i = 0; i < t->count && !status && !is_stopped(r); i++)
        status = take_photo(r, own, &r->working->photos[t->first + i], &err);
    if (!status) status = encode_bench(r, own, &err);
    if (status) weft_first_failure_note(&r->failure, status, &err);
}

/* ---- a batch ---- */

static const char *file_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The keys are in the order in which PostgreSQL keeps them, so that they are the same text after
 * a backup. */
static const char *write_attributes(const run *r, const weft_garment *g, weft_arena *arena) {
    weft_buf text;
    weft_json j;
    weft_buf_init(&text);
    weft_json_begin(&j, &text);
    weft_json_object(&j);
    weft_json_key(&j, "box");
    weft_json_array(&j);
    weft_json_int(&j, g->x);
    weft_json_int(&j, g->y);
    weft_json_int(&j, g->width);
    weft_json_int(&j, g->height);
    weft_json_end(&j);
    weft_json_key_int(&j, "item", g->item);
    weft_json_key_int(&j, "style", g->style);
    weft_json_key_string(&j, "source", g->is_shop ? "shop" : "user");
    weft_json_key_int(&j, "pair_id", (int64_t)g->pair_id);
    weft_json_key_string(&j, "embedding_model", r->model_name);
    weft_json_end(&j);
    const char *copy = weft_buf_ok(&text) ? weft_arena_strdup(arena, text.data) : NULL;
    weft_buf_deinit(&text);
    return copy;
}

static bool add_garment(const run *r, batch *b, const weft_garment *g) {
    const char *file = file_of(g->photo), *dot = strrchr(file, '.');
    char id[2 * NAME_MAX + 32], path[2 * NAME_MAX + 32];
    snprintf(id, sizeof id, "%s/%.*s#%u", r->name, (int)(dot ? dot - file : NAME_MAX), file,
             g->item);
    snprintf(path, sizeof path, "%s/image/%s", r->name, file);
    weft_store_item *item = &b->items[b->count];
    *item = (weft_store_item){.item_id = weft_arena_strdup(&b->arena, id),
                              .image_path = weft_arena_strdup(&b->arena, path),
                              .category = weft_garment_category_name(g->category),
                              .attributes = write_attributes(r, g, &b->arena),
                              .dim = r->dim};
    b->parts[b->count] = (weft_clip_part){g->x, g->y, g->width, g->height};
    b->is_done[b->count++] = false;
    return item->item_id && item->image_path && item->attributes;
}

/* The annotation's name, which the photo has but for its suffix. */
static const char *annotation_of(batch *b, const char *path) {
    const char *file = file_of(path), *dot = strrchr(file, '.');
    char name[NAME_MAX + 8];
    snprintf(name, sizeof name, "%.*s.json", (int)(dot ? dot - file : NAME_MAX), file);
    return weft_arena_strdup(&b->arena, name);
}

/* Takes out what the store has, and notes the photos of the others. garments[i] is item i. */
static weft_status keep_unknown(batch *b, const weft_garment *garments, weft_err *err) {
    size_t kept = 0;
    const char *last = NULL; /* garments of one photo share its text */
    for (size_t i = 0; i < b->count; i++) {
        if (b->is_there[i]) continue;
        b->items[kept] = b->items[i];
        b->parts[kept] = b->parts[i];
        if (garments[i].photo != last) {
            photo *p = &b->photos[b->photo_count++];
            last = garments[i].photo;
            *p = (photo){.path = weft_arena_strdup(&b->arena, last),
                         .annotation = annotation_of(b, last),
                         .first = kept};
            if (!p->path || !p->annotation) return weft_fail(err, WEFT_E_NOMEM, "garments");
        }
        b->photos[b->photo_count - 1].count++;
        kept++;
    }
    b->count = kept;
    return WEFT_OK;
}

/* So that every worker has a part of a short batch. */
static void cut_into_tasks(run *r, batch *b) {
    size_t garments = 0, size = b->count / (2 * r->worker_count);
    if (size > TASK_MOST) size = TASK_MOST;
    b->task_count = 0;
    for (size_t i = 0; i < b->photo_count; i++) {
        if (garments == 0) b->tasks[b->task_count++] = (task){.run = r, .first = i};
        b->tasks[b->task_count - 1].count++;
        garments += b->photos[i].count;
        if (garments >= size) garments = 0;
    }
}

static weft_status fill_batch(run *r, batch *b, const weft_garment *garments, size_t n,
                              weft_err *err) {
    weft_arena_deinit(&b->arena);
    b->count = b->photo_count = 0;
    for (size_t i = 0; i < n; i++)
        if (!add_garment(r, b, &garments[i])) return weft_fail(err, WEFT_E_NOMEM, "garments");
    weft_status status = weft_store_have_items(r->options->store, b->items, n, b->is_there, err);
    if (!status) status = keep_unknown(b, garments, err);
    if (status) return status;
    r->known += n - b->count;
    cut_into_tasks(r, b);
    return WEFT_OK;
}

/* ---- from batch to batch ---- */

/* Writes what workers have embedded, and tells which photos they could not decode. */
static weft_status write_batch(run *r, batch *b, weft_err *err) {
    const weft_garments_options *o = r->options;
    size_t n = 0;
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < b->photo_count && !status; i++) {
        const photo *p = &b->photos[i];
        if (!p->is_broken) continue;
        const weft_garment_issue issue = {p->annotation, 0, WEFT_GARMENT_BROKEN_PHOTO, p->why};
        r->broken++;
        if (o->on_issue) status = o->on_issue(o->context, &issue, err);
    }
    for (size_t i = 0; i < b->count; i++) {
        if (!b->is_done[i]) continue;
        b->items[n] = b->items[i];
        b->items[n++].embedding = b->vectors + i * r->dim;
    }
    if (n && !status) status = weft_store_put_items(o->store, b->items, n, err);
    if (!status) r->report->embedded += n;
    return status;
}

/* Waits for the batch that workers have, gives them the next one (NULL: none), and writes what
 * they have done. */
static weft_status turn_over(run *r, batch *next, weft_err *err) {
    batch *finished = r->working;
    weft_pool_wait(r->pool);
    r->working = next;
    for (size_t i = 0; next && i < next->task_count; i++)
        weft_pool_submit(r->pool, run_task, &next->tasks[i]);
    weft_status status = finished ? write_batch(r, finished, err) : WEFT_OK;
    return status ? status : weft_first_failure_get(&r->failure, err);
}

static weft_status put_garments(void *context, const weft_garment *garments, size_t n,
                                weft_err *err) {
    run *r = context;
    batch *next = r->working == &r->batches[0] ? &r->batches[1] : &r->batches[0];
    weft_status status = fill_batch(r, next, garments, n, err);
    return status ? status : turn_over(r, next, err);
}

static weft_status measure_photo(void *context, const char *path, uint32_t *width, uint32_t *height,
                                 weft_err *err) {
    weft_buf bytes;
    (void)context;
    weft_buf_init(&bytes);
    weft_status status = weft_file_read(path, WEFT_IMAGE_LIMITS_DEFAULT.max_bytes, &bytes, err);
    if (!status) status = weft_image_measure(width, height, bytes.data, bytes.size, NULL, err);
    weft_buf_deinit(&bytes);
    return status;
}

static weft_status tell_issue(void *context, const weft_garment_issue *issue, weft_err *err) {
    const weft_garments_options *o = ((const run *)context)->options;
    return o->on_issue ? o->on_issue(o->context, issue, err) : WEFT_OK;
}

/* The batch before the one that has just been handed over is written. */
static void tell_progress(void *context, size_t annotations, size_t total) {
    run *r = context;
    const weft_garments_options *o = r->options;
    if (o->on_progress) o->on_progress(o->context, r->handed_over, total);
    r->handed_over = annotations;
}

/* ---- the run ---- */

static weft_status find_name(run *r, weft_err *err) {
    char path[PATH_MAX];
    const char *name = r->options->name;
    if (!name) {
        if (!realpath(r->options->folder, path))
            return weft_fail(err, WEFT_E_NOT_FOUND, "%s: no such folder", r->options->folder);
        name = file_of(path);
    }
    if (!name[0] || strlen(name) >= sizeof r->name)
        return weft_fail(err, WEFT_E_INVALID, "%s: its photos need a name", r->options->folder);
    strcpy(r->name, name);
    return WEFT_OK;
}

static weft_status open_batch(const run *r, batch *b, weft_err *err) {
    weft_arena_init(&b->arena, 1 << 16);
    const size_t most = r->batch_size + WEFT_ANNOTATION_MAX_GARMENTS;
    b->items = weft_alloc(most, sizeof *b->items);
    b->parts = weft_alloc(most, sizeof *b->parts);
    b->is_there = weft_alloc(most, sizeof *b->is_there);
    b->is_done = weft_alloc(most, sizeof *b->is_done);
    b->vectors = weft_alloc(most * r->dim, sizeof *b->vectors);
    b->photos = weft_alloc(most, sizeof *b->photos);
    b->tasks = weft_alloc(most, sizeof *b->tasks);
    bool is_whole =
        b->items && b->parts && b->is_there && b->is_done && b->vectors && b->photos && b->tasks;
    return is_whole ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "batches of garments");
}

static void close_batch(batch *b) {
    weft_arena_deinit(&b->arena);
    weft_free(b->items);
    weft_free(b->parts);
    weft_free(b->is_there);
    weft_free(b->is_done);
    weft_free(b->vectors);
    weft_free(b->photos);
    weft_free(b->tasks);
}

static weft_status open_benches(run *r, weft_err *err) {
    weft_status status = WEFT_OK;
    r->benches = weft_calloc(r->worker_count, sizeof *r->benches);
    if (!r->benches) return weft_fail(err, WEFT_E_NOMEM, "embedding workers");
    for (size_t i = 0; i < r->worker_count && !status; i++) {
        bench *own = &r->benches[i];
        own->tensors = weft_alloc(TOGETHER * r->tensor_size, sizeof *own->tensors);
        own->vectors = weft_alloc(TOGETHER * r->dim, sizeof *own->vectors);
        if (!own->tensors || !own->vectors)
            return weft_fail(err, WEFT_E_NOMEM, "buffers of embedding worker %zu", i);
        status = weft_clip_session_new(&own->session, r->options->model, err);
    }
    return status ? status : weft_pool_new(&r->pool, r->worker_count, r->batch_size, err);
}

static void close_benches(run *r) {
    if (r->pool) weft_pool_free(r->pool);
    for (size_t i = 0; r->benches && i < r->worker_count; i++) {
        weft_clip_session_free(r->benches[i].session);
        weft_free(r->benches[i].tensors);
        weft_free(r->benches[i].vectors);
    }
    weft_free(r->benches);
}

static weft_status import_all(run *r, weft_err *err) {
    const weft_garment_options options = {.folder = r->options->folder,
                                          .batch_size = r->batch_size,
                                          .max_photo_bytes = WEFT_IMAGE_LIMITS_DEFAULT.max_bytes,
                                          .cancel = r->options->cancel,
                                          .sink = {.context = r,
                                                   .put_garments = put_garments,
                                                   .measure_photo = measure_photo,
                                                   .on_issue = tell_issue,
                                                   .on_progress = tell_progress}};
    weft_garment_report *found = &r->report->found;
    weft_status status = weft_import_deepfashion2(&options, found, err);
    /* What workers have is written whatever ended it. */
    weft_status last = turn_over(r, NULL, status ? NULL : err);
    found->issues[WEFT_GARMENT_BROKEN_PHOTO] += r->broken;
    found->photos -= r->broken;
    found->garments = r->known + r->report->embedded;
    return status ? status : last;
}

weft_status weft_garments_import(const weft_garments_options *options, weft_garments_report *report,
                                 weft_err *err) {
    const weft_clip_info info = weft_clip_model_info(options->model);
    run r = {.options = options,
             .report = report,
             .dim = info.dim,
             .tensor_size = (size_t)3 * info.image_size * info.image_size,
             .worker_count = options->workers ? options->workers : weft_cpu_count()};
    r.batch_size = options->batch_size ? options->batch_size : r.worker_count * BATCH_OF_WORKER;
    if (!options->batch_size && r.batch_size < BATCH_LEAST) r.batch_size = BATCH_LEAST;
    if (r.batch_size > BATCH_MOST) r.batch_size = BATCH_MOST;
    *report = (weft_garments_report){0};
    weft_embedding_model_name(options->model, r.model_name);
    weft_first_failure_init(&r.failure);
    weft_status status = find_name(&r, err);
    for (int i = 0; i < 2 && !status; i++) status = open_batch(&r, &r.batches[i], err);
    if (!status) status = open_benches(&r, err);
    if (!status) status = import_all(&r, err);
    close_benches(&r);
    for (int i = 0; i < 2; i++) close_batch(&r.batches[i]);
    weft_first_failure_deinit(&r.failure);
    return status;
}
