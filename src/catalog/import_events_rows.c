/* import_events_rows.c - a log as rows of values, whichever format it has. */
#include <stdio.h>
#include <string.h>

#include "catalog/import_events_internal.h"

static void set_problem(weft_event_row *row, weft_event_issue_kind kind, const char *problem) {
    row->kind = kind;
    row->problem = problem;
}

/* ---- which format it is ---- */

static const struct {
    const char *magic, *message;
} foreign[] = {
    {"PAR1", "this is Parquet; DuckDB makes a CSV of it: duckdb -c"
             " \"COPY (FROM 'log.parquet') TO 'log.csv' (HEADER)\""},
    {"\x1f\x8b", "this is gzip; gunzip it first"},
    {"PK\x03\x04", "this is a zip or a spreadsheet; unpack it, or save it as CSV"},
    {"\xff\xfe", "this is UTF-16; make it UTF-8: iconv -f UTF-16 -t UTF-8"},
};

static bool is_json(const weft_event_import *import, bool *is_array) {
    static const char *const endings[] = {".jsonl", ".ndjson", ".json"};
    weft_str text = {import->data, import->size};
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
        text = (weft_str){text.data + 3, text.size - 3};
    const weft_str start = weft_str_trim((weft_str){text.data, text.size < 64 ? text.size : 64});
    *is_array = start.size && *start.data == '[';
    if (start.size && *start.data == '{') return true;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (weft_str_ends_with_nocase(weft_str_of(import->name), endings[i])) return true;
    *is_array = false; /* "[id],..." may be a header */
    return false;
}

static weft_status check_format(const weft_event_import *import, weft_err *err) {
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        const size_t n = strlen(foreign[i].magic);
        if (import->size >= n && memcmp(import->data, foreign[i].magic, n) == 0)
            return weft_fail(err, WEFT_E_UNSUPPORTED, "%s", foreign[i].message);
    }
    return import->size ? WEFT_OK : weft_fail(err, WEFT_E_FORMAT, "the file is empty");
}

/* ---- CSV ---- */

static weft_status read_header(weft_event_rows *rows, weft_err *err) {
    const weft_event_reading *reading = &rows->import->reading;
    weft_csv_row header = {0};
    bool found;
    weft_status status = weft_csv_next(rows->csv, &header, &found, err);
    if (status) return status;
    if (!found) return weft_fail(err, WEFT_E_FORMAT, "the file is empty");
    if (header.problem)
        return weft_fail(err, WEFT_E_FORMAT, "the header cannot be read: %s", header.problem);
    rows->place = (weft_event_place){weft_csv_offset(rows->csv), header.number};
    rows->column_count = header.field_count;
    for (size_t i = 0; i < header.field_count && !status; i++) {
        const weft_str name = weft_str_trim(header.fields[i]);
        weft_event_field field;
        size_t rank;
        if (weft_event_column_find(reading, name, &field, &rank) &&
            rows->header.found.columns[field] && rows->header.ranks[field] == rank)
            return weft_fail(err, WEFT_E_FORMAT, "the header has %s twice",
                             rows->header.found.columns[field]);
        status = weft_event_header_add(&rows->header, reading, name, i, err);
    }
    return status;
}

static weft_status next_of_csv(weft_event_rows *rows, weft_event_row *row, bool *found,
                               weft_err *err) {
    weft_csv_row csv;
    weft_status status = weft_csv_next(rows->csv, &csv, found, err);
    rows->place.offset = weft_csv_offset(rows->csv);
    if (status || !*found) return status;
    rows->place.row = row->number = csv.number;
    if (csv.problem) {
        set_problem(row, WEFT_EVENT_BAD_ROW, csv.problem);
    } else if (csv.field_count != rows->column_count) {
        snprintf(rows->text, sizeof rows->text, "%zu fields, the header has %zu", csv.field_count,
                 rows->column_count);
        set_problem(row,
                    csv.field_count < rows->column_count ? WEFT_EVENT_TOO_FEW_FIELDS
                                                         : WEFT_EVENT_TOO_MANY_FIELDS,
                    rows->text);
    }
    for (size_t i = 0; i < WEFT_EVENT_FIELD_COUNT && !row->problem; i++)
        if (rows->header.found.columns[i])
            row->values[i] = weft_str_trim(csv.fields[rows->header.positions[i]]);
    return WEFT_OK;
}

/* ---- JSON lines ---- */

/* The next line that is not blank; *place moves behind it. */
static bool next_line(const weft_event_import *import, weft_event_place *place, weft_str *line) {
    const char *data = import->data;
    while (place->offset < import->size) {
        const char *start = data + place->offset;
        const size_t left = import->size - place->offset;
        const char *lf = memchr(start, '\n', left);
        const size_t size = lf ? (size_t)(lf - start) : left;
        place->offset += size + (lf != NULL);
        place->row++;
        *line = weft_str_trim((weft_str){start, size});
        if (line->size) return true;
    }
    return false;
}

