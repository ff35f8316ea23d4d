/* clip_queue.c - two lanes of jobs, and the encoder threads that serve them.
 *
 * One lock guards everything but the encoding itself. A caller takes its places in
 * the lanes before it decodes anything, so that the memory of tensors is bounded
 * too, and sleeps on a condition of its own: a finished batch wakes exactly those
 * whose last vector it brought. */
#include "clip/clip_queue.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"

typedef struct group group;

/* One item on its way. The caller's memory, until its group is done. */
typedef struct job {
    struct job *next;
    group *group;
    weft_str text;
    float *tensor; /* of a photo; owned */
    float *vector; /* the caller's */
} job;

/* All items of one call. */
struct group {
    pthread_cond_t is_done; /* pending became 0 */
    size_t pending;         /* jobs in a lane or running */
    weft_status status;     /* of what failed first */
    size_t at_fault;        /* the photo that could not be decoded, or none */
    weft_err err;
};

typedef struct {
    job *first, **last; /* oldest first */
    size_t max_batch, capacity;
    weft_clip_queue_stats stats;
} lane;

typedef struct {
    weft_clip_queue *queue;
    pthread_t thread;
    weft_clip_session *session;
    job **jobs;      /* [the larger max_batch], the run's; the next two likewise */
    weft_str *texts; /* gathered inputs */
    float *vectors;  /* [dim] each */
    float *tensors;  /* [max_batch of photos][floats of a tensor] */
} encoder;

struct weft_clip_queue {
    const weft_clip_model *model;
    size_t dim, tensor_size; /* in floats */
    pthread_mutex_t lock;
    pthread_cond_t has_work; /* a lane is not empty, or stopping */
    pthread_cond_t is_left;  /* callers became 0 */
    sem_t decoders;          /* how many more photos may be decoded now */
    lane lanes[WEFT_CLIP_KINDS];
    weft_clip_kind turn; /* who goes first when both lanes wait */
    size_t idle;         /* encoders that wait for work */
    size_t callers;
    bool is_stopping; /* nobody is left who could call */
    encoder *encoders;
    size_t encoder_count, thread_count; /* fewer threads only while starting */
};

/* ---- encoder threads ---- */

/* Takes the oldest jobs of a lane: a fair share when other encoders are idle too. */
static size_t take(weft_clip_queue *queue, lane *from, job **jobs) {
    size_t share = (from->stats.waiting + queue->idle) / (queue->idle + 1);
    size_t n = share < from->max_batch ? share : from->max_batch;
    for (size_t i = 0; i < n; i++) {
        jobs[i] = from->first;
        from->first = from->first->next;
    }
    if (!from->first) from->last = &from->first;
    from->stats.waiting -= n;
    return n;
}

static weft_status encode(encoder *self, weft_clip_kind kind, size_t n, weft_err *err) {
    job **jobs = self->jobs;
    const weft_clip_queue *queue = self->queue;
    size_t floats = queue->tensor_size;
    weft_status status;
    if (kind == WEFT_CLIP_TEXT) {
        for (size_t i = 0; i < n; i++) self->texts[i] = jobs[i]->text;
        status = weft_clip_encode_text(self->session, self->texts, n, self->vectors, err);
    } else {
        for (size_t i = 0; i < n; i++)
            memcpy(self->tensors + i * floats, jobs[i]->tensor, floats * sizeof *self->tensors);
        status = weft_clip_encode_tensors(self->session, self->tensors, n, self->vectors, err);
    }
    for (size_t i = 0; i < n && !status; i++)
        memcpy(jobs[i]->vector, self->vectors + i * queue->dim, queue->dim * sizeof *self->vectors);
    return status;
}

/* Runs n jobs; the lock is held before and after, not while encoding. A group may be gone
 * once its pending is 0 and the lock released. Photos are decoded before they get here, so
 * what fails a batch fails it whole: there was no memory. */
