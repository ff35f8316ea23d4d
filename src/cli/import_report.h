/* import_report.h - the reports of imports: CSV, what was wrong line by line. */
#ifndef WEFT_CLI_IMPORT_REPORT_H
#define WEFT_CLI_IMPORT_REPORT_H

#include <limits.h>
#include <stdio.h>

#include "cli/cli.h"

/* Makes DATA/reports/import-TIME.csv with this first line; path is its name. */
weft_status weft_cli_open_report(const weft_cli *cli, const char *header, char path[PATH_MAX],
                                 FILE **out, weft_err *err);

/* A CSV field (RFC 4180), always quoted, and what follows it. */
void weft_cli_write_field(FILE *out, const char *text, char end);

/* Takes DeepFashion2's garments into the store; draws progress and prints a summary. name may
 * be NULL (sync/garments.h). */
weft_status weft_cli_import_garments(const weft_cli *cli, weft_store *store, const char *folder,
                                     const char *name, size_t workers, weft_err *err);

#endif
