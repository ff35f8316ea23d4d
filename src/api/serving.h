/* serving.h - a model and what is searched with it: they are exchanged as one.
 *
 * A query is embedded by a model and searched among embeddings of that model. When a server
 * turns to another set of embeddings, it makes a second weft_serving beside the first, and
 * then exchanges them at once: every request works with one of the two from its beginning to
 * its end. */
#ifndef WEFT_API_SERVING_H
#define WEFT_API_SERVING_H

#include "clip/clip_queue.h"
#include "sync/live.h"

typedef struct {
    weft_clip_model *model; /* these three belong to the serving from then on, */
    weft_engine *engine;    /* also when it cannot be made; NULL: none */
    weft_live_options live; /* model and engine are filled in */
    size_t encoders;        /* threads that run the model; 0: one per processor */
} weft_serving_options;

typedef struct {
    const weft_clip_model *model;
    weft_clip_queue *encoder;
    weft_live *live;
    char embedding_model[WEFT_EMBEDDING_MODEL_SIZE];
    weft_clip_model *owned_model;
    weft_engine *engine;
    atomic_size_t holders; /* requests that work with it */
} weft_serving;

/* Starts the encoder's threads and loads what is searched. Fails as weft_live_start. */
weft_status weft_serving_new(weft_serving **serving, const weft_serving_options *options,
                             weft_err *err);

/* Waits until no request works with it any more, ends its threads and frees it; NULL is fine. */
void weft_serving_free(weft_serving *serving);

#endif
