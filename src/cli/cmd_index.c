#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/index_measure.h"
#include "cli/index_saved.h"
#include "cli/progress.h"
#include "sync/embed.h"
#include "sync/snapshot_file.h"

static const char usage[] =
    "usage: weft index build [--threads N] | status | verify [--queries N]\n"
    "                  | bench [--queries N] [--json]\n\n"
    "The three indexes (image, text, hybrid) as files in the data folder, from which the\n"
    "next start is quick. The database stays the truth: nothing is lost with them.\n\n"
    "  build         build them from the database and save them\n"
    "  status        what is saved, how far behind the database, and whether it is usable\n"
    "  verify        check that they hang together and find what an exact search finds\n"
    "  bench         searches a second and recall, by how far a search reaches\n\n"
    "  --threads N   to build with (default: one per processor)\n"
    "  --queries N   products to search with (default: verify 200, bench 1000)\n"
    "  --json        a line of JSON for each measurement\n";

enum { VERIFY_QUERIES = 200, BENCH_QUERIES = 1000, QUERIES_MAX = 1000000 };

typedef struct {
    size_t threads, queries; /* 0: the default */
    bool json;
} arguments;

/* What every verb works with. */
typedef struct {
    weft_store *store;
    weft_clip_model *model;
    char model_name[WEFT_EMBEDDING_MODEL_SIZE], folder[PATH_MAX];
    weft_snapshot_options inverted, exact; /* ways to load a snapshot */
} session;

static weft_status session_open(session *s, const weft_cli *cli, weft_err *err) {
    weft_status status = weft_cli_open_store(cli, &s->store, err);
    if (!status) status = weft_cli_open_model(cli, s->store, &s->model, err);
    if (status) return status;
    weft_embedding_model_name(s->model, s->model_name);
    status = weft_snapshot_folder(s->folder, cli->data_folder, s->model_name, err);
    if (status) return status;
    s->exact = (weft_snapshot_options){.store = s->store,
                                       .embedding_model = s->model_name,
                                       .dim = weft_clip_model_info(s->model).dim};
    s->inverted = s->exact;
    s->inverted.ivf_from = 1;
    return WEFT_OK;
}

static void session_close(session *s) {
    weft_clip_model_free(s->model);
    weft_store_close(s->store);
}

/* ---- building ---- */

/* A bar for each index, one after the other. */
typedef struct {
    weft_progress bar;
    weft_embedding_kind kind; /* of the bar */
    bool is_drawing;
    double seconds[WEFT_KIND_COUNT];
} build_progress;

static void end_bar(build_progress *p, bool is_built) {
    if (!p->is_drawing) return;
    if (is_built) p->bar.done = p->bar.total = 100;
    weft_progress_end(&p->bar);
    p->seconds[p->kind] = weft_clock_seconds() - p->bar.started;
    p->is_drawing = false;
}

static void draw_progress(void *context, weft_embedding_kind kind, double done) {
    static const char *const names[WEFT_KIND_COUNT] = {"image index", "text index", "hybrid index"};
    build_progress *p = context;
    if (kind != p->kind) end_bar(p, true);
    if (!p->is_drawing) weft_progress_begin(&p->bar, names[kind], "%");
    p->kind = kind;
    p->is_drawing = true;
    weft_progress_update(&p->bar, (size_t)(done * 100), 100);
}

static weft_status build_snapshot(weft_snapshot **snapshot, const weft_snapshot_options *options,
                                  build_progress *p, weft_err *err) {
    weft_snapshot_options watched = *options;
    watched.on_progress = draw_progress;
    watched.context = p;
    weft_status status = weft_snapshot_load(snapshot, &watched, err);
    end_bar(p, !status);
    return status;
}

static weft_status build(const session *s, const arguments *a, weft_err *err) {
    weft_snapshot *snapshot = NULL;
    build_progress progress = {0};
    weft_snapshot_options options = s->inverted;
    size_t products;
    options.threads = a->threads;
    options.cancel = weft_cli_catch_signals();
    weft_status status = weft_store_count_products(s->store, &products, err);
    if (!status && products == 0) {
        puts("there are no products, so there is nothing to build: weft import");
        return WEFT_OK;
    }
    if (!status) status = build_snapshot(&snapshot, &options, &progress, err);
    if (!status) status = weft_snapshot_save(snapshot, &options, s->folder, err);
    if (!status) status = weft_saved_print_built(snapshot, s->folder, progress.seconds, err);
    weft_snapshot_release(snapshot);
    return status;
}

/* ---- what is there ---- */

static weft_status show_status(const session *s, const arguments *a, weft_err *err) {
    (void)a;
    return weft_saved_print_status(&s->inverted, s->folder, err);
}

