/* main.c - the front door: global options, then one of the commands. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"

static const weft_command *const commands[] = {
    &weft_command_demo,    &weft_command_import,    &weft_command_embed,      &weft_command_index,
    &weft_command_search,  &weft_command_serve,     &weft_command_source,     &weft_command_token,
    &weft_command_model,   &weft_command_backup,    &weft_command_restore,    &weft_command_eval,
    &weft_command_catalog, &weft_command_synonyms,  &weft_command_experiment, &weft_command_rank,
    &weft_command_users,   &weft_command_recommend,
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_help(FILE *out) {
    fputs("weft - fashion search and recommendation on your own machine\n\n"
          "usage: weft [--data DIR | --db URL] [--model NAME] [--precision P] COMMAND [...]\n\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n"
          "  --data DIR    where products, photos and indexes are kept (default ./weft-data)\n"
          "  --db URL      a database elsewhere: sqlite:PATH or\n"
          "                postgresql://USER:PASSWORD@HOST:PORT/DATABASE\n"
          "  --model NAME  a CLIP model: a folder, or a name such as weft-mini (the default,\n"
          "                until weft model switch says otherwise)\n"
          "  --precision P what the model computes in: f32, bf16, int8, or auto (the default):\n"
          "                bf16 where the machine multiplies it, else f32\n"
          "  --verbose     log more\n"
          "  --version     print the version\n"
          "\n'weft COMMAND --help' explains a command.\n",
          out);
}

static const weft_command *find_command(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    return NULL;
}

static const char *or_default(const char *value, const char *fallback) {
    return value && value[0] ? value : fallback;
}

int main(int argc, char **argv) {
    enum {
        OPTION_DATA = 256,
        OPTION_DB,
        OPTION_MODEL,
        OPTION_PRECISION,
        OPTION_VERBOSE,
        OPTION_VERSION
    };
    static const struct option options[] = {
        {"data", required_argument, NULL, OPTION_DATA},
        {"db", required_argument, NULL, OPTION_DB},
        {"model", required_argument, NULL, OPTION_MODEL},
        {"precision", required_argument, NULL, OPTION_PRECISION},
        {"verbose", no_argument, NULL, OPTION_VERBOSE},
        {"version", no_argument, NULL, OPTION_VERSION},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    weft_cli cli = {
        .data_folder = or_default(getenv("WEFT_DATA"), "weft-data"),
        .db_url = getenv("WEFT_DB"),
        .model = or_default(getenv("WEFT_MODEL"), NULL),
    };
    const char *precision = or_default(getenv("WEFT_PRECISION"), "auto");
    int option;
    while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
        switch (option) {
        case OPTION_DATA: cli.data_folder = optarg; break;
        case OPTION_DB: cli.db_url = optarg; break;
        case OPTION_MODEL: cli.model = optarg; break;
        case OPTION_PRECISION: precision = optarg; break;
        case OPTION_VERBOSE: weft_log_set_level(WEFT_LOG_DEBUG); break;
        case OPTION_VERSION: puts("weft " WEFT_VERSION); return WEFT_EXIT_OK;
        case 'h': print_help(stdout); return WEFT_EXIT_OK;
        default: return WEFT_EXIT_USAGE;
        }
    }
    if (!weft_precision_parse(precision, &cli.precision)) {
        fprintf(stderr, "weft: --precision takes auto, f32, bf16 or int8, not '%s'\n", precision);
        return WEFT_EXIT_USAGE;
    }
    if (optind == argc) {
        print_help(stderr);
        return WEFT_EXIT_USAGE;
    }
    const char *name = argv[optind];
    if (strcmp(name, "help") == 0) {
        const weft_command *about = optind + 1 < argc ? find_command(argv[optind + 1]) : NULL;
        if (about) return weft_cli_help(about);
        print_help(stdout);
        return WEFT_EXIT_OK;
    }
    const weft_command *command = find_command(name);
    if (!command) {
        fprintf(stderr, "weft: no command '%s'; 'weft help' lists them\n", name);
        return WEFT_EXIT_USAGE;
    }
    int first = optind;
    optind = 0; /* the command reads its own options from the start */
    return command->run(&cli, argc - first, argv + first);
}
