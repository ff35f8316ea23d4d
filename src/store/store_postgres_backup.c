/* store_postgres_backup.c - a copy of the database at one moment as a SQLite file, and
 * putting one back. Values travel as text, and vectors in the stores' binary forms. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/store_postgres_internal.h"
#include "store/store_postgres_vector.h"
#include "store/store_tables.h"

static weft_status fail_file(sqlite3 *db, const char *path, const char *what, weft_err *err) {
    return weft_fail(err, WEFT_E_STORE, "%s: %s: %s", path, what, sqlite3_errmsg(db));
}

/* ---- statements, one pair for each table ---- */

/* How a column is read as what SQLite has; %s is its name. */
static const char *read_format(weft_column_type type) {
    switch (type) {
    case WEFT_COLUMN_TEXT:
    case WEFT_COLUMN_INTEGER:
    case WEFT_COLUMN_JSON: return "%s::text";
    case WEFT_COLUMN_REAL: return "%s::float8::text";
    case WEFT_COLUMN_BOOLEAN: return "%s::integer::text";
    case WEFT_COLUMN_TIME:
    case WEFT_COLUMN_TIME_OR_EMPTY:
        return "coalesce(to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), '')";
    case WEFT_COLUMN_LIST: return "to_json(%s)::text";
    case WEFT_COLUMN_VECTOR: return "vector_send(%s)";
    }
    return NULL;
}

/* How a parameter with SQLite's value is written; %d is its number. */
static const char *write_format(weft_column_type type) {
    switch (type) {
    case WEFT_COLUMN_TEXT: return "$%d::text";
    case WEFT_COLUMN_INTEGER: return "$%d::bigint";
    case WEFT_COLUMN_REAL: return "$%d::float8";
    case WEFT_COLUMN_BOOLEAN: return "$%d::integer::boolean";
    case WEFT_COLUMN_TIME: return "$%d::timestamptz";
    case WEFT_COLUMN_TIME_OR_EMPTY: return "nullif($%d::text, '')::timestamptz";
    case WEFT_COLUMN_LIST: return "ARRAY(SELECT json_array_elements_text($%d::json))";
    case WEFT_COLUMN_JSON: return "$%d::jsonb";
    case WEFT_COLUMN_VECTOR: return "$%d::vector";
    }
    return NULL;
}

static void write_select(weft_buf *sql, const weft_table *table) {
    weft_buf_puts(sql, "SELECT ");
    for (size_t i = 0; i < weft_table_column_count(table); i++) {
        if (i) weft_buf_puts(sql, ", ");
        weft_buf_printf(sql, read_format(table->columns[i].type), table->columns[i].name);
    }
    weft_buf_printf(sql, " FROM %s", table->name);
}

static void write_columns(weft_buf *sql, const weft_table *table) {
    for (size_t i = 0; i < weft_table_column_count(table); i++)
        weft_buf_printf(sql, "%s%s", i ? ", " : "", table->columns[i].name);
}

static void write_insert(weft_buf *sql, const weft_table *table) {
    weft_buf_printf(sql, "INSERT INTO %s (", table->name);
    write_columns(sql, table);
    weft_buf_puts(sql, table->identity ? ") OVERRIDING SYSTEM VALUE VALUES (" : ") VALUES (");
    for (size_t i = 0; i < weft_table_column_count(table); i++) {
        if (i) weft_buf_puts(sql, ", ");
        weft_buf_printf(sql, write_format(table->columns[i].type), (int)i + 1);
    }
    weft_buf_putc(sql, ')');
}

/* The same for SQLite: "INSERT INTO t (a, b) VALUES (?, ?)" or "SELECT a, b FROM t". */
static void write_sqlite(weft_buf *sql, const weft_table *table, bool is_insert) {
    weft_buf_puts(sql, is_insert ? "INSERT INTO " : "SELECT ");
    if (is_insert) weft_buf_printf(sql, "%s (", table->name);
    write_columns(sql, table);
    if (!is_insert) {
        weft_buf_printf(sql, " FROM %s", table->name);
        return;
    }
    weft_buf_puts(sql, ") VALUES (");
    for (size_t i = 0; i < weft_table_column_count(table); i++) weft_buf_puts(sql, i ? ",?" : "?");
    weft_buf_putc(sql, ')');
}

