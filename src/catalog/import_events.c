#include "catalog/import_events.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "catalog/import_events_internal.h"

/* A database writes each page of its indexes once a batch: many rows are cheaper by the row. Other
 * writers wait for a batch, half a second or so. */
enum { DEFAULT_BATCH_ROWS = 20000 };

static const int64_t day = 86400000;          /* milliseconds */
static const int64_t earliest = 315532800000; /* 1980 began */

struct weft_event_run {
    const weft_event_import *import;
    weft_event_report *report;
    weft_event_rows source;
    int64_t now;

    weft_arena strings; /* of the batch */
    weft_event *events; /* [batch_rows] */
    size_t *numbers;    /* [batch_rows], of their rows */
    bool *is_known;     /* [batch_rows] */
    size_t batch_rows, rows_in_batch, count;
};
typedef struct weft_event_run event_run;

/* ---- issues ---- */

static const struct {
    const char *name, *text;
} kinds[] = {
#define KIND(code, name, text) {name, text},
    WEFT_EVENT_ISSUES(KIND)
#undef KIND
};

const char *weft_event_issue_name(weft_event_issue_kind kind) { return kinds[kind].name; }
const char *weft_event_issue_text(weft_event_issue_kind kind) { return kinds[kind].text; }

/* What is quoted in an issue's detail: the start of a value that may be long. */
#define EXCERPT(s) (int)((s).size < 80 ? (s).size : 80), (s).data

static weft_status tell(event_run *run, const weft_event_issue *issue, weft_err *err) {
    const weft_event_sink *sink = &run->import->sink;
    run->report->issues[issue->kind]++;
    return sink->on_issue ? sink->on_issue(sink->context, issue, err) : WEFT_OK;
}

/* UTF-8 in one line, without control characters. */
static bool is_clean(weft_str s) {
    for (size_t i = 0; i < s.size; i++)
        if ((unsigned char)s.data[i] < ' ' || s.data[i] == 0x7f) return false;
    return s.size == 0 || weft_str_is_utf8(s);
}

static bool is_id(weft_str s) { return s.size <= WEFT_EVENT_MAX_ID && is_clean(s); }

/* Copies a value into the batch; "" is shared. NULL when out of memory. */
static const char *keep(event_run *run, weft_str value) {
    return value.size ? weft_arena_strndup(&run->strings, value.data, value.size) : "";
}

static weft_status reject(event_run *run, const weft_event_row *row, weft_event_issue_kind kind,
                          const char *detail, weft_err *err) {
    const weft_str user = row->values[WEFT_EVENT_USER_ID],
                   product = row->values[WEFT_EVENT_PRODUCT_ID];
    weft_event_issue issue = {.row = row->number,
                              .user_id = is_id(user) ? keep(run, user) : "",
                              .product_id = is_id(product) ? keep(run, product) : "",
                              .kind = kind,
                              .detail = detail};
    if (!issue.user_id || !issue.product_id || !detail)
        return weft_fail(err, WEFT_E_NOMEM, "row %zu", row->number);
    return tell(run, &issue, err);
}

weft_status weft_event_batch_tell_unknown(const weft_event_batch *batch, weft_err *err) {
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < batch->n && !status; i++) {
        const weft_event *event = &batch->events[i];
        if (batch->is_known[i]) continue;
        const weft_event_issue issue = {.row = batch->run->numbers[i],
                                        .user_id = event->user_id,
                                        .product_id = event->product_id,
                                        .kind = WEFT_EVENT_UNKNOWN_PRODUCT,
                                        .detail = event->product_id};
        status = tell(batch->run, &issue, err);
    }
    return status;
}

/* ---- a row ---- */

/* Programs write these where they know nothing. */
static bool is_nothing(weft_str value) {
    static const char *const words[] = {"null", "nan", "none", "\\N", "undefined"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (weft_str_eq_nocase(value, words[i])) return true;
    return value.size == 0;
}

/* Whole seconds or milliseconds since 1970. A date without dashes is neither: it has eight
 * digits, and 1980 began with nine. */
static bool read_number(weft_str text, int64_t *at) {
    static const uint64_t first_milliseconds = 100000000000;
    uint64_t number;
    /* pandas writes 1575158400.0 where a column has holes. */
    if (weft_str_ends_with_nocase(text, ".0")) text.size -= 2;
    if (!weft_str_to_u64(text, &number) || number > INT64_MAX) return false;
    *at = (int64_t)(number < first_milliseconds ? number * 1000 : number);
    return true;
}

/* "2026-01-02 03:04:05 UTC", or without a zone at all. */
static bool read_zoneless(weft_str text, int64_t *at) {
    char copy[40];
    if (weft_str_ends_with_nocase(text, " UTC")) text.size -= 4;
    if (text.size + 1 > sizeof copy) return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = 'Z';
    return weft_clock_parse((weft_str){copy, text.size + 1}, at);
}

static bool read_time(weft_str text, int64_t *at) {
    return (read_number(text, at) || weft_clock_parse(text, at) || read_zoneless(text, at)) &&
           *at >= earliest;
}

/* Why a row's ids cannot be an event's, with the detail; or that they can. */
static bool has_bad_ids(event_run *run, const weft_event_row *row, weft_event_issue_kind *kind,
                        const char **detail) {
    static const weft_event_field ids[] = {WEFT_EVENT_USER_ID, WEFT_EVENT_PRODUCT_ID,
                                           WEFT_EVENT_QUERY_ID};
    for (size_t i = 0; i < WEFT_EVENT_FIELD_COUNT; i++) {
        if (is_clean(row->values[i])) continue;
        *kind = WEFT_EVENT_BAD_TEXT;
        *detail = weft_event_field_name((weft_event_field)i);
        return true;
    }
    for (size_t i = 0; i < 2; i++) {
        const weft_str value = row->values[ids[i]];
        if (!is_nothing(value)) continue;
        *kind = i ? WEFT_EVENT_NO_PRODUCT : WEFT_EVENT_NO_USER;
        *detail = keep(run, value);
        return true;
    }
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (row->values[ids[i]].size <= WEFT_EVENT_MAX_ID) continue;
        *kind = WEFT_EVENT_TOO_LONG;
        *detail = weft_arena_printf(&run->strings, "%s: %zu bytes", weft_event_field_name(ids[i]),
                                    row->values[ids[i]].size);
        return true;
    }
    return false;
}

