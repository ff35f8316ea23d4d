/* import_report.h - the file under DATA/reports that lists what an import found wrong. */
#ifndef WEFT_CLI_IMPORT_REPORT_H
#define WEFT_CLI_IMPORT_REPORT_H

#include <limits.h>
#include <stdio.h>

#include "cli/cli.h"

typedef struct {
    FILE *file; /* CSV */
    char path[PATH_MAX];
} weft_import_report_file;

/* Makes DATA/reports/NAME-TIME.csv, a file that was not there, with this header. */
weft_status weft_import_report_open(weft_import_report_file *report, const weft_cli *cli,
                                    const char *name, const char *header, weft_err *err);

/* Writes a field, always quoted (RFC 4180), and the character behind it. */
void weft_import_report_field(weft_import_report_file *report, const char *text, char end);

/* Hands to the system what was written; a kill loses nothing of it. WEFT_E_IO. */
weft_status weft_import_report_flush(weft_import_report_file *report, weft_err *err);

/* Closes it. The status is as it was, unless it was WEFT_OK and writing failed. */
weft_status weft_import_report_close(weft_import_report_file *report, weft_status status,
                                     weft_err *err);

#endif
