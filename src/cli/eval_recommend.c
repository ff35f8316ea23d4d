#include "cli/eval_recommend.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "cli/loaded.h"
#include "cli/progress.h"
#include "recommend/learn.h"

#define PART_NAME(code, name, text) " " name

static const char usage[] =
    "usage: weft eval recommend [--split S] [--users N] [--as-served] [--weights W] [--html FILE]\n"
    "                           [--json]\n\n"
    "Judges recommendations by what users went on to buy: made from the first part of the events,\n"
    "compared with the new products that each user purchased in the rest.\n\n"
    "  --split S      the part of the events that is known (0.8)\n"
    "  --users N      judge at most so many users, spread evenly (all)\n"
    "  --as-served    with the diversity and the shares of categories of /recommendations\n"
    "  --weights W    numbers apart by commas, in place of those learned from the last fifth of\n"
    "                 what is known:" WEFT_RECOMMEND_PARTS(
        PART_NAME) "\n"
                   "  --html FILE    a report with charts\n"
                   "  --json         for programs\n";

static const double MOST_WEIGHT = 1000;

typedef struct {
    double split;
    uint64_t users;
    bool as_served, json, has_weights;
    const char *html;
    weft_recommend_weights weights;
} arguments;

static void print_table(const weft_recommend_report *report) {
    printf("%zu users, %zu of %zu events known, %zu products\nblend:", report->results[0].users,
           report->known, report->events, report->products);
    for (int part = 0; part < WEFT_PART_COUNT; part++)
        printf(" %.2f %s", (double)report->weights.of[part],
               weft_recommend_part_name((weft_recommend_part)part));
    putchar('\n');
    printf("%-14s %7s %7s %7s %9s %9s %8s %10s\n", "", "hit@10", "MRR", "nDCG", "coverage",
           "diversity", "novelty", "popularity");
    for (int i = 0; i < WEFT_RECOMMEND_WAY_COUNT; i++) {
        weft_recommend_way way = (weft_recommend_way)i;
        const weft_trial_result *r = &report->results[way];
        printf("%-14s %7.4f %7.4f %7.4f %8.1f%% %9.3f %8.2f %10.3f\n", weft_recommend_way_name(way),
               weft_recommend_report_mean(r, r->hits), weft_recommend_report_mean(r, r->reciprocal),
               weft_recommend_report_mean(r, r->ndcg),
               100 * weft_recommend_report_coverage(report, way),
               weft_recommend_report_mean(r, r->diversity),
               weft_recommend_report_mean(r, r->novelty),
               weft_recommend_report_mean(r, r->popularity));
    }
}

static void write_way(weft_json *j, const weft_recommend_report *report, weft_recommend_way way) {
    const weft_trial_result *r = &report->results[way];
    weft_json_object(j);
    weft_json_key_string(j, "way", weft_recommend_way_name(way));
    weft_json_key_double(j, "hit_at_10", weft_recommend_report_mean(r, r->hits));
    weft_json_key_double(j, "mrr", weft_recommend_report_mean(r, r->reciprocal));
    weft_json_key_double(j, "ndcg_at_10", weft_recommend_report_mean(r, r->ndcg));
    weft_json_key_double(j, "coverage", weft_recommend_report_coverage(report, way));
    weft_json_key_double(j, "diversity", weft_recommend_report_mean(r, r->diversity));
    weft_json_key_double(j, "novelty", weft_recommend_report_mean(r, r->novelty));
    weft_json_key_double(j, "popularity", weft_recommend_report_mean(r, r->popularity));
    weft_json_end(j);
}

static weft_status print_json(const weft_recommend_report *report, weft_err *err) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    weft_json_key_int(&j, "products", (int64_t)report->products);
    weft_json_key_int(&j, "events", (int64_t)report->events);
    weft_json_key_int(&j, "known", (int64_t)report->known);
    weft_json_key_int(&j, "users", (int64_t)report->results[0].users);
    weft_json_key_bool(&j, "as_served", report->as_served);
    weft_json_key(&j, "weights");
    weft_json_object(&j);
    for (int part = 0; part < WEFT_PART_COUNT; part++)
        weft_json_key_float(&j, weft_recommend_part_name((weft_recommend_part)part),
                            report->weights.of[part]);
    weft_json_end(&j);
    weft_json_key_bool(&j, "weights_learned", report->are_learned);
    weft_json_key(&j, "ways");
    weft_json_array(&j);
    for (int way = 0; way < WEFT_RECOMMEND_WAY_COUNT; way++)
        write_way(&j, report, (weft_recommend_way)way);
    weft_json_end(&j);
    weft_json_end(&j);
    weft_status status =
        weft_buf_ok(&out) ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "recommendations");
    if (!status) puts(out.data);
    weft_buf_deinit(&out);
    return status;
}

/* All that a run works with. */
typedef struct {
    const arguments *a;
    weft_cli_loaded loaded;
    weft_event_log log;
    weft_progress progress;
} running;

