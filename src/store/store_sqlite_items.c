/* store_sqlite_items.c - garments that people wear in photos. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_sqlite_internal.h"

static weft_status insert_item(weft_sqlite *s, const weft_store_item *item, const char *now,
                               weft_err *err) {
    static const char sql[] =
        "INSERT OR REPLACE INTO fashion_items_embeddings (item_id, image_path, image_embedding,"
        " category, attributes, created_at) SELECT ?1,?2,?3,?4,json(?5),?6 WHERE json_valid(?5)";
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, item->item_id);
    weft_sqlite_bind_text(statement, 2, item->image_path);
    sqlite3_bind_blob64(statement, 3, item->embedding, item->dim * sizeof *item->embedding,
                        SQLITE_STATIC);
    weft_sqlite_bind_text(statement, 4, item->category);
    weft_sqlite_bind_text(statement, 5, item->attributes);
    weft_sqlite_bind_text(statement, 6, now);
    status = weft_sqlite_run(s, statement, "writing a garment", err);
    if (!status && sqlite3_changes(s->db) == 0)
        status =
            weft_fail(err, WEFT_E_INVALID, "garment %s: its attributes are no JSON", item->item_id);
    return status;
}

weft_status weft_sqlite_put_items(weft_store *store, const weft_store_item *items, size_t n,
                                  weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    char now[WEFT_TIMESTAMP_SIZE];
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    weft_clock_timestamp(now);
    for (size_t i = 0; i < n && !status; i++) status = insert_item(s, &items[i], now, err);
    return weft_sqlite_end(s, status, err);
}

weft_status weft_sqlite_have_items(weft_store *store, const weft_store_item *items, size_t n,
                                   bool *is_there, weft_err *err) {
    static const char sql[] =
        "SELECT 1 FROM fashion_items_embeddings WHERE item_id = ?1 AND image_path = ?2"
        " AND category = ?3 AND json(attributes) = json(?4)";
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *row;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &row, err);
    for (size_t i = 0; i < n && !status; i++) {
        weft_sqlite_bind_text(row, 1, items[i].item_id);
        weft_sqlite_bind_text(row, 2, items[i].image_path);
        weft_sqlite_bind_text(row, 3, items[i].category);
        weft_sqlite_bind_text(row, 4, items[i].attributes);
        is_there[i] = sqlite3_step(row) == SQLITE_ROW;
        if (sqlite3_reset(row))
            status = weft_sqlite_fail(s->db, s->path, "looking for garments", err);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

#define OF_MODEL "(?1 IS NULL OR json_extract(attributes, '$.embedding_model') = ?1)"

weft_status weft_sqlite_count_items(weft_store *store, const char *embedding_model, size_t *count,
                                    weft_err *err) {
    static const char sql[] = "SELECT count(*) FROM fashion_items_embeddings WHERE " OF_MODEL;
    return weft_sqlite_count((weft_sqlite *)store, sql, embedding_model, "counting garments", count,
                             err);
}

/* ---- the walk ---- */

typedef struct {
    float *vector; /* [capacity]: blobs are not aligned for floats */
    size_t capacity;
} aligned;

static weft_status visit_row(sqlite3_stmt *row, const char *path, aligned *to,
                             weft_store_visit_item visit, void *context, weft_err *err) {
    size_t bytes = (size_t)sqlite3_column_bytes(row, 2), dim = bytes / sizeof *to->vector;
    const char *id = weft_sqlite_text(row, 0);
    if (!dim || bytes % sizeof *to->vector)
        return weft_fail(err, WEFT_E_STORE, "%s: garment %s: an embedding of %zu bytes", path, id,
                         bytes);
    if (dim > to->capacity) {
        float *larger = weft_realloc(to->vector, dim, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "embedding of %zu dimensions", dim);
        to->vector = larger;
        to->capacity = dim;
    }
    memcpy(to->vector, sqlite3_column_blob(row, 2), bytes);
    const weft_store_item item = {.item_id = id,
                                  .image_path = weft_sqlite_text(row, 1),
                                  .category = weft_sqlite_text(row, 3),
                                  .attributes = weft_sqlite_text(row, 4),
                                  .embedding = to->vector,
                                  .dim = dim};
    return visit(context, &item, err);
}

weft_status weft_sqlite_each_item(weft_store *store, const char *embedding_model,
                                  weft_store_visit_item visit, void *context, weft_err *err) {
    static const char sql[] =
        "SELECT item_id, image_path, image_embedding, category, attributes"
        " FROM fashion_items_embeddings WHERE " OF_MODEL " ORDER BY image_path, item_id";
    const weft_sqlite *s = (const weft_sqlite *)store;
    sqlite3 *db;
    sqlite3_stmt *rows = NULL;
    aligned to = {0};
    weft_status status = weft_sqlite_open_reader(s, &db, err);
    if (status) return status;
    if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK)
        status = weft_sqlite_fail(db, s->path, "reading garments", err);
    if (!status) weft_sqlite_bind_text(rows, 1, embedding_model);
    int code = SQLITE_DONE;
    while (!status && (code = sqlite3_step(rows)) == SQLITE_ROW)
        status = visit_row(rows, s->path, &to, visit, context, err);
    if (!status && code != SQLITE_DONE)
        status = weft_sqlite_fail(db, s->path, "reading garments", err);
    sqlite3_finalize(rows);
    sqlite3_close(db);
    weft_free(to.vector);
    return status;
}
