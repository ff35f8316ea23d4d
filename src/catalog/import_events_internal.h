/* import_events_internal.h - what the files of the importer of events share. */
#ifndef WEFT_CATALOG_IMPORT_EVENTS_INTERNAL_H
#define WEFT_CATALOG_IMPORT_EVENTS_INTERNAL_H

#include <jansson.h>

#include "base/csv.h"
#include "catalog/import_events.h"

enum {
    WEFT_EVENT_MAX_ID = 200,         /* bytes, as in the API */
    WEFT_EVENT_MAX_ROW = 256 << 10,  /* bytes */
    WEFT_EVENT_MAX_COLUMNS = 256,    /* of CSV */
    WEFT_EVENT_MAX_PASSED_OVER = 32, /* names that are told */
    WEFT_EVENT_SAMPLE_ROWS = 100,    /* of JSON lines, for their columns */
};

/* ---- import_events_columns.c ---- */

/* Which columns were found. All zero is a good start, but for names, which is an arena. */
typedef struct {
    weft_event_columns found;
    size_t ranks[WEFT_EVENT_FIELD_COUNT];     /* of their names: 0 is the best */
    size_t positions[WEFT_EVENT_FIELD_COUNT]; /* in a CSV header */
    const char *passed_over[WEFT_EVENT_MAX_PASSED_OVER];
    bool is_sample; /* there may be further columns: keys of later rows */
    weft_arena names;
} weft_event_header;

/* Which field a column of that name is, and how good the name is; false: none. */
bool weft_event_column_find(const weft_event_reading *reading, weft_str name,
                            weft_event_field *field, size_t *rank);

/* Notes a column of the file. WEFT_E_NOMEM. */
weft_status weft_event_header_add(weft_event_header *header, const weft_event_reading *reading,
                                  weft_str name, size_t position, weft_err *err);

/* Are there all that are needed? WEFT_E_FORMAT names what is not. */
weft_status weft_event_header_check(const weft_event_header *header,
                                    const weft_event_reading *reading, weft_err *err);

/* ---- import_events_rows.c ---- */

/* A row of the file, before it is looked at. */
typedef struct {
    size_t number;
    weft_str values[WEFT_EVENT_FIELD_COUNT]; /* trimmed; empty: it does not say */
    const char *problem;                     /* why it cannot be read, or NULL */
    weft_event_issue_kind kind;              /* of the problem */
} weft_event_row;

/* A file as rows. */
typedef struct {
    const weft_event_import *import;
    weft_event_header header;
    weft_csv *csv;       /* NULL: JSON lines */
    size_t column_count; /* of its header */
    weft_event_place place;
    json_t *json;                             /* the row's, whose strings its values are */
    char text[160];                           /* of its problem */
    char numbers[WEFT_EVENT_FIELD_COUNT][24]; /* of its values that are numbers */
} weft_event_rows;

/* Finds the format and the columns. close is due after a failure as well. */
weft_status weft_event_rows_open(weft_event_rows *rows, const weft_event_import *import,
                                 weft_err *err);
void weft_event_rows_close(weft_event_rows *rows);

/* Reads one row, which is valid until the next; *found is false at the end. WEFT_E_NOMEM. */
weft_status weft_event_rows_next(weft_event_rows *rows, weft_event_row *row, bool *found,
                                 weft_err *err);

#endif
