#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/serve_set.h"
#include "sync/sources.h"

static const char usage[] =
    "usage: weft serve [--listen ADDRESS:PORT] [--encoders N] [--workers N] [--open-reads]\n"
    "                  [--any-host] [--index-engine ENGINE] [--log-searches] [--experiment "
    "FILE]\n"
    "                  [--explore SHARE]\n\n"
    "Serves the API, the page, and keeps the indexes in step with the database.\n"
    "Answers /ready once it can search. SIGTERM or Ctrl-C: finishes what is in hand\n"
    "and stops.\n\n"
    "  --listen ADDRESS:PORT  default 127.0.0.1:8080; port 0 takes any free one. Beyond\n"
    "                         loopback every request needs a token (weft token create)\n"
    "  --open-reads           beyond loopback: reads need no token, writes still do\n"
    "  --any-host             on loopback: accept any Host header (behind a proxy)\n"
    "  --index-engine ENGINE  where vectors are searched. memory (default): in this process.\n"
    "                         pgvector: in the PostgreSQL that --db names.\n"
    "                         opensearch://[USER:PASSWORD@]HOST:PORT[,HOST:PORT...][/PREFIX]:\n"
    "                         in an OpenSearch cluster with k-NN (opensearchs:// by TLS)\n"
    "  --log-searches         keep what searches showed and to whom, in the database: for\n"
    "                         experiments, and for learning from what users do\n"
    "  --experiment FILE      rank for a part of the users in another way, and keep searches\n"
    "                         (weft experiment)\n"
    "  --explore SHARE        of a list of recommendations, for products that few have looked at:\n"
    "                         0 (default) to 0.5; never the first place (weft eval explore)\n"
    "  --encoders N           threads that run the model (default: one per processor)\n"
    "  --workers N            requests answered at once; most of them wait for the\n"
    "                         encoder (default 64). As many again may wait for their turn,\n"
    "                         the rest gets 503\n";

enum { DEFAULT_WORKERS = 64, MAX_EXPERIMENT = 1 << 20 /* bytes of the file */ };

static void log_source_event(void *context, const char *source, const char *what,
                             const weft_err *why) {
    (void)context;
    weft_log(WEFT_LOG_WARN, "source %s: %s: %s", source, what, why->message);
}

/* Meanwhile the store may say that another set of embeddings is to be served. */
static void wait_for_signal(weft_serve_watch *watch) {
    if (watch->cli->model)
        weft_log(WEFT_LOG_INFO, "serving %s, whatever set is switched to: --model names it",
                 watch->serving->embedding_model);
    while (!atomic_load(watch->stop)) {
        weft_serve_watch_look(watch);
        weft_api_look(watch->api);
        usleep(100 * 1000);
    }
}

static weft_status start_server(weft_http_server **server, weft_api *api,
                                const weft_cli_serve_options *options, weft_err *err) {
    size_t workers = options->workers ? options->workers : DEFAULT_WORKERS;
    bool is_loopback = weft_http_address_is_loopback(options->listen);
    weft_http_options http = {
        .address = options->listen,
        .fallback = weft_api_fallback(),
        .context = api,
        .workers = workers,
        .queue_size = workers,
        .max_body = 32 * 1024 * 1024,
        .verify = weft_api_verify_token,
        .verify_context = api,
        .require_token_for_reads = !is_loopback && !options->open_reads,
        .require_token_for_private = !is_loopback,
        .allow_any_host = options->any_host,
    };
    http.routes = weft_api_routes(&http.route_count);
    return weft_http_server_start(server, &http, err);
}

/* *learned stays NULL when nothing has been learned. */
static weft_status open_learned(const weft_cli *cli, weft_learned **learned, weft_err *err) {
    char path[PATH_MAX];
    weft_status status = weft_cli_rank_path(cli, path, err);
    if (status || !weft_file_exists(path)) return status;
    status = weft_learned_open(learned, path, err);
    if (!status) weft_log(WEFT_LOG_INFO, "searches are ranked by %s (weft rank)", path);
    return status;
}

/* The file is read once: another experiment is another start. */
static weft_status read_experiment(const weft_cli_serve_options *options, weft_arena *arena,
                                   weft_experiment *experiment, weft_err *err) {
    weft_buf text;
    if (!options->experiment) return WEFT_OK;
    weft_buf_init(&text);
    weft_status status = weft_file_read(options->experiment, MAX_EXPERIMENT, &text, err);
    if (!status) {
        status =
            weft_experiment_parse(experiment, text.data ? text.data : "", text.size, arena, err);
        if (status) weft_fail_in(err, status, "%s", options->experiment);
    }
    weft_buf_deinit(&text);
    return status;
}

