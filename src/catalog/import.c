#include "catalog/import.h"

enum { KEPT, REJECTED };

static const struct {
    const char *name, *text;
    bool rejects;
} kinds[] = {
#define KIND(code, name, fate, text) {name, text, fate == REJECTED},
    WEFT_IMPORT_ISSUES(KIND)
#undef KIND
};

const char *weft_import_kind_name(weft_import_kind kind) { return kinds[kind].name; }
const char *weft_import_kind_text(weft_import_kind kind) { return kinds[kind].text; }
bool weft_import_kind_rejects(weft_import_kind kind) { return kinds[kind].rejects; }

weft_status weft_import_tell(const weft_import_sink *sink, const weft_import_issue *issue,
                             weft_import_report *report, weft_err *err) {
    report->issues[issue->kind]++;
    return sink->on_issue ? sink->on_issue(sink->context, issue, err) : WEFT_OK;
}

size_t weft_import_batch_size(const weft_import_options *options) {
    enum { DEFAULT_BATCH = 500 };
    return options->batch_size ? options->batch_size : DEFAULT_BATCH;
}
