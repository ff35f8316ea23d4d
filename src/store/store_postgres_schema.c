/* store_postgres_schema.c - migrations: the files of src/store/migrations/postgres,
 * compiled in, each run once and in order, all in one transaction.
 *
 * As in SQLite, schema_migrations keeps the version and the SHA-256 of what was run; a
 * schema of a newer weft, or one that nobody has tested, is refused. */
#include <string.h>

#include "base/digest.h"
#include "base/embedded.h"
#include "store/store_postgres_internal.h"

extern const weft_embedded_file weft_migrations_postgres[];

static const weft_embedded_file *const migrations = weft_migrations_postgres;

static weft_status check_migration(const weft_postgres *s, int64_t version, const char *checksum,
                                   weft_err *err) {
    char expected[WEFT_DIGEST_HEX_SIZE];
    int64_t known = 0;
    while (migrations[known].name) known++;
    if (version < 1 || version > known)
        return weft_fail(err, WEFT_E_UNSUPPORTED,
                         "%s: schema version %lld of a newer weft; this one knows %lld", s->label,
                         (long long)version, (long long)known);
    const weft_embedded_file *file = &migrations[version - 1];
    weft_digest_hex(file->bytes, file->size, expected);
    if (strcmp(checksum, expected) == 0) return WEFT_OK;
    return weft_fail(err, WEFT_E_UNSUPPORTED, "%s: its schema was made by another %s", s->label,
                     file->name);
}

/* Does the table exist, so that migrations have been run? Asked of the catalog's rows:
 * to_regclass may answer from what this session remembers. */
static weft_status has_migrations(const weft_postgres *s, PGconn *pg, bool *has, weft_err *err) {
    PGresult *rows = PQexec(pg, "SELECT 1 FROM pg_tables WHERE schemaname = '" WEFT_POSTGRES_SCHEMA
                                "' AND tablename = 'schema_migrations'");
    weft_status status = WEFT_OK;
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        status = weft_postgres_fail(s, pg, rows, "schema version", err);
    else *has = PQntuples(rows) == 1;
    PQclear(rows);
    return status;
}

/* How many migrations have been run; each is checked. */
static weft_status check_applied(const weft_postgres *s, PGconn *pg, size_t *applied,
                                 weft_err *err) {
    bool has = false;
    *applied = 0;
    weft_status status = has_migrations(s, pg, &has, err);
    if (status || !has) return status;
    PGresult *rows = PQexecParams(pg,
                                  "SELECT version, checksum FROM " WEFT_POSTGRES_SCHEMA
                                  ".schema_migrations ORDER BY version",
                                  0, NULL, NULL, NULL, NULL, 1);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        status = weft_postgres_fail(s, pg, rows, "schema version", err);
    for (int i = 0; !status && i < PQntuples(rows); i++)
        status =
            check_migration(s, weft_postgres_int(rows, i, 0), weft_postgres_text(rows, i, 1), err);
    *applied = status ? 0 : (size_t)PQntuples(rows);
    PQclear(rows);
    return status;
}

static weft_status record_migration(const weft_postgres *s, PGconn *pg, size_t version,
                                    const weft_embedded_file *file, weft_err *err) {
    static const char sql[] = "INSERT INTO schema_migrations VALUES ($1, $2, $3, now())";
    char checksum[WEFT_DIGEST_HEX_SIZE];
    weft_postgres_parameters p = {0};
    weft_status status = WEFT_OK;
    weft_digest_hex(file->bytes, file->size, checksum);
    weft_postgres_add_int(&p, (int64_t)version);
    weft_postgres_add_text(&p, file->name);
    weft_postgres_add_text(&p, checksum);
    PGresult *result = PQexecParams(pg, sql, p.count, NULL, p.values, p.lengths, p.formats, 0);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        status = weft_postgres_fail(s, pg, result, "recording the migration", err);
    PQclear(result);
    return status;
}

/* The extension may be there already, made by someone with more rights. */
static weft_status make_ground(const weft_postgres *s, PGconn *pg, weft_err *err) {
    weft_status status =
        weft_postgres_command(s, pg, "CREATE EXTENSION IF NOT EXISTS vector SCHEMA public", err);
    if (!status)
        status = weft_postgres_command(
            s, pg,
            "CREATE SCHEMA IF NOT EXISTS " WEFT_POSTGRES_SCHEMA ";"
            "CREATE TABLE " WEFT_POSTGRES_SCHEMA ".schema_migrations ("
            " version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL)",
            err);
    return status;
}

/* Looks once more, now that no one else can change it, and runs what is missing. */
static weft_status apply_missing(const weft_postgres *s, PGconn *pg, weft_err *err) {
    size_t applied = 0;
    weft_status status = weft_postgres_take_lock(s, pg, WEFT_POSTGRES_LOCK_SCHEMA, err);
    if (!status) status = check_applied(s, pg, &applied, err);
    if (!status && !applied) status = make_ground(s, pg, err);
    for (size_t i = applied; !status && migrations[i].name; i++) {
        PGresult *result = PQexec(pg, (const char *)migrations[i].bytes);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            status = weft_postgres_fail(s, pg, result, migrations[i].name, err);
        PQclear(result);
        if (!status) status = record_migration(s, pg, i + 1, &migrations[i], err);
    }
    return status;
}

weft_status weft_postgres_migrate(const weft_postgres *s, PGconn *pg, weft_err *err) {
    size_t applied;
    weft_status status = check_applied(s, pg, &applied, err);
    if (status || (applied && !migrations[applied].name)) return status;

    status = weft_postgres_command(s, pg, "BEGIN", err);
    if (status) return status;
    status = apply_missing(s, pg, err);
    if (!status) return weft_postgres_command(s, pg, "COMMIT", err);
    weft_postgres_command(s, pg, "ROLLBACK", NULL);
    return status;
}
