#include <getopt.h>
#include <jansson.h>
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
    "often does not count more. Of an experiment that interleaves, users see both rankings in one\n"
    "list, and what is compared is whose results they take.\n\n"
    "  report   per arm: users, searches, the share of a user's searches that led to a click, and\n"
    "           of users who bought; the difference, its 95 % interval, and how likely so large\n"
    "           a one would be by chance; interleaved: b's share of the results a user clicked\n"
    "           and bought\n"
    "  check    reads the file of an experiment and says what is wrong with it\n";

enum { MAX_FILE = 1 << 20, MAX_RESULTS = 100, CLICKED = 1, BOUGHT = 2 };
static const double LEVEL = 0.05; /* of chance, below which a difference is called real */
static const double EVEN = 0.5;   /* b's share of a joint list's clicks when both are as good */

/* What one user did; users come one after the other. */
typedef struct {
    char user_id[256], query_id[256];
    int arm;
    bool is_joint;
    size_t searches, clicked;
    bool has_clicked, has_bought;           /* the present search; any of the user's */
    size_t team_clicked[2], team_bought[2]; /* of joint lists: results, by team */
} user_so_far;

typedef struct {
    weft_sample clicks[2], buyers[2];     /* by arm, a value a user */
    size_t searches[2], in_both;          /* users who were seen in both arms: not counted */
    weft_sample joint_clicks, joint_buys; /* b's share of what a user took */
    size_t joint_users, joint_searches;
    user_so_far user;
    bool is_mixed;
    json_t *results; /* of the present search, when it is joint */
    unsigned char taken[MAX_RESULTS];
} counting;

static int team_of(const json_t *result) {
    const char *team = json_string_value(json_array_get(result, 5));
    if (!team || !team[0]) return -1; /* pinned, or beyond what is drafted */
    return team[0] == 'b';
}

static void end_search(counting *c) {
    c->user.clicked += c->user.has_clicked;
    c->user.has_clicked = false;
    for (size_t i = 0; i < json_array_size(c->results) && i < MAX_RESULTS; i++) {
        int team = team_of(json_array_get(c->results, i));
        if (team < 0) continue;
        c->user.team_clicked[team] += (c->taken[i] & CLICKED) != 0;
        c->user.team_bought[team] += (c->taken[i] & BOUGHT) != 0;
    }
    json_decref(c->results);
    c->results = NULL;
    memset(c->taken, 0, sizeof c->taken);
}

static void add_share(weft_sample *sample, const size_t taken[2]) {
    size_t all = taken[0] + taken[1];
    if (all) weft_sample_add(sample, (double)taken[1] / (double)all);
}

static void end_user(counting *c) {
    if (!c->user.searches) return;
    end_search(c);
    if (c->is_mixed) {
        c->in_both++;
    } else if (c->user.is_joint) {
        add_share(&c->joint_clicks, c->user.team_clicked);
        add_share(&c->joint_buys, c->user.team_bought);
        c->joint_users++;
        c->joint_searches += c->user.searches;
    } else {
        weft_sample_add(&c->clicks[c->user.arm],
                        (double)c->user.clicked / (double)c->user.searches);
        weft_sample_add(&c->buyers[c->user.arm], c->user.has_bought);
        c->searches[c->user.arm] += c->user.searches;
    }
    c->user = (user_so_far){0};
    c->is_mixed = false;
}

static void mark_taken(counting *c, const char *product_id, unsigned char how) {
    for (size_t i = 0; i < json_array_size(c->results) && i < MAX_RESULTS; i++) {
        const char *id = json_string_value(json_array_get(json_array_get(c->results, i), 0));
        if (id && strcmp(id, product_id) == 0) c->taken[i] |= how;
    }
}

