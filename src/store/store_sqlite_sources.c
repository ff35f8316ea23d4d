/* store_sqlite_sources.c - tables of the shop's own that weft follows. */
#include "base/clock.h"
#include "store/store_sqlite_internal.h"

static weft_status fail_no_source(const weft_sqlite *s, const char *name, weft_err *err) {
    return weft_fail(err, WEFT_E_NOT_FOUND, "%s: no source \"%s\" in that state", s->path, name);
}

/* Runs a statement with texts as its first parameters. *changed, which may be NULL, is
 * whether it did anything. */
static weft_status run_texts(weft_sqlite *s, const char *sql, const char *const *texts, int n,
                             bool *changed, weft_err *err) {
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    for (int i = 0; i < n; i++) weft_sqlite_bind_text(statement, i + 1, texts[i]);
    status = weft_sqlite_run(s, statement, "changing a source", err);
    if (!status && changed) *changed = sqlite3_changes(s->db) > 0;
    return status;
}

/* ---- the sources ---- */

weft_status weft_sqlite_put_source(weft_store *store, const weft_store_source *source,
                                   weft_err *err) {
    static const char sql[] = "INSERT INTO sources (name, url, spec, slot, copy)"
                              " VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT DO NOTHING";
    const char *const texts[] = {source->name, source->url, source->spec, source->slot};
    weft_sqlite *s = (weft_sqlite *)store;
    bool changed;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    status = run_texts(s, sql, texts, 4, &changed, err);
    if (!status && !changed)
        status = weft_fail(err, WEFT_E_CONFLICT, "source %s: there is one already", source->name);
    return weft_sqlite_end(s, status, err);
}

weft_status weft_sqlite_change_source(weft_store *store, const weft_store_source *source,
                                      weft_err *err) {
    static const char sql[] = "UPDATE sources SET url = ?2, spec = ?3, position = 0,"
                              " copy = copy + 1 WHERE name = ?1";
    const char *const texts[] = {source->name, source->url, source->spec};
    weft_sqlite *s = (weft_sqlite *)store;
    bool changed;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    status = run_texts(s, sql, texts, 3, &changed, err);
    if (!status && !changed) status = fail_no_source(s, source->name, err);
    return weft_sqlite_end(s, status, err);
}

static bool copy_source(sqlite3_stmt *row, weft_arena *arena, weft_store_source *to) {
    *to = (weft_store_source){
        .name = weft_arena_strdup(arena, weft_sqlite_text(row, 0)),
        .url = weft_arena_strdup(arena, weft_sqlite_text(row, 1)),
        .spec = weft_arena_strdup(arena, weft_sqlite_text(row, 2)),
        .slot = weft_arena_strdup(arena, weft_sqlite_text(row, 3)),
        .system = weft_arena_strdup(arena, weft_sqlite_text(row, 4)),
        .position = (uint64_t)sqlite3_column_int64(row, 5),
        .copy = (uint64_t)sqlite3_column_int64(row, 6),
    };
    return to->name && to->url && to->spec && to->slot && to->system;
}

/* Each row says how many there are, so that the array has its size at the first. */
static bool collect_sources(sqlite3_stmt *rows, weft_arena *arena, weft_store_source **sources,
                            size_t *n) {
    *sources = NULL;
    for (*n = 0; sqlite3_step(rows) == SQLITE_ROW; ++*n) {
        if (!*sources)
            *sources =
                weft_arena_alloc(arena, (size_t)sqlite3_column_int64(rows, 7), sizeof **sources);
        if (!*sources || !copy_source(rows, arena, &(*sources)[*n])) return false;
    }
    return true;
}

