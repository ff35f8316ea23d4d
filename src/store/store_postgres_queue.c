/* store_postgres_queue.c - the queue of what to embed.
 *
 * Takers pass over rows that another is just taking (SKIP LOCKED), so they never wait for
 * each other. A lease that has run out is as good as none; whoever comes late with its
 * results finds that the rows bear another lease. */
#include "base/mem.h"
#include "store/store_postgres_internal.h"

typedef struct {
    const char *lease;
    const char *embedding_model; /* of queue_put, as the ids */
    const char *const *ids;
    const weft_embedding *rows; /* of queue_finish; those held come first in the end */
    bool *is_held;              /* [n] */
} queue_run;

/* ---- putting and taking ---- */

static weft_status bind_id(void *context, size_t i, weft_postgres_parameters *to, weft_err *err) {
    const queue_run *run = context;
    (void)err;
    weft_postgres_add_text(to, run->ids[i]);
    weft_postgres_add_text(to, run->embedding_model);
    return WEFT_OK;
}

weft_status weft_postgres_queue_put(weft_store *store, const char *embedding_model,
                                    const char *const *product_ids, size_t n, weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    queue_run run = {.embedding_model = embedding_model, .ids = product_ids};
    const weft_postgres_batch batch = {
        .sql = "INSERT INTO embedding_queue (product_id, embedding_model)"
               " SELECT product_id, $2 FROM products WHERE product_id = $1 ON CONFLICT DO NOTHING",
        .what = "queueing a product",
        .n = n,
        .context = &run,
        .bind = bind_id,
    };
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    return weft_postgres_end(s, connection, weft_postgres_run_batch(s, connection, &batch, err),
                             err);
}

weft_status weft_postgres_queue_lease(weft_store *store, const char *embedding_model,
                                      const char *lease, size_t limit, double seconds,
                                      weft_store_visit visit, void *context, weft_err *err) {
    static const char sql[] =
        "UPDATE embedding_queue q SET lease = $1,"
        " leased_until = clock_timestamp() + make_interval(secs => $3::float8)"
        " FROM (SELECT product_id FROM embedding_queue WHERE leased_until < clock_timestamp()"
        "  AND embedding_model = $4 ORDER BY product_id LIMIT $2::bigint FOR UPDATE SKIP LOCKED) "
        "free"
        " WHERE q.product_id = free.product_id AND q.embedding_model = $4";
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_parameters p = {0};
    PGresult *result;
    weft_postgres_add_text(&p, lease);
    weft_postgres_add_int(&p, (int64_t)limit);
    weft_postgres_add_double(&p, seconds);
    weft_postgres_add_text(&p, embedding_model);
    weft_status status = weft_postgres_ask(s, sql, &p, "leasing products", &result, err);
    PQclear(result);
    return status ? status : weft_postgres_visit_lease(s, lease, visit, context, err);
}

/* ---- finishing ---- */

static weft_status bind_row(void *context, size_t i, weft_postgres_parameters *to, weft_err *err) {
    const queue_run *run = context;
    (void)err;
    weft_postgres_add_text(to, run->rows[i].product_id);
    weft_postgres_add_text(to, run->lease);
    return WEFT_OK;
}

/* A row that came out of the queue was the lease's. */
static void note_held(void *context, size_t i, const PGresult *result) {
    ((queue_run *)context)->is_held[i] = PQntuples(result) > 0;
}

static weft_status finish(weft_postgres *s, weft_postgres_connection *connection, queue_run *run,
                          weft_embedding *held, size_t n, size_t *written, weft_err *err) {
    const weft_postgres_batch batch = {
        .sql = "DELETE FROM embedding_queue WHERE product_id = $1 AND lease = $2 RETURNING 1",
        .what = "finishing a product",
        .n = n,
        .context = run,
        .bind = bind_row,
        .answer = note_held,
    };
    weft_status status = weft_postgres_run_batch(s, connection, &batch, err);
    if (status) return status;
    *written = 0;
    for (size_t i = 0; i < n; i++)
        if (run->is_held[i]) held[(*written)++] = run->rows[i];
    return weft_postgres_write_embeddings(s, connection, held, *written, err);
}

weft_status weft_postgres_queue_finish(weft_store *store, const char *lease,
                                       const weft_embedding *rows, size_t n, size_t *written,
                                       weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    queue_run run = {.lease = lease, .rows = rows};
    run.is_held = weft_calloc(n, sizeof *run.is_held);
    weft_embedding *held = weft_alloc(n, sizeof *held);
    weft_status status = WEFT_OK;
    if (!run.is_held || !held) status = weft_fail(err, WEFT_E_NOMEM, "%zu embeddings", n);
    if (!status) status = weft_postgres_begin(s, &connection, err);
    if (!status) {
        status = finish(s, connection, &run, held, n, written, err);
        status = weft_postgres_end(s, connection, status, err);
    }
    weft_free(run.is_held);
    weft_free(held);
    return status;
}

weft_status weft_postgres_queue_end(weft_store *store, const char *lease, weft_err *err) {
    weft_postgres_parameters p = {0};
    PGresult *result;
    weft_postgres_add_text(&p, lease);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, "DELETE FROM embedding_queue WHERE lease = $1",
                          &p, "ending a lease", &result, err);
    PQclear(result);
    return status;
}

weft_status weft_postgres_queue_count(weft_store *store, const char *embedding_model, size_t *count,
                                      weft_err *err) {
    static const char sql[] = "SELECT count(*) FROM embedding_queue WHERE embedding_model = $1";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, embedding_model);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "counting the queue", &rows, err);
    if (!status) *count = (size_t)weft_postgres_int(rows, 0, 0);
    PQclear(rows);
    return status;
}