weft_status weft_cli_serve(const weft_cli *cli, weft_store *store, weft_clip_model *model,
                           const weft_cli_serve_options *options, weft_err *err) {
    weft_sources *sources = NULL;
    weft_search_log *searches = NULL;
    weft_learned *learned = NULL;
    weft_experiment experiment;
    weft_arena arena;
    weft_api *api = NULL;
    weft_http_server *server = NULL;
    weft_serve_watch watch = {
        .cli = cli, .store = store, .options = options, .stop = weft_cli_catch_signals()};
    weft_status status = weft_serve_set_open(cli, store, model, options, &watch.serving, err);
    if (status) return status;
    const weft_sources_options follow = {
        .store = store,
        .data_folder = cli->data_folder,
        .check_photo = weft_cli_check_photo,
        .on_event = log_source_event,
    };
    weft_arena_init(&arena, 0);
    status = open_learned(cli, &learned, err);
    if (!status) status = read_experiment(options, &arena, &experiment, err);
    if (!status && (options->log_searches || options->experiment))
        status = weft_search_log_new(&searches, store, err);
    if (!status) status = weft_sources_start(&sources, &follow, err);
    if (status) goto cleanup;
    const weft_api_options api_options = {
        .store = store,
        .sources = sources,
        .data_folder = cli->data_folder,
        .serving = watch.serving,
        .searches = searches,
        .experiment = options->experiment ? &experiment : NULL,
        .learned = learned,
        .explore = options->explore,
    };
    status = weft_api_new(&api, &api_options, err);
    if (!status) status = start_server(&server, api, options, err);
    if (status) goto cleanup;
    watch.api = api;

    const char *colon = strrchr(options->listen, ':');
    printf("weft is serving on http://%.*s:%u\n", (int)(colon - options->listen), options->listen,
           weft_http_server_port(server));
    fflush(stdout);
    wait_for_signal(&watch);
    weft_log(WEFT_LOG_INFO, "stopping");

cleanup:
    weft_http_server_stop(server);
    weft_api_free(api);
    weft_search_log_free(searches);
    weft_learned_free(learned);
    weft_sources_stop(sources);
    weft_arena_deinit(&arena);
    weft_serving_free(watch.serving);
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option table[] = {{"listen", required_argument, NULL, 'l'},
                                          {"workers", required_argument, NULL, 'w'},
                                          {"encoders", required_argument, NULL, 'e'},
                                          {"open-reads", no_argument, NULL, 'r'},
                                          {"any-host", no_argument, NULL, 'a'},
                                          {"index-engine", required_argument, NULL, 'i'},
                                          {"log-searches", no_argument, NULL, 'k'},
                                          {"experiment", required_argument, NULL, 'x'},
                                          {"explore", required_argument, NULL, 'p'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    weft_cli_serve_options options = {.listen = "127.0.0.1:8080", .hybrid_weight = 0.5f};
    double share;
    int option;
    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (option) {
        case 'l': options.listen = optarg; break;
        case 'r': options.open_reads = true; break;
        case 'a': options.any_host = true; break;
        case 'i': options.index_engine = optarg; break;
        case 'k': options.log_searches = true; break;
        case 'x': options.experiment = optarg; break;
        case 'p':
            if (!weft_str_to_double(weft_str_of(optarg), &share) || share < 0 || share > 0.5)
                return weft_cli_usage(&weft_command_serve, "--explore takes 0 to 0.5, not '%s'",
                                      optarg);
            options.explore = (float)share;
            break;
        case 'w':
            if (!weft_cli_read_count(&weft_command_serve, "workers", optarg, &options.workers))
                return WEFT_EXIT_USAGE;
            break;
        case 'e':
            if (!weft_cli_read_count(&weft_command_serve, "encoders", optarg, &options.encoders))
                return WEFT_EXIT_USAGE;
            break;
        case 'h': return weft_cli_help(&weft_command_serve);
        default: return WEFT_EXIT_USAGE;
        }
    }
    if (optind < argc) return weft_cli_usage(&weft_command_serve, "unexpected '%s'", argv[optind]);

    weft_store *store = NULL;
    weft_clip_model *model = NULL;
    weft_err err = {0};
    weft_status status = weft_cli_open_store(cli, &store, &err);
    if (!status) status = weft_cli_open_model(cli, store, &model, &err);
    if (!status) status = weft_cli_serve(cli, store, model, &options, &err);
    weft_store_close(store);
    return status ? weft_cli_fail("serve", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_serve = {
    .name = "serve",
    .summary = "serve the API and the page, and keep the indexes in step",
    .usage = usage,
    .run = run,
};
