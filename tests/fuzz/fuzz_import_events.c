/* Logs of events, CSV and JSON lines: every row becomes an event or an issue, and an import that
 * is taken up behind any batch reads what the whole one read from there on. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/import_events.h"

typedef struct {
    weft_event_place first; /* end of the first batch */
    size_t batches, events, issues, behind_first;
} notes;

static weft_status note_events(void *context, const weft_event_batch *batch, weft_err *err) {
    notes *seen = context;
    (void)err;
    for (size_t i = 0; i < batch->n; i++) {
        const weft_event *e = &batch->events[i];
        const size_t user = strlen(e->user_id), product = strlen(e->product_id);
        if (user < 1 || user > 200 || product < 1 || product > 200 || strlen(e->query_id) > 200 ||
            !weft_event_type_is_known(e->event_type) || e->at < 0)
            abort();
        batch->is_known[i] = product % 2;
    }
    if (!seen->batches++) seen->first = batch->end;
    else seen->behind_first += batch->n;
    seen->events += batch->n;
    return weft_event_batch_tell_unknown(batch, err);
}

static weft_status note_issue(void *context, const weft_event_issue *issue, weft_err *err) {
    notes *seen = context;
    (void)err;
    if (!weft_str_is_utf8(weft_str_of(issue->user_id)) || !issue->detail) abort();
    seen->issues++;
    return WEFT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    notes seen = {0}, rest = {0};
    weft_event_report report, after;
    weft_err err = {0};
    weft_event_import import = {.name = size && data[0] & 1 ? "log.csv" : "log.jsonl",
                                .data = size ? data + 1 : data,
                                .size = size ? size - 1 : 0,
                                .batch_rows = 3,
                                .sink = {&seen, note_events, note_issue, NULL, NULL}};
    if (size && data[0] & 2) import.reading.event_type = "purchase";
    if (weft_import_events(&import, &report, &err)) {
        if (!err.message[0] || seen.batches) abort();
        return 0;
    }
    if (report.rows != report.events + seen.issues || !seen.batches) abort();
    import.start = seen.first;
    import.sink.context = &rest;
    if (weft_import_events(&import, &after, NULL)) abort();
    if (rest.events != seen.behind_first || after.rows > report.rows) abort();
    return 0;
}
