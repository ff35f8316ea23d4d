/* store_postgres_embeddings.c - embeddings in pgvector's columns, and the walks. */
#include <string.h>

#include "base/mem.h"
#include "store/store_postgres_internal.h"
#include "store/store_postgres_vector.h"

enum { VECTOR_COUNT = WEFT_KIND_COUNT };
static const char *const vector_names[VECTOR_COUNT] = {"image_embedding", "text_embedding",
                                                       "hybrid_embedding"};

/* ---- writing ---- */

enum { MAX_DIMENSION = 16000 }; /* pgvector's limit */

#define COLUMNS                                                                                    \
    "embedding_model, embedding_dimension, text_digest, image_digest, image_embedding,"            \
    " text_embedding, hybrid_embedding"
#define NEW_COLUMNS "$2,$3::integer,$4,$5,$6::vector,$7::vector,$8::vector"

/* Vectors are compared as bytes: for pgvector 0 and -0 are equal. */
static const char put_sql[] =
    "INSERT INTO embeddings AS e (product_id, " COLUMNS ") VALUES ($1," NEW_COLUMNS ")"
    " ON CONFLICT (product_id, embedding_model) DO UPDATE SET (" COLUMNS
    ", updated_at) = (" NEW_COLUMNS ", now())"
    " WHERE (e.embedding_model, e.embedding_dimension, e.text_digest, e.image_digest,"
    " vector_send(e.image_embedding), vector_send(e.text_embedding),"
    " vector_send(e.hybrid_embedding)) IS DISTINCT FROM"
    " ($2,$3::integer,$4,$5,vector_send($6::vector),vector_send($7::vector),"
    "vector_send($8::vector))";

typedef struct {
    const weft_embedding *rows;
    unsigned char *packed; /* of the row being bound; libpq copies what it sends */
    size_t capacity;
} put_run;

static weft_status bind_embedding(void *context, size_t i, weft_postgres_parameters *to,
                                  weft_err *err) {
    put_run *p = context;
    const weft_embedding *row = &p->rows[i];
    const float *const vectors[] = {row->image_embedding, row->text_embedding,
                                    row->hybrid_embedding};
    size_t size = weft_postgres_packed_size(row->dim);
    if (row->dim > MAX_DIMENSION)
        return weft_fail(err, WEFT_E_LIMIT, "%zu dimensions, at most %d", row->dim, MAX_DIMENSION);
    if (VECTOR_COUNT * size > p->capacity) {
        unsigned char *packed = weft_realloc(p->packed, VECTOR_COUNT, size);
        if (!packed) return weft_fail(err, WEFT_E_NOMEM, "%zu dimensions", row->dim);
        p->packed = packed;
        p->capacity = VECTOR_COUNT * size;
    }
    weft_postgres_add_text(to, row->product_id);
    weft_postgres_add_text(to, row->embedding_model);
    weft_postgres_add_int(to, (int64_t)row->dim);
    weft_postgres_add_text(to, row->text_digest);
    weft_postgres_add_text(to, row->image_digest);
    for (size_t v = 0; v < VECTOR_COUNT; v++) {
        if (!vectors[v]) {
            weft_postgres_add_null(to);
            continue;
        }
        weft_postgres_pack_vector(p->packed + v * size, vectors[v], row->dim);
        weft_postgres_add_binary(to, p->packed + v * size, size);
    }
    return WEFT_OK;
}

static void name_embedding(void *context, size_t i, weft_status status, weft_err *err) {
    const put_run *p = context;
    weft_fail_in(err, status, "embeddings of product %s", p->rows[i].product_id);
}

/* Keeps the products from being deleted until the embeddings are written. */
static weft_status check_product(weft_postgres *s, weft_postgres_connection *connection,
                                 const char *product_id, weft_err *err) {
    static const char sql[] = "SELECT 1 FROM products WHERE product_id = $1 FOR KEY SHARE";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, product_id);
    weft_status status =
        weft_postgres_run(s, connection, sql, &p, "looking for a product", &rows, err);
    if (!status && PQntuples(rows) == 0)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "embeddings of product %s: no such product",
                           product_id);
    PQclear(rows);
    return status;
}

/* The products' existence is looked at only when writing failed: it is the foreign key's
 * matter, whose message names a constraint and not a product. */
static weft_status find_missing(weft_postgres *s, const weft_embedding *rows, size_t n,
                                weft_status status, weft_err *err) {
    weft_postgres_connection *connection;
    weft_err why = {0};
    if (weft_postgres_begin(s, &connection, NULL)) return status;
    weft_status found = WEFT_OK;
    for (size_t i = 0; i < n && !found; i++)
        found = check_product(s, connection, rows[i].product_id, &why);
    weft_postgres_end(s, connection, WEFT_OK, NULL);
    return found == WEFT_E_NOT_FOUND ? weft_fail(err, found, "%s", why.message) : status;
}

