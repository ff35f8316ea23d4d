#include <getopt.h>
#include <limits.h>
#include <stdio.h>

#include "cli/cli.h"

static const char usage[] =
    "usage: weft demo [--listen ADDRESS:PORT]\n\n"
    "Loads the demo catalog, embeds it, makes users who are not real and what they did, works out\n"
    "recommendations from that, and serves the shop. What is done already is not done again, so\n"
    "the second start is quick.\n\n"
    "  --listen ADDRESS:PORT   default 127.0.0.1:8080\n";

enum { USERS = 400 };

static weft_status demo(const weft_cli *cli, const char *listen, weft_err *err) {
    char folder[PATH_MAX];
    weft_store *store = NULL;
    weft_clip_model *model = NULL;
    size_t count = 0;
    bool is_new = false; /* a shop of one's own has users of its own */
    weft_status status = weft_cli_open_store(cli, &store, err);
    if (!status) status = weft_cli_open_model(cli, store, &model, err);
    if (!status) status = weft_store_count_products(store, &count, err);
    if (!status && count == 0) {
        status = weft_cli_find_demo(folder, sizeof folder, err);
        if (!status) status = weft_cli_import_kaggle(cli, store, folder, 0, err);
        is_new = true;
    }
    if (!status) status = weft_cli_embed(cli, store, model, &(weft_cli_embed_options){0}, err);
    if (!status && is_new) status = weft_cli_make_users(cli, USERS, err);
    if (!status && is_new) status = weft_cli_build_recommendations(cli, err);
    if (status) {
        weft_clip_model_free(model);
    } else {
        weft_cli_serve_options options = {.listen = listen, .hybrid_weight = 0.5f};
        status = weft_cli_serve(cli, store, model, &options, err);
    }
    weft_store_close(store);
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {
        {"listen", required_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *listen = "127.0.0.1:8080";
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') return weft_cli_help(&weft_command_demo);
        if (option != 'l') return WEFT_EXIT_USAGE;
        listen = optarg;
    }
    if (optind < argc) return weft_cli_usage(&weft_command_demo, "unexpected '%s'", argv[optind]);
    weft_err err = {0};
    weft_status status = demo(cli, listen, &err);
    return status ? weft_cli_fail("demo", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_demo = {
    .name = "demo",
    .summary = "load the demo catalog, embed it and serve the shop",
    .usage = usage,
    .run = run,
};
