#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "sync/synonyms_file.h"

static const char usage[] =
    "usage: weft synonyms init | check\n\n"
    "Synonyms are what a shop's customers call things: DATA/synonyms.txt, or weft's own list\n"
    "where there is no such file. A running server takes up a change within a second.\n\n"
    "  init    writes weft's own list to DATA/synonyms.txt, for the shop to change\n"
    "  check   reads the file and says what is wrong with it\n";

static weft_status init(const weft_cli *cli, weft_err *err) {
    char path[PATH_MAX];
    weft_str own = weft_synonyms_default();
    if (snprintf(path, sizeof path, "%s/%s", cli->data_folder, WEFT_SYNONYMS_NAME) >=
        (int)sizeof path)
        return weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", cli->data_folder);
    if (weft_file_exists(path)) return weft_fail(err, WEFT_E_CONFLICT, "%s: exists already", path);
    weft_status status = weft_dir_create(cli->data_folder, err);
    if (!status) status = weft_file_write_atomic(path, own.data, own.size, err);
    if (!status) printf("%s\n", path);
    return status;
}

static weft_status check(const weft_cli *cli, weft_err *err) {
    weft_synonyms_file *file;
    weft_status status = weft_synonyms_file_open(&file, cli->data_folder, err);
    if (status) return status;
    printf("%zu rules\n", weft_synonyms_file_current(file)->count);
    weft_synonyms_file_close(file);
    return WEFT_OK;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    const weft_command *self = &weft_command_synonyms;
    weft_err err = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') return weft_cli_help(self);
        return WEFT_EXIT_USAGE;
    }
    const char *what = argc - optind == 1 ? argv[optind] : "";
    weft_status status;
    if (strcmp(what, "init") == 0) status = init(cli, &err);
    else if (strcmp(what, "check") == 0) status = check(cli, &err);
    else return weft_cli_usage(self, "say init or check");
    return status ? weft_cli_fail("synonyms", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_synonyms = {
    .name = "synonyms",
    .summary = "what a shop's customers call things",
    .usage = usage,
    .run = run,
};
