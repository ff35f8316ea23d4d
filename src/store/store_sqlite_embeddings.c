/* store_sqlite_embeddings.c - embeddings, and the walk over everything. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_sqlite_internal.h"

/* Vectors are stored as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "embeddings are little-endian");

enum { VECTOR_COUNT = WEFT_KIND_COUNT };
static const char *const vector_names[VECTOR_COUNT] = {"image_embedding", "text_embedding",
                                                       "hybrid_embedding"};

/* ---- writing ---- */

#define COLUMNS                                                                                    \
    "embedding_model, embedding_dimension, text_digest, image_digest, image_embedding,"            \
    " text_embedding, hybrid_embedding"

static const char put_sql[] = "INSERT INTO embeddings (product_id, " COLUMNS ", updated_at)"
                              " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"
                              " ON CONFLICT (product_id, embedding_model) DO UPDATE SET (" COLUMNS
                              ", updated_at) = (?2,?3,?4,?5,?6,?7,?8,?9)"
                              " WHERE (" COLUMNS ") IS NOT (?2,?3,?4,?5,?6,?7,?8)";

weft_status weft_sqlite_write_embedding(weft_sqlite *s, const weft_embedding *row, weft_err *err) {
    sqlite3_stmt *statement;
    char now[WEFT_TIMESTAMP_SIZE];
    weft_clock_timestamp(now);
    weft_status status = weft_sqlite_prepare(s, put_sql, &statement, err);
    if (status) return status;
    const float *const vectors[] = {row->image_embedding, row->text_embedding,
                                    row->hybrid_embedding};
    weft_sqlite_bind_text(statement, 1, row->product_id);
    weft_sqlite_bind_text(statement, 2, row->embedding_model);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)row->dim);
    weft_sqlite_bind_text(statement, 4, row->text_digest);
    weft_sqlite_bind_text(statement, 5, row->image_digest);
    for (int i = 0; i < VECTOR_COUNT; i++)
        if (vectors[i])
            sqlite3_bind_blob64(statement, 6 + i, vectors[i], row->dim * sizeof(float),
                                SQLITE_STATIC);
    weft_sqlite_bind_text(statement, 9, now);
    status = weft_sqlite_run(s, statement, "writing embeddings", err);
    if (status && sqlite3_extended_errcode(s->db) == SQLITE_CONSTRAINT_FOREIGNKEY)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "no such product");
    if (status) weft_fail_in(err, status, "embeddings of product %s", row->product_id);
    return status;
}

weft_status weft_sqlite_put_embeddings(weft_store *store, const weft_embedding *rows, size_t n,
                                       weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    for (size_t i = 0; i < n && !status; i++)
        status = weft_sqlite_write_embedding(s, &rows[i], err);
    return weft_sqlite_end(s, status, err);
}

/* ---- the walk ---- */

#define COLUMNS_OF_BOTH                                                                            \
    "p.product_id, p.product_display_name, p.master_category, p.sub_category,"                     \
    " p.article_type, p.base_color, p.gender, p.season, p.usage, p.year, p.price,"                 \
    " p.price_is_synthetic, p.image_path, p.image_digest,"                                         \
    " e.embedding_model, e.embedding_dimension, e.text_digest, e.image_digest"
#define VECTORS ", e.image_embedding, e.text_embedding, e.hybrid_embedding"
#define NO_VECTORS                                                                                 \
    ", e.image_embedding IS NOT NULL, e.text_embedding IS NOT NULL, e.hybrid_embedding IS NOT "    \
    "NULL"

#define EACH_SQL(vectors)                                                                          \
    "SELECT " COLUMNS_OF_BOTH vectors                                                              \
    " FROM products p LEFT JOIN embeddings e ON e.product_id = p.product_id"                       \
    " AND e.embedding_model = ?1"                                                                  \
    " ORDER BY p.product_id"

#define EACH_CHANGED_SQL(vectors)                                                                  \
    "SELECT " COLUMNS_OF_BOTH vectors ", c.product_id"                                             \
    " FROM (SELECT DISTINCT product_id FROM changes WHERE seq > ?2"                                \
    "  AND embedding_model IN ('', ?1)) c"                                                         \
    " LEFT JOIN products p ON p.product_id = c.product_id"                                         \
    " LEFT JOIN embeddings e ON e.product_id = c.product_id AND e.embedding_model = ?1"            \
    " ORDER BY c.product_id"

