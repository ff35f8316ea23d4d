/* store_postgres_nearest.c - search by pgvector (https://github.com/pgvector/pgvector, README:
 * "HNSW", "Filtering", "Iterative Index Scans").
 *
 * Indexes are partial, one for each kind and set: the columns hold vectors of any dimension,
 * and an index casts to one. A statement must name the set as a literal for the planner to see
 * that the index serves it; everything from outside is a parameter. Approximate statements
 * order by the very expression of the index, exact ones by one that no index has. Equal
 * distances are put in order of ids by an incremental sort on top. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "store/store_postgres_internal.h"
#include "store/store_postgres_vector.h"

enum {
    MAX_INDEXED_DIM = 2000, /* of pgvector's hnsw over `vector` */
    MAX_PARAMETERS = WEFT_FILTER_MAX_CONDITIONS + 3,
    INDEX_NAME_SIZE = 64,
};

static const char *const columns[WEFT_KIND_COUNT] = {"image_embedding", "text_embedding",
                                                     "hybrid_embedding"};

/* A statement in the making; texts of parameters are in the arena. */
typedef struct {
    weft_buf sql;
    weft_arena *arena;
    const char *values[MAX_PARAMETERS];
    int lengths[MAX_PARAMETERS], formats[MAX_PARAMETERS];
    int count;
    bool failed; /* out of memory */
} statement;

/* Adds a parameter and returns its number; text NULL: out of memory. */
static int add_text(statement *st, const char *text) {
    st->failed |= !text;
    st->values[st->count] = text;
    return ++st->count;
}

static int add_vector(statement *st, const float *vector, size_t dim) {
    size_t size = weft_postgres_packed_size(dim);
    unsigned char *packed = weft_arena_alloc(st->arena, size, 1);
    if (packed) weft_postgres_pack_vector(packed, vector, dim);
    st->lengths[st->count] = (int)size;
    st->formats[st->count] = 1;
    return add_text(st, (const char *)packed);
}

/* ---- filters ---- */

/* An array of texts as PostgreSQL reads it: {"a","b"}. */
static char *text_array(statement *st, const weft_filter_condition *c) {
    bool lower = c->field.kind == WEFT_FIELD_FACET;
    weft_buf array;
    weft_buf_init(&array);
    weft_buf_putc(&array, '{');
    for (size_t i = 0; i < c->value_count; i++) {
        weft_buf_puts(&array, i ? ",\"" : "\"");
        for (const char *p = c->texts[i]; *p; p++) {
            if (*p == '"' || *p == '\\') weft_buf_putc(&array, '\\');
            bool is_upper = *p >= 'A' && *p <= 'Z';
            weft_buf_putc(&array, lower && is_upper ? (char)(*p - 'A' + 'a') : *p);
        }
        weft_buf_putc(&array, '"');
    }
    weft_buf_putc(&array, '}');
    char *copy = weft_buf_ok(&array) ? weft_arena_strdup(st->arena, array.data) : NULL;
    weft_buf_deinit(&array);
    return copy;
}

static char *number_array(statement *st, const weft_filter_condition *c) {
    weft_buf array;
    weft_buf_init(&array);
    weft_buf_putc(&array, '{');
    for (size_t i = 0; i < c->value_count; i++)
        weft_buf_printf(&array, "%s%.17g", i ? "," : "", c->numbers[i]);
    weft_buf_putc(&array, '}');
    char *copy = weft_buf_ok(&array) ? weft_arena_strdup(st->arena, array.data) : NULL;
    weft_buf_deinit(&array);
    return copy;
}

/* As the catalog sees a field (filter.h): facets without regard to ASCII case, a year that is
 * not known NULL. Names are weft's own. */
static void write_field(weft_buf *sql, const weft_filter_field *field) {
    switch (field->kind) {
    case WEFT_FIELD_FACET: weft_buf_printf(sql, "lower(p.%s COLLATE \"C\")", field->name); break;
    case WEFT_FIELD_PRODUCT_ID: weft_buf_puts(sql, "p.product_id"); break;
    case WEFT_FIELD_PRICE: weft_buf_puts(sql, "p.price"); break;
    case WEFT_FIELD_YEAR: weft_buf_puts(sql, "nullif(p.year, 0)::float8"); break;
    }
}

