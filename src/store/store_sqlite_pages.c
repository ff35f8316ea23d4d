/* store_sqlite_pages.c - pages of products, worked out beforehand. */
#include "base/clock.h"
#include "store/store_sqlite_internal.h"

static weft_status insert_page(weft_sqlite *s, const weft_store_page *page, const char *now,
                               weft_err *err) {
    static const char sql[] =
        "INSERT OR REPLACE INTO product_pages (product_id, digest, similar_products, complete_look,"
        " total, updated_at) SELECT ?1,?2,?3,?4,?5,?6"
        " WHERE EXISTS (SELECT 1 FROM products WHERE product_id = ?1)";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, page->product_id);
    weft_sqlite_bind_text(statement, 2, page->digest);
    weft_sqlite_bind_text(statement, 3, page->similar);
    weft_sqlite_bind_text(statement, 4, page->complete);
    sqlite3_bind_int64(statement, 5, (int64_t)page->total);
    weft_sqlite_bind_text(statement, 6, now);
    return weft_sqlite_run(s, statement, "writing a page", err);
}

weft_status weft_sqlite_put_pages(weft_store *store, const weft_store_page *pages, size_t n,
                                  weft_err *err) {
    static const char revision_sql[] = "UPDATE product_pages_revision SET revision = revision + 1";
    weft_sqlite *s = (weft_sqlite *)store;
    char now[WEFT_TIMESTAMP_SIZE];
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    weft_clock_timestamp(now);
    for (size_t i = 0; i < n && !status; i++) status = insert_page(s, &pages[i], now, err);
    if (!status) status = weft_sqlite_prepare(s, revision_sql, &statement, err);
    if (!status) status = weft_sqlite_run(s, statement, "writing pages", err);
    return weft_sqlite_end(s, status, err);
}

weft_status weft_sqlite_each_page(weft_store *store, weft_store_visit_page visit, void *context,
                                  weft_err *err) {
    static const char sql[] = "SELECT product_id, digest, similar_products, complete_look, total"
                              " FROM product_pages ORDER BY product_id";
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3 *db;
    sqlite3_stmt *rows = NULL;
    weft_status status = weft_sqlite_open_reader(s, &db, err);
    if (status) return status;
    int code = sqlite3_prepare_v2(db, sql, -1, &rows, NULL);
    while (!status && rows && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        const weft_store_page page = {.product_id = weft_sqlite_text(rows, 0),
                                      .digest = weft_sqlite_text(rows, 1),
                                      .similar = weft_sqlite_text(rows, 2),
                                      .complete = weft_sqlite_text(rows, 3),
                                      .total = (size_t)sqlite3_column_int64(rows, 4)};
        status = visit(context, &page, err);
    }
    if (!status && code != SQLITE_DONE)
        status = weft_sqlite_fail(db, s->path, "reading pages", err);
    sqlite3_finalize(rows);
    sqlite3_close(db);
    return status;
}

weft_status weft_sqlite_pages_revision(weft_store *store, int64_t *revision, weft_err *err) {
    return weft_sqlite_ask_number(store, "SELECT revision FROM product_pages_revision", revision,
                                  err);
}
