/* csv.h - comma-separated values (RFC 4180), row by row, from bytes in memory
 * (a mapped file as a rule).
 *
 * Quoted fields may hold commas, line breaks and doubled quotes; rows end in LF
 * or CRLF, the last one also at the end of the bytes; a UTF-8 byte order mark
 * is skipped, and so are blank lines. A quote inside an unquoted field is a
 * character like any other. A row that cannot be read is handed out with its
 * `problem`, and reading goes on at the next line: one quote that is never
 * closed costs one line, not the rest of the file.
 *
 * Fields are bytes: whether they are UTF-8 or hold NULs is the reader's concern.
 * One thread at a time. */
#ifndef WEFT_BASE_CSV_H
#define WEFT_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/str.h"

typedef struct weft_csv weft_csv;

/* 0 stands for the default. */
typedef struct {
    size_t max_row_bytes;   /* 1 MiB, with the line end */
    size_t max_field_bytes; /* 64 KiB */
    size_t max_fields;      /* 256 */
} weft_csv_limits;

typedef struct {
    size_t number;          /* as a spreadsheet counts: 1 is the first, blank lines count */
    const weft_str *fields; /* [field_count], valid until the next row is read */
    size_t field_count;     /* at least 1; 0 when there is a problem */
    bool is_quoted;         /* a field was in quotes; else fields are slices of one line */
    const char *problem;    /* a static text, or NULL when the row is fine */
} weft_csv_row;

/* data[0..size) is not copied and must outlive the reader; limits NULL: all
 * defaults. Fails with WEFT_E_NOMEM. */
weft_status weft_csv_new(weft_csv **csv, const void *data, size_t size,
                         const weft_csv_limits *limits, weft_err *err);
void weft_csv_free(weft_csv *csv); /* NULL is fine */

/* Reads one row; *found is false at the end of the bytes. Fails with
 * WEFT_E_NOMEM only: damage shows in row->problem. */
weft_status weft_csv_next(weft_csv *csv, weft_csv_row *row, bool *found, weft_err *err);

/* How many bytes have been read: for progress, and for going on there another time. */
size_t weft_csv_offset(const weft_csv *csv);

/* Goes on where weft_csv_offset was `offset` behind row number `row`. */
void weft_csv_seek(weft_csv *csv, size_t offset, size_t row);

#endif