static weft_status prepare_sqlite(sqlite3 *db, const char *path, const weft_table *table,
                                  bool is_insert, sqlite3_stmt **statement, weft_err *err) {
    weft_buf sql;
    weft_status status = WEFT_OK;
    weft_buf_init(&sql);
    write_sqlite(&sql, table, is_insert);
    *statement = NULL;
    if (!weft_buf_ok(&sql)) status = weft_fail(err, WEFT_E_NOMEM, "%s", table->name);
    else if (sqlite3_prepare_v2(db, sql.data, -1, statement, NULL))
        status = fail_file(db, path, table->name, err);
    weft_buf_deinit(&sql);
    return status;
}

/* ---- backup ---- */

typedef struct {
    const weft_postgres *s;
    PGconn *pg;
    sqlite3 *db;
    const char *path;
    const atomic_bool *cancel;
} copying;

/* Both forms have the floats in order; SQLite's are little-endian and have no head. */
static bool bind_vector(sqlite3_stmt *to, int column, const PGresult *rows) {
    size_t size = (size_t)PQgetlength(rows, 0, column);
    size_t dim = (size - WEFT_POSTGRES_VECTOR_HEAD) / sizeof(float);
    float *vector = weft_alloc(dim, sizeof *vector);
    if (!vector) return false;
    weft_postgres_unpack_vector(vector, PQgetvalue(rows, 0, column), dim);
    bool ok = sqlite3_bind_blob64(to, column + 1, vector, dim * sizeof *vector, SQLITE_TRANSIENT) ==
              SQLITE_OK;
    weft_free(vector);
    return ok;
}

static weft_status copy_row(copying *c, const weft_table *table, const PGresult *rows,
                            sqlite3_stmt *to, weft_err *err) {
    bool ok = true;
    for (int i = 0; i < PQnfields(rows) && ok; i++) {
        weft_column_type type = table->columns[i].type;
        const char *text = PQgetvalue(rows, 0, i);
        if (PQgetisnull(rows, 0, i)) ok = sqlite3_bind_null(to, i + 1) == SQLITE_OK;
        else if (type == WEFT_COLUMN_VECTOR) ok = bind_vector(to, i, rows);
        else if (type == WEFT_COLUMN_INTEGER || type == WEFT_COLUMN_BOOLEAN)
            ok = sqlite3_bind_int64(to, i + 1, strtoll(text, NULL, 10)) == SQLITE_OK;
        else if (type == WEFT_COLUMN_REAL)
            ok = sqlite3_bind_double(to, i + 1, strtod(text, NULL)) == SQLITE_OK;
        else ok = sqlite3_bind_text(to, i + 1, text, -1, SQLITE_STATIC) == SQLITE_OK;
    }
    ok = ok && sqlite3_step(to) == SQLITE_DONE;
    sqlite3_reset(to);
    return ok ? WEFT_OK : fail_file(c->db, c->path, table->name, err);
}

/* Rows are taken as they arrive. */
static weft_status copy_rows(copying *c, const weft_table *table, const char *select,
                             sqlite3_stmt *to, weft_err *err) {
    weft_status status = WEFT_OK;
    PGresult *rows;
    if (!PQsendQueryParams(c->pg, select, 0, NULL, NULL, NULL, NULL, 1) ||
        !PQsetSingleRowMode(c->pg))
        return weft_postgres_fail(c->s, c->pg, NULL, table->name, err);
    while (!status && (rows = PQgetResult(c->pg))) {
        ExecStatusType kind = PQresultStatus(rows);
        if (c->cancel && atomic_load(c->cancel))
            status = weft_fail(err, WEFT_E_CANCELLED, "stopped");
        else if (kind == PGRES_SINGLE_TUPLE) status = copy_row(c, table, rows, to, err);
        else if (kind != PGRES_TUPLES_OK)
            status = weft_postgres_fail(c->s, c->pg, rows, table->name, err);
        PQclear(rows);
    }
    return status;
}

static weft_status copy_table(copying *c, const weft_table *table, weft_err *err) {
    weft_buf select;
    sqlite3_stmt *to;
    weft_buf_init(&select);
    write_select(&select, table);
    weft_status status = weft_buf_ok(&select) ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "statement");
    if (!status) status = prepare_sqlite(c->db, c->path, table, true, &to, err);
    if (!status) {
        status = copy_rows(c, table, select.data, to, err);
        sqlite3_finalize(to);
    }
    weft_buf_deinit(&select);
    return status;
}

