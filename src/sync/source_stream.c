/* source_stream.c - the slot's stream: messages become batches, commits apply them. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sync/pgoutput.h"
#include "sync/source_follower.h"

enum {
    STATUS_SECONDS = 5,     /* between words to the server, which cuts off who says none for 60 */
    SILENCE_SECONDS = 30,   /* of a server that was asked to answer: it is gone */
    PUBLISHED_SECONDS = 10, /* between looks whether the table is still published */
    WAIT_MS = 1000,
};

typedef struct {
    weft_source_follower *f;
    weft_arena arena; /* of one message */
    bool *is_lost;    /* only a new copy helps */
    bool in_transaction;
    bool is_known;        /* the transaction was applied before the last stop, and is sent again */
    uint64_t seen_lsn;    /* end of the server's log as far as known */
    uint64_t flushed_lsn; /* all before it is applied, or does not concern us */

    bool has_table; /* the stream has described our table; as that relation: */
    uint32_t relation;
    int column_of[WEFT_SOURCE_FIELD_COUNT]; /* -1: none */

    double heard, told, looked; /* weft_clock_seconds of the last of each */
} streaming;

/* ---- what is told ---- */

static int64_t pgoutput_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ((int64_t)now.tv_sec - WEFT_PGOUTPUT_EPOCH) * 1000000 + now.tv_nsec / 1000;
}

static weft_status send_status(streaming *s, weft_err *err) {
    unsigned char bytes[WEFT_PGOUTPUT_STANDBY_SIZE];
    const weft_pgoutput_standby standby = {
        .written_lsn = s->flushed_lsn,
        .flushed_lsn = s->flushed_lsn,
        .applied_lsn = s->flushed_lsn,
        .time = pgoutput_time(),
        .reply_wanted = weft_clock_seconds() - s->heard > SILENCE_SECONDS / 2.0,
    };
    PGconn *pg = s->f->stream.pg;
    weft_pgoutput_standby_write(bytes, &standby);
    s->told = weft_clock_seconds();
    if (PQputCopyData(pg, (const char *)bytes, sizeof bytes) == 1 && PQflush(pg) >= 0)
        return WEFT_OK;
    return weft_source_fail(&s->f->stream, NULL, err);
}

static void show_lag(streaming *s) {
    weft_source_gauge *gauge = s->f->options->gauge;
    uint64_t lag = s->seen_lsn > s->flushed_lsn ? s->seen_lsn - s->flushed_lsn : 0;
    atomic_store(&gauge->lag_bytes, lag);
    if (!lag) atomic_store(&gauge->in_step_ms, (uint64_t)(weft_clock_seconds() * 1000));
}

/* ---- messages ---- */

static weft_status take_relation(streaming *s, const weft_pgoutput_relation *relation,
                                 weft_err *err) {
    const weft_source_spec *spec = &s->f->spec;
    if (strcmp(relation->schema, spec->schema) != 0 || strcmp(relation->name, spec->table) != 0)
        return WEFT_OK;
    for (int f = 0; f < WEFT_SOURCE_FIELD_COUNT; f++) {
        s->column_of[f] = -1;
        for (size_t c = 0; spec->columns[f] && c < relation->column_count; c++)
            if (strcmp(relation->columns[c].name, spec->columns[f]) == 0) s->column_of[f] = (int)c;
        if (!spec->columns[f] || s->column_of[f] >= 0) continue;
        /* The stream tells the table as it was then. When it has the column again, or another
         * spec does without it, a copy gets over the time between. */
        *s->is_lost = true;
        return weft_fail(err, WEFT_E_INVALID, "%s.%s lost its column \"%s\" (for %s)", spec->schema,
                         spec->table, spec->columns[f],
                         weft_source_field_name((weft_source_field)f));
    }
    s->relation = relation->id;
    s->has_table = true;
    return WEFT_OK;
}

static weft_status row_of(const streaming *s, const weft_pgoutput_tuple *tuple,
                          weft_source_row *row, unsigned *missing, weft_err *err) {
    *row = (weft_source_row){0};
    *missing = 0;
    for (int f = 0; f < WEFT_SOURCE_FIELD_COUNT; f++) {
        if (s->column_of[f] < 0) continue;
        if ((size_t)s->column_of[f] >= tuple->count)
            return weft_fail(err, WEFT_E_FORMAT, "a row of %zu columns, fewer than described",
                             tuple->count);
        const weft_pgoutput_value *value = &tuple->values[s->column_of[f]];
        if (value->kind == WEFT_PGOUTPUT_UNCHANGED) *missing |= 1u << f;
        if (value->kind == WEFT_PGOUTPUT_TEXT) row->values[f] = value->bytes;
    }
    return WEFT_OK;
}

