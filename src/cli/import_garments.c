/* import_garments.c - `weft import deepfashion2`. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "cli/import_report.h"
#include "cli/progress.h"
#include "sync/garments.h"

typedef struct {
    weft_import_report_file report;
    weft_progress progress;
} import_run;

static weft_status write_issue(void *context, const weft_garment_issue *issue, weft_err *err) {
    import_run *run = context;
    weft_import_report_field(&run->report, issue->annotation, ',');
    if (issue->item) fprintf(run->report.file, "%u", issue->item);
    fprintf(run->report.file, ",%s,%s,", weft_garment_issue_name(issue->kind),
            weft_garment_issue_rejects(issue->kind) ? "rejected" : "kept");
    weft_import_report_field(&run->report, issue->detail, '\n');
    if (!ferror(run->report.file)) return WEFT_OK;
    return weft_fail(err, WEFT_E_IO, "writing the report: %s", strerror(errno));
}

static void draw_progress(void *context, size_t annotations, size_t total) {
    import_run *run = context;
    weft_progress_update(&run->progress, annotations, total);
}

static void print_summary(const weft_garments_report *report, double seconds, const char *path) {
    const weft_garment_report *found = &report->found;
    size_t total = 0;
    printf("%zu annotations: %zu garments in %zu photos (%zu embedded, %zu as before)",
           found->annotations, found->garments, found->photos, report->embedded,
           found->garments - report->embedded);
    if (report->embedded) printf(", %.0f garments/s", (double)report->embedded / seconds);
    putchar('\n');
    for (int kind = 0; kind < WEFT_GARMENT_ISSUE_COUNT; kind++) {
        const weft_garment_issue_kind k = (weft_garment_issue_kind)kind;
        if (!found->issues[kind]) continue;
        total += found->issues[kind];
        printf("%8zu  %-16s %s: %s\n", found->issues[kind], weft_garment_issue_name(k),
               weft_garment_issue_rejects(k) ? "left out" : "kept", weft_garment_issue_text(k));
    }
    if (total) printf("each is listed in %s\n", path);
}

weft_status weft_cli_import_garments(const weft_cli *cli, weft_store *store, const char *folder,
                                     const char *name, size_t workers, weft_err *err) {
    weft_clip_model *model = NULL;
    weft_garments_report report = {0};
    import_run run = {0};
    weft_status status = weft_cli_open_model(cli, store, &model, err);
    if (!status)
        status = weft_import_report_open(&run.report, cli, "import",
                                         "annotation,item,issue,was,detail", err);
    if (status) {
        weft_clip_model_free(model);
        return status;
    }
    const weft_garments_options options = {.store = store,
                                           .model = model,
                                           .folder = folder,
                                           .name = name,
                                           .workers = workers,
                                           .on_issue = write_issue,
                                           .on_progress = draw_progress,
                                           .context = &run,
                                           .cancel = weft_cli_catch_signals()};
    const double started = weft_clock_seconds();
    weft_progress_begin(&run.progress, "importing", "photos");
    status = weft_garments_import(&options, &report, err);
    if (report.found.annotations) {
        weft_progress_update(&run.progress, report.found.annotations, report.found.annotations);
        weft_progress_end(&run.progress);
        print_summary(&report, weft_clock_seconds() - started, run.report.path);
    }
    weft_clip_model_free(model);
    return weft_import_report_close(&run.report, status, err);
}