/* All tables at one moment. */
static weft_status copy_tables(copying *c, weft_err *err) {
    weft_status status = weft_postgres_command(
        c->s, c->pg, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
    if (!status && sqlite3_exec(c->db, "BEGIN", NULL, NULL, NULL))
        status = fail_file(c->db, c->path, "begin", err);
    for (const weft_table *t = weft_tables; t->name && !status; t++) status = copy_table(c, t, err);
    /* Its triggers have noted every row as a change. */
    if (!status && sqlite3_exec(c->db, "DELETE FROM changes; COMMIT; PRAGMA journal_mode = DELETE",
                                NULL, NULL, NULL))
        status = fail_file(c->db, c->path, "commit", err);
    return status;
}

weft_status weft_postgres_backup(weft_store *store, const char *path, const atomic_bool *cancel,
                                 weft_err *err) {
    const weft_postgres *s = (const weft_postgres *)store;
    copying c = {.s = s, .path = path, .cancel = cancel};
    char url[4096];
    weft_store *file = NULL;
    unlink(path);
    if (snprintf(url, sizeof url, "sqlite:%s", path) >= (int)sizeof url)
        return weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", path);
    weft_status status = weft_store_open(&file, url, err); /* makes the schema */
    weft_store_close(file);
    if (!status && sqlite3_open_v2(path, &c.db, SQLITE_OPEN_READWRITE, NULL))
        status = fail_file(c.db, path, "opening", err);
    if (!status) status = weft_postgres_connect(&c.pg, s->url, s->label, err);
    if (!status) status = copy_tables(&c, err);
    PQfinish(c.pg);
    sqlite3_close(c.db);
    if (status) unlink(path);
    return status;
}

/* ---- restore ---- */

typedef struct {
    const weft_table *table;
    const char *path;
    sqlite3 *db;
    sqlite3_stmt *rows; /* bind steps it, in order */
    weft_arena arena;   /* of the row's vectors */
} putting;

static weft_status bind_value(putting *p, int i, weft_postgres_parameters *to, weft_err *err) {
    if (sqlite3_column_type(p->rows, i) == SQLITE_NULL) {
        weft_postgres_add_null(to);
    } else if (p->table->columns[i].type == WEFT_COLUMN_VECTOR) {
        size_t dim = (size_t)sqlite3_column_bytes(p->rows, i) / sizeof(float);
        size_t size = weft_postgres_packed_size(dim);
        float *vector = weft_arena_alloc(&p->arena, dim, sizeof *vector);
        unsigned char *packed = weft_arena_alloc(&p->arena, size, 1);
        if (!vector || !packed) return weft_fail(err, WEFT_E_NOMEM, "vector");
        memcpy(vector, sqlite3_column_blob(p->rows, i), dim * sizeof *vector);
        weft_postgres_pack_vector(packed, vector, dim);
        weft_postgres_add_binary(to, packed, size);
    } else {
        weft_postgres_add_text(to, (const char *)sqlite3_column_text(p->rows, i));
    }
    return WEFT_OK;
}

static weft_status bind_row(void *context, size_t row, weft_postgres_parameters *to,
                            weft_err *err) {
    putting *p = context;
    weft_status status = WEFT_OK;
    (void)row;
    weft_arena_deinit(&p->arena);
    weft_arena_init(&p->arena, 0);
    if (sqlite3_step(p->rows) != SQLITE_ROW) return fail_file(p->db, p->path, p->table->name, err);
    for (int i = 0; i < sqlite3_column_count(p->rows) && !status; i++)
        status = bind_value(p, i, to, err);
    return status;
}

/* SELECT count(*) of a table, on either side. */
static weft_status count_backup(putting *p, int64_t *rows, weft_err *err) {
    char sql[128];
    sqlite3_stmt *statement = NULL;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", p->table->name);
    bool ok = sqlite3_prepare_v2(p->db, sql, -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;
    if (ok) *rows = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return ok ? WEFT_OK : fail_file(p->db, p->path, p->table->name, err);
}

static weft_status count_here(const weft_postgres *s, PGconn *pg, const weft_table *table,
                              int64_t *rows, weft_err *err) {
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table->name);
    PGresult *result = PQexecParams(pg, sql, 0, NULL, NULL, NULL, NULL, 1);
    weft_status status = WEFT_OK;
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        status = weft_postgres_fail(s, pg, result, table->name, err);
    else *rows = weft_postgres_int(result, 0, 0);
    PQclear(result);
    return status;
}

/* The next id that is given out comes after those that came back. */
static weft_status move_identity(const weft_postgres *s, PGconn *pg, const weft_table *table,
                                 weft_err *err) {
    char sql[256];
    if (!table->identity) return WEFT_OK;
    snprintf(sql, sizeof sql,
             "SELECT setval(pg_get_serial_sequence('" WEFT_POSTGRES_SCHEMA
             ".%s', '%s'), greatest((SELECT max(%s) FROM %s), 1))",
             table->name, table->identity, table->identity, table->name);
    return weft_postgres_command(s, pg, sql, err);
}

static weft_status put_back(weft_postgres *s, weft_postgres_connection *connection, putting *p,
                            const weft_table *table, weft_arena *statements, weft_err *err) {
    int64_t there = 0, here = 0;
    weft_buf insert;
    p->table = table;
    weft_buf_init(&insert);
    write_insert(&insert, table);
    /* Prepared statements are known by their address: it must not be used again. */
    char *sql = weft_buf_ok(&insert) ? weft_arena_strdup(statements, insert.data) : NULL;
    weft_buf_deinit(&insert);
    if (!sql) return weft_fail(err, WEFT_E_NOMEM, "statement");
    weft_status status = count_backup(p, &there, err);
    if (!status) status = prepare_sqlite(p->db, p->path, table, false, &p->rows, err);
    if (status) return status;
    const weft_postgres_batch batch = {
        .sql = sql, .what = table->name, .n = (size_t)there, .context = p, .bind = bind_row};
    status = weft_postgres_run_batch(s, connection, &batch, err);
    sqlite3_finalize(p->rows);
    if (!status) status = count_here(s, connection->pg, table, &here, err);
    if (!status && here != there)
        status = weft_fail(err, WEFT_E_STORE, "%s: %lld of %lld rows of %s came back", s->label,
                           (long long)here, (long long)there, table->name);
    return status ? status : move_identity(s, connection->pg, table, err);
}

/* Sets are noted as soon as a model is opened: they are no data that could be lost. */
static weft_status check_empty(const weft_postgres *s, PGconn *pg, const weft_table *table,
                               weft_err *err) {
    int64_t rows = 0;
    weft_status status = count_here(s, pg, table, &rows, err);
    bool may_hold_rows =
        strcmp(table->name, "embedding_sets") == 0 || strcmp(table->name, "serving") == 0;
    if (status || rows == 0 || may_hold_rows) return status;
    return weft_fail(err, WEFT_E_CONFLICT,
                     "%s: there are %lld rows in %s already; a backup goes into an empty database",
                     s->label, (long long)rows, table->name);
}

static weft_status restore_within(weft_postgres *s, weft_postgres_connection *connection,
                                  putting *p, weft_arena *statements, weft_err *err) {
    PGconn *pg = connection->pg;
    weft_status status = weft_postgres_command(s, pg, "BEGIN", err);
    if (!status) status = weft_postgres_take_lock(s, pg, WEFT_POSTGRES_LOCK_PRODUCTS, err);
    for (const weft_table *t = weft_tables; t->name && !status; t++)
        status = check_empty(s, pg, t, err);
    if (!status)
        status =
            weft_postgres_command(s, pg, "DELETE FROM serving; DELETE FROM embedding_sets", err);
    for (const weft_table *t = weft_tables; t->name && !status; t++)
        status = put_back(s, connection, p, t, statements, err);
    return status ? status : weft_postgres_command(s, pg, "COMMIT", err);
}

/* On a connection of its own: what is prepared is of no use afterwards. */
weft_status weft_postgres_restore(weft_store *store, const char *path, weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection connection = {0};
    putting p = {.path = path};
    weft_arena statements;
    weft_arena_init(&statements, 0);
    weft_arena_init(&p.arena, 0);
    weft_status status = WEFT_OK;
    if (sqlite3_open_v2(path, &p.db, SQLITE_OPEN_READONLY, NULL))
        status = fail_file(p.db, path, "opening the backup", err);
    if (!status) status = weft_postgres_connect(&connection.pg, s->url, s->label, err);
    if (!status) status = restore_within(s, &connection, &p, &statements, err);
    PQfinish(connection.pg);
    sqlite3_close(p.db);
    weft_arena_deinit(&p.arena);
    weft_arena_deinit(&statements);
    return status;
}
