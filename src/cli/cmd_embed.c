#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "sync/embed.h"

static const char usage[] =
    "usage: weft embed [--workers N] [--worker [--lease SECONDS]]\n\n"
    "Computes the image, text and hybrid embeddings of every product that has none\n"
    "yet or has changed since. May be stopped at any time, also by force: finished\n"
    "products stay finished, and the next run goes on with the rest.\n\n"
    "  --workers N      threads (default: one per processor)\n"
    "  --worker         share the work with others that are started like this, on this or\n"
    "                   other machines with the same --db and the same photos below --data:\n"
    "                   each takes some products at a time until none are left\n"
    "  --lease SECONDS  what a worker has taken and not finished after this time is given to\n"
    "                   another (default 60)\n";

enum { WORKER_NAME_SIZE = 96, MAX_LEASE_SECONDS = 86400 };

/* Machine, process and chance: no two workers have the same name. */
static void name_worker(char out[WORKER_NAME_SIZE]) {
    char host[48] = "worker";
    uint32_t chance;
    gethostname(host, sizeof host - 1);
    weft_random_bytes(&chance, sizeof chance);
    snprintf(out, WORKER_NAME_SIZE, "%s %d %08x", host, (int)getpid(), chance);
}

static void tell_photo_error(void *context, const char *product_id, const weft_err *why) {
    (void)context;
    fprintf(stderr, "%sproduct %s: photo not used: %s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "",
            product_id, why->message);
}

weft_status weft_cli_embed(const weft_cli *cli, weft_store *store, const weft_clip_model *model,
                           const weft_cli_embed_options *shared, weft_err *err) {
    char worker[WORKER_NAME_SIZE];
    weft_progress progress;
    weft_embed_report report;
    weft_embed_options options = {
        .store = store,
        .model = model,
        .data_folder = cli->data_folder,
        .workers = shared->workers,
        .worker = shared->is_shared ? worker : NULL,
        .lease_seconds = shared->lease_seconds,
        .hybrid_weight = 0.5f,
        .on_progress = weft_progress_on_count,
        .on_photo_error = tell_photo_error,
        .context = &progress,
        .cancel = weft_cli_catch_signals(),
    };
    name_worker(worker);
    weft_progress_begin(&progress, "embedding", "products");
    weft_status status = weft_embed_run(&options, &report, err);
    if (report.embedded) weft_progress_end(&progress);
    printf("%zu products: %zu embedded now (%zu with a photo), %zu %s", report.products,
           report.embedded, report.photos, report.products - report.embedded,
           shared->is_shared ? "up to date or embedded by others" : "up to date already");
    if (report.photo_errors) printf(", %zu photos could not be read", report.photo_errors);
    putchar('\n');
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {{"workers", required_argument, NULL, 'w'},
                                            {"worker", no_argument, NULL, 's'},
                                            {"lease", required_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    weft_cli_embed_options embed = {0};
    uint64_t seconds;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'h': return weft_cli_help(&weft_command_embed);
        case 's': embed.is_shared = true; break;
        case 'w':
            if (!weft_cli_read_count(&weft_command_embed, "workers", optarg, &embed.workers))
                return WEFT_EXIT_USAGE;
            break;
        case 'l':
            if (!weft_str_to_u64(weft_str_of(optarg), &seconds) || seconds < 1 ||
                seconds > MAX_LEASE_SECONDS)
                return weft_cli_usage(&weft_command_embed,
                                      "--lease takes 1 to %d seconds, not '%s'", MAX_LEASE_SECONDS,
                                      optarg);
            embed.lease_seconds = (double)seconds;
            break;
        default: return WEFT_EXIT_USAGE;
        }
    }
    if (optind < argc) return weft_cli_usage(&weft_command_embed, "unexpected '%s'", argv[optind]);

    weft_store *store = NULL;
    weft_clip_model *model = NULL;
    weft_err err = {0};
    weft_status status = weft_cli_open_store(cli, &store, &err);
    if (!status) status = weft_cli_open_model(cli, store, &model, &err);
    if (!status) status = weft_cli_embed(cli, store, model, &embed, &err);
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
