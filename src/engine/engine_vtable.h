/* engine_vtable.h - what an engine has to do: one function for each of engine.h, under the
 * same contract (tests/contract/test_engine.c). Only the engines and engine.c see it. */
#ifndef WEFT_ENGINE_ENGINE_VTABLE_H
#define WEFT_ENGINE_ENGINE_VTABLE_H

#include "engine/engine.h"

typedef struct {
    const char *name;           /* "opensearch" */
    const char *const *schemes; /* of its urls, without "://"; NULL ends them */

    /* place is the url after "SCHEME://", "" when there is nothing. The engine's struct
     * begins with a weft_engine whose vtable it sets. */
    weft_status (*open)(weft_engine **engine, const char *scheme, const char *place,
                        const weft_engine_options *options, weft_err *err);
    void (*close)(weft_engine *engine);
    weft_status (*follow)(weft_engine *engine, const weft_engine_watch *watch, weft_err *err);
    weft_status (*search)(weft_engine *engine, const weft_engine_query *query, weft_arena *arena,
                          weft_engine_hit *hits, size_t *n, weft_err *err);
    weft_status (*vector)(weft_engine *engine, weft_embedding_kind kind, const char *product_id,
                          float *out, bool *found, weft_err *err);
} weft_engine_vtable;

struct weft_engine {
    const weft_engine_vtable *vtable;
};

extern const weft_engine_vtable weft_engine_pgvector, weft_engine_opensearch;

#endif
