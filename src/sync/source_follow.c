/* source_follow.c - a session with a shop's database: who follows, the slot, the copy. */
#include "sync/source_follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sync/pgoutput.h"
#include "sync/source_follower.h"

enum { COPY_BATCH = 2000, MAX_PHOTO = 20 << 20 };
enum { DROP_TRIES = 50, DROP_PAUSE_US = 200 * 1000 };

static void enter(const weft_source_follower *f, weft_source_phase phase) {
    atomic_store(&f->options->gauge->phase, phase);
}

/* ---- who follows ---- */

/* The lock goes with the connection. Its first number is "weft" in ASCII, its second of the
 * slot's name. */
static weft_status take_lock(weft_source_follower *f, weft_err *err) {
    PGresult *rows;
    weft_status status =
        weft_source_ask(&f->sql, "SELECT pg_try_advisory_lock(2003134068, hashtext($1))",
                        &f->source.slot, 1, &rows, err);
    if (!status && *PQgetvalue(rows, 0, 0) != 't') {
        enter(f, WEFT_SOURCE_STANDBY);
        status = weft_fail(err, WEFT_E_BUSY, "another process follows it");
    }
    PQclear(rows);
    return status;
}

/* Which database is it ("7300000000000000001/shop"), and where does its log end? */
static weft_status identify(weft_source_follower *f, char *system, size_t size, uint64_t *end_lsn,
                            weft_err *err) {
    PGresult *rows;
    weft_status status = weft_source_ask(&f->stream, "IDENTIFY_SYSTEM", NULL, 0, &rows, err);
    if (!status) {
        snprintf(system, size, "%s/%s", PQgetvalue(rows, 0, 0), PQgetvalue(rows, 0, 3));
        status = weft_pgoutput_lsn_parse(end_lsn, PQgetvalue(rows, 0, 2), err);
    }
    PQclear(rows);
    return status;
}

/* ---- the copy ---- */

/* SELECT of the mapped columns as text, in the order of the fields; "SELECT %I::text,..". */
static weft_status format_select(weft_source_follower *f, char **sql, weft_err *err) {
    const char *names[WEFT_SOURCE_FIELD_COUNT + 2];
    char format[WEFT_SOURCE_FIELD_COUNT * 16 + 32] = "SELECT ";
    size_t n = 0;
    for (int field = 0; field < WEFT_SOURCE_FIELD_COUNT; field++) {
        if (!f->spec.columns[field]) continue;
        strcat(format, n ? ", %I::text" : "%I::text");
        names[n++] = f->spec.columns[field];
    }
    strcat(format, " FROM %I.%I");
    names[n++] = f->spec.schema;
    names[n] = f->spec.table;
    return weft_source_format(&f->sql, sql, format, names, err);
}

static weft_status copy_row(weft_source_follower *f, const PGresult *rows, weft_err *err) {
    weft_source_row row = {0};
    int column = 0;
    for (int field = 0; field < WEFT_SOURCE_FIELD_COUNT; field++) {
        if (!f->spec.columns[field]) continue;
        if (!PQgetisnull(rows, 0, column))
            row.values[field] =
                (weft_str){PQgetvalue(rows, 0, column), (size_t)PQgetlength(rows, 0, column)};
        column++;
    }
    weft_status status = weft_source_put_row(f, &row, NULL, 0, err);
    if (status || f->batch.count < COPY_BATCH) return status;
    return weft_source_apply(f, 0, false, err);
}

/* Rows are taken as they arrive. */
static weft_status copy_rows(weft_source_follower *f, const char *select, weft_err *err) {
    weft_source_link *link = &f->sql;
    weft_status status = WEFT_OK;
    bool came, is_done = false;
    if (!PQsendQuery(link->pg, select) || !PQsetSingleRowMode(link->pg))
        return weft_source_fail(link, NULL, err);
    while (!status && !is_done) {
        if (PQisBusy(link->pg)) {
            status = weft_source_wait(link, 1000, &came, err);
            continue;
        }
        PGresult *rows = PQgetResult(link->pg);
        ExecStatusType kind = PQresultStatus(rows);
        is_done = rows == NULL;
        if (kind == PGRES_SINGLE_TUPLE) status = copy_row(f, rows, err);
        else if (rows && kind != PGRES_TUPLES_OK) status = weft_source_fail(link, rows, err);
        PQclear(rows);
    }
    return status;
}

/* Reads the whole table at the snapshot that the new slot begins after. */
static weft_status copy_table(weft_source_follower *f, const char *snapshot, weft_err *err) {
    char *select = NULL, begin[160];
    char *quoted = PQescapeLiteral(f->sql.pg, snapshot, strlen(snapshot));
    if (!quoted) return weft_fail(err, WEFT_E_NOMEM, "statement");
    snprintf(begin, sizeof begin,
             "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT %s",
             quoted);
    PQfreemem(quoted);
    weft_status status = weft_source_ask(&f->sql, begin, NULL, 0, NULL, err);
    if (!status) status = format_select(f, &select, err);
    if (!status) status = copy_rows(f, select, err);
    weft_free(select);
    return status ? status : weft_source_ask(&f->sql, "COMMIT", NULL, 0, NULL, err);
}