static const char *sign_of(weft_comparison comparison) {
    switch (comparison) {
    case WEFT_IS_LESS: return "<";
    case WEFT_IS_AT_MOST: return "<=";
    case WEFT_IS_GREATER: return ">";
    case WEFT_IS_AT_LEAST: return ">=";
    case WEFT_IS_ANY_OF:
    case WEFT_IS_NONE_OF: break;
    }
    return NULL;
}

static void write_condition(statement *st, const weft_filter_condition *c) {
    const char *sign = sign_of(c->comparison);
    weft_buf *sql = &st->sql;
    weft_buf_puts(sql, " AND ");
    if (sign) {
        write_field(sql, &c->field);
        weft_buf_printf(sql, " %s $%d::float8", sign,
                        add_text(st, weft_arena_printf(st->arena, "%.17g", c->numbers[0])));
        return;
    }
    int number = add_text(st, c->texts ? text_array(st, c) : number_array(st, c));
    if (c->comparison == WEFT_IS_NONE_OF) weft_buf_puts(sql, "coalesce(NOT ");
    write_field(sql, &c->field);
    weft_buf_printf(sql, " = ANY ($%d::%s[])", number, c->texts ? "text" : "float8");
    if (c->comparison == WEFT_IS_NONE_OF) weft_buf_puts(sql, ", true)");
}

/* ---- the search ---- */

/* The statement's rows: product_id, distance. model is a quoted literal. */
static void write_search(statement *st, const weft_store_nearest_query *q, const char *model) {
    const char *column = columns[q->kind];
    size_t n;
    const weft_filter_condition *conditions = weft_filter_conditions(q->filter, &n);
    int vector = add_vector(st, q->embedding, q->dim);
    int limit = add_text(st, weft_arena_printf(st->arena, "%zu", q->k));
    char distance[128];
    snprintf(distance, sizeof distance, "(e.%s::vector(%zu)) <#> $%d::vector(%zu)", column, q->dim,
             vector, q->dim);
    weft_buf_printf(&st->sql,
                    "SELECT e.product_id, %s FROM embeddings e"
                    " JOIN products p ON p.product_id = e.product_id"
                    " WHERE e.embedding_model = %s AND e.%s IS NOT NULL",
                    distance, model, column);
    for (size_t i = 0; i < n; i++) write_condition(st, &conditions[i]);
    if (q->exclude)
        weft_buf_printf(&st->sql, " AND p.product_id <> $%d::text", add_text(st, q->exclude));
    weft_buf_printf(&st->sql, " ORDER BY (%s)%s, e.product_id LIMIT $%d::bigint", distance,
                    q->is_exact ? " + 0" : "", limit);
    st->failed |= !weft_buf_ok(&st->sql);
}

static weft_status read_hits(const PGresult *rows, weft_arena *arena, weft_store_hit *hits,
                             size_t *n, weft_err *err) {
    size_t count = (size_t)PQntuples(rows);
    for (size_t i = 0; i < count; i++) {
        hits[i].product_id = weft_arena_strdup(arena, weft_postgres_text(rows, (int)i, 0));
        hits[i].score = (float)-weft_postgres_double(rows, (int)i, 1);
        if (!hits[i].product_id) return weft_fail(err, WEFT_E_NOMEM, "%zu hits", count);
    }
    *n = count;
    return WEFT_OK;
}