static weft_status judge(running *run, const weft_learn_watch *watch, weft_trial *trial,
                         weft_recommend_weights *weights, weft_trial_result *results,
                         weft_err *err) {
    weft_recommend_way ways[WEFT_RECOMMEND_WAY_COUNT];
    weft_collaborative *model = NULL;
    const weft_shelf *shelf = run->loaded.shelf;
    weft_status status = WEFT_OK;
    for (int way = 0; way < WEFT_RECOMMEND_WAY_COUNT; way++) ways[way] = (weft_recommend_way)way;
    if (!run->a->has_weights)
        status =
            weft_learn_weights(shelf, &run->log, trial->split, trial->users, watch, weights, err);
    if (!status)
        status = weft_learn_factors(&run->log, weft_trial_known(trial), shelf->catalog, watch,
                                    &model, err);
    trial->model = model;
    if (!status) {
        weft_progress_on_step(&run->progress, "judging");
        status = weft_trial_run(trial, ways, WEFT_RECOMMEND_WAY_COUNT, results, err);
    }
    weft_progress_end_step(&run->progress);
    weft_collaborative_free(model);
    return status;
}

static weft_status evaluate(const weft_cli *cli, const arguments *a, weft_err *err) {
    running run = {.a = a};
    weft_recommend_report report = {
        .weights = a->weights, .are_learned = !a->has_weights, .as_served = a->as_served};
    const weft_learn_watch watch = {.on_step = weft_progress_on_step,
                                    .on_progress = weft_progress_on_share,
                                    .context = &run.progress,
                                    .cancel = weft_cli_catch_signals()};
    weft_status status = weft_cli_load(cli, &run.loaded, err);
    if (!status)
        status = weft_event_log_read(&run.log, run.loaded.store, run.loaded.snapshot->catalog, err);
    weft_trial trial = {.shelf = run.loaded.shelf,
                        .log = &run.log,
                        .split = a->split,
                        .users = (size_t)a->users,
                        .as_served = a->as_served,
                        .weights = &report.weights,
                        .cancel = watch.cancel,
                        .on_progress = weft_progress_on_count,
                        .context = &run.progress};
    if (!status) status = judge(&run, &watch, &trial, &report.weights, report.results, err);
    if (!status) {
        report.products = weft_catalog_rows(run.loaded.snapshot->catalog);
        report.events = run.log.count;
        report.known = weft_trial_known(&trial);
        if (a->json) status = print_json(&report, err);
        else print_table(&report);
    }
    if (!status && a->html) status = weft_recommend_report_write(a->html, &report, err);
    weft_event_log_deinit(&run.log);
    weft_cli_unload(&run.loaded);
    return status;
}

static bool read_weights(const char *text, weft_recommend_weights *w) {
    for (size_t part = 0; part < WEFT_PART_COUNT; part++) {
        size_t n = strcspn(text, ",");
        double value;
        if (!weft_str_to_double((weft_str){text, n}, &value) || fabs(value) > MOST_WEIGHT)
            return false;
        w->of[part] = (float)value;
        text += n;
        if (part + 1 < WEFT_PART_COUNT && *text++ != ',') return false;
    }
    return *text == '\0';
}

int weft_eval_recommend(const weft_cli *cli, int argc, char **argv) {
    static const weft_command command = {.name = "eval recommend", .usage = usage};
    static const struct option options[] = {
        {"split", required_argument, NULL, 's'},   {"users", required_argument, NULL, 'u'},
        {"as-served", no_argument, NULL, 'a'},     {"html", required_argument, NULL, 'o'},
        {"weights", required_argument, NULL, 'w'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},          {0}};
    arguments a = {.split = 0.8, .weights = weft_recommend_default_weights};
    weft_err err = {0};
    int option;
    optind = 0;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        weft_str text = weft_str_of(optarg ? optarg : "");
        switch (option) {
        case 'h': return weft_cli_help(&command);
        case 'a': a.as_served = true; break;
        case 'j': a.json = true; break;
        case 'o': a.html = optarg; break;
        case 's':
            if (weft_str_to_double(text, &a.split) && a.split > 0 && a.split < 1) break;
            return weft_cli_usage(&command, "--split takes more than 0 and less than 1, not '%s'",
                                  optarg);
        case 'u':
            if (weft_str_to_u64(text, &a.users)) break;
            return weft_cli_usage(&command, "--users takes a number, not '%s'", optarg);
        case 'w':
            a.has_weights = true;
            if (read_weights(optarg, &a.weights)) break;
            return weft_cli_usage(&command, "--weights takes %d numbers of -%g to %g, not '%s'",
                                  (int)WEFT_PART_COUNT, MOST_WEIGHT, MOST_WEIGHT, optarg);
        default: return WEFT_EXIT_USAGE;
        }
    }
    if (optind < argc) return weft_cli_usage(&command, "unexpected '%s'", argv[optind]);
    weft_status status = evaluate(cli, &a, &err);
    return status ? weft_cli_fail("eval recommend", status, &err) : WEFT_EXIT_OK;
}
