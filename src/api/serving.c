#include "api/serving.h"

#include <time.h>

#include "base/mem.h"

weft_status weft_serving_new(weft_serving **out, const weft_serving_options *options,
                             weft_err *err) {
    const weft_clip_queue_options queue = {.encoders = options->encoders};
    weft_live_options live = options->live;
    weft_serving *serving = weft_calloc(1, sizeof *serving);
    if (!serving) {
        weft_engine_close(options->engine);
        weft_clip_model_free(options->model);
        return weft_fail(err, WEFT_E_NOMEM, "model to serve");
    }
    serving->model = serving->owned_model = options->model;
    serving->engine = options->engine;
    weft_embedding_model_name(options->model, serving->embedding_model);
    live.model = options->model;
    live.engine = options->engine;
    weft_status status = weft_clip_queue_new(&serving->encoder, options->model, &queue, err);
    if (!status) status = weft_live_start(&serving->live, &live, err);
    if (status) weft_serving_free(serving);
    else *out = serving;
    return status;
}

void weft_serving_free(weft_serving *serving) {
    static const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    if (!serving) return;
    while (atomic_load(&serving->holders)) nanosleep(&pause, NULL);
    weft_live_stop(serving->live);
    weft_clip_queue_free(serving->encoder);
    weft_engine_close(serving->engine);
    weft_clip_model_free(serving->owned_model);
    weft_free(serving);
}