static weft_status search_on(weft_postgres *s, PGconn *pg, const weft_store_nearest_query *q,
                             weft_arena *arena, weft_store_hit *hits, size_t *n, weft_err *err) {
    statement st = {.arena = arena};
    char *model = PQescapeLiteral(pg, q->embedding_model, strlen(q->embedding_model));
    weft_status status = WEFT_OK;
    weft_buf_init(&st.sql);
    if (model) write_search(&st, q, model);
    if (!model || st.failed) {
        status = weft_fail(err, WEFT_E_NOMEM, "search");
    } else {
        PGresult *rows =
            PQexecParams(pg, st.sql.data, st.count, NULL, st.values, st.lengths, st.formats, 1);
        if (PQresultStatus(rows) != PGRES_TUPLES_OK)
            status = weft_postgres_fail(s, pg, rows, "searching", err);
        else status = read_hits(rows, arena, hits, n, err);
        PQclear(rows);
    }
    weft_buf_deinit(&st.sql);
    PQfreemem(model);
    return status;
}

weft_status weft_postgres_nearest(weft_store *store, const weft_store_nearest_query *query,
                                  weft_arena *arena, weft_store_hit *hits, size_t *n,
                                  weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    if (query->k == 0) return WEFT_OK;
    weft_status status = weft_postgres_acquire(s, &connection, err);
    if (status) return status;
    status = search_on(s, connection->pg, query, arena, hits, n, err);
    weft_postgres_release(s, connection);
    return status;
}

/* ---- indexes ---- */

/* "hnsw_image_0123456789abcdef": of the kind and a digest of the set's name. */
static void name_index(char name[INDEX_NAME_SIZE], weft_embedding_kind kind, const char *model) {
    char digest[WEFT_DIGEST_HEX_SIZE];
    weft_digest_hex(model, strlen(model), digest);
    snprintf(name, INDEX_NAME_SIZE, "hnsw_%s_%.16s", weft_embedding_kind_name(kind), digest);
}

/* Waits for an answer; when it is told to stop it cancels the statement, and returns true. */
static bool wait_or_cancel(PGconn *pg, const atomic_bool *stop) {
    struct pollfd ready = {.fd = PQsocket(pg), .events = POLLIN};
    char why[256];
    while (PQisBusy(pg)) {
        if (stop && atomic_load(stop)) {
            PGcancel *cancel = PQgetCancel(pg);
            PQcancel(cancel, why, sizeof why);
            PQfreeCancel(cancel);
            return true;
        }
        if (poll(&ready, 1, 100) > 0 && !PQconsumeInput(pg)) return false;
    }
    return false;
}

/* Runs a statement on the builder's own connection. */
static weft_status run_stoppable(const weft_postgres *s, PGconn *pg, const char *sql,
                                 const atomic_bool *stop, weft_err *err) {
    weft_status status = WEFT_OK;
    PGresult *rows;
    if (!PQsendQuery(pg, sql)) return weft_postgres_fail(s, pg, NULL, "indexing", err);
    bool was_cancelled = wait_or_cancel(pg, stop);
    while ((rows = PQgetResult(pg))) {
        ExecStatusType kind = PQresultStatus(rows);
        if (!status && kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK)
            status = weft_postgres_fail(s, pg, rows, "indexing", err);
        PQclear(rows);
    }
    return status && was_cancelled ? weft_fail(err, WEFT_E_CANCELLED, "stopped") : status;
}

/* The number that a query answers with, 0 for none. */
static weft_status ask_number(const weft_postgres *s, PGconn *pg, const char *sql, int64_t *number,
                              weft_err *err) {
    PGresult *rows = PQexecParams(pg, sql, 0, NULL, NULL, NULL, NULL, 1);
    weft_status status = WEFT_OK;
    *number = 0;
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        status = weft_postgres_fail(s, pg, rows, "indexing", err);
    else if (PQntuples(rows)) *number = weft_postgres_int(rows, 0, 0);
    PQclear(rows);
    return status;
}