weft_status weft_postgres_write_embeddings(weft_postgres *s, weft_postgres_connection *connection,
                                           const weft_embedding *rows, size_t n, weft_err *err) {
    put_run putting = {.rows = rows};
    const weft_postgres_batch batch = {
        .sql = put_sql,
        .what = "writing embeddings",
        .n = n,
        .context = &putting,
        .bind = bind_embedding,
        .name = name_embedding,
    };
    weft_status status = weft_postgres_run_batch(s, connection, &batch, err);
    weft_free(putting.packed);
    return status;
}

weft_status weft_postgres_put_embeddings(weft_store *store, const weft_embedding *rows, size_t n,
                                         weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    status = weft_postgres_write_embeddings(s, connection, rows, n, err);
    status = weft_postgres_end(s, connection, status, err);
    return status == WEFT_E_INVALID ? find_missing(s, rows, n, status, err) : status;
}

/* ---- the walks ---- */

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
    " AND e.embedding_model = $1"                                                                  \
    " ORDER BY p.product_id"

#define EACH_CHANGED_SQL(vectors)                                                                  \
    "SELECT " COLUMNS_OF_BOTH vectors ", c.product_id"                                             \
    " FROM (SELECT DISTINCT product_id FROM changes WHERE seq > $2"                                \
    "  AND embedding_model IN ('', $1)) c"                                                         \
    " LEFT JOIN products p ON p.product_id = c.product_id"                                         \
    " LEFT JOIN embeddings e ON e.product_id = c.product_id AND e.embedding_model = $1"            \
    " ORDER BY c.product_id"

#define LEASED_SQL                                                                                 \
    "SELECT " COLUMNS_OF_BOTH NO_VECTORS                                                           \
    " FROM embedding_queue q JOIN products p ON p.product_id = q.product_id"                       \
    " LEFT JOIN embeddings e ON e.product_id = q.product_id"                                       \
    " AND e.embedding_model = q.embedding_model"                                                   \
    " WHERE q.lease = $1 ORDER BY q.product_id"

enum {
    MODEL_COLUMN = WEFT_POSTGRES_PRODUCT_COLUMN_COUNT,
    DIMENSION_COLUMN,
    TEXT_DIGEST_COLUMN,
    IMAGE_DIGEST_COLUMN,
    FIRST_VECTOR_COLUMN,
    CHANGED_ID_COLUMN = FIRST_VECTOR_COLUMN + VECTOR_COUNT,
};

