/* store_sqlite_backup.c - a copy of the database at one moment, and putting one back. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/store_sqlite_internal.h"
#include "store/store_tables.h"

static int is_cancelled(void *cancel) { return atomic_load((const atomic_bool *)cancel); }

/* ---- backup ---- */

/* Leaves out what a restored database makes anew, and rows whose product, user or source is
 * gone: SQLite's own shell deletes without looking at foreign keys, and no one sees such rows.
 * The file becomes a plain one, without a log beside it. */
static weft_status clear_copy(const char *path, weft_err *err) {
    static const char sql[] = "DELETE FROM changes; DELETE FROM embedding_queue;"
                              "UPDATE sources SET position = 0, system = '';"
                              "DELETE FROM embeddings WHERE product_id NOT IN (SELECT product_id"
                              " FROM products);"
                              "DELETE FROM product_attributes WHERE product_id NOT IN (SELECT"
                              " product_id FROM products);"
                              "DELETE FROM source_products WHERE product_id NOT IN (SELECT"
                              " product_id FROM products) OR source NOT IN (SELECT name FROM"
                              " sources);"
                              "DELETE FROM user_style_features WHERE user_id NOT IN (SELECT"
                              " user_id FROM users);"
                              "DELETE FROM changes;"
                              "PRAGMA journal_mode = DELETE";
    sqlite3 *db = NULL;
    weft_status status = WEFT_OK;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) ||
        sqlite3_exec(db, sql, NULL, NULL, NULL))
        status = weft_sqlite_fail(db, path, "clearing the copy", err);
    sqlite3_close(db);
    return status;
}

/* VACUUM INTO reads one state of the database while others write. */
weft_status weft_sqlite_backup(weft_store *store, const char *path, const atomic_bool *cancel,
                               weft_err *err) {
    const weft_sqlite *s = (const weft_sqlite *)store;
    sqlite3 *db;
    sqlite3_stmt *statement = NULL;
    unlink(path);
    weft_status status = weft_sqlite_open_reader(s, &db, err);
    if (status) return status;
    sqlite3_exec(db, "PRAGMA query_only = OFF", NULL, NULL, NULL);
    if (cancel) sqlite3_progress_handler(db, 10000, is_cancelled, (void *)(uintptr_t)cancel);
    bool failed = sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &statement, NULL) ||
                  sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC) ||
                  sqlite3_step(statement) != SQLITE_DONE;
    if (failed && cancel && atomic_load(cancel))
        status = weft_fail(err, WEFT_E_CANCELLED, "stopped");
    else if (failed) status = weft_sqlite_fail(db, s->path, "copying the database", err);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    if (!status) status = clear_copy(path, err);
    if (status) unlink(path);
    return status;
}

/* ---- restore ---- */

/* Runs a statement in which %s stands for the table's name, or its columns where it says so. */
static weft_status run_for(weft_sqlite *s, const weft_table *table, const char *format,
                           bool with_columns, int64_t *number, weft_err *err) {
    weft_buf columns;
    char sql[2048];
    sqlite3_stmt *statement = NULL;
    weft_buf_init(&columns);
    for (size_t i = 0; i < weft_table_column_count(table); i++)
        weft_buf_printf(&columns, "%s%s", i ? ", " : "", table->columns[i].name);
    if (with_columns)
        snprintf(sql, sizeof sql, format, table->name, columns.data, columns.data, table->name);
    else snprintf(sql, sizeof sql, format, table->name);
    bool ok =
        weft_buf_ok(&columns) && sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) == SQLITE_OK;
    int code = ok ? sqlite3_step(statement) : SQLITE_ERROR;
    if (code == SQLITE_ROW && number) *number = sqlite3_column_int64(statement, 0);
    weft_status status = WEFT_OK;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = weft_sqlite_fail(s->db, s->path, table->name, err);
    sqlite3_finalize(statement);
    weft_buf_deinit(&columns);
    return status;
}

/* Sets are noted as soon as a model is opened: they are no data that could be lost. */
static bool may_hold_rows(const weft_table *table) {
    return strcmp(table->name, "embedding_sets") == 0 || strcmp(table->name, "serving") == 0;
}

static weft_status check_empty(weft_sqlite *s, const weft_table *table, weft_err *err) {
    int64_t rows = 0;
    weft_status status = run_for(s, table, "SELECT count(*) FROM main.%s", false, &rows, err);
    if (status || rows == 0 || may_hold_rows(table)) return status;
    return weft_fail(err, WEFT_E_CONFLICT,
                     "%s: there are %lld rows in %s already; a backup goes into an empty database",
                     s->path, (long long)rows, table->name);
}

static weft_status put_back(weft_sqlite *s, const weft_table *table, weft_err *err) {
    int64_t there = 0, here = 0;
    weft_status status =
        run_for(s, table, "INSERT INTO main.%s (%s) SELECT %s FROM backup.%s", true, NULL, err);
    if (!status) status = run_for(s, table, "SELECT count(*) FROM backup.%s", false, &there, err);
    if (!status) status = run_for(s, table, "SELECT count(*) FROM main.%s", false, &here, err);
    if (!status && there != here)
        status = weft_fail(err, WEFT_E_STORE, "%s: %lld of %lld rows of %s came back", s->path,
                           (long long)here, (long long)there, table->name);
    return status;
}

static weft_status restore_within(weft_sqlite *s, weft_err *err) {
    weft_status status = WEFT_OK;
    for (const weft_table *t = weft_tables; t->name && !status; t++)
        status = check_empty(s, t, err);
    if (!status && sqlite3_exec(s->db, "DELETE FROM main.serving; DELETE FROM main.embedding_sets",
                                NULL, NULL, NULL))
        status = weft_sqlite_fail(s->db, s->path, "making room", err);
    for (const weft_table *t = weft_tables; t->name && !status; t++) status = put_back(s, t, err);
    return status;
}

/* On a connection of its own, to which the backup is attached. */
weft_status weft_sqlite_restore(weft_store *store, const char *path, weft_err *err) {
    weft_sqlite own = {.path = ((weft_sqlite *)store)->path};
    sqlite3_stmt *attach = NULL;
    weft_status status = weft_sqlite_open_reader(&own, &own.db, err);
    if (status) return status;
    if (sqlite3_exec(own.db, "PRAGMA query_only = OFF; PRAGMA foreign_keys = ON", NULL, NULL,
                     NULL) ||
        sqlite3_prepare_v2(own.db, "ATTACH ?1 AS backup", -1, &attach, NULL) ||
        sqlite3_bind_text(attach, 1, path, -1, SQLITE_STATIC) ||
        sqlite3_step(attach) != SQLITE_DONE)
        status = weft_sqlite_fail(own.db, path, "opening the backup", err);
    sqlite3_finalize(attach);
    if (!status && sqlite3_exec(own.db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
        status = weft_sqlite_fail(own.db, own.path, "begin", err);
    if (!status) status = restore_within(&own, err);
    if (!status && sqlite3_exec(own.db, "COMMIT", NULL, NULL, NULL))
        status = weft_sqlite_fail(own.db, own.path, "commit", err);
    sqlite3_close(own.db); /* rolls back what is not committed */
    return status;
}