#define LEASED_SQL                                                                                 \
    "SELECT " COLUMNS_OF_BOTH NO_VECTORS                                                           \
    " FROM embedding_queue q JOIN products p ON p.product_id = q.product_id"                       \
    " LEFT JOIN embeddings e ON e.product_id = q.product_id"                                       \
    " AND e.embedding_model = q.embedding_model"                                                   \
    " WHERE q.lease = ?1 ORDER BY q.product_id"

enum {
    MODEL_COLUMN = WEFT_SQLITE_PRODUCT_COLUMN_COUNT,
    DIMENSION_COLUMN,
    TEXT_DIGEST_COLUMN,
    IMAGE_DIGEST_COLUMN,
    FIRST_VECTOR_COLUMN,
    CHANGED_ID_COLUMN = FIRST_VECTOR_COLUMN + VECTOR_COUNT,
    MAX_DIMENSION = 65536,
};

typedef struct {
    sqlite3 *db;
    sqlite3_stmt *statement;
    const char *path;
    bool with_vectors;
    weft_store_visit visit; /* one of the two is set */
    weft_store_visit_change visit_change;
    void *context;
    float *vectors; /* [VECTOR_COUNT][capacity]: blobs are not aligned for floats */
    size_t capacity;
} walk;

static weft_status reserve_vectors(walk *w, size_t dim, weft_err *err) {
    if (dim <= w->capacity) return WEFT_OK;
    float *vectors = weft_realloc(w->vectors, VECTOR_COUNT * dim, sizeof *vectors);
    if (!vectors) return weft_fail(err, WEFT_E_NOMEM, "embeddings of %zu dimensions", dim);
    w->vectors = vectors;
    w->capacity = dim;
    return WEFT_OK;
}

/* Copies vector i out of its column; *out is NULL when it is not there. */
static weft_status read_vector(walk *w, const weft_embedding *row, int i, const float **out,
                               weft_err *err) {
    int column = FIRST_VECTOR_COLUMN + i;
    if (sqlite3_column_type(w->statement, column) == SQLITE_NULL) return WEFT_OK;
    const void *blob = sqlite3_column_blob(w->statement, column);
    size_t size = (size_t)sqlite3_column_bytes(w->statement, column);
    if (!blob || size != row->dim * sizeof(float))
        return weft_fail(err, WEFT_E_STORE, "%s: product %s: %s has %zu bytes for %zu dimensions",
                         w->path, row->product_id, vector_names[i], size, row->dim);
    float *vector = w->vectors + (size_t)i * row->dim;
    memcpy(vector, blob, size);
    *out = vector;
    return WEFT_OK;
}

static weft_status read_embedding(walk *w, const weft_product *product, weft_embedding *row,
                                  weft_err *err) {
    int64_t dim = sqlite3_column_int64(w->statement, DIMENSION_COLUMN);
    if (dim < 1 || dim > MAX_DIMENSION)
        return weft_fail(err, WEFT_E_STORE, "%s: product %s: embeddings of %lld dimensions",
                         w->path, product->product_id, (long long)dim);
    *row = (weft_embedding){
        .product_id = product->product_id,
        .embedding_model = weft_sqlite_text(w->statement, MODEL_COLUMN),
        .text_digest = weft_sqlite_text(w->statement, TEXT_DIGEST_COLUMN),
        .image_digest = weft_sqlite_text(w->statement, IMAGE_DIGEST_COLUMN),
        .dim = (size_t)dim,
    };
    for (int i = 0; i < VECTOR_COUNT; i++) {
        int column = FIRST_VECTOR_COLUMN + i;
        bool is_there = w->with_vectors ? sqlite3_column_type(w->statement, column) != SQLITE_NULL
                                        : sqlite3_column_int(w->statement, column) != 0;
        if (is_there) row->kinds |= 1u << i;
    }
    if (!w->with_vectors) return WEFT_OK;
    weft_status status = reserve_vectors(w, row->dim, err);
    if (!status) status = read_vector(w, row, 0, &row->image_embedding, err);
    if (!status) status = read_vector(w, row, 1, &row->text_embedding, err);
    if (!status) status = read_vector(w, row, 2, &row->hybrid_embedding, err);
    return status;
}

static bool has_embedding(const walk *w) {
    return sqlite3_column_type(w->statement, MODEL_COLUMN) != SQLITE_NULL;
}

static weft_status visit_row(walk *w, weft_err *err) {
    weft_product product;
    weft_embedding embedding;
    weft_sqlite_read_product(w->statement, &product);
    if (!has_embedding(w)) return w->visit(w->context, &product, NULL, err);
    weft_status status = read_embedding(w, &product, &embedding, err);
    return status ? status : w->visit(w->context, &product, &embedding, err);
}

