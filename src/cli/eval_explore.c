#include "cli/eval_explore.h"

#include <getopt.h>
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"
#include "cli/progress.h"

static const char usage[] =
    "usage: weft eval explore [--rounds N] [--products N] [--runs N] [--share S] [--seed N]\n"
    "                         [--html FILE] [--json]\n\n"
    "Simulates a shop where new products arrive, and compares ways to choose what is shown: how\n"
    "many likes each loses (regret) against someone who knows how good all products are.\n"
    "Needs no data.\n\n"
    "  --rounds N     lists shown in a run (20000)\n"
    "  --products N   in the end; half of them are there at the start (200)\n"
    "  --runs N       shops (100): with few of them chance decides who is better\n"
    "  --share S      of the places, for epsilon-greedy and thompson capped: 0 to 0.5 (0.1)\n"
    "  --seed N       (1)\n"
    "  --html FILE    a report with charts\n"
    "  --json         for programs\n";

enum { MAX_ROUNDS = 100000000, MAX_PRODUCTS = 1000000, MAX_RUNS = 100000 };

typedef struct {
    uint64_t rounds, products, runs, seed;
    double share;
    bool json;
    const char *html;
} arguments;

static void print_table(const weft_explore_report *report) {
    printf("%zu runs of %zu lists, %zu products, share %g; \xC2\xB1 one standard error\n",
           report->options.runs, report->options.rounds, report->options.products,
           (double)report->options.share);
    printf("%-16s %17s %17s %18s %18s %13s\n", "", "regret", "likes", "gain", "gain, first 10 %",
           "best 10 found");
    for (int policy = 0; policy < WEFT_SIM_POLICY_COUNT; policy++) {
        const weft_sim_result *r = &report->results[policy];
        printf("%-16s %8.1f \xC2\xB1 %6.1f %8.1f \xC2\xB1 %6.1f %+9.1f \xC2\xB1 %6.1f "
               "%+9.1f \xC2\xB1 %6.1f %11.1f %%\n",
               weft_sim_policy_name((weft_sim_policy)policy), weft_sample_mean(&r->regret),
               weft_sim_error(&r->regret), weft_sample_mean(&r->likes), weft_sim_error(&r->likes),
               weft_sample_mean(&r->gain), weft_sim_error(&r->gain), weft_sample_mean(&r->early),
               weft_sim_error(&r->early), 100 * weft_sample_mean(&r->found));
    }
}

static void write_sample(weft_json *j, const char *name, const weft_sample *sample) {
    weft_json_key(j, name);
    weft_json_object(j);
    weft_json_key_double(j, "mean", weft_sample_mean(sample));
    weft_json_key_double(j, "error", weft_sim_error(sample));
    weft_json_end(j);
}

static void write_policy(weft_json *j, const weft_explore_report *report, weft_sim_policy policy) {
    const weft_sim_result *r = &report->results[policy];
    weft_json_object(j);
    weft_json_key_string(j, "policy", weft_sim_policy_name(policy));
    write_sample(j, "regret", &r->regret);
    write_sample(j, "likes", &r->likes);
    write_sample(j, "gain", &r->gain);
    write_sample(j, "early_gain", &r->early);
    write_sample(j, "found", &r->found);
    weft_json_key(j, "curve");
    weft_json_array(j);
    for (size_t i = 0; i < WEFT_SIM_POINTS; i++)
        weft_json_double(j, weft_sample_mean(&r->curve[i]));
    weft_json_end(j);
    weft_json_end(j);
}

static void print_json(const weft_explore_report *report) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    weft_json_key_int(&j, "rounds", (int64_t)report->options.rounds);
    weft_json_key_int(&j, "products", (int64_t)report->options.products);
    weft_json_key_int(&j, "runs", (int64_t)report->options.runs);
    weft_json_key_double(&j, "share", (double)report->options.share);
    weft_json_key(&j, "policies");
    weft_json_array(&j);
    for (int policy = 0; policy < WEFT_SIM_POLICY_COUNT; policy++)
        write_policy(&j, report, (weft_sim_policy)policy);
    weft_json_end(&j);
    weft_json_end(&j);
    if (weft_buf_ok(&out)) puts(out.data);
    weft_buf_deinit(&out);
}

static weft_status evaluate(const arguments *a, weft_err *err) {
    weft_progress progress;
    weft_explore_report report = {.options = {.rounds = (size_t)a->rounds,
                                              .products = (size_t)a->products,
                                              .runs = (size_t)a->runs,
                                              .seed = a->seed,
                                              .share = (float)a->share,
                                              .cancel = weft_cli_catch_signals(),
                                              .on_progress = weft_progress_on_count,
                                              .context = &progress}};
    weft_progress_begin(&progress, "simulating", "runs");
    weft_status status = weft_sim_run(&report.options, report.results, err);
    weft_progress_end(&progress);
    if (!status && a->json) print_json(&report);
    if (!status && !a->json) print_table(&report);
    if (!status && a->html) status = weft_explore_report_write(a->html, &report, err);
    return status;
}

static bool read_number(const char *name, uint64_t low, uint64_t high, uint64_t *value) {
    if (weft_str_to_u64(weft_str_of(optarg), value) && *value >= low && *value <= high) return true;
    fprintf(stderr, "weft eval explore: --%s takes %llu to %llu\n", name, (unsigned long long)low,
            (unsigned long long)high);
    return false;
}

int weft_eval_explore(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {{"rounds", required_argument, NULL, 'r'},
                                            {"products", required_argument, NULL, 'p'},
                                            {"runs", required_argument, NULL, 'n'},
                                            {"share", required_argument, NULL, 's'},
                                            {"seed", required_argument, NULL, 'd'},
                                            {"html", required_argument, NULL, 'o'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    arguments a = {.rounds = 20000, .products = 200, .runs = 100, .seed = 1, .share = 0.1};
    weft_err err = {0};
    bool is_read = true;
    int option;
    (void)cli;
    while (is_read && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'h': fputs(usage, stdout); return WEFT_EXIT_OK;
        case 'j': a.json = true; break;
        case 'o': a.html = optarg; break;
        case 'r': is_read = read_number("rounds", WEFT_SIM_POINTS, MAX_ROUNDS, &a.rounds); break;
        case 'p':
            is_read = read_number("products", 2 * WEFT_SIM_PLACES, MAX_PRODUCTS, &a.products);
            break;
        case 'n': is_read = read_number("runs", 1, MAX_RUNS, &a.runs); break;
        case 'd': is_read = read_number("seed", 0, UINT64_MAX, &a.seed); break;
        case 's':
            is_read =
                weft_str_to_double(weft_str_of(optarg), &a.share) && a.share >= 0 && a.share <= 0.5;
            if (!is_read) fprintf(stderr, "weft eval explore: --share takes 0 to 0.5\n");
            break;
        default: is_read = false;
        }
    }
    if (!is_read || optind < argc) {
        if (is_read) fprintf(stderr, "weft eval explore: unexpected '%s'\n", argv[optind]);
        return WEFT_EXIT_USAGE;
    }
    weft_status status = evaluate(&a, &err);
    return status ? weft_cli_fail("eval explore", status, &err) : WEFT_EXIT_OK;
}
