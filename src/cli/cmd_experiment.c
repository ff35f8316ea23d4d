#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "search/experiment.h"

static const char usage[] =
    "usage: weft experiment report NAME [--json]\n"
    "       weft experiment check FILE\n\n"
    "Two ways to rank, each for its part of the users (weft serve --experiment FILE), and\n"
    "whether what users do differs. Users are what is compared, not searches: one who searches\n"
    "often does not count more.\n\n"
    "  report   per arm: users, searches, the share of a user's searches that led to a click, and\n"
    "           of users who bought; the difference, its 95 % interval, and how likely so large\n"
    "           a one would be by chance\n"
    "  check    reads the file of an experiment and says what is wrong with it\n";

enum { MAX_FILE = 1 << 20 };
static const double LEVEL = 0.05; /* of chance, below which a difference is called real */

/* What one user did; users come one after the other. */
typedef struct {
    char user_id[256], query_id[256];
    int arm;
    size_t searches, clicked;
    bool has_clicked, has_bought; /* the present search; any of the user's */
} user_so_far;

typedef struct {
    weft_sample clicks[2], buyers[2]; /* by arm, a value a user */
    size_t searches[2], in_both;      /* users who were seen in both arms: not counted */
    user_so_far user;
    bool is_mixed;
} counting;

static void end_search(counting *c) {
    c->user.clicked += c->user.has_clicked;
    c->user.has_clicked = false;
}

static void end_user(counting *c) {
    if (!c->user.searches) return;
    end_search(c);
    if (c->is_mixed) {
        c->in_both++;
    } else {
        weft_sample_add(&c->clicks[c->user.arm],
                        (double)c->user.clicked / (double)c->user.searches);
        weft_sample_add(&c->buyers[c->user.arm], c->user.has_bought);
        c->searches[c->user.arm] += c->user.searches;
    }
    c->user = (user_so_far){0};
    c->is_mixed = false;
}

static weft_status note(void *context, const weft_store_search *search, const char *product_id,
                        const char *event_type, weft_err *err) {
    counting *c = context;
    int arm = strcmp(search->arm, "b") == 0;
    (void)product_id;
    (void)err;
    if (strcmp(c->user.user_id, search->user_id) != 0) end_user(c);
    if (!c->user.searches) {
        snprintf(c->user.user_id, sizeof c->user.user_id, "%s", search->user_id);
        c->user.arm = arm;
    }
    if (strcmp(c->user.query_id, search->query_id) != 0) {
        end_search(c);
        snprintf(c->user.query_id, sizeof c->user.query_id, "%s", search->query_id);
        c->user.searches++;
    }
    if (arm != c->user.arm) c->is_mixed = true;
    if (event_type[0]) c->user.has_clicked = true;
    if (strcmp(event_type, "purchase") == 0) c->user.has_bought = true;
    return WEFT_OK;
}

/* ---- what is printed ---- */

static const char *verdict(const weft_comparison_of_means *c) {
    if (c->p >= LEVEL) return "no difference is shown";
    return c->difference > 0 ? "b is better" : "a is better";
}

static void print_measure(const char *label, const weft_sample *a, const weft_sample *b) {
    weft_comparison_of_means c = weft_compare_means(a, b);
    printf("%-28s %8.4f %8.4f   %+.4f (%+.4f to %+.4f), p = %.4f: %s\n", label, weft_sample_mean(a),
           weft_sample_mean(b), c.difference, c.low, c.high, c.p, verdict(&c));
    double needed = weft_users_needed(a, b);
    if (c.p >= LEVEL && needed > 0)
        printf("%-28s were it real, about %.0f users an arm would show it\n", "", needed);
}

static void print_report(const char *name, const counting *c) {
    printf("%s\n%-28s %8s %8s\n", name, "", "a", "b");
    printf("%-28s %8zu %8zu\n", "users", c->clicks[0].n, c->clicks[1].n);
    printf("%-28s %8zu %8zu\n", "searches", c->searches[0], c->searches[1]);
    print_measure("searches with a click", &c->clicks[0], &c->clicks[1]);
    print_measure("users who bought", &c->buyers[0], &c->buyers[1]);
    if (c->in_both) printf("%zu users were in both arms and are not counted\n", c->in_both);
}

