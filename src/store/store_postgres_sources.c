/* store_postgres_sources.c - tables of the shop's own that weft follows. */
#include "store/store_postgres_internal.h"

/* ---- the sources ---- */

static void bind_source(weft_postgres_parameters *p, const weft_store_source *source) {
    weft_postgres_add_text(p, source->name);
    weft_postgres_add_text(p, source->url);
    weft_postgres_add_text(p, source->spec);
}

static weft_status fail_no_source(const weft_postgres *s, const char *name, weft_err *err) {
    return weft_fail(err, WEFT_E_NOT_FOUND, "%s: no source \"%s\" in that state", s->label, name);
}

weft_status weft_postgres_put_source(weft_store *store, const weft_store_source *source,
                                     weft_err *err) {
    weft_postgres_parameters p = {0};
    PGresult *result;
    bind_source(&p, source);
    weft_postgres_add_text(&p, source->slot);
    weft_status status = weft_postgres_ask(
        (weft_postgres *)store,
        "INSERT INTO sources (name, url, spec, slot, copy) VALUES ($1, $2, $3, $4, 1)"
        " ON CONFLICT DO NOTHING RETURNING 1",
        &p, "adding a source", &result, err);
    if (!status && PQntuples(result) == 0)
        status = weft_fail(err, WEFT_E_CONFLICT, "source %s: there is one already", source->name);
    PQclear(result);
    return status;
}

weft_status weft_postgres_change_source(weft_store *store, const weft_store_source *source,
                                        weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_parameters p = {0};
    PGresult *result;
    bind_source(&p, source);
    weft_status status =
        weft_postgres_ask(s,
                          "UPDATE sources SET url = $2, spec = $3, position = 0, copy = copy + 1"
                          " WHERE name = $1 RETURNING 1",
                          &p, "changing a source", &result, err);
    if (!status && PQntuples(result) == 0) status = fail_no_source(s, source->name, err);
    PQclear(result);
    return status;
}

static bool copy_source(const PGresult *rows, int row, weft_arena *arena, weft_store_source *to) {
    *to = (weft_store_source){
        .name = weft_arena_strdup(arena, weft_postgres_text(rows, row, 0)),
        .url = weft_arena_strdup(arena, weft_postgres_text(rows, row, 1)),
        .spec = weft_arena_strdup(arena, weft_postgres_text(rows, row, 2)),
        .slot = weft_arena_strdup(arena, weft_postgres_text(rows, row, 3)),
        .system = weft_arena_strdup(arena, weft_postgres_text(rows, row, 4)),
        .position = (uint64_t)weft_postgres_int(rows, row, 5),
        .copy = (uint64_t)weft_postgres_int(rows, row, 6),
    };
    return to->name && to->url && to->spec && to->slot && to->system;
}

weft_status weft_postgres_list_sources(weft_store *store, weft_arena *arena,
                                       weft_store_source **sources, size_t *n, weft_err *err) {
    PGresult *rows;
    weft_status status = weft_postgres_ask(
        (weft_postgres *)store,
        "SELECT name, url, spec, slot, system, position, copy FROM sources ORDER BY name", NULL,
        "reading the sources", &rows, err);
    if (status) return status;
    *n = (size_t)PQntuples(rows);
    *sources = weft_arena_alloc(arena, *n, sizeof **sources);
    bool ok = *sources != NULL;
    for (size_t i = 0; ok && i < *n; i++) ok = copy_source(rows, (int)i, arena, &(*sources)[i]);
    PQclear(rows);
    return ok ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "%zu sources", *n);
}

/* ---- what is done to one source, in a transaction that weft's writers of products share ---- */

/* Runs a statement about the source of that name; *count, which may be NULL, is how many rows
 * it answered with. */
static weft_status run_named(weft_postgres *s, weft_postgres_connection *connection,
                             const char *sql, const char *name, int *count, weft_err *err) {
    weft_postgres_parameters p = {0};
    PGresult *result;
    weft_postgres_add_text(&p, name);
    weft_status status =
        weft_postgres_run(s, connection, sql, &p, "changing a source", &result, err);
    if (!status && count) *count = PQntuples(result);
    PQclear(result);
    return status;
}

static const char delete_all_sql[] = "DELETE FROM products WHERE product_id IN"
                                     " (SELECT product_id FROM source_products WHERE source = $1)";

static weft_status remove_within(weft_postgres *s, weft_postgres_connection *connection,
                                 const char *name, bool keep_products, weft_err *err) {
    int count = 0;
    weft_status status =
        weft_postgres_take_lock(s, connection->pg, WEFT_POSTGRES_LOCK_PRODUCTS, err);
    if (!status && !keep_products)
        status = run_named(s, connection, delete_all_sql, name, NULL, err);
    if (!status)
        status = run_named(s, connection, "DELETE FROM sources WHERE name = $1 RETURNING 1", name,
                           &count, err);
    return status || count ? status : fail_no_source(s, name, err);
}

weft_status weft_postgres_remove_source(weft_store *store, const char *name, bool keep_products,
                                        weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    return weft_postgres_end(s, connection, remove_within(s, connection, name, keep_products, err),
                             err);
}