static void run(encoder *self, weft_clip_kind kind, size_t n) {
    weft_clip_queue *queue = self->queue;
    weft_clip_queue_stats *stats = &queue->lanes[kind].stats;
    weft_err err = {0};
    pthread_mutex_unlock(&queue->lock);
    double started = weft_clock_seconds();
    weft_status status = encode(self, kind, n, &err);
    double seconds = weft_clock_seconds() - started;
    pthread_mutex_lock(&queue->lock);
    for (size_t i = 0; i < n; i++) {
        group *owner = self->jobs[i]->group;
        if (status && !owner->status) owner->status = status, owner->err = err;
        if (--owner->pending == 0) pthread_cond_signal(&owner->is_done);
    }
    size_t bucket = 0;
    while (bucket < WEFT_CLIP_BATCH_BUCKETS - 1 && n > (size_t)1 << bucket) bucket++;
    stats->buckets[bucket]++;
    stats->encoded += n;
    stats->seconds += seconds;
}

static void *encoder_main(void *argument) {
    encoder *self = argument;
    weft_clip_queue *queue = self->queue;
    lane *lanes = queue->lanes;
    pthread_mutex_lock(&queue->lock);
    for (;;) {
        queue->idle++;
        while (!lanes[0].first && !lanes[1].first && !queue->is_stopping)
            pthread_cond_wait(&queue->has_work, &queue->lock);
        queue->idle--;
        weft_clip_kind kind = queue->turn;
        if (!lanes[kind].first) kind = !kind;
        if (!lanes[kind].first) break;
        queue->turn = !kind;
        run(self, kind, take(queue, &lanes[kind], self->jobs));
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

/* ---- callers ---- */

static weft_clip_kind kind_of(const weft_clip_item *item) {
    return item->photo.data ? WEFT_CLIP_PHOTO : WEFT_CLIP_TEXT;
}

/* Takes a place for every item, or none. */
static weft_status enter(weft_clip_queue *queue, const size_t counts[WEFT_CLIP_KINDS],
                         weft_err *err) {
    static const char *const names[WEFT_CLIP_KINDS] = {"texts", "photos"};
    weft_status status = WEFT_OK;
    pthread_mutex_lock(&queue->lock);
    for (int i = 0; i < WEFT_CLIP_KINDS && !status; i++) {
        lane *to = &queue->lanes[i];
        if (counts[i] > to->capacity) {
            status = weft_fail(err, WEFT_E_LIMIT, "%zu %s, limit %zu", counts[i], names[i],
                               to->capacity);
        } else if (counts[i] > to->capacity - to->stats.in_hand) {
            status = weft_fail(err, WEFT_E_BUSY, "the encoder is busy and its queue is full");
            to->stats.rejected += counts[i];
        }
    }
    for (int i = 0; i < WEFT_CLIP_KINDS && !status; i++) queue->lanes[i].stats.in_hand += counts[i];
    if (!status) queue->callers++;
    pthread_mutex_unlock(&queue->lock);
    return status;
}

static void leave(weft_clip_queue *queue, const size_t counts[WEFT_CLIP_KINDS]) {
    pthread_mutex_lock(&queue->lock);
    for (int i = 0; i < WEFT_CLIP_KINDS; i++) queue->lanes[i].stats.in_hand -= counts[i];
    if (--queue->callers == 0) pthread_cond_broadcast(&queue->is_left);
    pthread_mutex_unlock(&queue->lock);
}

/* The lock is held. */
static void push(weft_clip_queue *queue, weft_clip_kind kind, job *added) {
    lane *to = &queue->lanes[kind];
    added->next = NULL;
    *to->last = added;
    to->last = &added->next;
    to->stats.waiting++;
    added->group->pending++;
    pthread_cond_signal(&queue->has_work);
}

/* Words have nothing to wait for: all of them at once. */
static void push_texts(weft_clip_queue *queue, const weft_clip_item *items, job *jobs, size_t n) {
    pthread_mutex_lock(&queue->lock);
    for (size_t i = 0; i < n; i++)
        if (kind_of(&items[i]) == WEFT_CLIP_TEXT) push(queue, WEFT_CLIP_TEXT, &jobs[i]);
    pthread_mutex_unlock(&queue->lock);
}

static weft_status make_tensor(weft_clip_queue *queue, weft_str photo, float **tensor,
                               weft_err *err) {
    weft_image image;
    *tensor = weft_alloc_aligned(queue->tensor_size, sizeof **tensor);
    if (!*tensor) return weft_fail(err, WEFT_E_NOMEM, "no memory for a photo");
    while (sem_wait(&queue->decoders)) continue; /* a signal interrupts it */
    weft_status status = weft_image_decode(&image, photo.data, photo.size, NULL, err);
    if (!status) {
        status =
            weft_image_to_tensor(&image, weft_clip_model_preprocess(queue->model), *tensor, err);
        weft_image_deinit(&image);
    }
    sem_post(&queue->decoders);
    return status;
}

/* Each photo goes on as soon as it is decoded, while the next one is. */
static void push_photos(weft_clip_queue *queue, const weft_clip_item *items, job *jobs, size_t n,
                        group *all) {
    bool has_failed = false;
    for (size_t i = 0; i < n && !has_failed; i++) {
        if (kind_of(&items[i]) != WEFT_CLIP_PHOTO) continue;
        weft_err err = {0};
        weft_status status = make_tensor(queue, items[i].photo, &jobs[i].tensor, &err);
        pthread_mutex_lock(&queue->lock);
        if (!status) push(queue, WEFT_CLIP_PHOTO, &jobs[i]);
        if (status && !all->status) all->status = status, all->at_fault = i, all->err = err;
        has_failed = all->status != WEFT_OK;
        pthread_mutex_unlock(&queue->lock);
    }
}

weft_status weft_clip_queue_encode(weft_clip_queue *queue, const weft_clip_item *items, size_t n,
                                   size_t *at_fault, weft_err *err) {
    size_t counts[WEFT_CLIP_KINDS] = {0}, nowhere;
    group all = {.at_fault = n};
    if (!at_fault) at_fault = &nowhere;
    *at_fault = n;
    for (size_t i = 0; i < n; i++) counts[kind_of(&items[i])]++;
    weft_status status = enter(queue, counts, err);
    if (status) return status;
    job *jobs = weft_calloc(n, sizeof *jobs);
    if (!jobs) {
        leave(queue, counts);
        return weft_fail(err, WEFT_E_NOMEM, "no memory for %zu items", n);
    }
    pthread_cond_init(&all.is_done, NULL);
    for (size_t i = 0; i < n; i++)
        jobs[i] = (job){.group = &all, .text = items[i].text, .vector = items[i].vector};
    push_texts(queue, items, jobs, n);
    push_photos(queue, items, jobs, n, &all);

    pthread_mutex_lock(&queue->lock);
    while (all.pending) pthread_cond_wait(&all.is_done, &queue->lock);
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_destroy(&all.is_done);
    for (size_t i = 0; i < n; i++) weft_free(jobs[i].tensor);
    weft_free(jobs);
    leave(queue, counts);
    if (!all.status) return WEFT_OK;
    *at_fault = all.at_fault;
    return weft_fail(err, all.status, "%s", all.err.message);
}

weft_clip_queue_stats weft_clip_queue_stats_of(weft_clip_queue *queue, weft_clip_kind kind) {
    pthread_mutex_lock(&queue->lock);
    weft_clip_queue_stats stats = queue->lanes[kind].stats;
    pthread_mutex_unlock(&queue->lock);
    return stats;
}

/* ---- start and stop ---- */

static weft_status start_encoder(weft_clip_queue *queue, encoder *self, weft_err *err) {
    size_t texts = queue->lanes[WEFT_CLIP_TEXT].max_batch;
    size_t photos = queue->lanes[WEFT_CLIP_PHOTO].max_batch;
    size_t most = texts > photos ? texts : photos;
    self->queue = queue;
    weft_status status = weft_clip_session_new(&self->session, queue->model, err);
    if (status) return status;
    self->jobs = weft_alloc(most, sizeof *self->jobs);
    self->texts = weft_alloc(texts, sizeof *self->texts);
    self->vectors = weft_alloc_aligned(most * queue->dim, sizeof *self->vectors);
    self->tensors = weft_alloc_aligned(photos, queue->tensor_size * sizeof *self->tensors);
    if (!self->jobs || !self->texts || !self->vectors || !self->tensors)
        return weft_fail(err, WEFT_E_NOMEM, "no memory for an encoder");
    if (pthread_create(&self->thread, NULL, encoder_main, self))
        return weft_fail(err, WEFT_E_INTERNAL, "cannot start an encoder thread");
    queue->thread_count++;
    return WEFT_OK;
}

static size_t or_default(size_t value, size_t otherwise) { return value ? value : otherwise; }

weft_status weft_clip_queue_new(weft_clip_queue **out, const weft_clip_model *model,
                                const weft_clip_queue_options *options, weft_err *err) {
    static const size_t max_batch[WEFT_CLIP_KINDS] = {32, 8},
                        capacity[WEFT_CLIP_KINDS] = {1024, 256};
    const weft_clip_queue_options defaults = {0};
    weft_clip_info info = weft_clip_model_info(model);
    if (!options) options = &defaults;
    *out = NULL;
    weft_clip_queue *queue = weft_calloc(1, sizeof *queue);
    if (!queue) return weft_fail(err, WEFT_E_NOMEM, "no memory for the encoder's queue");
    size_t encoders = or_default(options->encoders, weft_cpu_count());
    queue->model = model;
    queue->dim = info.dim;
    queue->tensor_size = 3 * (size_t)info.image_size * info.image_size;
    for (int i = 0; i < WEFT_CLIP_KINDS; i++) {
        lane *to = &queue->lanes[i];
        to->last = &to->first;
        to->max_batch = or_default(options->max_batch[i], max_batch[i]);
        to->capacity = or_default(options->capacity[i], capacity[i]);
    }
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->has_work, NULL);
    pthread_cond_init(&queue->is_left, NULL);
    sem_init(&queue->decoders, 0, (unsigned)or_default(options->decoders, weft_cpu_count()));

    queue->encoders = weft_calloc(encoders, sizeof *queue->encoders);
    weft_status status = WEFT_OK;
    if (queue->encoders) queue->encoder_count = encoders;
    else status = weft_fail(err, WEFT_E_NOMEM, "no memory for encoders");
    for (size_t i = 0; i < encoders && !status; i++)
        status = start_encoder(queue, &queue->encoders[i], err);
    if (status) weft_clip_queue_free(queue);
    else *out = queue;
    return status;
}

void weft_clip_queue_free(weft_clip_queue *queue) {
    if (!queue) return;
    pthread_mutex_lock(&queue->lock);
    while (queue->callers) pthread_cond_wait(&queue->is_left, &queue->lock);
    queue->is_stopping = true;
    pthread_cond_broadcast(&queue->has_work);
    pthread_mutex_unlock(&queue->lock);
    for (size_t i = 0; i < queue->thread_count; i++) pthread_join(queue->encoders[i].thread, NULL);
    for (size_t i = 0; i < queue->encoder_count; i++) {
        weft_clip_session_free(queue->encoders[i].session);
        weft_free(queue->encoders[i].jobs);
        weft_free(queue->encoders[i].texts);
        weft_free(queue->encoders[i].vectors);
        weft_free(queue->encoders[i].tensors);
    }
    weft_free(queue->encoders);
    sem_destroy(&queue->decoders);
    pthread_cond_destroy(&queue->has_work);
    pthread_cond_destroy(&queue->is_left);
    pthread_mutex_destroy(&queue->lock);
    weft_free(queue);
}
