/* store_postgres_sets.c - the sets of embeddings, and which of them is served. */
#include "store/store_postgres_internal.h"

static weft_status fail_no_set(const weft_postgres *s, const char *embedding_model, weft_err *err) {
    return weft_fail(err, WEFT_E_NOT_FOUND, "%s: no embeddings of %s", s->label, embedding_model);
}

weft_status weft_postgres_put_set(weft_store *store, const char *embedding_model, const char *model,
                                  size_t dim, weft_err *err) {
    static const char sql[] =
        "INSERT INTO embedding_sets AS s (embedding_model, model, embedding_dimension)"
        " VALUES ($1, $2, $3::integer) ON CONFLICT (embedding_model) DO UPDATE SET model = $2"
        " WHERE s.model <> $2";
    weft_postgres_parameters p = {0};
    PGresult *result;
    weft_postgres_add_text(&p, embedding_model);
    weft_postgres_add_text(&p, model);
    weft_postgres_add_int(&p, (int64_t)dim);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "noting a set", &result, err);
    PQclear(result);
    return status;
}

/* Columns: embedding_model, model, dimension, products, serving, previous. */
static bool copy_set(const PGresult *rows, int row, weft_arena *arena, weft_store_set *to) {
    *to = (weft_store_set){
        .embedding_model = weft_arena_strdup(arena, weft_postgres_text(rows, row, 0)),
        .model = weft_arena_strdup(arena, weft_postgres_text(rows, row, 1)),
        .dim = (size_t)weft_postgres_int(rows, row, 2),
        .products = (size_t)weft_postgres_int(rows, row, 3),
        .is_serving = weft_postgres_int(rows, row, 4) != 0,
        .is_previous = weft_postgres_int(rows, row, 5) != 0,
    };
    return to->embedding_model && to->model;
}

weft_status weft_postgres_list_sets(weft_store *store, weft_arena *arena, weft_store_set **sets,
                                    size_t *n, weft_err *err) {
    static const char sql[] =
        "SELECT s.embedding_model, s.model, s.embedding_dimension,"
        " (SELECT count(*) FROM embeddings e WHERE e.embedding_model = s.embedding_model),"
        " coalesce(s.embedding_model = v.embedding_model, false),"
        " coalesce(s.embedding_model = v.previous, false)"
        " FROM embedding_sets s LEFT JOIN serving v ON true ORDER BY s.embedding_model";
    PGresult *rows;
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, NULL, "reading the sets", &rows, err);
    if (status) return status;
    *n = (size_t)PQntuples(rows);
    *sets = weft_arena_alloc(arena, *n, sizeof **sets);
    bool ok = *sets != NULL;
    for (size_t i = 0; ok && i < *n; i++) ok = copy_set(rows, (int)i, arena, &(*sets)[i]);
    PQclear(rows);
    return ok ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "%zu sets", *n);
}

weft_status weft_postgres_serving_set(weft_store *store, weft_arena *arena, weft_store_set *set,
                                      weft_err *err) {
    static const char sql[] = "SELECT s.embedding_model, s.model, s.embedding_dimension, 0::bigint,"
                              " true, false FROM serving v JOIN embedding_sets s"
                              " ON s.embedding_model = v.embedding_model";
    weft_postgres *s = (weft_postgres *)store;
    PGresult *rows;
    weft_status status = weft_postgres_ask(s, sql, NULL, "reading the served set", &rows, err);
    if (!status && PQntuples(rows) == 0)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "%s: no set was switched to", s->label);
    if (!status && !copy_set(rows, 0, arena, set)) status = weft_fail(err, WEFT_E_NOMEM, "set");
    PQclear(rows);
    return status;
}

weft_status weft_postgres_switch_set(weft_store *store, const char *embedding_model,
                                     weft_err *err) {
    static const char sql[] =
        "INSERT INTO serving AS v (one, embedding_model)"
        " SELECT 1, embedding_model FROM embedding_sets WHERE embedding_model = $1"
        " ON CONFLICT (one) DO UPDATE SET embedding_model = $1, switched_at = now(), previous ="
        " CASE WHEN v.embedding_model = $1 THEN v.previous ELSE v.embedding_model END"
        " RETURNING 1";
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_parameters p = {0};
    PGresult *result;
    weft_postgres_add_text(&p, embedding_model);
    weft_status status = weft_postgres_ask(s, sql, &p, "switching", &result, err);
    if (!status && PQntuples(result) == 0) status = fail_no_set(s, embedding_model, err);
    PQclear(result);
    return status;
}

/* The set's row goes first: it cannot while `serving` points at it. */
static weft_status drop_within(weft_postgres *s, weft_postgres_connection *connection,
                               const char *embedding_model, weft_err *err) {
    weft_postgres_parameters p = {0};
    PGresult *result;
    weft_postgres_add_text(&p, embedding_model);
    weft_status status = weft_postgres_run(
        s, connection, "DELETE FROM embedding_sets WHERE embedding_model = $1 RETURNING 1", &p,
        "dropping a set", &result, err);
    if (status == WEFT_E_INVALID)
        return weft_fail(err, WEFT_E_CONFLICT, "%s: it is being served", embedding_model);
    if (!status && PQntuples(result) == 0) status = fail_no_set(s, embedding_model, err);
    PQclear(result);
    static const char *const others[] = {"DELETE FROM embedding_queue WHERE embedding_model = $1",
                                         "DELETE FROM embeddings WHERE embedding_model = $1"};
    for (int i = 0; i < 2 && !status; i++) {
        status = weft_postgres_run(s, connection, others[i], &p, "dropping a set", &result, err);
        PQclear(result);
    }
    return status;
}

weft_status weft_postgres_drop_set(weft_store *store, const char *embedding_model, weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    return weft_postgres_end(s, connection, drop_within(s, connection, embedding_model, err), err);
}
