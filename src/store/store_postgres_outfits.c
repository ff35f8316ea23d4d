/* store_postgres_outfits.c - products that are worn together. */
#include "base/json.h"
#include "store/store_postgres_internal.h"

enum { TOGETHER = 10000 /* edges that one statement writes */ };

static weft_status run_sql(weft_postgres *s, weft_postgres_connection *connection, const char *sql,
                           const weft_postgres_parameters *p, weft_err *err) {
    PGresult *rows;
    weft_status status =
        weft_postgres_run(s, connection, sql, p, "writing edges of outfits", &rows, err);
    PQclear(rows);
    return status;
}

static weft_status insert_edges(weft_postgres *s, weft_postgres_connection *connection,
                                const weft_store_outfit_edge *edges, size_t n, weft_buf *text,
                                weft_err *err) {
    static const char sql[] =
        "INSERT INTO outfit_edges (product_a, product_b, photos)"
        " SELECT e->>0, e->>1, (e->>2)::bigint FROM json_array_elements($1::json) e";
    weft_postgres_parameters p = {0};
    weft_json j;
    weft_buf_clear(text);
    weft_json_begin(&j, text);
    weft_json_array(&j);
    for (size_t i = 0; i < n; i++) {
        weft_json_array(&j);
        weft_json_string(&j, edges[i].product_a);
        weft_json_string(&j, edges[i].product_b);
        weft_json_int(&j, edges[i].photos);
        weft_json_end(&j);
    }
    weft_json_end(&j);
    if (!weft_buf_ok(text)) return weft_fail(err, WEFT_E_NOMEM, "edges of outfits");
    weft_postgres_add_text(&p, text->data);
    return run_sql(s, connection, sql, &p, err);
}

/* The revision comes first: its row makes a second caller wait for the first one's end. */
weft_status weft_postgres_put_outfit_edges(weft_store *store, const weft_store_outfit_edge *edges,
                                           size_t n, weft_err *err) {
    static const char revision_sql[] = "INSERT INTO outfit_edges_revision AS r VALUES (1, 1)"
                                       " ON CONFLICT (one) DO UPDATE SET revision = r.revision + 1";
    static const char delete_sql[] = "DELETE FROM outfit_edges";
    static const weft_postgres_parameters none = {0};
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    weft_buf text;
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    weft_buf_init(&text);
    status = run_sql(s, connection, revision_sql, &none, err);
    if (!status) status = run_sql(s, connection, delete_sql, &none, err);
    for (size_t i = 0; i < n && !status; i += TOGETHER)
        status =
            insert_edges(s, connection, edges + i, n - i < TOGETHER ? n - i : TOGETHER, &text, err);
    weft_buf_deinit(&text);
    return weft_postgres_end(s, connection, status, err);
}

static weft_status visit_row(const PGresult *rows, weft_store_visit_outfit_edge visit,
                             void *context, weft_err *err) {
    const weft_store_outfit_edge edge = {.product_a = weft_postgres_text(rows, 0, 0),
                                         .product_b = weft_postgres_text(rows, 0, 1),
                                         .photos = (uint32_t)weft_postgres_int(rows, 0, 2)};
    return visit(context, &edge, err);
}

/* One statement is one state, and rows are taken as they arrive: on a connection of its own, so
 * that a walk that is stopped leaves the rest to its closing. */
weft_status weft_postgres_each_outfit_edge(weft_store *store, weft_store_visit_outfit_edge visit,
                                           void *context, weft_err *err) {
    static const char sql[] = "SELECT product_a, product_b, photos FROM outfit_edges"
                              " ORDER BY product_a, product_b";
    const weft_postgres *s = (const weft_postgres *)store;
    PGconn *pg;
    PGresult *rows;
    weft_status status = weft_postgres_connect(&pg, s->url, s->label, err);
    if (status) return status;
    if (!PQsendQueryParams(pg, sql, 0, NULL, NULL, NULL, NULL, 1) || !PQsetSingleRowMode(pg))
        status = weft_postgres_fail(s, pg, NULL, "reading edges of outfits", err);
    while (!status && (rows = PQgetResult(pg))) {
        ExecStatusType kind = PQresultStatus(rows);
        if (kind == PGRES_SINGLE_TUPLE) status = visit_row(rows, visit, context, err);
        else if (kind != PGRES_TUPLES_OK)
            status = weft_postgres_fail(s, pg, rows, "reading edges of outfits", err);
        PQclear(rows);
    }
    PQfinish(pg);
    return status;
}

weft_status weft_postgres_outfit_edges_revision(weft_store *store, int64_t *revision,
                                                weft_err *err) {
    uint64_t number;
    weft_status status = weft_postgres_ask_number(
        store, "SELECT coalesce(max(revision), 0) FROM outfit_edges_revision", &number, err);
    *revision = (int64_t)number;
    return status;
}
