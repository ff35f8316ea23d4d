/* store_sqlite_sets.c - the sets of embeddings, and which of them is served. */
#include "base/clock.h"
#include "store/store_sqlite_internal.h"

static weft_status fail_no_set(const weft_sqlite *s, const char *embedding_model, weft_err *err) {
    return weft_fail(err, WEFT_E_NOT_FOUND, "%s: no embeddings of %s", s->path, embedding_model);
}

/* Runs a statement with up to three parameters: a set, another text, the time. */
static weft_status run_within(weft_sqlite *s, const char *sql, const char *embedding_model,
                              const char *text, int64_t number, weft_err *err) {
    char now[WEFT_TIMESTAMP_SIZE];
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_clock_timestamp(now);
    weft_sqlite_bind_text(statement, 1, embedding_model);
    weft_sqlite_bind_text(statement, 2, now);
    if (text) weft_sqlite_bind_text(statement, 3, text);
    if (text) sqlite3_bind_int64(statement, 4, number);
    return weft_sqlite_run(s, statement, "changing the sets", err);
}

weft_status weft_sqlite_put_set(weft_store *store, const char *embedding_model, const char *model,
                                size_t dim, weft_err *err) {
    static const char sql[] =
        "INSERT INTO embedding_sets (embedding_model, created_at, model, embedding_dimension)"
        " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (embedding_model) DO UPDATE SET model = ?3";
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    return weft_sqlite_end(s, run_within(s, sql, embedding_model, model, (int64_t)dim, err), err);
}

/* Columns: embedding_model, model, dimension, products, serving, previous. */
static bool copy_set(sqlite3_stmt *row, weft_arena *arena, weft_store_set *to) {
    *to = (weft_store_set){
        .embedding_model = weft_arena_strdup(arena, weft_sqlite_text(row, 0)),
        .model = weft_arena_strdup(arena, weft_sqlite_text(row, 1)),
        .dim = (size_t)sqlite3_column_int64(row, 2),
        .products = (size_t)sqlite3_column_int64(row, 3),
        .is_serving = sqlite3_column_int(row, 4) != 0,
        .is_previous = sqlite3_column_int(row, 5) != 0,
    };
    return to->embedding_model && to->model;
}

/* Each row says how many there are, so that the array has its size at the first. */
static bool collect_sets(sqlite3_stmt *rows, weft_arena *arena, weft_store_set **sets, size_t *n) {
    *sets = NULL;
    for (*n = 0; sqlite3_step(rows) == SQLITE_ROW; ++*n) {
        if (!*sets)
            *sets = weft_arena_alloc(arena, (size_t)sqlite3_column_int64(rows, 6), sizeof **sets);
        if (!*sets || !copy_set(rows, arena, &(*sets)[*n])) return false;
    }
    return true;
}

weft_status weft_sqlite_list_sets(weft_store *store, weft_arena *arena, weft_store_set **sets,
                                  size_t *n, weft_err *err) {
    static const char sql[] =
        "SELECT s.embedding_model, s.model, s.embedding_dimension,"
        " (SELECT count(*) FROM embeddings e WHERE e.embedding_model = s.embedding_model),"
        " ifnull(s.embedding_model = v.embedding_model, 0),"
        " ifnull(s.embedding_model = v.previous, 0), count(*) OVER ()"
        " FROM embedding_sets s LEFT JOIN serving v ORDER BY s.embedding_model";
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *rows;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &rows, err);
    if (!status) {
        if (!collect_sets(rows, arena, sets, n)) status = weft_fail(err, WEFT_E_NOMEM, "sets");
        /* Reset repeats what the last step failed with. */
        if (sqlite3_reset(rows) && !status)
            status = weft_sqlite_fail(s->db, s->path, "reading the sets", err);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

weft_status weft_sqlite_serving_set(weft_store *store, weft_arena *arena, weft_store_set *set,
                                    weft_err *err) {
    static const char sql[] = "SELECT s.embedding_model, s.model, s.embedding_dimension, 0, 1, 0"
                              " FROM serving v JOIN embedding_sets s USING (embedding_model)";
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *row;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &row, err);
    if (!status) {
        int code = sqlite3_step(row);
        if (code == SQLITE_DONE)
            status = weft_fail(err, WEFT_E_NOT_FOUND, "%s: no set was switched to", s->path);
        else if (code != SQLITE_ROW)
            status = weft_sqlite_fail(s->db, s->path, "reading the served set", err);
        else if (!copy_set(row, arena, set)) status = weft_fail(err, WEFT_E_NOMEM, "set");
        sqlite3_reset(row);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

weft_status weft_sqlite_switch_set(weft_store *store, const char *embedding_model, weft_err *err) {
    static const char sql[] =
        "INSERT INTO serving (one, embedding_model, switched_at)"
        " SELECT 1, embedding_model, ?2 FROM embedding_sets WHERE embedding_model = ?1"
        " ON CONFLICT (one) DO UPDATE SET embedding_model = ?1, switched_at = ?2, previous ="
        " iif(embedding_model = ?1, previous, embedding_model)";
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    status = run_within(s, sql, embedding_model, NULL, 0, err);
    if (!status && sqlite3_changes(s->db) == 0) status = fail_no_set(s, embedding_model, err);
    return weft_sqlite_end(s, status, err);
}

/* The set's row goes first: it cannot while `serving` points at it. */
static weft_status drop_within(weft_sqlite *s, const char *embedding_model, weft_err *err) {
    static const char *const sql[] = {"DELETE FROM embedding_sets WHERE embedding_model = ?1",
                                      "DELETE FROM embedding_queue WHERE embedding_model = ?1",
                                      "DELETE FROM embeddings WHERE embedding_model = ?1"};
    weft_status status = WEFT_OK;
    for (int i = 0; i < 3 && !status; i++) {
        status = run_within(s, sql[i], embedding_model, NULL, 0, err);
        if (i == 0 && status == WEFT_E_INVALID)
            return weft_fail(err, WEFT_E_CONFLICT, "%s: it is being served", embedding_model);
        if (i == 0 && !status && sqlite3_changes(s->db) == 0)
            return fail_no_set(s, embedding_model, err);
    }
    return status;
}

weft_status weft_sqlite_drop_set(weft_store *store, const char *embedding_model, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    return status ? status : weft_sqlite_end(s, drop_within(s, embedding_model, err), err);
}
