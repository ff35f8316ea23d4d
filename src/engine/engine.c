#include "engine/engine.h"

#include <string.h>

#include "engine/engine_vtable.h"

static const weft_engine_vtable *const engines[] = {&weft_engine_pgvector, &weft_engine_opensearch};
enum { ENGINE_COUNT = sizeof engines / sizeof *engines };

weft_status weft_engine_open(weft_engine **engine, const char *url,
                             const weft_engine_options *options, weft_err *err) {
    const char *end = strstr(url, "://");
    size_t n = end ? (size_t)(end - url) : strlen(url);
    const char *place = end ? end + 3 : "";
    *engine = NULL;
    for (size_t i = 0; i < ENGINE_COUNT; i++)
        for (const char *const *scheme = engines[i]->schemes; *scheme; scheme++)
            if (strlen(*scheme) == n && strncmp(url, *scheme, n) == 0)
                return engines[i]->open(engine, *scheme, place, options, err);
    /* Only the scheme is repeated: what follows may hold a password. */
    return weft_fail(err, WEFT_E_UNSUPPORTED,
                     "index engine \"%.*s\": none of that name; known: pgvector,"
                     " opensearch://HOST:PORT/PREFIX",
                     (int)n, url);
}

void weft_engine_close(weft_engine *engine) {
    if (engine) engine->vtable->close(engine);
}

const char *weft_engine_name(const weft_engine *engine) { return engine->vtable->name; }

weft_status weft_engine_follow(weft_engine *engine, const weft_engine_watch *watch, weft_err *err) {
    static const weft_engine_watch nobody = {0};
    return engine->vtable->follow(engine, watch ? watch : &nobody, err);
}

weft_status weft_engine_search(weft_engine *engine, const weft_engine_query *query,
                               weft_arena *arena, weft_engine_hit *hits, size_t *n, weft_err *err) {
    *n = 0;
    return engine->vtable->search(engine, query, arena, hits, n, err);
}

weft_status weft_engine_vector(weft_engine *engine, weft_embedding_kind kind,
                               const char *product_id, float *out, bool *found, weft_err *err) {
    *found = false;
    return engine->vtable->vector(engine, kind, product_id, out, found, err);
}
