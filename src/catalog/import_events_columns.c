/* import_events_columns.c - which column of a log is what. */
#include <stdio.h>
#include <string.h>

#include "catalog/import_events_internal.h"

/* Names that logs have for weft's, the best first; as weft_event_names_match compares. */
static const struct {
    const char *name;
    const char *others[8]; /* up to the first NULL */
} fields[WEFT_EVENT_FIELD_COUNT] = {
    {"user_id", {"user", "customer_id", "visitor_id", "session_id", "session"}},
    {"product_id", {"product", "item_id", "item", "article_id", "article", "sku"}},
    {"event_type", {"event", "type", "behavior", "action"}},
    {"created_at", {"timestamp", "event_time", "datetime", "time", "t_dat", "date"}},
    {"query_id", {NULL}},
};

const char *weft_event_field_name(weft_event_field field) { return fields[field].name; }

/* ---- how a file is to be read ---- */

static weft_status add_mapping(weft_event_reading *reading, weft_str name, weft_str column,
                               weft_arena *arena, weft_err *err) {
    size_t field = 0;
    while (field < WEFT_EVENT_FIELD_COUNT && !weft_str_eq(name, fields[field].name)) field++;
    if (field == WEFT_EVENT_FIELD_COUNT)
        return weft_fail(err, WEFT_E_INVALID,
                         "\"%.*s\": known are user_id, product_id, event_type, created_at, "
                         "query_id",
                         (int)name.size, name.data);
    if (!column.size || reading->columns[field])
        return weft_fail(err, WEFT_E_INVALID, "%s takes one column", fields[field].name);
    for (size_t i = 0; i < WEFT_EVENT_FIELD_COUNT; i++)
        if (reading->columns[i] && weft_str_eq_nocase(column, reading->columns[i]))
            return weft_fail(err, WEFT_E_INVALID, "column %s is given to two fields",
                             reading->columns[i]);
    reading->columns[field] = weft_arena_strndup(arena, column.data, column.size);
    return reading->columns[field] ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "columns");
}

weft_status weft_event_reading_map(weft_event_reading *reading, const char *text, weft_arena *arena,
                                   weft_err *err) {
    for (;;) {
        const size_t size = strcspn(text, ",");
        const char *equals = memchr(text, '=', size);
        if (!equals)
            return weft_fail(err, WEFT_E_INVALID, "\"%.*s\": FIELD=COLUMN is needed", (int)size,
                             text);
        weft_str name = {text, (size_t)(equals - text)},
                 column = {equals + 1, size - name.size - 1};
        weft_status status =
            add_mapping(reading, weft_str_trim(name), weft_str_trim(column), arena, err);
        if (status || !text[size]) return status;
        text += size + 1;
    }
}

void weft_event_reading_write(const weft_event_reading *reading, weft_buf *out) {
    for (size_t i = 0; i < WEFT_EVENT_FIELD_COUNT; i++)
        if (reading->columns[i])
            weft_buf_printf(out, "%s%s=%s", out->size ? "," : "", fields[i].name,
                            reading->columns[i]);
    if (reading->event_type)
        weft_buf_printf(out, "%sevent_type:%s", out->size ? "," : "", reading->event_type);
}

/* ---- what a file has ---- */

bool weft_event_column_find(const weft_event_reading *reading, weft_str name,
                            weft_event_field *field, size_t *rank) {
    *rank = 0;
    for (size_t i = 0; i < WEFT_EVENT_FIELD_COUNT; i++) {
        *field = (weft_event_field)i;
        if (reading->columns[i] && weft_str_eq_nocase(name, reading->columns[i])) return true;
    }
    for (size_t i = 0; i < WEFT_EVENT_FIELD_COUNT; i++) {
        if (reading->columns[i]) continue;
        *field = (weft_event_field)i;
        if (weft_event_names_match(name, weft_str_of(fields[i].name))) return true;
        for (*rank = 1; fields[i].others[*rank - 1]; ++*rank)
            if (weft_event_names_match(name, weft_str_of(fields[i].others[*rank - 1]))) return true;
        *rank = 0;
    }
    return false;
}

static void pass_over(weft_event_header *header, const char *name) {
    size_t n = header->found.passed_over_count;
    for (size_t i = 0; i < n; i++)
        if (strcmp(header->passed_over[i], name) == 0) return;
    if (n == WEFT_EVENT_MAX_PASSED_OVER) return;
    header->passed_over[n] = name;
    header->found.passed_over = header->passed_over;
    header->found.passed_over_count++;
}

/* A copy to be told: not too long, and no terminal obeys it. NULL when out of memory. */
static const char *keep_name(weft_event_header *header, weft_str name) {
    enum { MAX_NAME = 80 };
    char *kept =
        weft_arena_strndup(&header->names, name.data, name.size < MAX_NAME ? name.size : MAX_NAME);
    for (char *c = kept; c && *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    return kept;
}

weft_status weft_event_header_add(weft_event_header *header, const weft_event_reading *reading,
                                  weft_str name, size_t position, weft_err *err) {
    weft_event_field field;
    size_t rank;
    const bool is_known = weft_event_column_find(reading, name, &field, &rank);
    const char **column = &header->found.columns[field], *before = *column;
    /* With JSON lines the same names come with every row. */
    if (is_known && before && rank == header->ranks[field]) return WEFT_OK;
    const char *kept = keep_name(header, name);
    if (!kept) return weft_fail(err, WEFT_E_NOMEM, "columns");
    if (!is_known) {
        pass_over(header, kept);
        return WEFT_OK;
    }
    const bool is_better = !before || rank < header->ranks[field];
    /* Of JSON lines some rows may have the one, some the other. */
    if (before && !header->is_sample) pass_over(header, is_better ? before : kept);
    if (!is_better) return WEFT_OK;
    *column = kept;
    header->ranks[field] = rank;
    header->positions[field] = position;
    return WEFT_OK;
}

/* "a, b, c" of what a file has instead; cut where it is long. */
static void list_columns(const weft_event_header *header, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < WEFT_EVENT_FIELD_COUNT + header->found.passed_over_count; i++) {
        const char *name = i < WEFT_EVENT_FIELD_COUNT
                               ? header->found.columns[i]
                               : header->passed_over[i - WEFT_EVENT_FIELD_COUNT];
        if (!name || used >= size) continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", name);
    }
}

weft_status weft_event_header_check(const weft_event_header *header,
                                    const weft_event_reading *reading, weft_err *err) {
    char has[200];
    list_columns(header, has, sizeof has);
    for (size_t i = 0; i < WEFT_EVENT_FIELD_COUNT; i++) {
        if (header->found.columns[i]) continue;
        /* Few events come from a search: the first rows of JSON lines may have none. */
        if (i == WEFT_EVENT_QUERY_ID && header->is_sample) continue;
        if (reading->columns[i])
            return weft_fail(err, WEFT_E_FORMAT, "there is no column \"%s\"; it has: %s",
                             reading->columns[i], has);
        if (i == WEFT_EVENT_USER_ID || i == WEFT_EVENT_PRODUCT_ID)
            return weft_fail(
                err, WEFT_E_FORMAT,
                "no column is known as %s (--map %s=COLUMN says which it is); it has: %s",
                fields[i].name, fields[i].name, has);
        if (i == WEFT_EVENT_EVENT_TYPE && !reading->event_type)
            return weft_fail(
                err, WEFT_E_FORMAT,
                "no column is known as event_type: --map event_type=COLUMN says which it"
                " is, --event-type TYPE what all rows are; it has: %s",
                has);
    }
    return WEFT_OK;
}
