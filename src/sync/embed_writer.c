#include "sync/embed_writer.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

struct weft_embed_writer {
    weft_embed_writer_options options;
    weft_embed_parcel *parcels;
    float *vectors;       /* of all parcels */
    weft_embedding *rows; /* of all parcels, for the one call that writes them */
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t is_free, is_full;
    weft_embed_parcel *free; /* lists, by next */
    weft_embed_parcel *full, **full_end;
    bool closing;
};

static void push_free(weft_embed_writer *w, weft_embed_parcel *parcel) {
    parcel->next = w->free;
    w->free = parcel;
    pthread_cond_signal(&w->is_free);
}

static void write_parcels(weft_embed_writer *w, const weft_embed_parcel *first) {
    weft_err err = {0};
    size_t n = 0, photos = 0;
    for (const weft_embed_parcel *parcel = first; parcel; parcel = parcel->next) {
        memcpy(w->rows + n, parcel->rows, parcel->count * sizeof *w->rows);
        n += parcel->count;
        photos += parcel->photos;
    }
    size_t written = n;
    weft_status status = w->options.lease
                             ? weft_store_queue_finish(w->options.store, w->options.lease, w->rows,
                                                       n, &written, &err)
                             : weft_store_put_embeddings(w->options.store, w->rows, n, &err);
    w->options.on_written(w->options.context, status, n, written, photos, &err);
}

static void *writer_main(void *argument) {
    weft_embed_writer *w = argument;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!w->full && !w->closing) pthread_cond_wait(&w->is_full, &w->lock);
        weft_embed_parcel *parcel = w->full;
        if (!parcel) break;
        w->full = NULL;
        w->full_end = &w->full;
        pthread_mutex_unlock(&w->lock);
        write_parcels(w, parcel);
        pthread_mutex_lock(&w->lock);
        while (parcel) {
            weft_embed_parcel *next = parcel->next;
            push_free(w, parcel);
            parcel = next;
        }
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

weft_status weft_embed_writer_new(weft_embed_writer **writer,
                                  const weft_embed_writer_options *options, weft_err *err) {
    const size_t n = options->parcels, floats = WEFT_EMBED_BATCH * options->dim;
    weft_embed_writer *w = weft_calloc(1, sizeof *w);
    if (!w) return weft_fail(err, WEFT_E_NOMEM, "embedding writer");
    w->options = *options;
    w->full_end = &w->full;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->is_free, NULL);
    pthread_cond_init(&w->is_full, NULL);
    w->parcels = weft_calloc(n, sizeof *w->parcels);
    w->vectors = weft_alloc(n * 3 * floats, sizeof *w->vectors);
    w->rows = weft_alloc(n * WEFT_EMBED_BATCH, sizeof *w->rows);
    if (!w->parcels || !w->vectors || !w->rows) {
        weft_embed_writer_free(w);
        return weft_fail(err, WEFT_E_NOMEM, "embedding writer of %zu batches", n);
    }
    for (size_t i = 0; i < n; i++) {
        w->parcels[i].images = w->vectors + i * 3 * floats;
        w->parcels[i].texts = w->parcels[i].images + floats;
        w->parcels[i].hybrids = w->parcels[i].texts + floats;
        push_free(w, &w->parcels[i]);
    }
    w->has_thread = pthread_create(&w->thread, NULL, writer_main, w) == 0;
    if (!w->has_thread) {
        weft_embed_writer_free(w);
        return weft_fail(err, WEFT_E_INTERNAL, "cannot start the embedding writer's thread");
    }
    *writer = w;
    return WEFT_OK;
}

void weft_embed_writer_free(weft_embed_writer *w) {
    if (!w) return;
    pthread_mutex_lock(&w->lock);
    w->closing = true;
    pthread_cond_signal(&w->is_full);
    pthread_mutex_unlock(&w->lock);
    if (w->has_thread) pthread_join(w->thread, NULL);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->is_free);
    pthread_cond_destroy(&w->is_full);
    weft_free(w->parcels);
    weft_free(w->vectors);
    weft_free(w->rows);
    weft_free(w);
}

weft_embed_parcel *weft_embed_writer_take(weft_embed_writer *w) {
    pthread_mutex_lock(&w->lock);
    while (!w->free) pthread_cond_wait(&w->is_free, &w->lock);
    weft_embed_parcel *parcel = w->free;
    w->free = parcel->next;
    pthread_mutex_unlock(&w->lock);
    return parcel;
}

void weft_embed_writer_give(weft_embed_writer *w, weft_embed_parcel *parcel) {
    pthread_mutex_lock(&w->lock);
    parcel->next = NULL;
    *w->full_end = parcel;
    w->full_end = &parcel->next;
    pthread_cond_signal(&w->is_full);
    pthread_mutex_unlock(&w->lock);
}

void weft_embed_writer_discard(weft_embed_writer *w, weft_embed_parcel *parcel) {
    pthread_mutex_lock(&w->lock);
    push_free(w, parcel);
    pthread_mutex_unlock(&w->lock);
}
