#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/loaded.h"
#include "cli/progress.h"
#include "recommend/synth.h"
#include "recommend/user_features.h"

static const char usage[] =
    "usage: weft users synth [--count N] [--seed N] [--days N]\n"
    "       weft users features\n\n"
    "synth makes users who are not real, in eight segments, and what they did: 5 to 50 views,\n"
    "things put into carts and purchases each, for trying recommendations out. Products that\n"
    "are there already are what they choose from.\n\n"
    "  --count N  users (10000)\n"
    "  --seed N   other ones (1)\n"
    "  --days N   over which they came, until now (120)\n\n"
    "features brings the table user_style_features into step with all events. A server does so\n"
    "by itself, within a second.\n";

enum { MAX_USERS = 1000000, STEP = 100000 /* events */ };

typedef struct {
    uint64_t count, seed;
    double days;
} arguments;

/* Of the first user events must be missing: or all of them would be twice. */
static weft_status note_any(void *context, int64_t number, const weft_event *event, weft_err *err) {
    (void)number;
    (void)event;
    (void)err;
    *(bool *)context = true;
    return WEFT_OK;
}

static weft_status write_synth(weft_store *store, const weft_synth *synth, weft_err *err) {
    bool is_there = false;
    const char *first = synth->users[0].user_id;
    weft_status status = weft_store_each_user_event(store, first, 1, note_any, &is_there, err);
    if (status) return status;
    if (is_there)
        return weft_fail(err, WEFT_E_CONFLICT,
                         "there are events of %s already: synthetic users "
                         "can be made once",
                         first);
    status = weft_store_put_users(store, synth->users, synth->user_count, err);
    /* One transaction: half of them would look like all. */
    if (!status)
        status = weft_store_put_events(store, synth->events, synth->event_count, NULL, err);
    return status;
}

static weft_status make_synth(const weft_cli *cli, const arguments *a, weft_err *err) {
    weft_cli_loaded l;
    weft_synth synth = {0};
    weft_progress progress;
    weft_status status = weft_cli_load(cli, &l, err);
    if (!status) {
        const weft_synth_options options = {.users = (size_t)a->count,
                                            .seed = a->seed,
                                            .until = weft_clock_now(),
                                            .days = a->days,
                                            .cancel = weft_cli_catch_signals(),
                                            .on_progress = weft_progress_on_count,
                                            .context = &progress};
        weft_progress_begin(&progress, "making users", "users");
        status = weft_synth_make(&synth, l.snapshot->catalog, &options, err);
        weft_progress_end(&progress);
    }
    if (!status) status = write_synth(l.store, &synth, err);
    if (!status) printf("%zu users with %zu events\n", synth.user_count, synth.event_count);
    weft_synth_deinit(&synth);
    weft_cli_unload(&l);
    return status;
}

weft_status weft_cli_make_users(const weft_cli *cli, size_t count, weft_err *err) {
    return make_synth(cli, &(arguments){.count = count, .seed = 1, .days = 120}, err);
}

static weft_status make_features(const weft_cli *cli, weft_err *err) {
    weft_cli_loaded l;
    weft_progress progress;
    weft_features_step step = {.events = 1};
    int64_t from = 0, at = 0, last = 0;
    size_t users = 0;
    const atomic_bool *stop = weft_cli_catch_signals();
    weft_status status = weft_cli_load(cli, &l, err);
    if (!status) status = weft_store_features_position(l.store, &from, err);
    if (!status) status = weft_store_last_event(l.store, &last, err);
    weft_progress_begin(&progress, "features", "events");
    while (!status && step.events && !atomic_load(stop)) {
        status = weft_features_follow(l.store, l.shelf, l.embedding_model, STEP, &step, err);
        if (!status) status = weft_store_features_position(l.store, &at, err);
        users += step.users;
        if (at > last) last = at;
        weft_progress_update(&progress, (size_t)(at - from), (size_t)(last - from));
    }
    weft_progress_end(&progress);
    if (!status && atomic_load(stop)) status = weft_fail(err, WEFT_E_CANCELLED, "interrupted");
    if (!status) printf("features of %zu users are current\n", users);
    weft_cli_unload(&l);
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {{"count", required_argument, NULL, 'c'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"days", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const weft_command *self = &weft_command_users;
    arguments a = {.count = 10000, .seed = 1, .days = 120};
    weft_err err = {0};
    weft_status status;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        weft_str text = weft_str_of(optarg ? optarg : "");
        switch (option) {
        case 'h': return weft_cli_help(self);
        case 'c':
            if (!weft_str_to_u64(text, &a.count) || a.count < 1 || a.count > MAX_USERS)
                return weft_cli_usage(self, "--count takes 1 to %d, not '%s'", MAX_USERS, optarg);
            break;
        case 's':
            if (!weft_str_to_u64(text, &a.seed) || a.seed < 1)
                return weft_cli_usage(self, "--seed takes a number from 1 on, not '%s'", optarg);
            break;
        case 'd':
            if (!weft_str_to_double(text, &a.days) || a.days <= 0 || a.days > 3650)
                return weft_cli_usage(self, "--days takes up to 3650, not '%s'", optarg);
            break;
        default: return WEFT_EXIT_USAGE;
        }
    }
    if (argc - optind != 1) return weft_cli_usage(self, "synth or features is needed");
    if (strcmp(argv[optind], "synth") == 0) status = make_synth(cli, &a, &err);
    else if (strcmp(argv[optind], "features") == 0) status = make_features(cli, &err);
    else return weft_cli_usage(self, "no such thing as '%s'", argv[optind]);
    return status ? weft_cli_fail("users", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_users = {
    .name = "users",
    .summary = "synthetic users, and what users' events say of them",
    .usage = usage,
    .run = run,
};
