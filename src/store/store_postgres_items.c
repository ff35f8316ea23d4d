/* store_postgres_items.c - garments that people wear in photos. */
#include "base/mem.h"
#include "store/store_postgres_internal.h"
#include "store/store_postgres_vector.h"

enum { MAX_DIMENSION = 16000 }; /* pgvector's limit */

typedef struct {
    const weft_store_item *items;
    unsigned char *packed; /* of the item being bound; libpq copies what it sends */
    size_t capacity;
    bool *is_there;
} item_run;

static void name_item(void *context, size_t i, weft_status status, weft_err *err) {
    const item_run *run = context;
    weft_fail_in(err, status, "garment %s", run->items[i].item_id);
}

/* ---- writing ---- */

static weft_status bind_item(void *context, size_t i, weft_postgres_parameters *p, weft_err *err) {
    item_run *run = context;
    const weft_store_item *item = &run->items[i];
    size_t size = weft_postgres_packed_size(item->dim);
    if (item->dim > MAX_DIMENSION)
        return weft_fail(err, WEFT_E_LIMIT, "%zu dimensions, at most %d", item->dim, MAX_DIMENSION);
    if (size > run->capacity) {
        unsigned char *packed = weft_realloc(run->packed, size, 1);
        if (!packed) return weft_fail(err, WEFT_E_NOMEM, "%zu dimensions", item->dim);
        run->packed = packed;
        run->capacity = size;
    }
    weft_postgres_pack_vector(run->packed, item->embedding, item->dim);
    weft_postgres_add_text(p, item->item_id);
    weft_postgres_add_text(p, item->image_path);
    weft_postgres_add_binary(p, run->packed, size);
    weft_postgres_add_text(p, item->category);
    weft_postgres_add_text(p, item->attributes);
    return WEFT_OK;
}

weft_status weft_postgres_put_items(weft_store *store, const weft_store_item *items, size_t n,
                                    weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    item_run run = {.items = items};
    const weft_postgres_batch batch = {
        .sql = "INSERT INTO fashion_items_embeddings (item_id, image_path, image_embedding,"
               " category, attributes) VALUES ($1, $2, $3::vector, $4, $5::jsonb)"
               " ON CONFLICT (item_id) DO UPDATE SET image_path = excluded.image_path,"
               "  image_embedding = excluded.image_embedding, category = excluded.category,"
               "  attributes = excluded.attributes, created_at = now()",
        .what = "writing garments",
        .n = n,
        .context = &run,
        .bind = bind_item,
        .name = name_item,
    };
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (!status) {
        status = weft_postgres_run_batch(s, connection, &batch, err);
        status = weft_postgres_end(s, connection, status, err);
    }
    weft_free(run.packed);
    return status;
}

/* ---- looking ---- */

static weft_status bind_look(void *context, size_t i, weft_postgres_parameters *p, weft_err *err) {
    const item_run *run = context;
    (void)err;
    weft_postgres_add_text(p, run->items[i].item_id);
    weft_postgres_add_text(p, run->items[i].image_path);
    weft_postgres_add_text(p, run->items[i].category);
    weft_postgres_add_text(p, run->items[i].attributes);
    return WEFT_OK;
}

static void note_found(void *context, size_t i, const PGresult *result) {
    item_run *run = context;
    run->is_there[i] = PQntuples(result) > 0;
}

weft_status weft_postgres_have_items(weft_store *store, const weft_store_item *items, size_t n,
                                     bool *is_there, weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    item_run run = {.items = items, .is_there = is_there};
    const weft_postgres_batch batch = {
        .sql = "SELECT 1 FROM fashion_items_embeddings WHERE item_id = $1 AND image_path = $2"
               " AND category = $3 AND attributes = $4::jsonb",
        .what = "looking for garments",
        .n = n,
        .context = &run,
        .bind = bind_look,
        .answer = note_found,
        .name = name_item,
    };
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    status = weft_postgres_run_batch(s, connection, &batch, err);
    return weft_postgres_end(s, connection, status, err);
}

weft_status weft_postgres_count_items(weft_store *store, const char *embedding_model, size_t *count,
                                      weft_err *err) {
    static const char sql[] = "SELECT count(*) FROM fashion_items_embeddings"
                              " WHERE $1::text IS NULL OR attributes->>'embedding_model' = $1";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    if (embedding_model) weft_postgres_add_text(&p, embedding_model);
    else weft_postgres_add_null(&p);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "counting garments", &rows, err);
    if (!status) *count = (size_t)weft_postgres_int(rows, 0, 0);
    PQclear(rows);
    return status;
}

/* ---- the walk ---- */

static weft_status visit_row(const PGresult *rows, int row, float **vector, size_t *capacity,
                             weft_store_visit_item visit, void *context, weft_err *err) {
    size_t dim = ((size_t)PQgetlength(rows, row, 2) - WEFT_POSTGRES_VECTOR_HEAD) / sizeof(float);
    if (dim > *capacity) {
        float *larger = weft_realloc(*vector, dim, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "embedding of %zu dimensions", dim);
        *vector = larger;
        *capacity = dim;
    }
    weft_postgres_unpack_vector(*vector, PQgetvalue(rows, row, 2), dim);
    const weft_store_item item = {.item_id = weft_postgres_text(rows, row, 0),
                                  .image_path = weft_postgres_text(rows, row, 1),
                                  .category = weft_postgres_text(rows, row, 3),
                                  .attributes = weft_postgres_text(rows, row, 4),
                                  .embedding = *vector,
                                  .dim = dim};
    return visit(context, &item, err);
}

/* Page by page, so that an answer is never much memory. */
weft_status weft_postgres_each_item(weft_store *store, const char *embedding_model,
                                    weft_store_visit_item visit, void *context, weft_err *err) {
    enum { PAGE = 2000 };
    static const char sql[] =
        "SELECT item_id, image_path, image_embedding, category, attributes::text"
        " FROM fashion_items_embeddings WHERE attributes->>'embedding_model' = $1"
        " AND (image_path COLLATE \"C\", item_id) > ($2::text COLLATE \"C\", $3::text)"
        " ORDER BY image_path COLLATE \"C\", item_id LIMIT $4";
    weft_status status = WEFT_OK;
    float *vector = NULL;
    size_t capacity = 0;
    PGresult *rows = NULL; /* the page before: the next one begins behind its last row */
    int n = PAGE;
    while (!status && n == PAGE) {
        PGresult *next;
        weft_postgres_parameters p = {0};
        weft_postgres_add_text(&p, embedding_model);
        weft_postgres_add_text(&p, rows ? weft_postgres_text(rows, PAGE - 1, 1) : "");
        weft_postgres_add_text(&p, rows ? weft_postgres_text(rows, PAGE - 1, 0) : "");
        weft_postgres_add_int(&p, PAGE);
        status = weft_postgres_ask((weft_postgres *)store, sql, &p, "reading garments", &next, err);
        PQclear(rows);
        rows = next;
        n = PQntuples(rows);
        for (int i = 0; i < n && !status; i++)
            status = visit_row(rows, i, &vector, &capacity, visit, context, err);
    }
    PQclear(rows);
    weft_free(vector);
    return status;
}