typedef struct {
    const weft_postgres *s;
    PGconn *pg;
    bool with_vectors;
    weft_store_visit visit; /* one of the two is set */
    weft_store_visit_change visit_change;
    void *context;
    float *vectors; /* [VECTOR_COUNT][capacity] */
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

/* Unpacks vector i of the row; *out stays NULL when it is not there. */
static weft_status read_vector(walk *w, const PGresult *rows, const weft_embedding *row, int i,
                               const float **out, weft_err *err) {
    int column = FIRST_VECTOR_COLUMN + i;
    if (PQgetisnull(rows, 0, column)) return WEFT_OK;
    size_t size = (size_t)PQgetlength(rows, 0, column);
    if (size != weft_postgres_packed_size(row->dim))
        return weft_fail(err, WEFT_E_STORE, "%s: product %s: %s has %zu bytes for %zu dimensions",
                         w->s->label, row->product_id, vector_names[i], size, row->dim);
    float *vector = w->vectors + (size_t)i * row->dim;
    weft_postgres_unpack_vector(vector, PQgetvalue(rows, 0, column), row->dim);
    *out = vector;
    return WEFT_OK;
}

static weft_status read_embedding(walk *w, const PGresult *rows, const weft_product *product,
                                  weft_embedding *row, weft_err *err) {
    int64_t dim = weft_postgres_int(rows, 0, DIMENSION_COLUMN);
    if (dim < 1 || dim > MAX_DIMENSION)
        return weft_fail(err, WEFT_E_STORE, "%s: product %s: embeddings of %lld dimensions",
                         w->s->label, product->product_id, (long long)dim);
    *row = (weft_embedding){
        .product_id = product->product_id,
        .embedding_model = weft_postgres_text(rows, 0, MODEL_COLUMN),
        .text_digest = weft_postgres_text(rows, 0, TEXT_DIGEST_COLUMN),
        .image_digest = weft_postgres_text(rows, 0, IMAGE_DIGEST_COLUMN),
        .dim = (size_t)dim,
    };
    for (int i = 0; i < VECTOR_COUNT; i++) {
        int column = FIRST_VECTOR_COLUMN + i;
        bool is_there = w->with_vectors ? !PQgetisnull(rows, 0, column)
                                        : weft_postgres_int(rows, 0, column) != 0;
        if (is_there) row->kinds |= 1u << i;
    }
    if (!w->with_vectors) return WEFT_OK;
    weft_status status = reserve_vectors(w, row->dim, err);
    if (!status) status = read_vector(w, rows, row, 0, &row->image_embedding, err);
    if (!status) status = read_vector(w, rows, row, 1, &row->text_embedding, err);
    if (!status) status = read_vector(w, rows, row, 2, &row->hybrid_embedding, err);
    return status;
}

static weft_status visit_row(walk *w, const PGresult *rows, weft_err *err) {
    weft_product product;
    weft_embedding embedding;
    const weft_embedding *have = NULL;
    bool is_gone = PQgetisnull(rows, 0, 0);
    if (!is_gone) weft_postgres_read_product(rows, 0, &product);
    if (!is_gone && !PQgetisnull(rows, 0, MODEL_COLUMN)) {
        weft_status status = read_embedding(w, rows, &product, &embedding, err);
        if (status) return status;
        have = &embedding;
    }
    if (w->visit) return w->visit(w->context, &product, have, err);
    return w->visit_change(w->context, weft_postgres_text(rows, 0, CHANGED_ID_COLUMN),
                           is_gone ? NULL : &product, have, err);
}

/* One statement is one consistent state, whatever is committed meanwhile. Rows are taken as
 * they arrive; a walk that is stopped leaves the rest to the closing of its connection. */
static weft_status walk_rows(walk *w, const char *sql, const weft_postgres_parameters *p,
                             weft_err *err) {
    weft_status status = WEFT_OK;
    PGresult *rows;
    if (!PQsendQueryParams(w->pg, sql, p->count, NULL, p->values, p->lengths, p->formats, 1) ||
        !PQsetSingleRowMode(w->pg))
        return weft_postgres_fail(w->s, w->pg, NULL, "walking", err);
    while (!status && (rows = PQgetResult(w->pg))) {
        ExecStatusType kind = PQresultStatus(rows);
        if (kind == PGRES_SINGLE_TUPLE) status = visit_row(w, rows, err);
        else if (kind != PGRES_TUPLES_OK)
            status = weft_postgres_fail(w->s, w->pg, rows, "walking", err);
        PQclear(rows);
    }
    return status;
}

static void walk_deinit(walk *w) {
    PQfinish(w->pg);
    weft_free(w->vectors);
}

weft_status weft_postgres_each(weft_store *store, const char *embedding_model, bool with_vectors,
                               weft_store_visit visit, void *context, weft_err *err) {
    const weft_postgres *s = (const weft_postgres *)store;
    weft_postgres_parameters p = {0};
    walk w = {.s = s, .with_vectors = with_vectors, .visit = visit, .context = context};
    weft_status status = weft_postgres_connect(&w.pg, s->url, s->label, err);
    if (status) return status;
    weft_postgres_add_text(&p, embedding_model);
    status = walk_rows(&w, with_vectors ? EACH_SQL(VECTORS) : EACH_SQL(NO_VECTORS), &p, err);
    walk_deinit(&w);
    return status;
}

/* In one transaction, so that the number and the rows are of one state. */
static weft_status begin_at(walk *w, uint64_t *seq, weft_err *err) {
    weft_status status = weft_postgres_command(
        w->s, w->pg, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
    if (status) return status;
    PGresult *rows =
        PQexecParams(w->pg, WEFT_POSTGRES_CHANGE_SEQ_SQL, 0, NULL, NULL, NULL, NULL, 1);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        status = weft_postgres_fail(w->s, w->pg, rows, "reading the change number", err);
    else *seq = (uint64_t)weft_postgres_int(rows, 0, 0);
    PQclear(rows);
    return status;
}

weft_status weft_postgres_each_changed(weft_store *store, const char *embedding_model,
                                       uint64_t since, bool with_vectors,
                                       weft_store_visit_change visit, void *context, uint64_t *seq,
                                       weft_err *err) {
    const weft_postgres *s = (const weft_postgres *)store;
    const char *sql = with_vectors ? EACH_CHANGED_SQL(VECTORS) : EACH_CHANGED_SQL(NO_VECTORS);
    walk w = {.s = s, .with_vectors = with_vectors, .visit_change = visit, .context = context};
    weft_postgres_parameters p = {0};
    weft_postgres_add_text(&p, embedding_model);
    weft_postgres_add_int(&p, (int64_t)since);
    weft_status status = weft_postgres_connect(&w.pg, s->url, s->label, err);
    if (status) return status;
    status = begin_at(&w, seq, err);
    if (!status) status = walk_rows(&w, sql, &p, err);
    walk_deinit(&w);
    return status;
}

weft_status weft_postgres_visit_lease(weft_postgres *s, const char *lease, weft_store_visit visit,
                                      void *context, weft_err *err) {
    walk w = {.s = s, .visit = visit, .context = context};
    weft_postgres_parameters p = {0};
    weft_postgres_add_text(&p, lease);
    weft_status status = weft_postgres_connect(&w.pg, s->url, s->label, err);
    if (status) return status;
    status = walk_rows(&w, LEASED_SQL, &p, err);
    walk_deinit(&w);
    return status;
}
