/* store_sqlite_outfits.c - products that are worn together. */
#include "store/store_sqlite_internal.h"

static weft_status run_sql(weft_sqlite *s, const char *sql, weft_err *err) {
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    return status ? status : weft_sqlite_run(s, statement, "writing edges of outfits", err);
}

static weft_status insert_edge(weft_sqlite *s, const weft_store_outfit_edge *edge, weft_err *err) {
    static const char sql[] =
        "INSERT INTO outfit_edges (product_a, product_b, photos) VALUES (?1,?2,?3)";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, edge->product_a);
    weft_sqlite_bind_text(statement, 2, edge->product_b);
    sqlite3_bind_int64(statement, 3, edge->photos);
    return weft_sqlite_run(s, statement, "writing edges of outfits", err);
}

weft_status weft_sqlite_put_outfit_edges(weft_store *store, const weft_store_outfit_edge *edges,
                                         size_t n, weft_err *err) {
    static const char revision_sql[] = "INSERT INTO outfit_edges_revision VALUES (1, 1)"
                                       " ON CONFLICT (one) DO UPDATE SET revision = revision + 1";
    static const char delete_sql[] = "DELETE FROM outfit_edges";
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    status = run_sql(s, revision_sql, err);
    if (!status) status = run_sql(s, delete_sql, err);
    for (size_t i = 0; i < n && !status; i++) status = insert_edge(s, &edges[i], err);
    return weft_sqlite_end(s, status, err);
}

weft_status weft_sqlite_each_outfit_edge(weft_store *store, weft_store_visit_outfit_edge visit,
                                         void *context, weft_err *err) {
    static const char sql[] = "SELECT product_a, product_b, photos FROM outfit_edges"
                              " ORDER BY product_a, product_b";
    const weft_sqlite *s = (const weft_sqlite *)store;
    sqlite3 *db;
    sqlite3_stmt *rows = NULL;
    weft_status status = weft_sqlite_open_reader(s, &db, err);
    if (status) return status;
    if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK)
        status = weft_sqlite_fail(db, s->path, "reading edges of outfits", err);
    int code = SQLITE_DONE;
    while (!status && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        const weft_store_outfit_edge edge = {.product_a = weft_sqlite_text(rows, 0),
                                             .product_b = weft_sqlite_text(rows, 1),
                                             .photos = (uint32_t)sqlite3_column_int64(rows, 2)};
        status = visit(context, &edge, err);
    }
    if (!status && code != SQLITE_DONE)
        status = weft_sqlite_fail(db, s->path, "reading edges of outfits", err);
    sqlite3_finalize(rows);
    sqlite3_close(db);
    return status;
}

weft_status weft_sqlite_outfit_edges_revision(weft_store *store, int64_t *revision, weft_err *err) {
    return weft_sqlite_ask_number(
        store, "SELECT coalesce(max(revision), 0) FROM outfit_edges_revision", revision, err);
}
