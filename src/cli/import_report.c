#include "cli/import_report.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/file.h"

static weft_status fail_writing(const weft_import_report_file *report, weft_err *err) {
    return weft_fail(err, WEFT_E_IO, "%s: cannot write: %s", report->path, strerror(errno));
}

weft_status weft_import_report_open(weft_import_report_file *report, const weft_cli *cli,
                                    const char *name, const char *header, weft_err *err) {
    char folder[PATH_MAX], stamp[32];
    struct tm utc;
    time_t now = time(NULL);
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
    snprintf(folder, sizeof folder, "%s/reports", cli->data_folder);
    report->file = NULL;
    weft_status status = weft_dir_create(folder, err);
    if (status) return status;
    /* An import may follow another within a second. */
    for (int i = 1; !report->file; i++) {
        char more[16] = "";
        if (i > 1) snprintf(more, sizeof more, "-%d", i);
        int n = snprintf(report->path, sizeof report->path, "%s/%s-%s%s.csv", folder, name, stamp,
                         more);
        if (n < 0 || (size_t)n >= sizeof report->path)
            return weft_fail(err, WEFT_E_LIMIT, "%s: path too long", folder);
        report->file = fopen(report->path, "wx");
        if (!report->file && errno != EEXIST) return fail_writing(report, err);
    }
    fprintf(report->file, "%s\n", header);
    return WEFT_OK;
}

void weft_import_report_field(weft_import_report_file *report, const char *text, char end) {
    putc('"', report->file);
    for (; *text; text++) {
        if (*text == '"') putc('"', report->file);
        putc(*text, report->file);
    }
    putc('"', report->file);
    putc(end, report->file);
}

weft_status weft_import_report_flush(weft_import_report_file *report, weft_err *err) {
    if (fflush(report->file) == 0 && !ferror(report->file)) return WEFT_OK;
    return fail_writing(report, err);
}

weft_status weft_import_report_close(weft_import_report_file *report, weft_status status,
                                     weft_err *err) {
    const bool failed = ferror(report->file) != 0;
    if (fclose(report->file) == 0 && !failed) return status;
    return status ? status : fail_writing(report, err);
}
