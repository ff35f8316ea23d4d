/* store_sqlite_events.c - what users do. */
#include "base/clock.h"
#include "store/store_sqlite_internal.h"

static const char put_event_sql[] =
    "INSERT INTO transactions (user_id, product_id, event_type, query_id, created_at)"
    " SELECT ?1,?2,?3,?4,?5 WHERE EXISTS (SELECT 1 FROM products WHERE product_id = ?2)";

#define EVENT_COLUMNS "transaction_id, user_id, product_id, event_type, query_id, created_at"

static weft_status insert_event(weft_sqlite *s, const weft_event *event, int64_t now,
                                bool *is_known, weft_err *err) {
    char at[WEFT_TIMESTAMP_SIZE];
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, put_event_sql, &statement, err);
    if (status) return status;
    weft_clock_format(event->at ? event->at : now, at);
    weft_sqlite_bind_text(statement, 1, event->user_id);
    weft_sqlite_bind_text(statement, 2, event->product_id);
    weft_sqlite_bind_text(statement, 3, event->event_type);
    weft_sqlite_bind_text(statement, 4, event->query_id);
    weft_sqlite_bind_text(statement, 5, at);
    status = weft_sqlite_run(s, statement, "writing an event", err);
    if (!status) *is_known = sqlite3_changes(s->db) > 0;
    return status;
}

weft_status weft_sqlite_put_events(weft_store *store, const weft_event *events, size_t n,
                                   bool *is_known, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    int64_t now = weft_clock_now();
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    for (size_t i = 0; i < n && !status; i++) {
        bool ignored;
        status = insert_event(s, &events[i], now, is_known ? &is_known[i] : &ignored, err);
    }
    return weft_sqlite_end(s, status, err);
}

static weft_status visit_rows(sqlite3_stmt *rows, weft_store_visit_event visit, void *context,
                              weft_err *err) {
    weft_status status = WEFT_OK;
    while (!status && sqlite3_step(rows) == SQLITE_ROW) {
        weft_event event = {.user_id = weft_sqlite_text(rows, 1),
                            .product_id = weft_sqlite_text(rows, 2),
                            .event_type = weft_sqlite_text(rows, 3),
                            .query_id = weft_sqlite_text(rows, 4)};
        weft_clock_parse(weft_str_of(weft_sqlite_text(rows, 5)), &event.at);
        status = visit(context, sqlite3_column_int64(rows, 0), &event, err);
    }
    return status;
}

weft_status weft_sqlite_each_event(weft_store *store, int64_t since, size_t limit,
                                   weft_store_visit_event visit, void *context, weft_err *err) {
    static const char sql[] = "SELECT " EVENT_COLUMNS " FROM transactions"
                              " WHERE transaction_id > ?1 ORDER BY transaction_id LIMIT ?2";
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3 *db;
    sqlite3_stmt *rows = NULL;
    weft_status status = weft_sqlite_open_reader(s, &db, err);
    if (status) return status;
    if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK) {
        status = weft_sqlite_fail(db, s->path, "reading events", err);
    } else {
        sqlite3_bind_int64(rows, 1, since);
        sqlite3_bind_int64(rows, 2, limit ? (int64_t)limit : -1);
        status = visit_rows(rows, visit, context, err);
        /* Reset repeats what the last step failed with. */
        if (sqlite3_reset(rows) && !status)
            status = weft_sqlite_fail(db, s->path, "reading events", err);
    }
    sqlite3_finalize(rows);
    sqlite3_close(db);
    return status;
}

weft_status weft_sqlite_each_user_event(weft_store *store, const char *user_id, size_t limit,
                                        weft_store_visit_event visit, void *context,
                                        weft_err *err) {
    static const char sql[] = "SELECT " EVENT_COLUMNS " FROM transactions WHERE user_id = ?1"
                              " ORDER BY transaction_id DESC LIMIT ?2";
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *rows;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &rows, err);
    if (!status) {
        weft_sqlite_bind_text(rows, 1, user_id);
        sqlite3_bind_int64(rows, 2, (int64_t)limit);
        status = visit_rows(rows, visit, context, err);
        if (sqlite3_reset(rows) && !status)
            status = weft_sqlite_fail(s->db, s->path, "reading events", err);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

weft_status weft_sqlite_last_event(weft_store *store, int64_t *number, weft_err *err) {
    return weft_sqlite_ask_number(
        store, "SELECT coalesce(max(transaction_id), 0) FROM transactions", number, err);
}
