#include "base/csv.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

struct weft_csv {
    const char *data, *end; /* all bytes */
    const char *next;       /* where the next row begins */
    size_t rows;            /* handed out or blank */
    weft_csv_limits limits;
    weft_str *fields; /* [field_capacity] of the present row */
    size_t field_capacity;
    char *unescaped; /* [max_row_bytes], made for the first field with doubled quotes */
    size_t unescaped_size;
};

/* A row being read: [at, stop) is what the limit on its bytes leaves to look at. */
typedef struct {
    const char *at, *stop;
    const char *problem;
    bool is_last_field;
    bool is_quoted;
} cursor;

static const char row_too_long[] = "the row is too long";
static const char field_too_long[] = "a field is too long";
static const char too_many_fields[] = "the row has too many fields";
static const char quote_not_closed[] = "a quoted field is not closed";
static const char text_after_quote[] = "text follows a closing quote";

weft_status weft_csv_new(weft_csv **out, const void *data, size_t size,
                         const weft_csv_limits *limits, weft_err *err) {
    weft_csv *csv = weft_calloc(1, sizeof *csv);
    if (!csv) return weft_fail(err, WEFT_E_NOMEM, "CSV reader");
    if (limits) csv->limits = *limits;
    if (!csv->limits.max_row_bytes) csv->limits.max_row_bytes = 1 << 20;
    if (!csv->limits.max_field_bytes) csv->limits.max_field_bytes = 64 << 10;
    if (!csv->limits.max_fields) csv->limits.max_fields = 256;
    csv->data = size ? data : "";
    csv->end = csv->data + size;
    csv->next = csv->data;
    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) csv->next += 3;
    *out = csv;
    return WEFT_OK;
}

void weft_csv_free(weft_csv *csv) {
    if (!csv) return;
    weft_free(csv->fields);
    weft_free(csv->unescaped);
    weft_free(csv);
}

size_t weft_csv_offset(const weft_csv *csv) { return (size_t)(csv->next - csv->data); }

void weft_csv_seek(weft_csv *csv, size_t offset, size_t row) {
    csv->next = csv->data + offset;
    csv->rows = row;
}

/* The first LF in [from, end), or end. */
static const char *find_line_end(const char *from, const char *end) {
    const char *lf = memchr(from, '\n', (size_t)(end - from));
    return lf ? lf : end;
}

/* How many bytes at p end a row: LF, CRLF, or 0 for none. */
static size_t row_end_size(const char *p, const char *end) {
    if (p < end && *p == '\n') return 1;
    return end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

/* Steps over what must follow a field: a comma, the row's end or the bytes' end. */
static void end_field(const weft_csv *csv, cursor *c) {
    if (c->at == c->stop) {
        c->is_last_field = true;
        if (c->stop < csv->end) c->problem = row_too_long;
    } else if (*c->at == ',') {
        c->at++;
    } else {
        size_t n = row_end_size(c->at, csv->end);
        c->is_last_field = true;
        if (n) c->at += n;
        else c->problem = text_after_quote;
    }
}

static weft_str read_plain(cursor *c) {
    const char *start = c->at, *p = start;
    while (p < c->stop && *p != ',' && *p != '\n') p++;
    c->at = p;
    if (p < c->stop && *p == '\n' && p > start && p[-1] == '\r') c->at--;
    return (weft_str){start, (size_t)(c->at - start)};
}

/* Copies a quoted field's contents with every doubled quote made single. */
static weft_status unescape(weft_csv *csv, weft_str *field, weft_err *err) {
    if (!csv->unescaped) csv->unescaped = weft_alloc(csv->limits.max_row_bytes, 1);
    if (!csv->unescaped) return weft_fail(err, WEFT_E_NOMEM, "CSV row of quoted fields");
    char *start = csv->unescaped + csv->unescaped_size, *out = start;
    for (size_t i = 0; i < field->size; i++) {
        *out++ = field->data[i];
        if (field->data[i] == '"') i++;
    }
    csv->unescaped_size += (size_t)(out - start);
    *field = (weft_str){start, (size_t)(out - start)};
    return WEFT_OK;
}

/* c->at is the opening quote. */
static weft_status read_quoted(weft_csv *csv, cursor *c, weft_str *field, weft_err *err) {
    const char *start = c->at + 1, *p = start;
    bool is_escaped = false;
    c->is_quoted = true;
    for (;; p += 2, is_escaped = true) {
        p = memchr(p, '"', (size_t)(c->stop - p));
        if (!p) {
            c->problem = quote_not_closed;
            return WEFT_OK;
        }
        if (p + 1 == c->stop || p[1] != '"') break;
    }
    c->at = p + 1;
    *field = (weft_str){start, (size_t)(p - start)};
    return is_escaped ? unescape(csv, field, err) : WEFT_OK;
}

static weft_status push_field(weft_csv *csv, size_t count, weft_str field, weft_err *err) {
    if (count == csv->field_capacity) {
        size_t capacity = count ? count * 2 : 16;
        weft_str *fields = weft_realloc(csv->fields, capacity, sizeof *fields);
        if (!fields) return weft_fail(err, WEFT_E_NOMEM, "CSV row of %zu fields", count);
        csv->fields = fields;
        csv->field_capacity = capacity;
    }
    csv->fields[count] = field;
    return WEFT_OK;
}

static weft_status read_fields(weft_csv *csv, cursor *c, size_t *count, weft_err *err) {
    for (*count = 0; !c->is_last_field && !c->problem; ++*count) {
        weft_status status = WEFT_OK;
        weft_str field = {c->at, 0};
        if (c->at < c->stop && *c->at == '"') status = read_quoted(csv, c, &field, err);
        else field = read_plain(c);
        if (!status && !c->problem) end_field(csv, c);
        if (field.size > csv->limits.max_field_bytes) c->problem = field_too_long;
        if (*count == csv->limits.max_fields) c->problem = too_many_fields;
        if (!status && !c->problem) status = push_field(csv, *count, field, err);
        if (status) return status;
    }
    return WEFT_OK;
}

static void skip_blank_lines(weft_csv *csv) {
    for (size_t n; (n = row_end_size(csv->next, csv->end)) != 0; csv->rows++) csv->next += n;
}

weft_status weft_csv_next(weft_csv *csv, weft_csv_row *row, bool *found, weft_err *err) {
    skip_blank_lines(csv);
    *found = csv->next < csv->end;
    if (!*found) return WEFT_OK;

    size_t left = (size_t)(csv->end - csv->next), limit = csv->limits.max_row_bytes, count;
    cursor c = {.at = csv->next, .stop = csv->next + (left < limit ? left : limit)};
    csv->unescaped_size = 0;
    weft_status status = read_fields(csv, &c, &count, err);
    if (status) return status;

    if (c.problem) {
        c.at = find_line_end(csv->next, csv->end);
        if (c.at < csv->end) c.at++;
        count = 0;
    }
    csv->next = c.at;
    *row = (weft_csv_row){.number = ++csv->rows,
                          .fields = csv->fields,
                          .field_count = count,
                          .is_quoted = c.is_quoted,
                          .problem = c.problem};
    return WEFT_OK;
}
