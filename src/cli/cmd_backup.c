#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "sync/backup.h"

static const char backup_usage[] =
    "usage: weft backup FOLDER\n"
    "       weft backup --verify FOLDER\n\n"
    "Copies the database and the photos at one moment into a folder, while servers serve\n"
    "and write. Again into the same folder it copies only new photos; what was there stays\n"
    "whole until the new backup is. The database in it is SQLite, whatever --db is, so that\n"
    "it can be restored into either. It holds access tokens (as SHA-256) and the URLs of\n"
    "sources: keep it as safe as the database.\n\n"
    "  --verify   only checks a backup, every byte of it\n";

static const char restore_usage[] =
    "usage: weft [--data DIR] [--db URL] restore FOLDER\n\n"
    "Puts a backup into an empty database and a data folder, having checked every byte of\n"
    "it; then counts what came back. The database is as it was until all of it is there.\n"
    "Indexes are built anew by the next server; sources are copied anew.\n";

static weft_backup_watch watch_with(weft_progress *bar, const char *what) {
    weft_progress_begin(bar, what, "photos");
    return (weft_backup_watch){
        .on_progress = weft_progress_on_count, .context = bar, .cancel = weft_cli_catch_signals()};
}

static void print_report(const char *what, const weft_backup_report *r, const char *folder) {
    printf("%s %s: %zu products, a database of %zu bytes, %zu photos", what, folder, r->products,
           r->database_bytes, r->photos);
    if (r->missing) printf(" (%zu of them missing from the data folder)", r->missing);
    putchar('\n');
}

static weft_status verify(const char *folder, weft_err *err) {
    weft_backup_report report;
    weft_progress bar;
    const weft_backup_watch watch = watch_with(&bar, "verifying");
    weft_status status = weft_backup_verify(folder, &watch, &report, err);
    weft_progress_end(&bar);
    if (!status) print_report("whole:", &report, folder);
    return status;
}

static weft_status back_up(const weft_cli *cli, const char *folder, weft_err *err) {
    weft_store *store = NULL;
    weft_backup_report report;
    weft_progress bar;
    weft_status status = weft_cli_open_store(cli, &store, err);
    if (status) return status;
    const weft_backup_watch watch = watch_with(&bar, "backing up");
    status = weft_backup_make(store, cli->data_folder, folder, &watch, &report, err);
    weft_progress_end(&bar);
    weft_store_close(store);
    if (status) return status;
    print_report("backed up into", &report, folder);
    printf("%zu photos were new\n", report.copied);
    return WEFT_OK;
}

static weft_status restore(const weft_cli *cli, const char *folder, weft_err *err) {
    weft_store *store = NULL;
    weft_backup_report report;
    weft_progress bar;
    weft_status status = weft_cli_open_store(cli, &store, err);
    if (status) return status;
    const weft_backup_watch watch = watch_with(&bar, "restoring");
    status = weft_backup_restore(store, cli->data_folder, folder, &watch, &report, err);
    weft_progress_end(&bar);
    weft_store_close(store);
    if (!status) print_report("restored from", &report, folder);
    return status;
}

/* Reads --help and, where it is known, --verify. WEFT_EXIT_OK, or the status to end with;
 * *done: help was printed. */
static int read_arguments(const weft_command *self, int argc, char **argv, bool *verifies,
                          bool *done) {
    static const struct option options[] = {
        {"verify", no_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'}, {0}};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        *done = option == 'h';
        if (*done) return weft_cli_help(self);
        if (option != 'v') return WEFT_EXIT_USAGE;
        if (!verifies) return weft_cli_usage(self, "it always verifies");
        *verifies = true;
    }
    if (argc - optind != 1) return weft_cli_usage(self, "one FOLDER is needed");
    return WEFT_EXIT_OK;
}

static int run_backup(const weft_cli *cli, int argc, char **argv) {
    bool verifies = false, done = false;
    weft_err err = {0};
    int exit_status = read_arguments(&weft_command_backup, argc, argv, &verifies, &done);
    if (exit_status != WEFT_EXIT_OK || done) return exit_status;
    weft_status status = verifies ? verify(argv[optind], &err) : back_up(cli, argv[optind], &err);
    return status ? weft_cli_fail("backup", status, &err) : WEFT_EXIT_OK;
}

static int run_restore(const weft_cli *cli, int argc, char **argv) {
    bool done = false;
    weft_err err = {0};
    int exit_status = read_arguments(&weft_command_restore, argc, argv, NULL, &done);
    if (exit_status != WEFT_EXIT_OK || done) return exit_status;
    weft_status status = restore(cli, argv[optind], &err);
    return status ? weft_cli_fail("restore", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_backup = {
    .name = "backup",
    .summary = "copy database and photos while they are served",
    .usage = backup_usage,
    .run = run_backup,
};

const weft_command weft_command_restore = {
    .name = "restore",
    .summary = "put a backup into an empty database",
    .usage = restore_usage,
    .run = run_restore,
};
