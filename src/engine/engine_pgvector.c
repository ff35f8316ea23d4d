/* engine_pgvector.c - the store's own PostgreSQL as the engine: the embeddings are there
 * already, so there is nothing to feed. A thread makes the indexes when there are rows enough
 * for them; until then, and where few rows pass, searches compare with every row. */
#include <pthread.h>

#include "base/mem.h"
#include "engine/engine_vtable.h"

enum {
    INDEX_FROM = 4000,  /* products; an exact search among fewer takes some milliseconds */
    EXACT_BELOW = 2000, /* rows that pass: a walk through the graph would see more */
    LOOK_AGAIN = 10000, /* changes between looks whether there are rows enough by now */
};

typedef struct {
    weft_engine engine; /* first, so that the one can be cast to the other */
    weft_engine_options options;
    char *embedding_model;
    pthread_t thread; /* makes indexes */
    bool has_thread;
    atomic_bool stop, is_building;
    uint64_t looked_seq; /* change number at the last look; UINT64_MAX: there was none */
} pgvector;

static void pgvector_close(weft_engine *engine) {
    pgvector *p = (pgvector *)engine;
    atomic_store(&p->stop, true);
    if (p->has_thread) pthread_join(p->thread, NULL);
    weft_free(p->embedding_model);
    weft_free(p);
}

static weft_status pgvector_open(weft_engine **engine, const char *scheme, const char *place,
                                 const weft_engine_options *options, weft_err *err) {
    (void)scheme;
    if (*place)
        return weft_fail(err, WEFT_E_INVALID,
                         "index engine pgvector: it is the store's database;"
                         " there is nothing to put after the name");
    pgvector *p = weft_calloc(1, sizeof *p);
    if (!p) return weft_fail(err, WEFT_E_NOMEM, "index engine");
    p->engine.vtable = &weft_engine_pgvector;
    p->options = *options;
    p->looked_seq = UINT64_MAX;
    p->embedding_model = weft_strdup(options->embedding_model);
    weft_status status = WEFT_OK;
    if (!p->embedding_model) status = weft_fail(err, WEFT_E_NOMEM, "index engine");
    /* A store that cannot search says so now. */
    if (!status)
        status = weft_store_index_nearest(options->store, options->embedding_model, options->dim,
                                          SIZE_MAX, NULL, err);
    if (status) pgvector_close(&p->engine);
    else *engine = &p->engine;
    return status;
}

/* ---- indexes ---- */

/* What fails is tried again at a later look: searches do not depend on it. */
static void *build_main(void *argument) {
    pgvector *p = argument;
    weft_store_index_nearest(p->options.store, p->embedding_model, p->options.dim, INDEX_FROM,
                             &p->stop, NULL);
    atomic_store(&p->is_building, false);
    return NULL;
}

static weft_status pgvector_follow(weft_engine *engine, const weft_engine_watch *watch,
                                   weft_err *err) {
    pgvector *p = (pgvector *)engine;
    uint64_t seq;
    (void)watch;
    weft_status status = weft_store_change_seq(p->options.store, &seq, err);
    if (status || atomic_load(&p->is_building)) return status;
    if (p->looked_seq != UINT64_MAX && seq - p->looked_seq < LOOK_AGAIN) return WEFT_OK;
    if (p->has_thread) pthread_join(p->thread, NULL);
    atomic_store(&p->is_building, true);
    p->has_thread = pthread_create(&p->thread, NULL, build_main, p) == 0;
    if (!p->has_thread) {
        atomic_store(&p->is_building, false);
        return weft_fail(err, WEFT_E_INTERNAL, "cannot start the thread that makes indexes");
    }
    p->looked_seq = seq;
    return WEFT_OK;
}

/* ---- searching ---- */

static weft_status pgvector_search(weft_engine *engine, const weft_engine_query *query,
                                   weft_arena *arena, weft_engine_hit *hits, size_t *n,
                                   weft_err *err) {
    const pgvector *p = (const pgvector *)engine;
    size_t wanted = query->k < query->allowed ? query->k : query->allowed;
    weft_store_nearest_query nearest = {
        .kind = query->kind,
        .embedding_model = p->embedding_model,
        .embedding = query->embedding,
        .dim = p->options.dim,
        .filter = query->filter,
        .exclude = query->exclude,
        .k = query->k,
        .is_exact = query->allowed < EXACT_BELOW,
    };
    weft_status status = weft_store_nearest(p->options.store, &nearest, arena, hits, n, err);
    if (status || *n >= wanted || nearest.is_exact) return status;
    /* The walk through the graph ended (hnsw.max_scan_tuples) before it had seen enough. */
    nearest.is_exact = true;
    return weft_store_nearest(p->options.store, &nearest, arena, hits, n, err);
}

static weft_status pgvector_vector(weft_engine *engine, weft_embedding_kind kind,
                                   const char *product_id, float *out, bool *found, weft_err *err) {
    const pgvector *p = (const pgvector *)engine;
    return weft_store_get_vector(p->options.store, kind, p->embedding_model, product_id, out,
                                 p->options.dim, found, err);
}

static const char *const schemes[] = {"pgvector", NULL};

const weft_engine_vtable weft_engine_pgvector = {
    .name = "pgvector",
    .schemes = schemes,
    .open = pgvector_open,
    .close = pgvector_close,
    .follow = pgvector_follow,
    .search = pgvector_search,
    .vector = pgvector_vector,
};
