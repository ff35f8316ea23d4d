#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "sync/embed.h"

static const char usage[] =
    "usage: weft embed [--workers N]\n\n"
    "Computes the image, text and hybrid embeddings of every product that has none\n"
    "yet or has changed since. May be stopped at any time, also by force: finished\n"
    "products stay finished, and the next run goes on with the rest.\n\n"
    "  --workers N   threads (default: one per processor)\n";

static void draw_progress(void *context, size_t done, size_t total) {
    weft_progress_update(context, done, total);
}

static void tell_photo_error(void *context, const char *product_id, const weft_err *why) {
    (void)context;
    fprintf(stderr, "%sproduct %s: photo not used: %s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "",
            product_id, why->message);
}

weft_status weft_cli_embed(const weft_cli *cli, weft_store *store, const weft_clip_model *model,
                           size_t workers, weft_err *err) {
    weft_progress progress;
    weft_embed_report report;
    weft_embed_options options = {
        .store = store,
        .model = model,
        .data_folder = cli->data_folder,
        .workers = workers,
        .hybrid_weight = 0.5f,
        .on_progress = draw_progress,
        .on_photo_error = tell_photo_error,
        .context = &progress,
        .cancel = weft_cli_catch_signals(),
    };
    weft_progress_begin(&progress, "embedding", "products");
    weft_status status = weft_embed_run(&options, &report, err);
    if (report.embedded) weft_progress_end(&progress);
    printf("%zu products: %zu embedded now (%zu with a photo), %zu up to date already",
           report.products, report.embedded, report.photos, report.products - report.embedded);
    if (report.photo_errors) printf(", %zu photos could not be read", report.photo_errors);
    putchar('\n');
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {
        {"workers", required_argument, NULL, 'w'}, {"help", no_argument, NULL, 'h'}, {0}};
    size_t workers = 0;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') return weft_cli_help(&weft_command_embed);
        if (option != 'w') return WEFT_EXIT_USAGE;
        if (!weft_cli_read_count(&weft_command_embed, "workers", optarg, &workers))
            return WEFT_EXIT_USAGE;
    }
    if (optind < argc) return weft_cli_usage(&weft_command_embed, "unexpected '%s'", argv[optind]);

    weft_store *store = NULL;
    weft_clip_model *model = NULL;
    weft_err err = {0};
    weft_status status = weft_cli_open_store(cli, &store, &err);
    if (!status) status = weft_cli_open_model(cli, &model, &err);
    if (!status) status = weft_cli_embed(cli, store, model, workers, &err);
    weft_clip_model_free(model);
    weft_store_close(store);
    return status ? weft_cli_fail("embed", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_embed = {
    .name = "embed",
    .summary = "compute the embeddings that are missing or out of date",
    .usage = usage,
    .run = run,
};