static weft_status visit_changed_row(walk *w, weft_err *err) {
    weft_product product;
    weft_embedding embedding;
    const char *id = weft_sqlite_text(w->statement, CHANGED_ID_COLUMN);
    if (sqlite3_column_type(w->statement, 0) == SQLITE_NULL)
        return w->visit_change(w->context, id, NULL, NULL, err);
    weft_sqlite_read_product(w->statement, &product);
    if (!has_embedding(w)) return w->visit_change(w->context, id, &product, NULL, err);
    weft_status status = read_embedding(w, &product, &embedding, err);
    return status ? status : w->visit_change(w->context, id, &product, &embedding, err);
}

static weft_status walk_rows(walk *w, weft_err *err) {
    weft_status status = WEFT_OK;
    int code;
    while (!status && (code = sqlite3_step(w->statement)) != SQLITE_DONE) {
        if (code != SQLITE_ROW) status = weft_sqlite_fail(w->db, w->path, "walking", err);
        else status = w->visit ? visit_row(w, err) : visit_changed_row(w, err);
    }
    return status;
}

static void walk_deinit(walk *w) {
    sqlite3_finalize(w->statement);
    sqlite3_close(w->db);
    weft_free(w->vectors);
}

/* One statement is one consistent state, whatever is committed meanwhile. */
weft_status weft_sqlite_each(weft_store *store, const char *embedding_model, bool with_vectors,
                             weft_store_visit visit, void *context, weft_err *err) {
    const weft_sqlite *s = (const weft_sqlite *)store;
    const char *sql = with_vectors ? EACH_SQL(VECTORS) : EACH_SQL(NO_VECTORS);
    walk w = {.path = s->path, .with_vectors = with_vectors, .visit = visit, .context = context};
    weft_status status = weft_sqlite_open_reader(s, &w.db, err);
    if (status) return status;
    if (sqlite3_prepare_v2(w.db, sql, -1, &w.statement, NULL))
        status = weft_sqlite_fail(w.db, s->path, "preparing the walk", err);
    if (!status) weft_sqlite_bind_text(w.statement, 1, embedding_model);
    if (!status) status = walk_rows(&w, err);
    walk_deinit(&w);
    return status;
}

/* In one transaction, so that the number and the rows are of one state. */
static weft_status begin_at(walk *w, uint64_t *seq, weft_err *err) {
    sqlite3_stmt *statement = NULL;
    bool failed = sqlite3_exec(w->db, "BEGIN", NULL, NULL, NULL) ||
                  sqlite3_prepare_v2(w->db, WEFT_SQLITE_CHANGE_SEQ_SQL, -1, &statement, NULL) ||
                  sqlite3_step(statement) != SQLITE_ROW;
    if (!failed) *seq = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return failed ? weft_sqlite_fail(w->db, w->path, "reading the change number", err) : WEFT_OK;
}

weft_status weft_sqlite_each_changed(weft_store *store, const char *embedding_model, uint64_t since,
                                     bool with_vectors, weft_store_visit_change visit,
                                     void *context, uint64_t *seq, weft_err *err) {
    const weft_sqlite *s = (const weft_sqlite *)store;
    const char *sql = with_vectors ? EACH_CHANGED_SQL(VECTORS) : EACH_CHANGED_SQL(NO_VECTORS);
    walk w = {
        .path = s->path, .with_vectors = with_vectors, .visit_change = visit, .context = context};
    weft_status status = weft_sqlite_open_reader(s, &w.db, err);
    if (status) return status;
    status = begin_at(&w, seq, err);
    if (!status && sqlite3_prepare_v2(w.db, sql, -1, &w.statement, NULL))
        status = weft_sqlite_fail(w.db, s->path, "preparing the walk", err);
    if (!status) weft_sqlite_bind_text(w.statement, 1, embedding_model);
    if (!status) sqlite3_bind_int64(w.statement, 2, (sqlite3_int64)since);
    if (!status) status = walk_rows(&w, err);
    walk_deinit(&w);
    return status;
}

weft_status weft_sqlite_visit_lease(const weft_sqlite *s, const char *lease, weft_store_visit visit,
                                    void *context, weft_err *err) {
    walk w = {.path = s->path, .visit = visit, .context = context};
    weft_status status = weft_sqlite_open_reader(s, &w.db, err);
    if (status) return status;
    if (sqlite3_prepare_v2(w.db, LEASED_SQL, -1, &w.statement, NULL))
        status = weft_sqlite_fail(w.db, s->path, "preparing the walk", err);
    if (!status) weft_sqlite_bind_text(w.statement, 1, lease);
    if (!status) status = walk_rows(&w, err);
    walk_deinit(&w);
    return status;
}