static weft_status verify(const session *s, const arguments *a, weft_err *err) {
    weft_snapshot *snapshot = NULL, *exact = NULL;
    weft_snapshot_saved saved;
    weft_status status = weft_snapshot_look(&saved, s->folder, err);
    if (status == WEFT_E_NOT_FOUND)
        return weft_fail(err, status, "nothing is saved in %s: weft index build", s->folder);
    if (!status) status = weft_snapshot_open(&snapshot, &s->inverted, s->folder, err);
    for (int k = 0; k < WEFT_KIND_COUNT && !status; k++) {
        status = weft_index_verify(snapshot->index[k], err);
        if (status)
            weft_fail_in(err, status, "%s index", weft_embedding_kind_name((weft_embedding_kind)k));
    }
    if (!status) puts("image, text and hybrid index hang together\n");
    if (!status) status = weft_snapshot_load(&exact, &s->exact, err);
    if (!status)
        status =
            weft_measure_recall(snapshot, exact, a->queries ? a->queries : VERIFY_QUERIES, err);
    weft_snapshot_release(exact);
    weft_snapshot_release(snapshot);
    return status;
}

static weft_status bench(const session *s, const arguments *a, weft_err *err) {
    weft_snapshot *snapshot = NULL, *exact = NULL;
    weft_snapshot_saved saved;
    build_progress progress = {0};
    weft_status status = weft_snapshot_look(&saved, s->folder, err);
    if (status == WEFT_E_NOT_FOUND) {
        fprintf(stderr, "nothing is saved in %s: building what is measured\n", s->folder);
        status = build_snapshot(&snapshot, &s->inverted, &progress, err);
    } else if (!status) {
        status = weft_snapshot_open(&snapshot, &s->inverted, s->folder, err);
    }
    if (!status) status = weft_snapshot_load(&exact, &s->exact, err);
    if (!status)
        status = weft_measure_speed(snapshot, exact, a->queries ? a->queries : BENCH_QUERIES,
                                    a->json, err);
    weft_snapshot_release(exact);
    weft_snapshot_release(snapshot);
    return status;
}

/* ---- the command ---- */

typedef struct {
    const char *name, *options; /* the letters of those it takes */
    weft_status (*run)(const session *s, const arguments *a, weft_err *err);
} verb;

static const verb *find_verb(const char *name) {
    static const verb verbs[] = {{"build", "t", build},
                                 {"status", "", show_status},
                                 {"verify", "q", verify},
                                 {"bench", "qj", bench}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
    return NULL;
}

/* WEFT_EXIT_OK, or the status to end with. *done: help was printed. */
static int read_arguments(arguments *a, const verb *v, int argc, char **argv, bool *done) {
    static const struct option options[] = {{"threads", required_argument, NULL, 't'},
                                            {"queries", required_argument, NULL, 'q'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const weft_command *self = &weft_command_index;
    uint64_t queries;
    int option, which = 0;
    while ((option = getopt_long(argc, argv, "h", options, &which)) != -1) {
        *done = option == 'h';
        if (*done) return weft_cli_help(self);
        if (option == '?') return WEFT_EXIT_USAGE;
        if (!strchr(v->options, option))
            return weft_cli_usage(self, "%s takes no --%s", v->name, options[which].name);
        if (option == 't' && !weft_cli_read_count(self, "threads", optarg, &a->threads))
            return WEFT_EXIT_USAGE;
        if (option == 'q') {
            if (!weft_str_to_u64(weft_str_of(optarg), &queries) || queries < 1 ||
                queries > QUERIES_MAX)
                return weft_cli_usage(self, "--queries takes 1 to %d, not '%s'", (int)QUERIES_MAX,
                                      optarg);
            a->queries = (size_t)queries;
        }
        a->json = a->json || option == 'j';
    }
    if (optind < argc) return weft_cli_usage(self, "unexpected '%s'", argv[optind]);
    return WEFT_EXIT_OK;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return weft_cli_help(&weft_command_index);
    const verb *v = find_verb(name);
    if (!v) {
        fputs(usage, stderr);
        return WEFT_EXIT_USAGE;
    }
    arguments a = {0};
    bool done = false;
    int exit_status = read_arguments(&a, v, argc - 1, argv + 1, &done);
    if (exit_status != WEFT_EXIT_OK || done) return exit_status;

    session s = {0};
    weft_err err = {0};
    weft_status status = session_open(&s, cli, &err);
    if (!status) status = v->run(&s, &a, &err);
    session_close(&s);
    return status ? weft_cli_fail("index", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_index = {
    .name = "index",
    .summary = "build, check and measure the saved indexes",
    .usage = usage,
    .run = run,
};
