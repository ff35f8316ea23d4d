#include "sync/source_link.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { OLDEST_SERVER = 140000, LOOK_MS = 100 };

/* ---- connections ---- */

static void ignore_notice(void *context, const PGresult *result) { (void)context, (void)result; }

static int length_without_newlines(const char *text) {
    size_t n = strlen(text);
    while (n && text[n - 1] == '\n') n--;
    return (int)n;
}

weft_status weft_source_fail(weft_source_link *link, const PGresult *rows, weft_err *err) {
    const char *state = rows ? PQresultErrorField(rows, PG_DIAG_SQLSTATE) : NULL;
    const char *text = rows ? PQresultErrorField(rows, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!text) text = PQerrorMessage(link->pg);
    link->state[0] = '\0';
    if (state) strncat(link->state, state, sizeof link->state - 1);
    weft_status status = strcmp(link->state, "55006") == 0 ? WEFT_E_BUSY : WEFT_E_STORE;
    return weft_fail(err, status, "%.*s", length_without_newlines(text), text);
}

weft_status weft_source_link_open(weft_source_link *link, const char *url, bool for_replication,
                                  const atomic_bool *stop, weft_err *err) {
    const char *const keywords[] = {"application_name",
                                    "connect_timeout",
                                    "keepalives_idle",
                                    "keepalives_interval",
                                    "tcp_user_timeout",
                                    "dbname",
                                    "client_encoding",
                                    for_replication ? "replication" : NULL,
                                    NULL};
    const char *const values[] = {"weft", "10", "10", "5", "20000", url, "UTF8", "database", NULL};
    *link = (weft_source_link){.stop = stop};
    link->pg = PQconnectdbParams(keywords, values, 1);
    if (!link->pg) return weft_fail(err, WEFT_E_NOMEM, "connection to a source");
    if (PQstatus(link->pg) != CONNECTION_OK) {
        weft_status status = weft_source_fail(link, NULL, err);
        weft_source_link_close(link);
        return status;
    }
    PQsetNoticeReceiver(link->pg, ignore_notice, NULL);
    return WEFT_OK;
}

void weft_source_link_close(weft_source_link *link) {
    PQfinish(link->pg);
    link->pg = NULL;
}

/* ---- questions ---- */

static bool is_stopped(const weft_source_link *link) {
    return link->stop && atomic_load(link->stop);
}

weft_status weft_source_wait(weft_source_link *link, int milliseconds, bool *came, weft_err *err) {
    struct pollfd ready = {.fd = PQsocket(link->pg), .events = POLLIN};
    *came = false;
    for (int left = milliseconds; left > 0 && !*came; left -= LOOK_MS) {
        if (is_stopped(link)) return weft_fail(err, WEFT_E_CANCELLED, "stopped");
        *came = poll(&ready, 1, left < LOOK_MS ? left : LOOK_MS) > 0;
    }
    if (*came && !PQconsumeInput(link->pg)) return weft_source_fail(link, NULL, err);
    return WEFT_OK;
}

/* The next result of what was sent, when it is all there; NULL after the last. */
static weft_status next_result(weft_source_link *link, PGresult **rows, weft_err *err) {
    weft_status status = WEFT_OK;
    bool came;
    *rows = NULL;
    while (!status && PQisBusy(link->pg)) status = weft_source_wait(link, LOOK_MS, &came, err);
    if (!status) *rows = PQgetResult(link->pg);
    return status;
}

static bool is_good(const PGresult *rows) {
    ExecStatusType status = PQresultStatus(rows);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_BOTH;
}

weft_status weft_source_ask(weft_source_link *link, const char *sql, const char *const *texts,
                            int n, PGresult **rows, weft_err *err) {
    PGresult *last = NULL, *next = NULL;
    if (rows) *rows = NULL;
    int sent = n ? PQsendQueryParams(link->pg, sql, n, NULL, texts, NULL, NULL, 0)
                 : PQsendQuery(link->pg, sql);
    if (!sent) return weft_source_fail(link, NULL, err);
    weft_status status = next_result(link, &next, err);
    while (!status && next) {
        PQclear(last);
        last = next;
        if (!is_good(last)) status = weft_source_fail(link, last, err);
        if (PQresultStatus(last) == PGRES_COPY_BOTH) break; /* a stream has no end */
        weft_status waited = next_result(link, &next, status ? NULL : err);
        if (!status) status = waited;
    }
    if (!status && rows) *rows = last;
    else PQclear(last);
    return status;
}

weft_status weft_source_format(weft_source_link *link, char **sql, const char *format,
                               const char *const *names, weft_err *err) {
    weft_buf text;
    weft_buf_init(&text);
    for (const char *at = format; *at; at++) {
        if (at[0] != '%' || at[1] != 'I') {
            weft_buf_putc(&text, *at);
            continue;
        }
        char *quoted = PQescapeIdentifier(link->pg, *names, strlen(*names));
        weft_buf_puts(&text, quoted ? quoted : "");
        text.failed |= !quoted;
        PQfreemem(quoted);
        names++;
        at++;
    }
    *sql = weft_buf_take(&text);
    return *sql ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "statement");
}

