/* clip_queue.h - one encoder for many callers: what waits together runs together.
 *
 * Encoder threads own the sessions. An idle one starts at once on whatever there
 * is, so a lone caller never waits for company; what arrives while it runs is its
 * next batch (Yu et al., "Orca", OSDI 2022, call that continuous batching). Words
 * and photos run separately and take turns, so neither kind starves.
 *
 *     weft_clip_queue *queue;
 *     weft_clip_queue_new(&queue, model, NULL, &err);
 *     weft_clip_item items[] = {{.text = words, .vector = a}, {.photo = jpeg, .vector = b}};
 *     status = weft_clip_queue_encode(queue, items, 2, NULL, &err);
 */
#ifndef WEFT_CLIP_CLIP_QUEUE_H
#define WEFT_CLIP_CLIP_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"
#include "clip/clip.h"

typedef struct weft_clip_queue weft_clip_queue; /* any thread may call */

typedef enum { WEFT_CLIP_TEXT, WEFT_CLIP_PHOTO } weft_clip_kind;
enum { WEFT_CLIP_KINDS = 2 };

/* What is 0 takes the default in brackets. */
typedef struct {
    size_t encoders;                   /* threads that run the model [one per processor] */
    size_t decoders;                   /* photos decoded at once [one per processor] */
    size_t max_batch[WEFT_CLIP_KINDS]; /* of one run [32 texts, 8 photos] */
    size_t capacity[WEFT_CLIP_KINDS];  /* items in hand, running ones included [1024, 256] */
} weft_clip_queue_options;

/* options may be NULL; the model outlives the queue. Fails with WEFT_E_NOMEM or, when a
 * thread cannot start, WEFT_E_INTERNAL. */
weft_status weft_clip_queue_new(weft_clip_queue **queue, const weft_clip_model *model,
                                const weft_clip_queue_options *options, weft_err *err);

/* Finishes the calls under way, waits until the last caller has left, and ends the threads.
 * No call may begin any more. NULL is fine. */
void weft_clip_queue_free(weft_clip_queue *queue);

/* One thing to encode: a photo's encoded bytes, or words when photo.data is NULL. */
typedef struct {
    weft_str text;
    weft_str photo;
    float *vector; /* [dim] of the result, L2-normalised */
} weft_clip_item;

/* Encodes n items and returns when all vectors are there. Photos are decoded in the
 * calling thread. A vector is the same, bit for bit, whatever it was batched with.
 * Fails with WEFT_E_LIMIT when the items would not fit into an empty queue, WEFT_E_BUSY
 * when they do not fit now, WEFT_E_NOMEM, or as weft_image_decode does: then *at_fault
 * (may be NULL) is the photo's number, else it is n. After a failure the vectors are of no
 * use; other callers notice nothing. */
weft_status weft_clip_queue_encode(weft_clip_queue *queue, const weft_clip_item *items, size_t n,
                                   size_t *at_fault, weft_err *err);

/* Runs are counted by size: buckets[i] had at most 2^i items, the last one more. */
enum { WEFT_CLIP_BATCH_BUCKETS = 8 };

typedef struct {
    size_t waiting;    /* ready for an encoder, not yet running */
    size_t in_hand;    /* being decoded, waiting or running; at most the capacity */
    uint64_t rejected; /* items refused because the queue was full */
    uint64_t encoded;  /* items run */
    uint64_t buckets[WEFT_CLIP_BATCH_BUCKETS];
    double seconds; /* of all runs together */
} weft_clip_queue_stats;

weft_clip_queue_stats weft_clip_queue_stats_of(weft_clip_queue *queue, weft_clip_kind kind);

#endif
