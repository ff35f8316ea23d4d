/* import_events.h - a shop's log of what users did, row by row, from CSV or JSON lines.
 *
 * Which of the two a file is, its first byte tells, else its name's ending. Columns (of JSON
 * lines: keys of the objects) are found by name, whatever their case, spaces, '-' and '_':
 *
 *   user_id     user, customer_id, visitor_id; session_id and session where there is no other
 *   product_id  product, item_id, item, article_id, article, sku
 *   event_type  event, type, behavior, action (event.h has the names of what they say)
 *   created_at  timestamp, event_time, datetime, time, t_dat, date
 *   query_id
 *
 * Of several for one field the first in this list is taken. created_at is what weft_clock_parse
 * reads, without a zone or with "UTC" too, or whole seconds or milliseconds since 1970; times
 * before 1980 are what programs write that know none, and are refused.
 *
 * Every row becomes an event or an issue; a row that cannot be read costs no other. Importers
 * know no store: events go to a sink in batches, in the order of the file. */
#ifndef WEFT_CATALOG_IMPORT_EVENTS_H
#define WEFT_CATALOG_IMPORT_EVENTS_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "catalog/event.h"

/* What can be wrong with a row, which is then left out: X(code, name as the report has it,
 * what it means). */
#define WEFT_EVENT_ISSUES(X)                                                                       \
    X(BAD_ROW, "bad_row", "quotes, braces or sizes make it unreadable")                            \
    X(TOO_FEW_FIELDS, "too_few_fields", "fewer fields than the header")                            \
    X(TOO_MANY_FIELDS, "too_many_fields", "more fields than the header")                           \
    X(BAD_TEXT, "bad_text", "a field is not UTF-8 or holds control characters")                    \
    X(NO_USER, "no_user", "it names no user")                                                      \
    X(NO_PRODUCT, "no_product", "it names no product")                                             \
    X(TOO_LONG, "too_long", "an id is longer than 200 bytes")                                      \
    X(UNKNOWN_EVENT, "unknown_event", "no type of event that weft knows")                          \
    X(BAD_TIME, "bad_time", "not a time, or one before 1980")                                      \
    X(FUTURE_TIME, "future_time", "a time more than a day ahead")                                  \
    X(UNKNOWN_PRODUCT, "unknown_product", "the product is not in the catalog")

typedef enum {
#define WEFT_EVENT_ENUM(code, name, text) WEFT_EVENT_##code,
    WEFT_EVENT_ISSUES(WEFT_EVENT_ENUM)
#undef WEFT_EVENT_ENUM
        WEFT_EVENT_ISSUE_COUNT
} weft_event_issue_kind;

const char *weft_event_issue_name(weft_event_issue_kind kind); /* "bad_time" */
const char *weft_event_issue_text(weft_event_issue_kind kind);

/* Valid during the call that hands it over. */
typedef struct {
    size_t row;                       /* as a spreadsheet counts: 1 is the first line of the file */
    const char *user_id, *product_id; /* "" when they cannot be told */
    weft_event_issue_kind kind;
    const char *detail; /* the value or the reason */
} weft_event_issue;

/* ---- which column is what ---- */

typedef enum {
    WEFT_EVENT_USER_ID,
    WEFT_EVENT_PRODUCT_ID,
    WEFT_EVENT_EVENT_TYPE,
    WEFT_EVENT_CREATED_AT,
    WEFT_EVENT_QUERY_ID,
    WEFT_EVENT_FIELD_COUNT
} weft_event_field;

const char *weft_event_field_name(weft_event_field field); /* "user_id" */

/* How a file is to be read. */
typedef struct {
    const char *columns[WEFT_EVENT_FIELD_COUNT]; /* their names; NULL: found as above */
    const char *event_type; /* one of the four, of rows that do not say; NULL: they are refused */
} weft_event_reading;

/* Adds "user_id=COLUMN,product_id=COLUMN,..." to a reading; names are in the arena. Fails with
 * WEFT_E_INVALID or WEFT_E_NOMEM. */
weft_status weft_event_reading_map(weft_event_reading *reading, const char *text, weft_arena *arena,
                                   weft_err *err);

/* The same text for the same reading: "user_id=COLUMN,...,event_type:purchase". */
void weft_event_reading_write(const weft_event_reading *reading, weft_buf *out);

/* What was found: in the header, or in the first rows of JSON lines. */
typedef struct {
    const char *columns[WEFT_EVENT_FIELD_COUNT]; /* NULL: there is none */
    const char *const *passed_over;              /* [passed_over_count]: the first of the others */
    size_t passed_over_count;
} weft_event_columns;

/* ---- the import ---- */

typedef struct {
    size_t offset; /* bytes of the file before it */
    size_t row;    /* number of the row before it */
} weft_event_place;

/* Some rows' events. */
typedef struct {
    const weft_event *events; /* [n], n may be 0 */
    bool *is_known;           /* [n]: the sink sets it; false: there is no such product */
    size_t n;
    weft_event_place end; /* where the file goes on, and an import can be taken up again */
    bool is_last;
    struct weft_event_run *run; /* the reader's */
} weft_event_batch;

/* For the sink: tells of every event that is not known, as an issue. */
weft_status weft_event_batch_tell_unknown(const weft_event_batch *batch, weft_err *err);

/* rows = events + the sum of issues. */
typedef struct {
    size_t rows;    /* that were read, without a header */
    size_t events;  /* of products that there are */
    size_t untimed; /* events that said no time, and got that of the import */
    size_t issues[WEFT_EVENT_ISSUE_COUNT];
} weft_event_report;

/* Whom an import tells. All but put_events may be NULL; a status other than WEFT_OK ends it. */
typedef struct {
    void *context;
    weft_status (*put_events)(void *context, const weft_event_batch *batch, weft_err *err);
    /* In the order of rows but for unknown products, which come at the end of their batch. */
    weft_status (*on_issue)(void *context, const weft_event_issue *issue, weft_err *err);
    void (*on_columns)(void *context, const weft_event_columns *columns); /* before any row */
    void (*on_progress)(void *context, size_t rows, size_t offset);       /* once a batch */
} weft_event_sink;

typedef struct {
    const char *name; /* of the file */
    const void *data; /* [size], its bytes */
    size_t size;
    weft_event_place start; /* the end of a batch of an earlier import; {0}: the beginning */
    weft_event_reading reading;
    size_t batch_rows;         /* 0: 20,000 */
    const atomic_bool *cancel; /* stops soon after it turns true; may be NULL */
    weft_event_sink sink;
} weft_event_import;

/* Imports all rows from start on. When it is cancelled, what was read till then is handed over
 * first. Memory is that of a batch. Fails with WEFT_E_UNSUPPORTED (a format that must be
 * converted; the message says how), WEFT_E_FORMAT (no usable header), WEFT_E_CANCELLED,
 * WEFT_E_NOMEM and what the sink fails with. *report tells what was done until then. */
weft_status weft_import_events(const weft_event_import *import, weft_event_report *report,
                               weft_err *err);

#endif
