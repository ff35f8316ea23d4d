/* store_postgres_events.c - what users do. */
#include "store/store_postgres_internal.h"

static const char put_event_sql[] =
    "INSERT INTO transactions (user_id, product_id, event_type, query_id, created_at)"
    " SELECT $1::text,$2::text,$3::text,$4::text,"
    " coalesce(to_timestamp($5::float8 / 1000), now())"
    " WHERE EXISTS (SELECT 1 FROM products WHERE product_id = $2) RETURNING 1";

#define EVENT_COLUMNS                                                                              \
    "transaction_id, user_id, product_id, event_type, query_id,"                                   \
    " round(extract(epoch FROM created_at) * 1000)::bigint"

typedef struct {
    const weft_event *events;
    bool *is_known;
    size_t written;
} writing;

static weft_status bind_event(void *context, size_t i, weft_postgres_parameters *p, weft_err *err) {
    const weft_event *event = &((const writing *)context)->events[i];
    (void)err;
    weft_postgres_add_text(p, event->user_id);
    weft_postgres_add_text(p, event->product_id);
    weft_postgres_add_text(p, event->event_type);
    weft_postgres_add_text(p, event->query_id);
    if (event->at) weft_postgres_add_double(p, (double)event->at);
    else weft_postgres_add_null(p);
    return WEFT_OK;
}

static void note_answer(void *context, size_t i, const PGresult *result) {
    writing *w = context;
    bool is_there = PQntuples(result) > 0;
    if (w->is_known) w->is_known[i] = is_there;
    w->written += is_there;
}

/* ---- files of them ---- */

/* Runs a statement about an import; WEFT_E_CONFLICT when it answers with nothing. */
static weft_status change_import(weft_postgres *s, weft_postgres_connection *connection,
                                 const char *sql, const weft_postgres_parameters *p,
                                 weft_err *err) {
    PGresult *rows;
    weft_status status =
        weft_postgres_run(s, connection, sql, p, "writing how far a file is", &rows, err);
    if (!status && PQntuples(rows) == 0)
        status = weft_fail(err, WEFT_E_CONFLICT, "another process is importing the file as well");
    PQclear(rows);
    return status;
}

/* The new row first: its number comes after that of the row it follows. */
static weft_status take_step(weft_postgres *s, weft_postgres_connection *connection,
                             const weft_store_event_step *step, size_t written, weft_err *err) {
    static const char enter[] =
        "INSERT INTO event_imports (digest, is_done, position, row_count, event_count, step,"
        " reading) SELECT $1::text,$2::integer::boolean,$3::bigint,$4::bigint,$5::bigint,newest + "
        "1,"
        " $6::text FROM (SELECT coalesce(max(step), 0) AS newest FROM event_imports) AS steps"
        " WHERE $7::bigint IN (newest, -1)"
        " ON CONFLICT (digest, is_done) DO UPDATE SET row_count = excluded.row_count,"
        " event_count = excluded.event_count, step = excluded.step, reading = excluded.reading,"
        " updated_at = now() WHERE $8::integer::boolean AND event_imports.is_done RETURNING 1";
    static const char leave[] =
        "DELETE FROM event_imports WHERE digest = $1 AND NOT is_done RETURNING 1";
    weft_postgres_parameters of_enter = {0}, of_leave = {0};
    weft_postgres_add_text(&of_enter, step->to.digest);
    weft_postgres_add_int(&of_enter, step->to.is_done);
    weft_postgres_add_int(&of_enter, (int64_t)step->to.position);
    weft_postgres_add_int(&of_enter, (int64_t)step->to.row_count);
    weft_postgres_add_int(&of_enter, (int64_t)(step->to.event_count + written));
    weft_postgres_add_text(&of_enter, step->to.reading);
    weft_postgres_add_int(&of_enter, step->from[0] ? -1 : (int64_t)step->seen);
    weft_postgres_add_int(&of_enter, step->is_again);
    weft_status status = change_import(s, connection, enter, &of_enter, err);
    if (status || !step->from[0]) return status;
    weft_postgres_add_text(&of_leave, step->from);
    return change_import(s, connection, leave, &of_leave, err);
}

static bool copy_import(const PGresult *rows, int row, weft_arena *arena,
                        weft_store_event_import *to) {
    *to = (weft_store_event_import){
        .digest = weft_arena_strdup(arena, weft_postgres_text(rows, row, 0)),
        .is_done = weft_postgres_int(rows, row, 1) != 0,
        .position = (uint64_t)weft_postgres_int(rows, row, 2),
        .row_count = (uint64_t)weft_postgres_int(rows, row, 3),
        .event_count = (uint64_t)weft_postgres_int(rows, row, 4),
        .step = (uint64_t)weft_postgres_int(rows, row, 5),
        .reading = weft_arena_strdup(arena, weft_postgres_text(rows, row, 6)),
        .updated_at = weft_arena_strdup(arena, weft_postgres_text(rows, row, 7)),
    };
    return to->digest && to->reading && to->updated_at;
}

