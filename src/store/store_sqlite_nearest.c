/* store_sqlite_nearest.c - one vector of a product; SQLite does not search among them. */
#include <string.h>

#include "store/store_sqlite_internal.h"

weft_status weft_sqlite_nearest(weft_store *store, const weft_store_nearest_query *query,
                                weft_arena *arena, weft_store_hit *hits, size_t *n, weft_err *err) {
    const weft_sqlite *s = (const weft_sqlite *)store;
    (void)query, (void)arena, (void)hits, (void)n;
    return weft_fail(err, WEFT_E_UNSUPPORTED, "%s: SQLite does not search vectors", s->path);
}

weft_status weft_sqlite_index_nearest(weft_store *store, const char *embedding_model, size_t dim,
                                      size_t min_rows, const atomic_bool *stop, weft_err *err) {
    const weft_sqlite *s = (const weft_sqlite *)store;
    (void)embedding_model, (void)dim, (void)min_rows, (void)stop;
    return weft_fail(err, WEFT_E_UNSUPPORTED, "%s: SQLite does not search vectors", s->path);
}

static weft_status read_vector(weft_sqlite *s, sqlite3_stmt *row, float *out, size_t dim,
                               bool *found, weft_err *err) {
    int code = sqlite3_step(row);
    if (code == SQLITE_DONE) return WEFT_OK;
    if (code != SQLITE_ROW) return weft_sqlite_fail(s->db, s->path, "reading a vector", err);
    if (sqlite3_column_type(row, 0) == SQLITE_NULL) return WEFT_OK;
    const void *blob = sqlite3_column_blob(row, 0);
    if (!blob || (size_t)sqlite3_column_bytes(row, 0) != dim * sizeof *out)
        return weft_fail(err, WEFT_E_STORE, "%s: a vector is not of %zu dimensions", s->path, dim);
    memcpy(out, blob, dim * sizeof *out);
    *found = true;
    return WEFT_OK;
}

weft_status weft_sqlite_get_vector(weft_store *store, weft_embedding_kind kind,
                                   const char *embedding_model, const char *product_id, float *out,
                                   size_t dim, bool *found, weft_err *err) {
#define SQL(kind)                                                                                  \
    "SELECT " kind "_embedding FROM embeddings WHERE product_id = ?1 AND embedding_model = ?2"
    static const char *const sql[WEFT_KIND_COUNT] = {SQL("image"), SQL("text"), SQL("hybrid")};
#undef SQL
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *row;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql[kind], &row, err);
    if (!status) {
        weft_sqlite_bind_text(row, 1, product_id);
        weft_sqlite_bind_text(row, 2, embedding_model);
        status = read_vector(s, row, out, dim, found, err);
        sqlite3_reset(row);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}
