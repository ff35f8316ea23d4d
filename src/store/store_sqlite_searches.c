/* store_sqlite_searches.c - searches that were answered, and what users did with them. */
#include "base/clock.h"
#include "store/store_sqlite_internal.h"

static weft_status insert_search(weft_sqlite *s, const weft_store_search *search, const char *now,
                                 weft_err *err) {
    static const char sql[] =
        "INSERT INTO searches (query_id, user_id, experiment, arm, search_type, query, results,"
        " created_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT (query_id) DO NOTHING";
    const char *const values[] = {
        search->query_id,    search->user_id, search->experiment, search->arm,
        search->search_type, search->query,   search->results,    now};
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    for (int i = 0; i < (int)(sizeof values / sizeof *values); i++)
        weft_sqlite_bind_text(statement, i + 1, values[i]);
    return weft_sqlite_run(s, statement, "writing a search", err);
}

weft_status weft_sqlite_put_searches(weft_store *store, const weft_store_search *searches, size_t n,
                                     weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    char now[WEFT_TIMESTAMP_SIZE];
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    weft_clock_timestamp(now);
    for (size_t i = 0; i < n && !status; i++) status = insert_search(s, &searches[i], now, err);
    return weft_sqlite_end(s, status, err);
}

weft_status weft_sqlite_each_search(weft_store *store, const char *experiment,
                                    weft_store_visit_search visit, void *context, weft_err *err) {
    static const char sql[] =
        "SELECT s.query_id, s.user_id, s.experiment, s.arm, s.search_type, s.query, s.results,"
        " s.created_at, t.product_id, t.event_type FROM searches s"
        " LEFT JOIN transactions t ON t.query_id = s.query_id AND t.query_id <> ''"
        " WHERE (?1 IS NULL OR s.experiment = ?1) ORDER BY s.user_id, s.query_id";
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3 *db;
    sqlite3_stmt *rows = NULL;
    weft_status status = weft_sqlite_open_reader(s, &db, err);
    if (status) return status;
    if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK)
        status = weft_sqlite_fail(db, s->path, "reading searches", err);
    if (!status && experiment) weft_sqlite_bind_text(rows, 1, experiment);
    int code = SQLITE_DONE;
    while (!status && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        const weft_store_search search = {.query_id = weft_sqlite_text(rows, 0),
                                          .user_id = weft_sqlite_text(rows, 1),
                                          .experiment = weft_sqlite_text(rows, 2),
                                          .arm = weft_sqlite_text(rows, 3),
                                          .search_type = weft_sqlite_text(rows, 4),
                                          .query = weft_sqlite_text(rows, 5),
                                          .results = weft_sqlite_text(rows, 6),
                                          .created_at = weft_sqlite_text(rows, 7)};
        status = visit(context, &search, weft_sqlite_text(rows, 8), weft_sqlite_text(rows, 9), err);
    }
    if (!status && code != SQLITE_DONE)
        status = weft_sqlite_fail(db, s->path, "reading searches", err);
    sqlite3_finalize(rows);
    sqlite3_close(db);
    return status;
}
