/* store_sqlite_schema.c - migrations: the files of src/store/migrations/sqlite, compiled
 * in, each run once and in order.
 *
 * schema_migrations keeps the version and the SHA-256 of what was run. A database
 * with a version that this program does not know was written by a newer weft; one
 * with another checksum has a schema that nobody has tested. Both are refused, as
 * is a database of another program, before anything is written to it. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/embedded.h"
#include "store/store_sqlite_internal.h"

extern const weft_embedded_file weft_migrations_sqlite[];

enum { APPLICATION_ID = 0x77656674 }; /* "weft" */

static weft_status run_script(sqlite3 *db, const char *path, const char *name, const char *sql,
                              weft_err *err) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK) return WEFT_OK;
    return weft_sqlite_fail(db, path, name, err);
}

/* The number that a query answers with. */
static weft_status ask_number(sqlite3 *db, const char *path, const char *sql, int64_t *number,
                              weft_err *err) {
    sqlite3_stmt *statement = NULL;
    weft_status status = WEFT_OK;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) || sqlite3_step(statement) != SQLITE_ROW)
        status = weft_sqlite_fail(db, path, "not a database that weft can read", err);
    else *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

/* Is the file weft's, or empty and about to be? */
static weft_status check_owner(sqlite3 *db, const char *path, bool *is_empty, weft_err *err) {
    int64_t owner = 0, objects = 0;
    weft_status status = ask_number(db, path, "PRAGMA application_id", &owner, err);
    if (!status) status = ask_number(db, path, "SELECT count(*) FROM sqlite_schema", &objects, err);
    if (status) return status;
    *is_empty = owner == 0 && objects == 0;
    if (*is_empty || owner == APPLICATION_ID) return WEFT_OK;
    return weft_fail(err, WEFT_E_STORE, "%s: an SQLite database of another program", path);
}

/* Compares one row of schema_migrations with what this program would have run. */
static weft_status check_migration(const char *path, int64_t version, const char *checksum,
                                   weft_err *err) {
    char expected[WEFT_DIGEST_HEX_SIZE];
    int64_t known = 0;
    while (weft_migrations_sqlite[known].name) known++;
    if (version < 1 || version > known)
        return weft_fail(err, WEFT_E_UNSUPPORTED,
                         "%s: schema version %lld of a newer weft; this one knows %lld", path,
                         (long long)version, (long long)known);
    const weft_embedded_file *file = &weft_migrations_sqlite[version - 1];
    weft_digest_hex(file->bytes, file->size, expected);
    if (strcmp(checksum, expected) == 0) return WEFT_OK;
    return weft_fail(err, WEFT_E_UNSUPPORTED, "%s: its schema was made by another %s", path,
                     file->name);
}

/* How many migrations have been run; each is checked. */
static weft_status check_applied(sqlite3 *db, const char *path, size_t *applied, weft_err *err) {
    sqlite3_stmt *rows = NULL;
    weft_status status = WEFT_OK;
    int code;
    *applied = 0;
    if (sqlite3_prepare_v2(db, "SELECT version, checksum FROM schema_migrations ORDER BY version",
                           -1, &rows, NULL))
        return weft_sqlite_fail(db, path, "schema version", err);
    while (!status && (code = sqlite3_step(rows)) != SQLITE_DONE) {
        if (code == SQLITE_ROW)
            status = check_migration(path, sqlite3_column_int64(rows, 0), weft_sqlite_text(rows, 1),
                                     err);
        else status = weft_sqlite_fail(db, path, "schema version", err);
        ++*applied;
    }
    sqlite3_finalize(rows);
    return status;
}

static weft_status record_migration(sqlite3 *db, const char *path, size_t version,
                                    const weft_embedded_file *file, weft_err *err) {
    char checksum[WEFT_DIGEST_HEX_SIZE], now[WEFT_TIMESTAMP_SIZE];
    sqlite3_stmt *insert = NULL;
    weft_status status = WEFT_OK;
    weft_digest_hex(file->bytes, file->size, checksum);
    weft_clock_timestamp(now);
    sqlite3_prepare_v2(db, "INSERT INTO schema_migrations VALUES (?1,?2,?3,?4)", -1, &insert, NULL);
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)version);
    weft_sqlite_bind_text(insert, 2, file->name);
    weft_sqlite_bind_text(insert, 3, checksum);
    weft_sqlite_bind_text(insert, 4, now);
    if (sqlite3_step(insert) != SQLITE_DONE)
        status = weft_sqlite_fail(db, path, "recording the migration", err);
    sqlite3_finalize(insert);
    return status;
}

/* Looks once more, now that no one else can write, and runs what is missing. */
static weft_status apply_missing(sqlite3 *db, const char *path, weft_err *err) {
    static const char first[] =
        "PRAGMA application_id = 0x77656674;"
        "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " checksum TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT;";
    bool is_empty;
    size_t applied = 0;
    weft_status status = check_owner(db, path, &is_empty, err);
    if (!status && is_empty) status = run_script(db, path, "first table", first, err);
    if (!status) status = check_applied(db, path, &applied, err);
    for (size_t i = applied; !status && weft_migrations_sqlite[i].name; i++) {
        const weft_embedded_file *file = &weft_migrations_sqlite[i];
        status = run_script(db, path, file->name, (const char *)file->bytes, err);
        if (!status) status = record_migration(db, path, i + 1, file, err);
    }
    return status;
}

/* In one read transaction: another process may be making the schema right now, and
 * half of what was there before and half of what came after looks like a foreign file. */
static weft_status look(sqlite3 *db, const char *path, size_t *applied, weft_err *err) {
    bool is_empty;
    *applied = 0;
    weft_status status = run_script(db, path, "begin", "BEGIN", err);
    if (status) return status;
    status = check_owner(db, path, &is_empty, err);
    if (!status && !is_empty) status = check_applied(db, path, applied, err);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

weft_status weft_sqlite_migrate(sqlite3 *db, const char *path, weft_err *err) {
    size_t applied;
    weft_status status = look(db, path, &applied, err);
    if (status || (applied && !weft_migrations_sqlite[applied].name)) return status;

    status = run_script(db, path, "begin", "BEGIN IMMEDIATE", err);
    if (status) return status;
    status = apply_missing(db, path, err);
    if (!status) status = run_script(db, path, "commit", "COMMIT", err);
    if (status) sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}
