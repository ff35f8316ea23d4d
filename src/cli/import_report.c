#include "cli/import_report.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/file.h"

void weft_cli_write_field(FILE *out, const char *text, char end) {
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"') putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
    putc(end, out);
}

weft_status weft_cli_open_report(const weft_cli *cli, const char *header, char path[PATH_MAX],
                                 FILE **out, weft_err *err) {
    char folder[PATH_MAX], stamp[32];
    struct tm utc;
    time_t now = time(NULL);
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
    snprintf(folder, sizeof folder, "%s/reports", cli->data_folder);
    weft_status status = weft_dir_create(folder, err);
    if (status) return status;
    int n = snprintf(path, PATH_MAX, "%s/import-%s.csv", folder, stamp);
    if (n < 0 || n >= PATH_MAX) return weft_fail(err, WEFT_E_LIMIT, "%s: path too long", folder);
    *out = fopen(path, "w");
    if (!*out) return weft_fail(err, WEFT_E_IO, "%s: cannot write: %s", path, strerror(errno));
    fprintf(*out, "%s\n", header);
    return WEFT_OK;
}