/* Writes what was done, and when. */
static bool has_bad_event(event_run *run, const weft_event_row *row, weft_event *event,
                          weft_event_issue_kind *kind, const char **detail) {
    const weft_str type = row->values[WEFT_EVENT_EVENT_TYPE],
                   time = row->values[WEFT_EVENT_CREATED_AT];
    event->event_type =
        is_nothing(type) ? run->import->reading.event_type : weft_event_type_of(type);
    if (!event->event_type) {
        *kind = WEFT_EVENT_UNKNOWN_EVENT;
        *detail = weft_arena_printf(&run->strings, "%.*s", EXCERPT(type));
        return true;
    }
    if (is_nothing(time)) return false;
    const bool is_time = read_time(time, &event->at);
    if (is_time && event->at <= run->now + day) return false;
    *kind = is_time ? WEFT_EVENT_FUTURE_TIME : WEFT_EVENT_BAD_TIME;
    *detail = weft_arena_printf(&run->strings, "%.*s", EXCERPT(time));
    return true;
}

static weft_status take_row(event_run *run, const weft_event_row *row, weft_err *err) {
    weft_event event = {0};
    weft_event_issue_kind kind;
    const char *detail;
    if (row->problem) return reject(run, row, row->kind, row->problem, err);
    if (has_bad_ids(run, row, &kind, &detail) || has_bad_event(run, row, &event, &kind, &detail))
        return reject(run, row, kind, detail, err);
    const weft_str query = row->values[WEFT_EVENT_QUERY_ID];
    event.user_id = keep(run, row->values[WEFT_EVENT_USER_ID]);
    event.product_id = keep(run, row->values[WEFT_EVENT_PRODUCT_ID]);
    event.query_id = is_nothing(query) ? "" : keep(run, query);
    if (!event.user_id || !event.product_id || !event.query_id)
        return weft_fail(err, WEFT_E_NOMEM, "row %zu", row->number);
    run->numbers[run->count] = row->number;
    run->events[run->count++] = event;
    return WEFT_OK;
}

/* ---- the import ---- */

static weft_status flush_batch(event_run *run, bool is_last, weft_err *err) {
    const weft_event_sink *sink = &run->import->sink;
    weft_event_report *report = run->report;
    const weft_event_batch batch = {.events = run->events,
                                    .is_known = run->is_known,
                                    .n = run->count,
                                    .end = run->source.place,
                                    .is_last = is_last,
                                    .run = run};
    memset(run->is_known, 0, run->batch_rows * sizeof *run->is_known);
    weft_status status = sink->put_events(sink->context, &batch, err);
    if (status) return status;
    for (size_t i = 0; i < run->count; i++) {
        report->events += run->is_known[i];
        report->untimed += run->is_known[i] && !run->events[i].at;
    }
    run->count = run->rows_in_batch = 0;
    weft_arena_deinit(&run->strings);
    if (sink->on_progress) sink->on_progress(sink->context, report->rows, batch.end.offset);
    return WEFT_OK;
}

static weft_status read_rows(event_run *run, weft_err *err) {
    weft_event_row row;
    bool found = true;
    for (;;) {
        if (run->import->cancel && atomic_load(run->import->cancel)) {
            weft_status status = run->rows_in_batch ? flush_batch(run, false, err) : WEFT_OK;
            return status ? status
                          : weft_fail(err, WEFT_E_CANCELLED, "stopped after %zu rows",
                                      run->report->rows);
        }
        weft_status status = weft_event_rows_next(&run->source, &row, &found, err);
        if (status) return status;
        if (!found) return flush_batch(run, true, err);
        run->report->rows++;
        status = take_row(run, &row, err);
        if (!status && ++run->rows_in_batch == run->batch_rows)
            status = flush_batch(run, false, err);
        if (status) return status;
    }
}

weft_status weft_import_events(const weft_event_import *import, weft_event_report *report,
                               weft_err *err) {
    event_run run = {.import = import, .report = report, .now = weft_clock_now()};
    *report = (weft_event_report){0};
    weft_arena_init(&run.strings, 0);
    run.batch_rows = import->batch_rows ? import->batch_rows : DEFAULT_BATCH_ROWS;
    run.events = weft_calloc(run.batch_rows, sizeof *run.events);
    run.numbers = weft_calloc(run.batch_rows, sizeof *run.numbers);
    run.is_known = weft_calloc(run.batch_rows, sizeof *run.is_known);
    weft_status status = weft_event_rows_open(&run.source, import, err);
    if (!status && !(run.events && run.numbers && run.is_known))
        status = weft_fail(err, WEFT_E_NOMEM, "batch of %zu rows", run.batch_rows);
    if (!status) {
        if (import->sink.on_columns)
            import->sink.on_columns(import->sink.context, &run.source.header.found);
        status = read_rows(&run, err);
    }
    weft_event_rows_close(&run.source);
    weft_free(run.events);
    weft_free(run.numbers);
    weft_free(run.is_known);
    weft_arena_deinit(&run.strings);
    return status == WEFT_E_CANCELLED || !status ? status
                                                 : weft_fail_in(err, status, "%s", import->name);
}