static weft_status note(void *context, const weft_store_search *search, const char *product_id,
                        const char *event_type, weft_err *err) {
    counting *c = context;
    bool is_joint = strcmp(search->arm, "ab") == 0;
    int arm = strcmp(search->arm, "b") == 0;
    if (strcmp(c->user.user_id, search->user_id) != 0) end_user(c);
    if (!c->user.searches) {
        snprintf(c->user.user_id, sizeof c->user.user_id, "%s", search->user_id);
        c->user.arm = arm;
        c->user.is_joint = is_joint;
    }
    if (strcmp(c->user.query_id, search->query_id) != 0) {
        end_search(c);
        snprintf(c->user.query_id, sizeof c->user.query_id, "%s", search->query_id);
        c->user.searches++;
        if (is_joint && !(c->results = json_loads(search->results, 0, NULL)))
            return weft_fail(err, WEFT_E_FORMAT, "search %s: its results cannot be read",
                             search->query_id);
    }
    if (arm != c->user.arm || is_joint != c->user.is_joint) c->is_mixed = true;
    if (!event_type[0]) return WEFT_OK;
    bool is_purchase = strcmp(event_type, "purchase") == 0;
    c->user.has_clicked = true;
    if (is_purchase) c->user.has_bought = true;
    mark_taken(c, product_id, is_purchase ? CLICKED | BOUGHT : CLICKED);
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

static void print_share(const char *label, const weft_sample *sample) {
    weft_comparison_of_means c = weft_compare_mean_with(sample, EVEN);
    printf("%-28s %8.4f   (%.4f to %.4f) of %zu users, p = %.4f: %s\n", label,
           weft_sample_mean(sample), EVEN + c.low, EVEN + c.high, sample->n, c.p, verdict(&c));
}

static void print_joint(const char *name, const counting *c) {
    printf("%s, interleaved: %zu users, %zu searches\n", name, c->joint_users, c->joint_searches);
    print_share("b's share of clicks", &c->joint_clicks);
    print_share("b's share of purchases", &c->joint_buys);
}

static void print_arms(const char *name, const counting *c) {
    printf("%s\n%-28s %8s %8s\n", name, "", "a", "b");
    printf("%-28s %8zu %8zu\n", "users", c->clicks[0].n, c->clicks[1].n);
    printf("%-28s %8zu %8zu\n", "searches", c->searches[0], c->searches[1]);
    print_measure("searches with a click", &c->clicks[0], &c->clicks[1]);
    print_measure("users who bought", &c->buyers[0], &c->buyers[1]);
}

static void print_report(const char *name, const counting *c) {
    if (c->joint_users) print_joint(name, c);
    if (c->clicks[0].n + c->clicks[1].n) print_arms(name, c);
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

static void write_share(weft_json *j, const char *key, const weft_sample *sample) {
    weft_comparison_of_means c = weft_compare_mean_with(sample, EVEN);
    weft_json_key(j, key);
    weft_json_object(j);
    weft_json_key_int(j, "users", (int64_t)sample->n);
    weft_json_key_double(j, "share_of_b", weft_sample_mean(sample));
    weft_json_key_double(j, "low", EVEN + c.low);
    weft_json_key_double(j, "high", EVEN + c.high);
    weft_json_key_double(j, "p", c.p);
    weft_json_key_string(j, "verdict", verdict(&c));
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
    if (c->joint_users) {
        weft_json_key(&j, "interleaved");
        weft_json_object(&j);
        weft_json_key_int(&j, "users", (int64_t)c->joint_users);
        weft_json_key_int(&j, "searches", (int64_t)c->joint_searches);
        write_share(&j, "clicks", &c->joint_clicks);
        write_share(&j, "purchases", &c->joint_buys);
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
    if (!status && c->clicks[0].n + c->clicks[1].n + c->joint_users + c->in_both == 0)
        status =
            weft_fail(err, WEFT_E_NOT_FOUND, "no search of an experiment \"%s\" was kept", name);
    if (!status && json) print_json(name, c);
    if (!status && !json) print_report(name, c);
    weft_store_close(store);
    json_decref(c->results);
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
        printf("%s: %.0f %% of users %s\n", experiment.name, 100 * experiment.share_b,
               experiment.is_interleaved ? "see both arms in one list" : "in arm b");
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