/* Values that were not sent, from the old row where the server sends it (identity full). */
static void take_old_values(const streaming *s, const weft_pgoutput_change *change,
                            weft_source_row *row, unsigned *missing, weft_err *err) {
    weft_source_row old;
    unsigned of_old;
    if (change->old_kind != WEFT_PGOUTPUT_OLD_ROW || !*missing) return;
    if (row_of(s, &change->old_tuple, &old, &of_old, err)) return;
    for (int f = 0; f < WEFT_SOURCE_FIELD_COUNT; f++)
        if (*missing & 1u << f) row->values[f] = old.values[f];
    *missing &= of_old;
}

/* The id that the row had; NULL when the message does not say, or it was no good. */
static weft_status old_id_of(streaming *s, const weft_pgoutput_change *change, const char **id,
                             weft_err *err) {
    weft_source_row old;
    unsigned missing;
    *id = NULL;
    if (change->old_kind == WEFT_PGOUTPUT_OLD_NONE) return WEFT_OK;
    weft_status status = row_of(s, &change->old_tuple, &old, &missing, err);
    if (status) return status;
    status = weft_source_row_id(&old, id, &s->f->batch.arena, err);
    return status == WEFT_E_INVALID ? WEFT_OK : status;
}

static weft_status take_change(streaming *s, weft_pgoutput_kind kind,
                               const weft_pgoutput_change *change, weft_err *err) {
    weft_source_row row;
    const char *old_id;
    unsigned missing;
    if (s->is_known || !s->has_table || change->relation != s->relation) return WEFT_OK;
    weft_status status = old_id_of(s, change, &old_id, err);
    if (!status && kind == WEFT_PGOUTPUT_DELETE)
        return old_id ? weft_source_batch_delete(&s->f->batch, old_id, err) : WEFT_OK;
    if (!status) status = row_of(s, &change->new_tuple, &row, &missing, err);
    if (status) return status;
    take_old_values(s, change, &row, &missing, err);
    return weft_source_put_row(s->f, &row, old_id, missing, err);
}

static void take_truncate(streaming *s, const weft_pgoutput_truncate *truncate) {
    for (size_t i = 0; i < truncate->relation_count; i++)
        if (!s->is_known && s->has_table && truncate->relations[i] == s->relation)
            weft_source_batch_truncate(&s->f->batch);
}

static weft_status take_commit(streaming *s, const weft_pgoutput_commit *commit, weft_err *err) {
    const weft_source_batch *batch = &s->f->batch;
    weft_status status = WEFT_OK;
    s->in_transaction = false;
    bool is_empty = batch->count == 0 && !batch->truncates;
    if (!is_empty) status = weft_source_apply(s->f, commit->end_lsn, false, err);
    if (status) return status;
    if (commit->end_lsn > s->flushed_lsn) s->flushed_lsn = commit->end_lsn;
    return is_empty ? WEFT_OK : send_status(s, err);
}

static weft_status take_message(streaming *s, weft_str payload, weft_err *err) {
    weft_pgoutput_message message;
    weft_status status = weft_pgoutput_parse(&message, payload.data, payload.size, &s->arena, err);
    if (status) return status;
    switch (message.kind) {
    case WEFT_PGOUTPUT_BEGIN:
        s->in_transaction = true;
        s->is_known = message.begin.final_lsn < s->f->source.position;
        break;
    case WEFT_PGOUTPUT_RELATION: return take_relation(s, &message.relation, err);
    case WEFT_PGOUTPUT_INSERT:
    case WEFT_PGOUTPUT_UPDATE:
    case WEFT_PGOUTPUT_DELETE: status = take_change(s, message.kind, &message.change, err); break;
    case WEFT_PGOUTPUT_TRUNCATE: take_truncate(s, &message.truncate); break;
    case WEFT_PGOUTPUT_COMMIT: return take_commit(s, &message.commit, err);
    case WEFT_PGOUTPUT_ORIGIN:
    case WEFT_PGOUTPUT_TYPE:
    case WEFT_PGOUTPUT_MESSAGE: break;
    }
    if (!status && s->f->batch.count >= WEFT_SOURCE_BATCH_MAX)
        status = weft_source_apply(s->f, 0, false, err);
    return status;
}