/* An index that a crash left half-made is not valid, serves no one, and goes. */
static weft_status make_index(const weft_postgres *s, PGconn *pg, weft_embedding_kind kind,
                              const char *model, size_t dim, const atomic_bool *stop,
                              weft_err *err) {
    enum { ABSENT, BROKEN, GOOD };
    char name[INDEX_NAME_SIZE], sql[1024];
    int64_t state;
    name_index(name, kind, model);
    char *literal = PQescapeLiteral(pg, model, strlen(model));
    if (!literal) return weft_fail(err, WEFT_E_NOMEM, "index");
    snprintf(sql, sizeof sql,
             "SELECT 1 + indisvalid::integer FROM pg_index"
             " WHERE indexrelid = to_regclass('" WEFT_POSTGRES_SCHEMA ".%s')",
             name);
    weft_status status = ask_number(s, pg, sql, &state, err);
    if (!status && state == BROKEN) {
        snprintf(sql, sizeof sql, "DROP INDEX CONCURRENTLY %s", name);
        status = run_stoppable(s, pg, sql, stop, err);
    }
    if (!status && state != GOOD) {
        snprintf(sql, sizeof sql,
                 "CREATE INDEX CONCURRENTLY %s ON embeddings USING hnsw"
                 " ((%s::vector(%zu)) vector_ip_ops) WHERE embedding_model = %s",
                 name, columns[kind], dim, literal);
        status = run_stoppable(s, pg, sql, stop, err);
    }
    PQfreemem(literal);
    return status;
}

static weft_status make_indexes(const weft_postgres *s, PGconn *pg, const char *model, size_t dim,
                                const atomic_bool *stop, weft_err *err) {
    int64_t is_mine;
    weft_status status = weft_postgres_command(
        s, pg, "SET lock_timeout = 0; SET maintenance_work_mem = '256MB'", err);
    if (!status)
        status = ask_number(s, pg, "SELECT pg_try_advisory_lock(2003134068, 4)", &is_mine, err);
    for (int k = 0; !status && is_mine && k < WEFT_KIND_COUNT; k++)
        status = make_index(s, pg, (weft_embedding_kind)k, model, dim, stop, err);
    return status;
}

weft_status weft_postgres_index_nearest(weft_store *store, const char *embedding_model, size_t dim,
                                        size_t min_rows, const atomic_bool *stop, weft_err *err) {
    static const char sql[] = "SELECT count(*) FROM embeddings WHERE embedding_model = $1";
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_parameters p = {0};
    PGresult *rows;
    PGconn *pg;
    if (dim > MAX_INDEXED_DIM) return WEFT_OK; /* searches stay exact */
    weft_postgres_add_text(&p, embedding_model);
    weft_status status = weft_postgres_ask(s, sql, &p, "counting embeddings", &rows, err);
    if (status) return status;
    bool is_few = (size_t)weft_postgres_int(rows, 0, 0) < min_rows;
    PQclear(rows);
    if (is_few) return WEFT_OK;
    status = weft_postgres_connect(&pg, s->url, s->label, err);
    if (status) return status;
    status = make_indexes(s, pg, embedding_model, dim, stop, err);
    PQfinish(pg);
    return status;
}

/* ---- one vector ---- */

weft_status weft_postgres_get_vector(weft_store *store, weft_embedding_kind kind,
                                     const char *embedding_model, const char *product_id,
                                     float *out, size_t dim, bool *found, weft_err *err) {
#define SQL(kind)                                                                                  \
    "SELECT " kind "_embedding FROM embeddings WHERE product_id = $1 AND embedding_model = $2"
    static const char *const sql[WEFT_KIND_COUNT] = {SQL("image"), SQL("text"), SQL("hybrid")};
#undef SQL
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, product_id);
    weft_postgres_add_text(&p, embedding_model);
    weft_status status = weft_postgres_ask(s, sql[kind], &p, "reading a vector", &rows, err);
    if (status) return status;
    *found = PQntuples(rows) == 1 && !PQgetisnull(rows, 0, 0);
    if (*found && (size_t)PQgetlength(rows, 0, 0) != weft_postgres_packed_size(dim))
        status = weft_fail(err, WEFT_E_STORE, "%s: product %s: its vector is not of %zu dimensions",
                           s->label, product_id, dim);
    else if (*found) weft_postgres_unpack_vector(out, PQgetvalue(rows, 0, 0), dim);
    PQclear(rows);
    return status;
}
