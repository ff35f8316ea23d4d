/* store_sqlite_queue.c - the queue of what to embed, for the workers of one machine. */
#include "store/store_sqlite_internal.h"

/* julianday counts days from noon; 1970 began at 2440587.5. */
#define NOW "((julianday('now') - 2440587.5) * 86400.0)"

static weft_status queue_product(weft_sqlite *s, const char *embedding_model,
                                 const char *product_id, weft_err *err) {
    static const char sql[] = "INSERT INTO embedding_queue (product_id, embedding_model)"
                              " SELECT product_id, ?2 FROM products WHERE product_id = ?1"
                              " ON CONFLICT DO NOTHING";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, product_id);
    weft_sqlite_bind_text(statement, 2, embedding_model);
    return weft_sqlite_run(s, statement, "queueing a product", err);
}

weft_status weft_sqlite_queue_put(weft_store *store, const char *embedding_model,
                                  const char *const *product_ids, size_t n, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    for (size_t i = 0; i < n && !status; i++)
        status = queue_product(s, embedding_model, product_ids[i], err);
    return weft_sqlite_end(s, status, err);
}

static weft_status take(weft_sqlite *s, const char *embedding_model, const char *lease,
                        size_t limit, double seconds, weft_err *err) {
    static const char sql[] = "UPDATE embedding_queue SET lease = ?1, leased_until = " NOW " + ?3"
                              " WHERE embedding_model = ?4 AND product_id IN"
                              " (SELECT product_id FROM embedding_queue WHERE leased_until < " NOW
                              "  AND embedding_model = ?4 ORDER BY product_id LIMIT ?2)";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, lease);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)limit);
    sqlite3_bind_double(statement, 3, seconds);
    weft_sqlite_bind_text(statement, 4, embedding_model);
    return weft_sqlite_run(s, statement, "leasing products", err);
}

weft_status weft_sqlite_queue_lease(weft_store *store, const char *embedding_model,
                                    const char *lease, size_t limit, double seconds,
                                    weft_store_visit visit, void *context, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    status = weft_sqlite_end(s, take(s, embedding_model, lease, limit, seconds, err), err);
    return status ? status : weft_sqlite_visit_lease(s, lease, visit, context, err);
}

/* Takes one product out of the queue, if the lease still has it, and writes its row. */
static weft_status finish_row(weft_sqlite *s, const char *lease, const weft_embedding *row,
                              size_t *written, weft_err *err) {
    static const char sql[] = "DELETE FROM embedding_queue WHERE product_id = ?1 AND lease = ?2";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, row->product_id);
    weft_sqlite_bind_text(statement, 2, lease);
    status = weft_sqlite_run(s, statement, "finishing a product", err);
    if (status || sqlite3_changes(s->db) == 0) return status;
    ++*written;
    return weft_sqlite_write_embedding(s, row, err);
}

weft_status weft_sqlite_queue_finish(weft_store *store, const char *lease,
                                     const weft_embedding *rows, size_t n, size_t *written,
                                     weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    *written = 0;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    for (size_t i = 0; i < n && !status; i++) status = finish_row(s, lease, &rows[i], written, err);
    return weft_sqlite_end(s, status, err);
}

static weft_status end_lease(weft_sqlite *s, const char *lease, weft_err *err) {
    sqlite3_stmt *statement;
    weft_status status =
        weft_sqlite_prepare(s, "DELETE FROM embedding_queue WHERE lease = ?1", &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, lease);
    return weft_sqlite_run(s, statement, "ending a lease", err);
}

weft_status weft_sqlite_queue_end(weft_store *store, const char *lease, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    return status ? status : weft_sqlite_end(s, end_lease(s, lease, err), err);
}

weft_status weft_sqlite_queue_count(weft_store *store, const char *embedding_model, size_t *count,
                                    weft_err *err) {
    static const char sql[] = "SELECT count(*) FROM embedding_queue WHERE embedding_model = ?1";
    return weft_sqlite_count((weft_sqlite *)store, sql, embedding_model, "counting the queue",
                             count, err);
}