static void write_measure(weft_json *j, const char *key, const weft_sample *samples) {
    weft_comparison_of_means c = weft_compare_means(&samples[0], &samples[1]);
    weft_json_key(j, key);
    weft_json_object(j);
    weft_json_key_double(j, "a", weft_sample_mean(&samples[0]));
    weft_json_key_double(j, "b", weft_sample_mean(&samples[1]));
    weft_json_key_double(j, "difference", c.difference);
    weft_json_key_double(j, "low", c.low);
    weft_json_key_double(j, "high", c.high);
    weft_json_key_double(j, "p", c.p);
    weft_json_key_string(j, "verdict", verdict(&c));
    weft_json_key_double(j, "users_needed", weft_users_needed(&samples[0], &samples[1]));
    weft_json_end(j);
}

static void print_json(const char *name, const counting *c) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    weft_json_key_string(&j, "experiment", name);
    for (int arm = 0; arm < 2; arm++) {
        weft_json_key(&j, arm ? "b" : "a");
        weft_json_object(&j);
        weft_json_key_int(&j, "users", (int64_t)c->clicks[arm].n);
        weft_json_key_int(&j, "searches", (int64_t)c->searches[arm]);
        weft_json_end(&j);
    }
    write_measure(&j, "searches_with_a_click", c->clicks);
    write_measure(&j, "users_who_bought", c->buyers);
    weft_json_key_int(&j, "users_in_both", (int64_t)c->in_both);
    weft_json_end(&j);
    if (weft_buf_ok(&out)) puts(out.data);
    weft_buf_deinit(&out);
}

/* ---- the command ---- */

static weft_status report(const weft_cli *cli, const char *name, bool json, weft_err *err) {
    weft_store *store = NULL;
    counting *c = weft_calloc(1, sizeof *c);
    if (!c) return weft_fail(err, WEFT_E_NOMEM, "report");
    weft_status status = weft_cli_open_store(cli, &store, err);
    if (!status) status = weft_store_each_search(store, name, note, c, err);
    if (!status) end_user(c);
    if (!status && c->clicks[0].n + c->clicks[1].n == 0)
        status =
            weft_fail(err, WEFT_E_NOT_FOUND, "no search of an experiment \"%s\" was kept", name);
    if (!status && json) print_json(name, c);
    if (!status && !json) print_report(name, c);
    weft_store_close(store);
    weft_free(c);
    return status;
}

static weft_status check(const char *path, weft_err *err) {
    weft_buf text;
    weft_arena arena;
    weft_experiment experiment;
    weft_buf_init(&text);
    weft_arena_init(&arena, 0);
    weft_status status = weft_file_read(path, MAX_FILE, &text, err);
    if (!status) {
        status =
            weft_experiment_parse(&experiment, text.data ? text.data : "", text.size, &arena, err);
        if (status) weft_fail_in(err, status, "%s", path);
    }
    if (!status)
        printf("%s: %.0f %% of users in arm b\n", experiment.name, 100 * experiment.share_b);
    weft_buf_deinit(&text);
    weft_arena_deinit(&arena);
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    const weft_command *self = &weft_command_experiment;
    weft_err err = {0};
    bool json = false;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') return weft_cli_help(self);
        if (option != 'j') return WEFT_EXIT_USAGE;
        json = true;
    }
    weft_status status;
    if (argc - optind != 2) return weft_cli_usage(self, "say report NAME or check FILE");
    if (strcmp(argv[optind], "report") == 0) status = report(cli, argv[optind + 1], json, &err);
    else if (strcmp(argv[optind], "check") == 0) status = check(argv[optind + 1], &err);
    else return weft_cli_usage(self, "say report NAME or check FILE");
    return status ? weft_cli_fail("experiment", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_experiment = {
    .name = "experiment",
    .summary = "compare two ways to rank by what users do",
    .usage = usage,
    .run = run,
};
