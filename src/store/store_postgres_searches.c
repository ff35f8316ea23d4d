/* store_postgres_searches.c - searches that were answered, and what users did with them. */
#include "store/store_postgres_internal.h"

static weft_status bind_search(void *context, size_t i, weft_postgres_parameters *p,
                               weft_err *err) {
    const weft_store_search *search = (const weft_store_search *)context + i;
    const char *const values[] = {search->query_id, search->user_id,     search->experiment,
                                  search->arm,      search->search_type, search->query,
                                  search->results};
    (void)err;
    for (size_t v = 0; v < sizeof values / sizeof *values; v++)
        weft_postgres_add_text(p, values[v]);
    return WEFT_OK;
}

weft_status weft_postgres_put_searches(weft_store *store, const weft_store_search *searches,
                                       size_t n, weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    const weft_postgres_batch batch = {
        .sql = "INSERT INTO searches (query_id, user_id, experiment, arm, search_type, query,"
               " results) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (query_id) DO NOTHING",
        .what = "writing searches",
        .n = n,
        .context = (void *)(uintptr_t)searches,
        .bind = bind_search,
    };
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    status = weft_postgres_run_batch(s, connection, &batch, err);
    return weft_postgres_end(s, connection, status, err);
}

/* User by user, so that an answer is never much memory. */
static const char next_user_sql[] =
    "SELECT min(user_id) FROM searches WHERE ($1::text IS NULL OR experiment = $1)"
    " AND user_id > $2";
static const char first_user_sql[] =
    "SELECT min(user_id) FROM searches WHERE $1::text IS NULL OR experiment = $1";
static const char searches_sql[] =
    "SELECT s.query_id, s.user_id, s.experiment, s.arm, s.search_type, s.query, s.results,"
    " to_char(s.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'),"
    " t.product_id, t.event_type FROM searches s"
    " LEFT JOIN transactions t ON t.query_id = s.query_id AND t.query_id <> ''"
    " WHERE ($1::text IS NULL OR s.experiment = $1) AND s.user_id = $2 ORDER BY s.query_id";

static weft_status visit_rows(const PGresult *rows, weft_store_visit_search visit, void *context,
                              weft_err *err) {
    weft_status status = WEFT_OK;
    for (int i = 0; i < PQntuples(rows) && !status; i++) {
        const weft_store_search search = {.query_id = weft_postgres_text(rows, i, 0),
                                          .user_id = weft_postgres_text(rows, i, 1),
                                          .experiment = weft_postgres_text(rows, i, 2),
                                          .arm = weft_postgres_text(rows, i, 3),
                                          .search_type = weft_postgres_text(rows, i, 4),
                                          .query = weft_postgres_text(rows, i, 5),
                                          .results = weft_postgres_text(rows, i, 6),
                                          .created_at = weft_postgres_text(rows, i, 7)};
        status = visit(context, &search, weft_postgres_text(rows, i, 8),
                       weft_postgres_text(rows, i, 9), err);
    }
    return status;
}

static void add_experiment(weft_postgres_parameters *p, const char *experiment) {
    if (experiment) weft_postgres_add_text(p, experiment);
    else weft_postgres_add_null(p);
}

weft_status weft_postgres_each_search(weft_store *store, const char *experiment,
                                      weft_store_visit_search visit, void *context, weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    PGresult *user = NULL, *rows = NULL;
    weft_postgres_parameters p = {0};
    add_experiment(&p, experiment);
    weft_status status = weft_postgres_ask(s, first_user_sql, &p, "reading searches", &user, err);
    while (!status && !PQgetisnull(user, 0, 0)) {
        PGresult *next = NULL;
        weft_postgres_parameters of_user = {0};
        add_experiment(&of_user, experiment);
        weft_postgres_add_text(&of_user, weft_postgres_text(user, 0, 0));
        status = weft_postgres_ask(s, searches_sql, &of_user, "reading searches", &rows, err);
        if (!status) status = visit_rows(rows, visit, context, err);
        PQclear(rows);
        if (!status)
            status = weft_postgres_ask(s, next_user_sql, &of_user, "reading searches", &next, err);
        PQclear(user);
        user = next;
    }
    PQclear(user);
    return status;
}