weft_status weft_sqlite_list_sources(weft_store *store, weft_arena *arena,
                                     weft_store_source **sources, size_t *n, weft_err *err) {
    static const char sql[] = "SELECT name, url, spec, slot, system, position, copy,"
                              " count(*) OVER () FROM sources ORDER BY name";
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *rows;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &rows, err);
    if (!status) {
        if (!collect_sources(rows, arena, sources, n))
            status = weft_fail(err, WEFT_E_NOMEM, "list of sources");
        /* Reset repeats what the last step failed with. */
        if (sqlite3_reset(rows) && !status)
            status = weft_sqlite_fail(s->db, s->path, "reading the sources", err);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

static const char delete_all_sql[] = "DELETE FROM products WHERE product_id IN"
                                     " (SELECT product_id FROM source_products WHERE source = ?1)";

static weft_status remove_within(weft_sqlite *s, const char *name, bool keep_products,
                                 weft_err *err) {
    bool changed = false;
    weft_status status =
        keep_products ? WEFT_OK : run_texts(s, delete_all_sql, &name, 1, NULL, err);
    if (!status)
        status = run_texts(s, "DELETE FROM sources WHERE name = ?1", &name, 1, &changed, err);
    return status || changed ? status : fail_no_source(s, name, err);
}

weft_status weft_sqlite_remove_source(weft_store *store, const char *name, bool keep_products,
                                      weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    return weft_sqlite_end(s, remove_within(s, name, keep_products, err), err);
}

weft_status weft_sqlite_begin_source(weft_store *store, const char *name, const char *system,
                                     uint64_t *copy, weft_err *err) {
    static const char sql[] = "UPDATE sources SET system = ?2, position = 0, copy = copy + 1"
                              " WHERE name = ?1 AND copy = ?3";
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    status = weft_sqlite_prepare(s, sql, &statement, err);
    if (!status) {
        weft_sqlite_bind_text(statement, 1, name);
        weft_sqlite_bind_text(statement, 2, system);
        sqlite3_bind_int64(statement, 3, (sqlite3_int64)*copy);
        status = weft_sqlite_run(s, statement, "beginning a copy", err);
    }
    if (!status && sqlite3_changes(s->db) == 0) status = fail_no_source(s, name, err);
    status = weft_sqlite_end(s, status, err);
    if (!status) ++*copy;
    return status;
}

/* ---- applying ---- */

/* Sets the source's position where it has a new one, and sees that it is as the caller knows
 * it. */
static weft_status hold_source(weft_sqlite *s, const char *name, uint64_t copy, uint64_t position,
                               weft_err *err) {
    static const char sql[] = "UPDATE sources SET position = iif(?3, ?3, position)"
                              " WHERE name = ?1 AND copy = ?2";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, name);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)copy);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)position);
    status = weft_sqlite_run(s, statement, "moving a source", err);
    if (!status && sqlite3_changes(s->db) == 0) status = fail_no_source(s, name, err);
    return status;
}

static weft_status note_owner(weft_sqlite *s, const char *product_id, const char *name,
                              uint64_t copy, weft_err *err) {
    static const char sql[] = "INSERT INTO source_products VALUES (?1, ?2, ?3)"
                              " ON CONFLICT DO UPDATE SET source = ?2, copy = ?3";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, product_id);
    weft_sqlite_bind_text(statement, 2, name);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)copy);
    return weft_sqlite_run(s, statement, "noting whose a product is", err);
}

static weft_status put_owned(weft_sqlite *s, const char *name, uint64_t copy,
                             const weft_store_source_batch *batch, weft_store_put_result *done,
                             weft_err *err) {
    char now[WEFT_TIMESTAMP_SIZE];
    weft_status status = WEFT_OK;
    weft_clock_timestamp(now);
    for (size_t i = 0; i < batch->product_count && !status; i++) {
        const weft_product *product = &batch->products[i];
        status = weft_sqlite_write_product(s, product, now, done, err);
        if (!status) status = note_owner(s, product->product_id, name, copy, err);
    }
    return status;
}

static weft_status apply_within(weft_sqlite *s, const char *name, uint64_t copy,
                                const weft_store_source_batch *batch, weft_store_put_result *done,
                                weft_err *err) {
    static const char delete_sql[] =
        "DELETE FROM products WHERE product_id = ?1 AND EXISTS (SELECT 1 FROM source_products o"
        " WHERE o.product_id = ?1 AND o.source = ?2)";
    static const char end_copy_sql[] =
        "DELETE FROM products WHERE product_id IN (SELECT o.product_id FROM source_products o"
        " JOIN sources f ON f.name = o.source WHERE f.name = ?1 AND o.copy < f.copy)";
    weft_status status = hold_source(s, name, copy, batch->position, err);
    if (!status && batch->truncates) status = run_texts(s, delete_all_sql, &name, 1, NULL, err);
    for (size_t i = 0; i < batch->deleted_count && !status; i++) {
        const char *const texts[] = {batch->deleted[i], name};
        status = run_texts(s, delete_sql, texts, 2, NULL, err);
    }
    if (!status) status = put_owned(s, name, copy, batch, done, err);
    if (!status && batch->ends_copy) status = run_texts(s, end_copy_sql, &name, 1, NULL, err);
    return status;
}

weft_status weft_sqlite_apply_source(weft_store *store, const char *name, uint64_t copy,
                                     const weft_store_source_batch *batch,
                                     weft_store_put_result *result, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_store_put_result done = {0};
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    status = weft_sqlite_end(s, apply_within(s, name, copy, batch, &done, err), err);
    if (!status) weft_store_add_result(result, &done);
    return status;
}