static weft_status take_data(streaming *s, const char *bytes, size_t n, weft_err *err) {
    weft_pgoutput_stream data;
    weft_status status = weft_pgoutput_stream_parse(&data, bytes, n, err);
    if (status) return status;
    s->heard = weft_clock_seconds();
    if (data.end_lsn > s->seen_lsn) s->seen_lsn = data.end_lsn;
    if (data.kind == WEFT_PGOUTPUT_XLOG_DATA) {
        status = take_message(s, data.payload, err);
        weft_arena_deinit(&s->arena);
    } else {
        /* Between transactions all before the keepalive has been sent: nothing of it is ours. */
        if (!s->in_transaction && data.end_lsn > s->flushed_lsn) s->flushed_lsn = data.end_lsn;
        if (data.reply_wanted) status = send_status(s, err);
    }
    show_lag(s);
    return status;
}

/* ---- the loop ---- */

static weft_status look_around(streaming *s, weft_err *err) {
    double now = weft_clock_seconds();
    weft_status status = WEFT_OK;
    bool is_published = true;
    if (now - s->heard > SILENCE_SECONDS)
        return weft_fail(err, WEFT_E_STORE, "nothing heard for %d seconds", SILENCE_SECONDS);
    if (now - s->told > STATUS_SECONDS) status = send_status(s, err);
    if (!status && now - s->looked > PUBLISHED_SECONDS) {
        s->looked = now;
        status = weft_source_is_published(&s->f->sql, &s->f->spec, s->f->source.slot, &is_published,
                                          err);
    }
    if (status || is_published) return status;
    *s->is_lost = true;
    return weft_fail(err, WEFT_E_STORE, "the table is not published any more");
}

/* 42704 is a slot or publication that is not there, 55000 a slot whose log is gone. */
static bool is_slot_lost(const weft_source_link *link) {
    return strcmp(link->state, "42704") == 0 || strcmp(link->state, "55000") == 0;
}

/* The stream has ended: why? */
static weft_status ended(streaming *s, weft_err *err) {
    weft_source_link *link = &s->f->stream;
    PGresult *rows = PQgetResult(link->pg);
    weft_status status = weft_source_fail(link, rows, err);
    PQclear(rows);
    *s->is_lost = is_slot_lost(link);
    return status;
}

static weft_status run(streaming *s, weft_err *err) {
    weft_source_link *link = &s->f->stream;
    weft_status status = WEFT_OK;
    while (!status) {
        char *bytes = NULL;
        bool came;
        int n = PQgetCopyData(link->pg, &bytes, 1);
        if (n > 0) status = take_data(s, bytes, (size_t)n, err);
        else if (n == 0) status = weft_source_wait(link, WAIT_MS, &came, err);
        else return ended(s, err);
        PQfreemem(bytes);
        if (!status) status = look_around(s, err);
    }
    return status;
}

weft_status weft_source_stream(weft_source_follower *f, bool *is_lost, weft_err *err) {
    static const char format[] =
        "START_REPLICATION SLOT %%I LOGICAL %s (proto_version '1', publication_names '\"%s\"')";
    char lsn[WEFT_PGOUTPUT_LSN_SIZE], command[320], *sql;
    double now = weft_clock_seconds();
    streaming s = {.is_lost = is_lost,
                   .f = f,
                   .flushed_lsn = f->source.position,
                   .heard = now,
                   .told = now,
                   .looked = now};
    weft_pgoutput_lsn_print(lsn, f->source.position);
    snprintf(command, sizeof command, format, lsn, f->source.slot);
    weft_status status =
        weft_source_format(&f->stream, &sql, command, (const char *const[]){f->source.slot}, err);
    if (status) return status;
    status = weft_source_ask(&f->stream, sql, NULL, 0, NULL, err);
    weft_free(sql);
    if (status) {
        *is_lost = is_slot_lost(&f->stream);
        return status;
    }
    atomic_store(&f->options->gauge->phase, WEFT_SOURCE_FOLLOWING);
    weft_arena_init(&s.arena, 0);
    status = run(&s, err);
    weft_arena_deinit(&s.arena);
    weft_source_batch_clear(&f->batch);
    return status;
}
