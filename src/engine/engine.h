/* engine.h - nearest neighbours in another process: for catalogs that one machine's memory
 * does not hold, or that are searched by others as well.
 *
 * weft's own indexes (index.h) live in the program and know rows. An engine lives elsewhere
 * and knows product ids; products, filters' meaning and totals stay weft's. The store is the
 * truth: an engine is fed from its change feed, can be removed at any time, and is filled
 * again. What it finds is what an exact or a well-kept approximate search finds: scores are
 * inner products of L2-normalised vectors, and k hits come back whenever k products pass.
 *
 * Engines: "pgvector" (the store's own PostgreSQL, where the embeddings are already) and
 * "opensearch://HOST:PORT[,HOST:PORT...]/PREFIX" (a cluster's k-NN; "opensearchs://" by TLS). */
#ifndef WEFT_ENGINE_ENGINE_H
#define WEFT_ENGINE_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "catalog/embedding_kind.h"
#include "catalog/filter.h"
#include "store/store.h"

typedef struct weft_engine weft_engine; /* opaque; any thread may use it */

typedef struct {
    weft_store *store; /* outlives the engine */
    /* The set of embeddings that is searched (weft_embedding_model_name) and its dimension. */
    const char *embedding_model;
    size_t dim;
} weft_engine_options;

/* Makes sure that the engine can be used, and makes in it what is missing. Fails with
 * WEFT_E_UNSUPPORTED (no such engine, or it does not go with the store), WEFT_E_INVALID (the
 * url), WEFT_E_STORE (it cannot be reached, or refuses), WEFT_E_NOMEM. The url may hold a
 * password and is in no message; the name below is. */
weft_status weft_engine_open(weft_engine **engine, const char *url,
                             const weft_engine_options *options, weft_err *err);
void weft_engine_close(weft_engine *engine); /* NULL is fine */

const char *weft_engine_name(const weft_engine *engine); /* "pgvector", "opensearch" */

/* Told now and then how far the first filling is; may be NULL. */
typedef struct {
    void (*on_progress)(void *context, size_t done, size_t total);
    void *context;
    const atomic_bool *cancel; /* ends it with WEFT_E_CANCELLED; may be NULL */
} weft_engine_watch;

/* Brings the engine to the store's present state: all of it the first time (and when it was
 * filled from another database, or is damaged), then what changed since. When it returns
 * WEFT_OK every search sees what was committed before the call. One thread at a time in a
 * process; other processes may feed the same engine from the same store, and what is done
 * twice is harmless. A failure leaves nothing lost: the next call begins where it was. */
weft_status weft_engine_follow(weft_engine *engine, const weft_engine_watch *watch, weft_err *err);

typedef struct {
    weft_embedding_kind kind;
    const float *embedding;    /* [dim], L2-normalised */
    const weft_filter *filter; /* NULL: everything */
    const char *exclude;       /* a product that may not come back, or NULL */
    size_t k;                  /* hits wanted */
    /* How many products pass, as far as the caller's catalog tells: lets an engine choose an
     * exact search when they are few. */
    size_t allowed;
} weft_engine_query;

typedef weft_store_hit weft_engine_hit;

/* Writes min(k, products that pass) hits into hits[k], best first, equal scores by
 * product_id; *n is how many. The ids live in the arena. Fails with WEFT_E_STORE (the engine
 * does not answer within its time, or answers in part: never a partial answer), WEFT_E_NOMEM. */
weft_status weft_engine_search(weft_engine *engine, const weft_engine_query *query,
                               weft_arena *arena, weft_engine_hit *hits, size_t *n, weft_err *err);

/* Writes the vector of a product into out[dim]; *found is false when it has none. */
weft_status weft_engine_vector(weft_engine *engine, weft_embedding_kind kind,
                               const char *product_id, float *out, bool *found, weft_err *err);

#endif
