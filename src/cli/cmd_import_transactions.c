/* cmd_import_transactions.c - `weft import transactions`: a shop's log into the store. */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "cli/event_marks.h"
#include "cli/import_report.h"
#include "cli/progress.h"

typedef struct {
    weft_store *store;
    weft_file_map file;
    const char *reading; /* the text of it */
    bool again;
    weft_event_mark mark;
    weft_digest *digest; /* of the first digested bytes of the file */
    size_t digested;
    weft_import_report_file report;
    weft_progress progress;
    const weft_event_batch *batch; /* being written */
} import_run;

/* ---- the sink ---- */

/* In the transaction: a row that is counted as done is in the report, whatever happens next. */
static weft_status finish_report(void *context, weft_err *err) {
    import_run *run = context;
    weft_status status = weft_event_batch_tell_unknown(run->batch, err);
    return status ? status : weft_import_report_flush(&run->report, err);
}

static weft_status find_mark(const import_run *run, weft_event_mark *mark, weft_err *err) {
    return weft_event_mark_find(mark, run->store, run->file.data, run->file.size, run->reading,
                                run->again, err);
}

static weft_status write_step(import_run *run, const weft_event_batch *batch, const char *digest,
                              weft_err *err) {
    const weft_store_event_step step = {.from = run->mark.from,
                                        .seen = run->mark.seen,
                                        .to = {.digest = digest,
                                               .is_done = batch->is_last,
                                               .position = batch->end.offset,
                                               .row_count = batch->end.row,
                                               .event_count = run->mark.events,
                                               .reading = run->reading},
                                        .is_again = run->mark.is_again,
                                        .before_commit = finish_report,
                                        .context = run};
    return weft_store_import_events(run->store, batch->events, batch->n, batch->is_known, &step,
                                    err);
}

/* Other imports have gone on since this one looked; WEFT_OK when none is of this file. */
static weft_status look_again(import_run *run, weft_err *err) {
    weft_event_mark mark;
    weft_status status = find_mark(run, &mark, err);
    if (status) return status;
    if (mark.is_done || mark.from[0] || mark.place.offset != run->mark.place.offset)
        return weft_fail(err, WEFT_E_CONFLICT, "another process is importing the file as well");
    run->mark.seen = mark.seen;
    return WEFT_OK;
}

static weft_status put_events(void *context, const weft_event_batch *batch, weft_err *err) {
    import_run *run = context;
    char digest[WEFT_DIGEST_HEX_SIZE];
    weft_digest_add(run->digest, run->file.data + run->digested, batch->end.offset - run->digested);
    run->digested = batch->end.offset;
    weft_digest_so_far(run->digest, digest);
    run->batch = batch;
    weft_status status = write_step(run, batch, digest, err);
    while (status == WEFT_E_CONFLICT && !run->mark.from[0]) {
        status = look_again(run, err);
        if (status) return status;
        status = write_step(run, batch, digest, err);
    }
    if (status) return status;
    memcpy(run->mark.from, digest, sizeof digest);
    for (size_t i = 0; i < batch->n; i++) run->mark.events += batch->is_known[i];
    return WEFT_OK;
}

static weft_status write_issue(void *context, const weft_event_issue *issue, weft_err *err) {
    import_run *run = context;
    fprintf(run->report.file, "%zu,", issue->row);
    weft_import_report_field(&run->report, issue->user_id, ',');
    weft_import_report_field(&run->report, issue->product_id, ',');
    fprintf(run->report.file, "%s,rejected,", weft_event_issue_name(issue->kind));
    weft_import_report_field(&run->report, issue->detail, '\n');
    if (!ferror(run->report.file)) return WEFT_OK;
    return weft_fail(err, WEFT_E_IO, "writing the report: %s", strerror(errno));
}

static void print_columns(void *context, const weft_event_columns *columns) {
    (void)context;
    const char *comma = "";
    for (size_t i = 0; i < WEFT_EVENT_FIELD_COUNT; i++) {
        if (!columns->columns[i]) continue;
        printf("%s%s is %s", comma, weft_event_field_name((weft_event_field)i),
               columns->columns[i]);
        comma = ", ";
    }
    for (size_t i = 0; i < columns->passed_over_count; i++)
        printf("%s%s", i ? ", " : "; not imported: ", columns->passed_over[i]);
    printf("\n");
    fflush(stdout);
}