weft_status weft_postgres_list_event_imports(weft_store *store, weft_arena *arena,
                                             weft_store_event_import **imports, size_t *n,
                                             weft_err *err) {
    static const char sql[] =
        "SELECT digest, is_done, position, row_count, event_count, step, reading,"
        " to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
        " FROM event_imports ORDER BY position DESC, is_done DESC";
    PGresult *rows;
    weft_status status = weft_postgres_ask((weft_postgres *)store, sql, NULL,
                                           "reading how far files are", &rows, err);
    if (status) return status;
    *n = (size_t)PQntuples(rows);
    *imports = weft_arena_alloc(arena, *n ? *n : 1, sizeof **imports);
    bool ok = *imports != NULL;
    for (size_t i = 0; ok && i < *n; i++) ok = copy_import(rows, (int)i, arena, &(*imports)[i]);
    PQclear(rows);
    return ok ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "%zu imports", *n);
}

/* ---- writing and reading them ---- */

/* Events are numbered when they are written: writers take turns, so that numbers become visible
 * in their order (the lock ends with the transaction, which is short). */
weft_status weft_postgres_put_events(weft_store *store, const weft_event *events, size_t n,
                                     bool *is_known, const weft_store_event_step *step,
                                     weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    writing w = {events, is_known, 0};
    const weft_postgres_batch batch = {.sql = put_event_sql,
                                       .what = "writing events",
                                       .n = n,
                                       .context = &w,
                                       .bind = bind_event,
                                       .answer = note_answer};
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    status = weft_postgres_take_lock(s, connection->pg, WEFT_POSTGRES_LOCK_EVENTS, err);
    if (!status) status = weft_postgres_run_batch(s, connection, &batch, err);
    if (step && !status) status = take_step(s, connection, step, w.written, err);
    if (step && step->before_commit && !status) status = step->before_commit(step->context, err);
    return weft_postgres_end(s, connection, status, err);
}

static weft_status visit_rows(const PGresult *rows, weft_store_visit_event visit, void *context,
                              int64_t *last, weft_err *err) {
    weft_status status = WEFT_OK;
    for (int i = 0; i < PQntuples(rows) && !status; i++) {
        const weft_event event = {.user_id = weft_postgres_text(rows, i, 1),
                                  .product_id = weft_postgres_text(rows, i, 2),
                                  .event_type = weft_postgres_text(rows, i, 3),
                                  .query_id = weft_postgres_text(rows, i, 4),
                                  .at = weft_postgres_int(rows, i, 5)};
        *last = weft_postgres_int(rows, i, 0);
        status = visit(context, *last, &event, err);
    }
    return status;
}

/* Page by page, so that an answer is never much memory; events are only ever added. */
weft_status weft_postgres_each_event(weft_store *store, int64_t since, size_t limit,
                                     weft_store_visit_event visit, void *context, weft_err *err) {
    enum { PAGE = 10000 };
    static const char sql[] = "SELECT " EVENT_COLUMNS " FROM transactions"
                              " WHERE transaction_id > $1 ORDER BY transaction_id LIMIT $2";
    size_t left = limit ? limit : SIZE_MAX;
    weft_status status = WEFT_OK;
    while (left && !status) {
        size_t page = left < PAGE ? left : PAGE;
        weft_postgres_parameters p = {0};
        PGresult *rows;
        weft_postgres_add_int(&p, since);
        weft_postgres_add_int(&p, (int64_t)page);
        status = weft_postgres_ask((weft_postgres *)store, sql, &p, "reading events", &rows, err);
        if (status) return status;
        size_t n = (size_t)PQntuples(rows);
        status = visit_rows(rows, visit, context, &since, err);
        PQclear(rows);
        left = n < page ? 0 : left - n;
    }
    return status;
}

weft_status weft_postgres_each_user_event(weft_store *store, const char *user_id, size_t limit,
                                          weft_store_visit_event visit, void *context,
                                          weft_err *err) {
    static const char sql[] = "SELECT " EVENT_COLUMNS " FROM transactions WHERE user_id = $1"
                              " ORDER BY transaction_id DESC LIMIT $2";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    int64_t last;
    weft_postgres_add_text(&p, user_id);
    weft_postgres_add_int(&p, (int64_t)limit);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "reading events", &rows, err);
    if (!status) status = visit_rows(rows, visit, context, &last, err);
    PQclear(rows);
    return status;
}

weft_status weft_postgres_last_event(weft_store *store, int64_t *number, weft_err *err) {
    uint64_t newest;
    weft_status status = weft_postgres_ask_number(
        store, "SELECT coalesce(max(transaction_id), 0) FROM transactions", &newest, err);
    *number = (int64_t)newest;
    return status;
}
