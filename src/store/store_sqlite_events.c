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

/* ---- files of them ---- */

/* Runs a statement about an import; WEFT_E_CONFLICT when it changes nothing. */
static weft_status change_import(weft_sqlite *s, sqlite3_stmt *statement, weft_err *err) {
    weft_status status = weft_sqlite_run(s, statement, "writing how far a file is", err);
    if (status || sqlite3_changes(s->db) > 0) return status;
    return weft_fail(err, WEFT_E_CONFLICT, "another process is importing the file as well");
}

/* The new row first: its number comes after that of the row it follows. */
static weft_status take_step(weft_sqlite *s, const weft_store_event_step *step, size_t written,
                             weft_err *err) {
    static const char enter[] =
        "INSERT INTO event_imports (digest, is_done, position, row_count, event_count, step,"
        " reading, updated_at) SELECT ?1,?2,?3,?4,?5,newest + 1,?6,?7"
        " FROM (SELECT coalesce(max(step), 0) AS newest FROM event_imports)"
        " WHERE ?8 IN (newest, -1)"
        " ON CONFLICT (digest, is_done) DO UPDATE SET row_count = ?4, event_count = ?5,"
        " step = excluded.step, reading = ?6, updated_at = ?7 WHERE ?9 AND is_done";
    static const char leave[] = "DELETE FROM event_imports WHERE digest = ?1 AND is_done = 0";
    char now[WEFT_TIMESTAMP_SIZE];
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, enter, &statement, err);
    if (status) return status;
    weft_clock_timestamp(now);
    weft_sqlite_bind_text(statement, 1, step->to.digest);
    sqlite3_bind_int(statement, 2, step->to.is_done);
    sqlite3_bind_int64(statement, 3, (int64_t)step->to.position);
    sqlite3_bind_int64(statement, 4, (int64_t)step->to.row_count);
    sqlite3_bind_int64(statement, 5, (int64_t)(step->to.event_count + written));
    weft_sqlite_bind_text(statement, 6, step->to.reading);
    weft_sqlite_bind_text(statement, 7, now);
    sqlite3_bind_int64(statement, 8, step->from[0] ? -1 : (int64_t)step->seen);
    sqlite3_bind_int(statement, 9, step->is_again);
    status = change_import(s, statement, err);
    if (status || !step->from[0]) return status;
    status = weft_sqlite_prepare(s, leave, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, step->from);
    return change_import(s, statement, err);
}

/* Each row says how many there are, so that the array has its size at the first. */
static bool collect_imports(sqlite3_stmt *rows, weft_arena *arena,
                            weft_store_event_import **imports, size_t *n) {
    *imports = NULL;
    for (*n = 0; sqlite3_step(rows) == SQLITE_ROW; ++*n) {
        if (!*imports)
            *imports =
                weft_arena_alloc(arena, (size_t)sqlite3_column_int64(rows, 8), sizeof **imports);
        if (!*imports) return false;
        weft_store_event_import *to = &(*imports)[*n];
        *to = (weft_store_event_import){
            .digest = weft_arena_strdup(arena, weft_sqlite_text(rows, 0)),
            .is_done = sqlite3_column_int(rows, 1) != 0,
            .position = (uint64_t)sqlite3_column_int64(rows, 2),
            .row_count = (uint64_t)sqlite3_column_int64(rows, 3),
            .event_count = (uint64_t)sqlite3_column_int64(rows, 4),
            .step = (uint64_t)sqlite3_column_int64(rows, 5),
            .reading = weft_arena_strdup(arena, weft_sqlite_text(rows, 6)),
            .updated_at = weft_arena_strdup(arena, weft_sqlite_text(rows, 7)),
        };
        if (!to->digest || !to->reading || !to->updated_at) return false;
    }
    return true;
}

weft_status weft_sqlite_list_event_imports(weft_store *store, weft_arena *arena,
                                           weft_store_event_import **imports, size_t *n,
                                           weft_err *err) {
    static const char sql[] =
        "SELECT digest, is_done, position, row_count, event_count, step, reading,"
        " updated_at, count(*) OVER () FROM event_imports ORDER BY position DESC, is_done DESC";
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *rows;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &rows, err);
    if (!status) {
        if (!collect_imports(rows, arena, imports, n))
            status = weft_fail(err, WEFT_E_NOMEM, "imports");
        /* Reset repeats what the last step failed with. */
        if (sqlite3_reset(rows) && !status)
            status = weft_sqlite_fail(s->db, s->path, "reading how far files are", err);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

/* ---- writing and reading them ---- */

weft_status weft_sqlite_put_events(weft_store *store, const weft_event *events, size_t n,
                                   bool *is_known, const weft_store_event_step *step,
                                   weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    int64_t now = weft_clock_now();
    size_t written = 0;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    for (size_t i = 0; i < n && !status; i++) {
        bool is_there = false;
        status = insert_event(s, &events[i], now, &is_there, err);
        if (is_known) is_known[i] = is_there;
        written += is_there;
    }
    if (step && !status) status = take_step(s, step, written, err);
    if (step && step->before_commit && !status) status = step->before_commit(step->context, err);
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
    weft_sqlite *s = weft_sqlite_reader(store);
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