weft_status weft_postgres_begin_source(weft_store *store, const char *name, const char *system,
                                       uint64_t *copy, weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, name);
    weft_postgres_add_text(&p, system);
    weft_postgres_add_int(&p, (int64_t)*copy);
    weft_status status =
        weft_postgres_ask(s,
                          "UPDATE sources SET system = $2, position = 0, copy = copy + 1"
                          " WHERE name = $1 AND copy = $3::bigint RETURNING copy",
                          &p, "beginning a copy", &rows, err);
    if (!status && PQntuples(rows) == 0) status = fail_no_source(s, name, err);
    if (!status) *copy = (uint64_t)weft_postgres_int(rows, 0, 0);
    PQclear(rows);
    return status;
}

/* ---- applying ---- */

typedef struct {
    const char *name;
    uint64_t copy;
    const weft_store_source_batch *batch;
} apply_run;

/* Holds the source until the transaction ends, and sets its position where it has a new one. */
static weft_status hold_source(weft_postgres *s, weft_postgres_connection *connection,
                               const apply_run *run, weft_err *err) {
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, run->name);
    weft_postgres_add_int(&p, (int64_t)run->copy);
    weft_postgres_add_int(&p, (int64_t)run->batch->position);
    weft_status status =
        weft_postgres_run(s, connection,
                          "UPDATE sources SET position = coalesce(nullif($3::bigint, 0), position)"
                          " WHERE name = $1 AND copy = $2::bigint RETURNING 1",
                          &p, "moving a source", &rows, err);
    if (!status && PQntuples(rows) == 0) status = fail_no_source(s, run->name, err);
    PQclear(rows);
    return status;
}

static weft_status bind_owned(void *context, size_t i, weft_postgres_parameters *to,
                              weft_err *err) {
    const apply_run *run = context;
    (void)err;
    weft_postgres_add_text(to, run->batch->products[i].product_id);
    weft_postgres_add_text(to, run->name);
    weft_postgres_add_int(to, (int64_t)run->copy);
    return WEFT_OK;
}

static weft_status bind_deleted(void *context, size_t i, weft_postgres_parameters *to,
                                weft_err *err) {
    const apply_run *run = context;
    (void)err;
    weft_postgres_add_text(to, run->batch->deleted[i]);
    weft_postgres_add_text(to, run->name);
    return WEFT_OK;
}

static weft_status put_owned(weft_postgres *s, weft_postgres_connection *connection, apply_run *run,
                             weft_store_put_result *done, weft_err *err) {
    const weft_postgres_batch owned = {
        .sql = "INSERT INTO source_products AS o VALUES ($1, $2, $3::bigint)"
               " ON CONFLICT (product_id) DO UPDATE SET source = $2, copy = $3::bigint"
               " WHERE (o.source, o.copy) IS DISTINCT FROM ($2, $3::bigint)",
        .what = "noting whose a product is",
        .n = run->batch->product_count,
        .context = run,
        .bind = bind_owned,
    };
    weft_status status = weft_postgres_write_products(s, connection, run->batch->products,
                                                      run->batch->product_count, done, err);
    return status ? status : weft_postgres_run_batch(s, connection, &owned, err);
}

static weft_status delete_owned(weft_postgres *s, weft_postgres_connection *connection,
                                apply_run *run, weft_err *err) {
    const weft_postgres_batch deleted = {
        .sql = "DELETE FROM products WHERE product_id = $1 AND EXISTS (SELECT 1"
               " FROM source_products o WHERE o.product_id = $1 AND o.source = $2)",
        .what = "deleting a product",
        .n = run->batch->deleted_count,
        .context = run,
        .bind = bind_deleted,
    };
    return weft_postgres_run_batch(s, connection, &deleted, err);
}

static weft_status apply_within(weft_postgres *s, weft_postgres_connection *connection,
                                apply_run *run, weft_store_put_result *done, weft_err *err) {
    weft_status status =
        weft_postgres_take_lock(s, connection->pg, WEFT_POSTGRES_LOCK_PRODUCTS, err);
    if (!status) status = hold_source(s, connection, run, err);
    if (!status && run->batch->truncates)
        status = run_named(s, connection, delete_all_sql, run->name, NULL, err);
    if (!status) status = delete_owned(s, connection, run, err);
    if (!status) status = put_owned(s, connection, run, done, err);
    if (!status && run->batch->ends_copy)
        status = run_named(s, connection,
                           "DELETE FROM products WHERE product_id IN (SELECT o.product_id"
                           " FROM source_products o JOIN sources f ON f.name = o.source"
                           " WHERE f.name = $1 AND o.copy < f.copy)",
                           run->name, NULL, err);
    return status;
}

weft_status weft_postgres_apply_source(weft_store *store, const char *name, uint64_t copy,
                                       const weft_store_source_batch *batch,
                                       weft_store_put_result *result, weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    weft_store_put_result done = {0};
    apply_run run = {.name = name, .copy = copy, .batch = batch};
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    status = apply_within(s, connection, &run, &done, err);
    status = weft_postgres_end(s, connection, status, err);
    if (!status) weft_store_add_result(result, &done);
    return status;
}