/* Reads a line into rows->json; NULL, and *row says why, when it is no object. */
static weft_status parse_line(weft_event_rows *rows, weft_event_row *row, weft_str line,
                              weft_err *err) {
    json_error_t where;
    json_decref(rows->json);
    rows->json = NULL;
    if (line.size > WEFT_EVENT_MAX_ROW) {
        set_problem(row, WEFT_EVENT_BAD_ROW, "the row is too long");
    } else if (!weft_str_is_utf8(line)) {
        set_problem(row, WEFT_EVENT_BAD_TEXT, "the row is not UTF-8");
    } else if (*line.data != '{') {
        set_problem(row, WEFT_EVENT_BAD_ROW, "no JSON object");
    } else if (!(rows->json = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, &where))) {
        if (json_error_code(&where) == json_error_out_of_memory)
            return weft_fail(err, WEFT_E_NOMEM, "row %zu", row->number);
        snprintf(rows->text, sizeof rows->text, "%.100s, at byte %d", where.text, where.position);
        set_problem(row, WEFT_EVENT_BAD_ROW, rows->text);
    }
    return WEFT_OK;
}

static bool read_value(weft_event_rows *rows, weft_event_field field, json_t *json,
                       weft_str *value) {
    char *number = rows->numbers[field];
    if (json_is_string(json)) {
        *value = weft_str_trim((weft_str){json_string_value(json), json_string_length(json)});
        return true;
    }
    if (!json_is_integer(json)) return false;
    const int n = snprintf(number, sizeof rows->numbers[field], "%" JSON_INTEGER_FORMAT,
                           json_integer_value(json));
    *value = (weft_str){number, (size_t)n};
    return true;
}

/* Of several keys for one field the best that says something is taken, row by row. */
static void read_object(weft_event_rows *rows, weft_event_row *row) {
    size_t ranks[WEFT_EVENT_FIELD_COUNT], rank;
    weft_event_field field;
    const char *key;
    json_t *json;
    json_object_foreach(rows->json, key, json) {
        weft_str value;
        if (json_is_null(json) ||
            !weft_event_column_find(&rows->import->reading, weft_str_of(key), &field, &rank) ||
            (row->values[field].size && ranks[field] <= rank))
            continue;
        if (!read_value(rows, field, json, &value)) {
            snprintf(rows->text, sizeof rows->text, "%.60s is no text or whole number", key);
            set_problem(row, WEFT_EVENT_BAD_ROW, rows->text);
            return;
        }
        if (!value.size) continue;
        row->values[field] = value;
        ranks[field] = rank;
    }
}

static weft_status next_of_json(weft_event_rows *rows, weft_event_row *row, bool *found,
                                weft_err *err) {
    weft_str line;
    *found = next_line(rows->import, &rows->place, &line);
    row->number = rows->place.row;
    weft_status status = *found ? parse_line(rows, row, line, err) : WEFT_OK;
    if (!status && *found && rows->json) read_object(rows, row);
    return status;
}

/* The keys of the first rows stand for a header. */
static weft_status sample_columns(weft_event_rows *rows, weft_err *err) {
    weft_event_place place = rows->place;
    weft_status status = WEFT_OK;
    size_t objects = 0;
    weft_str line;
    rows->header.is_sample = true;
    for (int i = 0; i < WEFT_EVENT_SAMPLE_ROWS && next_line(rows->import, &place, &line); i++) {
        weft_event_row row = {0};
        const char *key;
        json_t *value;
        status = parse_line(rows, &row, line, err);
        objects += rows->json != NULL;
        json_object_foreach(rows->json, key, value) {
            if (!status)
                status = weft_event_header_add(&rows->header, &rows->import->reading,
                                               weft_str_of(key), 0, err);
        }
        if (status) return status;
    }
    return objects ? WEFT_OK
                   : weft_fail(err, WEFT_E_FORMAT, "none of its first rows is a JSON object");
}

/* ---- both ---- */

weft_status weft_event_rows_open(weft_event_rows *rows, const weft_event_import *import,
                                 weft_err *err) {
    bool is_array;
    *rows = (weft_event_rows){.import = import};
    weft_arena_init(&rows->header.names, 0);
    weft_status status = check_format(import, err);
    if (status) return status;
    if (is_json(import, &is_array)) {
        if (is_array)
            return weft_fail(err, WEFT_E_UNSUPPORTED,
                             "this is one JSON array; jq makes lines of it: jq -c '.[]'");
        if (import->size >= 3 && memcmp(import->data, "\xef\xbb\xbf", 3) == 0)
            rows->place.offset = 3;
        status = sample_columns(rows, err);
    } else {
        const weft_csv_limits limits = {.max_row_bytes = WEFT_EVENT_MAX_ROW,
                                        .max_fields = WEFT_EVENT_MAX_COLUMNS};
        status = weft_csv_new(&rows->csv, import->data, import->size, &limits, err);
        if (!status) status = read_header(rows, err);
    }
    if (!status) status = weft_event_header_check(&rows->header, &import->reading, err);
    if (status || !import->start.offset) return status;
    rows->place = import->start;
    if (rows->csv) weft_csv_seek(rows->csv, import->start.offset, import->start.row);
    return WEFT_OK;
}

void weft_event_rows_close(weft_event_rows *rows) {
    json_decref(rows->json);
    weft_csv_free(rows->csv);
    weft_arena_deinit(&rows->header.names);
}

weft_status weft_event_rows_next(weft_event_rows *rows, weft_event_row *row, bool *found,
                                 weft_err *err) {
    *row = (weft_event_row){0};
    return rows->csv ? next_of_csv(rows, row, found, err) : next_of_json(rows, row, found, err);
}