/* ---- the table ---- */

static weft_status check_server(weft_source_link *link, weft_err *err) {
    PGresult *rows;
    int version = PQserverVersion(link->pg);
    if (version < OLDEST_SERVER)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "PostgreSQL %d: 14 or newer is needed",
                         version / 10000);
    weft_status status = weft_source_ask(link, "SHOW wal_level", NULL, 0, &rows, err);
    if (!status && strcmp(PQgetvalue(rows, 0, 0), "logical") != 0)
        status = weft_fail(err, WEFT_E_UNSUPPORTED,
                           "wal_level is %s, must be logical (ALTER SYSTEM SET wal_level ="
                           " logical, then restart PostgreSQL)",
                           PQgetvalue(rows, 0, 0));
    PQclear(rows);
    return status;
}

/* Finds the spec's columns among those of the table: name, "t" when it is in the replica
 * identity. */
static weft_status check_columns(const weft_source_spec *spec, const PGresult *columns,
                                 weft_err *err) {
    for (int f = 0; f < WEFT_SOURCE_FIELD_COUNT; f++) {
        int i = 0;
        if (!spec->columns[f]) continue;
        while (i < PQntuples(columns) && strcmp(PQgetvalue(columns, i, 0), spec->columns[f]) != 0)
            i++;
        if (i == PQntuples(columns))
            return weft_fail(err, WEFT_E_INVALID, "%s.%s has no column \"%s\" (for %s)",
                             spec->schema, spec->table, spec->columns[f],
                             weft_source_field_name((weft_source_field)f));
        if (f == WEFT_SOURCE_product_id && *PQgetvalue(columns, i, 1) != 't')
            return weft_fail(err, WEFT_E_INVALID,
                             "%s.%s: column \"%s\" is not in the primary key, so deletions would"
                             " not tell which product is gone: take a column of the key, or ALTER"
                             " TABLE ... REPLICA IDENTITY FULL",
                             spec->schema, spec->table, spec->columns[f]);
    }
    return WEFT_OK;
}

weft_status weft_source_check_table(weft_source_link *link, const weft_source_spec *spec,
                                    weft_err *err) {
    static const char sql[] =
        "SELECT a.attname, c.relreplident = 'f' OR EXISTS (SELECT 1 FROM pg_index i"
        "  WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey) AND CASE c.relreplident"
        "   WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')";
    const char *const names[] = {spec->schema, spec->table};
    PGresult *columns = NULL;
    weft_status status = check_server(link, err);
    if (!status) status = weft_source_ask(link, sql, names, 2, &columns, err);
    if (!status && PQntuples(columns) == 0)
        status =
            weft_fail(err, WEFT_E_NOT_FOUND, "there is no table %s.%s", spec->schema, spec->table);
    if (!status) status = check_columns(spec, columns, err);
    PQclear(columns);
    return status;
}

weft_status weft_source_is_published(weft_source_link *link, const weft_source_spec *spec,
                                     const char *publication, bool *is, weft_err *err) {
    const char *const names[] = {publication, spec->schema, spec->table};
    PGresult *rows;
    weft_status status = weft_source_ask(link,
                                         "SELECT 1 FROM pg_publication_tables WHERE pubname = $1"
                                         " AND schemaname = $2 AND tablename = $3",
                                         names, 3, &rows, err);
    if (!status) *is = PQntuples(rows) > 0;
    PQclear(rows);
    return status;
}

static weft_status run_named(weft_source_link *link, const char *format, const char *const *names,
                             weft_err *err) {
    char *sql;
    weft_status status = weft_source_format(link, &sql, format, names, err);
    if (!status) status = weft_source_ask(link, sql, NULL, 0, NULL, err);
    weft_free(sql);
    return status;
}

weft_status weft_source_publish(weft_source_link *link, const weft_source_spec *spec,
                                const char *publication, weft_err *err) {
    const char *const names[] = {publication, publication, spec->schema, spec->table};
    return run_named(link,
                     "DROP PUBLICATION IF EXISTS %I; CREATE PUBLICATION %I FOR TABLE %I.%I"
                     " WITH (publish_via_partition_root = true)",
                     names, err);
}

weft_status weft_source_drop(weft_source_link *link, const char *slot, weft_err *err) {
    weft_status status = weft_source_ask(link,
                                         "SELECT pg_drop_replication_slot(slot_name)"
                                         " FROM pg_replication_slots WHERE slot_name = $1",
                                         &slot, 1, NULL, err);
    return status ? status : run_named(link, "DROP PUBLICATION IF EXISTS %I", &slot, err);
}