/* Makes a slot in place of the one before; *snapshot is what it exports, until the stream is
 * used again. */
static weft_status make_slot(weft_source_follower *f, char snapshot[64], uint64_t *lsn,
                             weft_err *err) {
    char *sql = NULL;
    PGresult *rows = NULL;
    weft_status status = weft_source_drop(&f->sql, f->source.slot, err);
    if (!status) status = weft_source_publish(&f->sql, &f->spec, f->source.slot, err);
    if (!status)
        status = weft_source_format(&f->stream, &sql,
                                    "CREATE_REPLICATION_SLOT %I LOGICAL pgoutput EXPORT_SNAPSHOT",
                                    (const char *const[]){f->source.slot}, err);
    if (!status) status = weft_source_ask(&f->stream, sql, NULL, 0, &rows, err);
    if (!status) status = weft_pgoutput_lsn_parse(lsn, PQgetvalue(rows, 0, 1), err);
    if (!status) snprintf(snapshot, 64, "%s", PQgetvalue(rows, 0, 2));
    PQclear(rows);
    weft_free(sql);
    return status;
}

static weft_status copy_all(weft_source_follower *f, const char *system, weft_err *err) {
    char snapshot[64];
    uint64_t lsn;
    enter(f, WEFT_SOURCE_COPYING);
    atomic_fetch_add(&f->options->gauge->copies, 1);
    weft_status status =
        weft_store_begin_source(f->options->store, f->source.name, system, &f->source.copy, err);
    f->source.position = 0;
    if (!status) status = make_slot(f, snapshot, &lsn, err);
    if (!status) status = copy_table(f, snapshot, err);
    if (!status) status = weft_source_apply(f, lsn, true, err);
    weft_source_batch_clear(&f->batch);
    return status;
}

/* ---- the session ---- */

static weft_status open_session(weft_source_follower *f, weft_err *err) {
    const weft_source_follow_options *o = f->options;
    weft_status status = weft_source_spec_parse(&f->spec, f->source.spec, &f->arena, err);
    if (!status) status = weft_source_link_open(&f->sql, f->source.url, false, o->stop, err);
    if (!status) status = take_lock(f, err);
    if (!status) status = weft_source_check_table(&f->sql, &f->spec, err);
    if (!status && f->spec.photos)
        status = weft_photo_source_open(&f->photos, f->spec.photos, MAX_PHOTO, err);
    if (!status) status = weft_source_link_open(&f->stream, f->source.url, true, o->stop, err);
    return status;
}

/* Copies where the stream cannot go on, then streams. */
static weft_status run_session(weft_source_follower *f, bool copy_first, bool *is_lost,
                               weft_err *err) {
    char system[128];
    uint64_t end_lsn;
    bool is_published = true;
    weft_status status = open_session(f, err);
    if (!status) status = identify(f, system, sizeof system, &end_lsn, err);
    if (!status)
        status = weft_source_is_published(&f->sql, &f->spec, f->source.slot, &is_published, err);
    if (status) return status;
    if (copy_first || !f->source.position || strcmp(system, f->source.system) != 0 ||
        f->source.position > end_lsn || !is_published)
        status = copy_all(f, system, err);
    return status ? status : weft_source_stream(f, is_lost, err);
}

weft_status weft_source_follow(const weft_source_follow_options *options, weft_err *err) {
    weft_source_follower f = {.options = options, .source = *options->source};
    bool is_lost = false, copy_first;
    weft_status status;
    weft_source_batch_init(&f.batch);
    do {
        copy_first = is_lost;
        is_lost = false;
        enter(&f, WEFT_SOURCE_CONNECTING);
        weft_arena_init(&f.arena, 0);
        status = run_session(&f, copy_first, &is_lost, err);
        weft_source_link_close(&f.stream);
        weft_source_link_close(&f.sql);
        weft_photo_source_close(f.photos);
        f.photos = NULL;
        weft_arena_deinit(&f.arena);
    } while (is_lost && !copy_first);
    weft_source_batch_deinit(&f.batch);
    bool is_stopped = options->stop && atomic_load(options->stop);
    return is_stopped && status == WEFT_E_CANCELLED ? WEFT_OK : status;
}

/* ---- before and after ---- */

weft_status weft_source_try(const char *url, const weft_source_spec *spec, weft_err *err) {
    weft_source_link link;
    weft_status status = weft_source_link_open(&link, url, false, NULL, err);
    if (!status) status = weft_source_check_table(&link, spec, err);
    weft_source_link_close(&link);
    return status;
}

weft_status weft_source_clean_up(const weft_store_source *source, weft_err *err) {
    weft_source_link link;
    weft_status status = weft_source_link_open(&link, source->url, false, NULL, err);
    if (!status) status = weft_source_drop(&link, source->slot, err);
    for (int i = 1; status == WEFT_E_BUSY && i < DROP_TRIES; i++) {
        usleep(DROP_PAUSE_US);
        status = weft_source_drop(&link, source->slot, err);
    }
    weft_source_link_close(&link);
    return status;
}