static void draw_progress(void *context, size_t rows, size_t offset) {
    import_run *run = context;
    /* How many rows there will be is told by the bytes. */
    const double read = (double)(offset - run->mark.place.offset),
                 all = (double)(run->file.size - run->mark.place.offset);
    weft_progress_update(&run->progress, rows, read > 0 ? (size_t)((double)rows * all / read) : 0);
}

/* ---- the command ---- */

static void print_summary(const import_run *run, const weft_event_report *report) {
    size_t total = 0;
    printf("%zu rows: %zu events written\n", report->rows, report->events);
    for (int kind = 0; kind < WEFT_EVENT_ISSUE_COUNT; kind++) {
        if (!report->issues[kind]) continue;
        total += report->issues[kind];
        printf("%8zu  %-16s row rejected: %s\n", report->issues[kind],
               weft_event_issue_name((weft_event_issue_kind)kind),
               weft_event_issue_text((weft_event_issue_kind)kind));
    }
    if (report->untimed)
        printf("%8zu  events said no time and got that of the import\n", report->untimed);
    if (total) printf("each is listed in %s\n", run->report.path);
}

static weft_status import_rows(import_run *run, const weft_cli *cli, const char *path,
                               const weft_cli_transactions *options, weft_err *err) {
    weft_event_report report = {0};
    const weft_event_import import = {.name = path,
                                      .data = run->file.data,
                                      .size = run->file.size,
                                      .start = run->mark.place,
                                      .reading = options->reading,
                                      .cancel = weft_cli_catch_signals(),
                                      .sink = {.context = run,
                                               .put_events = put_events,
                                               .on_issue = write_issue,
                                               .on_columns = print_columns,
                                               .on_progress = draw_progress}};
    weft_status status = weft_import_report_open(
        &run->report, cli, "transactions", "row,user_id,product_id,issue,row_was,detail", err);
    if (status) return status;
    weft_progress_begin(&run->progress, "importing", "rows");
    status = weft_import_events(&import, &report, err);
    if (report.rows || !status) {
        weft_progress_update(&run->progress, report.rows, report.rows);
        weft_progress_end(&run->progress);
        print_summary(run, &report);
    }
    if (status == WEFT_E_CANCELLED)
        weft_fail(err, status, "stopped after %zu rows; the same command goes on from there",
                  report.rows);
    return weft_import_report_close(&run->report, status, err);
}

/* Says what is there already; false when that is everything. */
static bool begin(const import_run *run, const char *path) {
    const weft_event_mark *mark = &run->mark;
    if (mark->is_done)
        printf("%s has been imported already, %zu events up to row %zu, at %s; --again imports"
               " it once more\n",
               path, mark->events, mark->place.row, mark->updated_at);
    else if (mark->place.row)
        printf("%s has been imported up to row %zu; going on behind it\n", path, mark->place.row);
    fflush(stdout);
    return !mark->is_done;
}

weft_status weft_cli_import_transactions(const weft_cli *cli, weft_store *store, const char *path,
                                         const weft_cli_transactions *options, weft_err *err) {
    import_run run = {.store = store, .again = options->again};
    weft_buf reading;
    weft_status status = weft_file_map_open(&run.file, path, err);
    if (status) return status;
    weft_buf_init(&reading);
    weft_event_reading_write(&options->reading, &reading);
    run.reading = reading.size ? reading.data : "";
    run.digest = weft_digest_new();
    if (!run.digest || !weft_buf_ok(&reading)) status = weft_fail(err, WEFT_E_NOMEM, "%s", path);
    if (!status) status = find_mark(&run, &run.mark, err);
    if (status) status = weft_fail_in(err, status, "%s", path);
    if (!status && begin(&run, path)) {
        run.digested = run.mark.place.offset;
        weft_digest_add(run.digest, run.file.data, run.digested);
        status = import_rows(&run, cli, path, options, err);
    }
    weft_digest_free(run.digest);
    weft_buf_deinit(&reading);
    weft_file_map_close(&run.file);
    return status;
}
