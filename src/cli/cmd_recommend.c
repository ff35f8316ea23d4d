#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/loaded.h"
#include "cli/progress.h"
#include "recommend/learn.h"

static const char usage[] =
    "usage: weft recommend build\n\n"
    "Learns from all events what recommendations are made of: the tastes of users (by\n"
    "collaborative filtering), and how much to weigh them beside what is known of products.\n"
    "Kept in DATA/recommend; a server takes it up by itself. Do it again when there are many\n"
    "new events, each night for instance.\n";

static void begin_step(void *context, const char *what) {
    weft_progress *progress = context;
    if (progress->what) weft_progress_end(progress);
    weft_progress_begin(progress, what, "%");
}

static void draw(void *context, double done) {
    weft_progress_update(context, (size_t)(done * 100), 100);
}

static weft_status build(const weft_cli *cli, weft_err *err) {
    char folder[PATH_MAX];
    weft_cli_loaded l;
    weft_event_log log = {0};
    weft_learning learning = {0};
    weft_progress progress = {0};
    const weft_learn_watch watch = {.on_step = begin_step,
                                    .on_progress = draw,
                                    .context = &progress,
                                    .cancel = weft_cli_catch_signals()};
    weft_status status = weft_cli_load(cli, &l, err);
    if (!status && snprintf(folder, sizeof folder, "%s/recommend", cli->data_folder) >= PATH_MAX)
        status = weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", cli->data_folder);
    if (!status) status = weft_event_log_read(&log, l.store, l.snapshot->catalog, err);
    if (!status) status = weft_learn(l.shelf, &log, &watch, &learning, err);
    if (progress.what) weft_progress_end(&progress);
    if (!status) status = weft_learning_write(&learning, folder, err);
    if (!status) {
        printf("learned from %zu events of %zu users\n", learning.events, learning.users);
        printf(learning.is_fitted ? "weights, by what users chose:"
                                  : "too few purchases to weigh by; weights as they come:");
        for (int part = 0; part < WEFT_PART_COUNT; part++)
            printf(" %s %.2f", weft_recommend_part_name((weft_recommend_part)part),
                   (double)learning.weights.of[part]);
        putchar('\n');
    }
    weft_learning_deinit(&learning);
    weft_event_log_deinit(&log);
    weft_cli_unload(&l);
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    weft_err err = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
        return option == 'h' ? weft_cli_help(&weft_command_recommend) : WEFT_EXIT_USAGE;
    if (argc - optind != 1 || strcmp(argv[optind], "build") != 0)
        return weft_cli_usage(&weft_command_recommend, "build is needed");
    weft_status status = build(cli, &err);
    return status ? weft_cli_fail("recommend", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_recommend = {
    .name = "recommend",
    .summary = "learn from users' events what to recommend",
    .usage = usage,
    .run = run,
};
