#include "cli/eval_search.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/progress.h"
#include "sync/embed.h"
#include "sync/snapshot.h"
#include "sync/synonyms_file.h"

extern const weft_embedded_file weft_quality_files[];

static const char usage[] =
    "usage: weft eval search [--rankers A,B,...] [--each N] [--judged FILE] [--html FILE] "
    "[--json]\n\n"
    "Measures rankers side by side on judged queries: made from the catalog's attributes (color,\n"
    "type and gender; negated; misspelt; broad), names of products, and hard ones written by\n"
    "hand. Prints precision, recall, MRR, nDCG, violations, diversity, coverage and latency.\n\n"
    "  --rankers A,B    of: vector, words, ranks, scores, weft, diverse (default: all)\n"
    "  --each N         queries of each kind that is made from the catalog (default 300)\n"
    "  --judged FILE    hand-written queries in place of weft's own (quality/hard-queries.jsonl)\n"
    "  --html FILE      a report with charts\n"
    "  --signals FILE   what ranking knows of each result and whether it is right, as a table\n"
    "  --list           every query with its precision, the worst of them last\n"
    "  --json           for programs\n";

enum { DEFAULT_EACH = 300, MAX_EACH = 100000, PAGE = 20, MAX_FILE = 64 << 20 };

static const weft_ranker rankers[] = {
    {"vector", "the hybrid embedding alone", WEFT_FUSE_NONE, 0, true, false, 0},
    {"words", "BM25 alone", WEFT_FUSE_SCORES, 0, false, true, 0},
    {"ranks", "BM25 and three indexes by reciprocal rank", WEFT_FUSE_RANKS, 0, true, true, 0},
    {"scores", "BM25 and embedding by calibrated scores", WEFT_FUSE_SCORES, 0, true, true, 0},
    {"weft", "calibrated scores, and the query understood", WEFT_FUSE_SCORES, WEFT_UNDERSTAND_ALL,
     true, true, 0},
    {"diverse", "the same with diversity 0.5", WEFT_FUSE_SCORES, WEFT_UNDERSTAND_ALL, true, true,
     0.5f},
};
enum { RANKER_COUNT = sizeof rankers / sizeof *rankers };
_Static_assert(RANKER_COUNT <= (int)WEFT_EVAL_MAX_RANKERS, "the report has room for fewer");

const weft_ranker *weft_rankers(size_t *n) {
    *n = RANKER_COUNT;
    return rankers;
}

typedef struct {
    const char *rankers, *judged, *html, *signals; /* NULL: all; weft's own; none */
    size_t each;
    bool json, list;
} arguments;

/* All that a run works with. */
typedef struct {
    const arguments *a;
    weft_store *store;
    weft_clip_model *model;
    weft_clip_session *session;
    weft_snapshot *snapshot;
    weft_synonyms_file *synonyms;
    weft_arena arena; /* of the queries */
    weft_judged judged;
    FILE *signals;
    float *vectors; /* [1 + WEFT_QUERY_MAX_UNWANTED][dim] */
    double *ms;     /* [judged.count] */
    size_t dim;
} running;

/* ---- one query ---- */

static weft_status encode(running *run, const char *text, float *vector, weft_err *err) {
    const weft_str words = weft_str_of(text);
    return weft_clip_encode_text(run->session, &words, 1, vector, err);
}

static weft_status rank(running *run, const weft_ranker *ranker, const char *text,
                        weft_arena *arena, weft_query *query, weft_rank_request *request,
                        weft_rank_page *page, weft_err *err) {
    weft_status status = WEFT_OK;
    const float **unwanted = weft_arena_alloc(arena, WEFT_QUERY_MAX_UNWANTED, sizeof *unwanted);
    if (!unwanted) return weft_fail(err, WEFT_E_NOMEM, "query");
    *request = (weft_rank_request){.catalog = run->snapshot->catalog,
                                   .lexicon = run->snapshot->lexicon,
                                   .indexes = run->snapshot->index,
                                   .kind = WEFT_KIND_HYBRID,
                                   .fusion = ranker->fusion,
                                   .diversity = ranker->diversity,
                                   .unwanted = unwanted,
                                   .limit = run->signals ? WEFT_RANK_MAX_LIMIT : PAGE};
    if (ranker->has_words) {
        request->query = query;
        status =
            weft_query_parse(query, text, ranker->understand, run->snapshot->lexicon, arena, err);
        if (!status) text = query->text;
    }
    if (!status && ranker->has_embedding && *text) {
        request->embedding = run->vectors;
        status = encode(run, text, run->vectors, err);
    }
    for (size_t i = 0; request->query && i < query->unwanted_count && !status; i++) {
        float *vector = run->vectors + (i + 1) * run->dim;
        unwanted[request->unwanted_count++] = vector;
        status = encode(run, query->unwanted[i], vector, err);
    }
    return status ? status : weft_rank_run(request, arena, page, err);
}

static void write_signals(running *run, size_t number, const weft_judged_query *q,
                          const weft_query *query, const weft_rank_page *page,
                          const weft_bitset *right) {
    for (size_t i = 0; run->signals && i < page->count; i++) {
        const weft_ranked *r = &page->results[i];
        const weft_signals *s = &r->score.signals;
        fprintf(run->signals, "%zu\t%s\t%s\t%s\t%d\t%g\t%g\t%g\t%g\t%g\t%zu\n", number,
                weft_judged_group_name(q->group), q->text,
                weft_catalog_product(run->snapshot->catalog, r->row)->product_id,
                weft_bitset_get(right, r->row), (double)s->nearness, (double)s->words,
                (double)s->match, (double)s->unwanted, (double)r->score.relevance,
                query->term_count);
    }
}

static weft_status try_query(running *run, size_t number, weft_ranker_result *result,
                             weft_err *err) {
    const weft_judged_query *q = &run->judged.queries[number];
    weft_arena arena;
    weft_rank_page page = {0};
    weft_rank_request request;
    weft_bitset right, wrong;
    weft_arena_init(&arena, 1 << 16);
    weft_query *query = weft_arena_calloc(&arena, 1, sizeof *query);
    if (!query) return weft_fail(err, WEFT_E_NOMEM, "query");
    double begun = weft_clock_seconds();
    weft_status status = rank(run, result->ranker, q->text, &arena, query, &request, &page, err);
    run->ms[number] = (weft_clock_seconds() - begun) * 1000;
    if (!status) status = weft_judged_rows(q, run->snapshot->catalog, &right, &wrong, err);
    if (status) {
        weft_arena_deinit(&arena);
        return weft_fail_in(err, status, "query \"%s\"", q->text);
    }
    weft_quality *quality = &result->quality[q->group];
    /* What this catalog has no answer to says nothing of a ranker. */
    if (weft_bitset_popcount(&right) || q->group == WEFT_JUDGED_NOTHING) {
        double before = quality->precision;
        weft_quality_add(quality, &request, &page, &right, &wrong);
        write_signals(run, number, q, query, &page, &right);
        if (run->a->list)
            printf("%.2f  %-10s %-22s %s\n", quality->precision - before, result->ranker->name,
                   weft_judged_group_name(q->group), q->text);
    }
    for (size_t i = 0; i < page.count && i < WEFT_QUALITY_K; i++)
        weft_bitset_set(&result->shown, page.results[i].row);
    weft_bitset_deinit(&right);
    weft_bitset_deinit(&wrong);
    weft_arena_deinit(&arena);
    return WEFT_OK;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static weft_status try_ranker(running *run, weft_ranker_result *result, weft_err *err) {
    weft_progress progress;
    size_t n = run->judged.count;
    weft_status status =
        weft_bitset_init(&result->shown, weft_catalog_rows(run->snapshot->catalog), err);
    weft_progress_begin(&progress, result->ranker->name, "queries");
    for (size_t i = 0; i < n && !status; i++) {
        status = try_query(run, i, result, err);
        weft_progress_update(&progress, i + 1, n);
    }
    weft_progress_end(&progress);
    qsort(run->ms, n, sizeof *run->ms, compare);
    if (n) result->median_ms = run->ms[n / 2], result->p95_ms = run->ms[n * 95 / 100];
    return status;
}

/* ---- what is printed ---- */

typedef struct {
    const char *label, *key;
    double (*value)(const weft_quality *q);
} measure;

static double precision(const weft_quality *q) { return weft_quality_mean(q, q->precision); }
static double recall(const weft_quality *q) { return weft_quality_mean(q, q->recall); }
static double mrr(const weft_quality *q) { return weft_quality_mean(q, q->reciprocal); }
static double ndcg(const weft_quality *q) { return weft_quality_mean(q, q->ndcg); }
static double looks(const weft_quality *q) { return weft_quality_mean(q, q->looks); }
static double wrong_share(const weft_quality *q) {
    return q->shown ? (double)q->wrong / (double)q->shown : 0;
}

static const measure measures[] = {
    {"P@10", "precision_at_10", precision},
    {"R@10", "recall_at_10", recall},
    {"MRR", "mrr_at_10", mrr},
    {"nDCG", "ndcg_at_10", ndcg},
    {"wrong", "wrong_in_10", wrong_share},
    {"looks", "looks_in_20", looks},
};
enum { MEASURE_COUNT = sizeof measures / sizeof *measures };

static double coverage(const weft_search_report *report, const weft_ranker_result *result) {
    return report->products
               ? (double)weft_bitset_popcount(&result->shown) / (double)report->products
               : 0;
}

static void print_table(const weft_search_report *report) {
    for (int group = 0; group < WEFT_JUDGED_GROUPS; group++) {
        if (!report->results[0].quality[group].queries) continue;
        printf("\n%s (%zu queries)\n%-10s", weft_judged_group_name((weft_judged_group)group),
               report->results[0].quality[group].queries, "");
        for (size_t m = 0; m < MEASURE_COUNT; m++) printf("%9s", measures[m].label);
        putchar('\n');
        for (size_t i = 0; i < report->count; i++) {
            printf("%-10s", report->results[i].ranker->name);
            for (size_t m = 0; m < MEASURE_COUNT; m++)
                printf("%9.3f", measures[m].value(&report->results[i].quality[group]));
            putchar('\n');
        }
    }
    printf("\n%-10s%9s%9s%9s\n", "", "coverage", "ms", "p95 ms");
    for (size_t i = 0; i < report->count; i++)
        printf("%-10s%9.3f%9.2f%9.2f\n", report->results[i].ranker->name,
               coverage(report, &report->results[i]), report->results[i].median_ms,
               report->results[i].p95_ms);
}

static void print_json(const weft_search_report *report) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    for (size_t i = 0; i < report->count; i++) {
        const weft_ranker_result *r = &report->results[i];
        weft_json_key(&j, r->ranker->name);
        weft_json_object(&j);
        weft_json_key_double(&j, "coverage", coverage(report, r));
        weft_json_key_double(&j, "median_ms", r->median_ms);
        weft_json_key_double(&j, "p95_ms", r->p95_ms);
        for (int group = 0; group < WEFT_JUDGED_GROUPS; group++) {
            if (!r->quality[group].queries) continue;
            weft_json_key(&j, weft_judged_group_name((weft_judged_group)group));
            weft_json_object(&j);
            weft_json_key_int(&j, "queries", (int64_t)r->quality[group].queries);
            for (size_t m = 0; m < MEASURE_COUNT; m++)
                weft_json_key_double(&j, measures[m].key, measures[m].value(&r->quality[group]));
            weft_json_end(&j);
        }
        weft_json_end(&j);
    }
    weft_json_end(&j);
    if (weft_buf_ok(&out)) puts(out.data);
    weft_buf_deinit(&out);
}

/* ---- the command ---- */

static weft_status read_judged(running *run, weft_err *err) {
    weft_buf text;
    const weft_embedded_file *own = weft_quality_files;
    weft_str source = {(const char *)own->bytes, own->size};
    weft_buf_init(&text);
    weft_status status = WEFT_OK;
    if (run->a->judged) {
        status = weft_file_read(run->a->judged, MAX_FILE, &text, err);
        source = (weft_str){text.data ? text.data : "", text.size};
    }
    if (!status) {
        status = weft_judged_parse(&run->judged, source, &run->arena, err);
        if (status && run->a->judged) weft_fail_in(err, status, "%s", run->a->judged);
    }
    weft_buf_deinit(&text);
    if (!status)
        status = weft_judged_generate(&run->judged, run->snapshot->catalog, run->a->each,
                                      &run->arena, err);
    return status;
}

static weft_status prepare(const weft_cli *cli, running *run, char *model_name, weft_err *err) {
    weft_status status = weft_cli_open_store(cli, &run->store, err);
    if (!status) status = weft_cli_open_model(cli, run->store, &run->model, err);
    if (!status) status = weft_clip_session_new(&run->session, run->model, err);
    if (!status) status = weft_synonyms_file_open(&run->synonyms, cli->data_folder, err);
    if (status) return status;
    run->dim = weft_clip_model_info(run->model).dim;
    weft_embedding_model_name(run->model, model_name);
    const weft_snapshot_options options = {.store = run->store,
                                           .embedding_model = model_name,
                                           .synonyms = weft_synonyms_file_current(run->synonyms),
                                           .dim = run->dim};
    status = weft_snapshot_load(&run->snapshot, &options, err);
    if (!status) status = read_judged(run, err);
    run->vectors = weft_alloc((1 + WEFT_QUERY_MAX_UNWANTED) * run->dim, sizeof *run->vectors);
    run->ms = weft_alloc(run->judged.count + 1, sizeof *run->ms);
    if (!status && !(run->vectors && run->ms)) status = weft_fail(err, WEFT_E_NOMEM, "evaluation");
    if (!status && run->a->signals && !(run->signals = fopen(run->a->signals, "w")))
        status = weft_fail(err, WEFT_E_IO, "%s: cannot be written", run->a->signals);
    if (run->signals)
        fputs("number\tgroup\tquery\tproduct_id\tright\tnearness\twords\tmatch\tunwanted\t"
              "relevance\tterms\n",
              run->signals);
    return status;
}

static bool is_named(const char *list, const char *name) {
    while (list && *list) {
        size_t n = strcspn(list, ",");
        if (weft_str_eq((weft_str){list, n}, name)) return true;
        list += n + (list[n] == ',');
    }
    return list == NULL;
}

static weft_status evaluate(const weft_cli *cli, const arguments *a, weft_err *err) {
    char model_name[WEFT_EMBEDDING_MODEL_SIZE];
    weft_ranker_result results[RANKER_COUNT] = {0};
    weft_search_report report = {.model = model_name, .results = results};
    running run = {.a = a};
    weft_arena_init(&run.arena, 1 << 16);
    weft_status status = prepare(cli, &run, model_name, err);
    for (size_t i = 0; i < RANKER_COUNT && !status; i++) {
        if (!is_named(a->rankers, rankers[i].name)) continue;
        results[report.count].ranker = &rankers[i];
        status = try_ranker(&run, &results[report.count++], err);
    }
    if (!status && !report.count)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "--rankers: there is none of these");
    if (!status) {
        report.products = weft_catalog_rows(run.snapshot->catalog);
        if (a->json) print_json(&report);
        else print_table(&report);
        if (a->html) status = weft_eval_report_write(a->html, &report, err);
    }
    for (size_t i = 0; i < RANKER_COUNT; i++) weft_bitset_deinit(&results[i].shown);
    if (run.signals) fclose(run.signals);
    weft_free(run.vectors);
    weft_free(run.ms);
    weft_snapshot_release(run.snapshot);
    weft_synonyms_file_close(run.synonyms);
    weft_clip_session_free(run.session);
    weft_clip_model_free(run.model);
    weft_store_close(run.store);
    weft_arena_deinit(&run.arena);
    return status;
}

int weft_eval_search(const weft_cli *cli, int argc, char **argv) {
    static const weft_command command = {.name = "eval search", .usage = usage};
    static const struct option options[] = {{"rankers", required_argument, NULL, 'r'},
                                            {"each", required_argument, NULL, 'e'},
                                            {"judged", required_argument, NULL, 'f'},
                                            {"html", required_argument, NULL, 'w'},
                                            {"signals", required_argument, NULL, 's'},
                                            {"list", no_argument, NULL, 'l'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    arguments a = {.each = DEFAULT_EACH};
    weft_err err = {0};
    uint64_t each;
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'r': a.rankers = optarg; break;
        case 'f': a.judged = optarg; break;
        case 'w': a.html = optarg; break;
        case 's': a.signals = optarg; break;
        case 'l': a.list = true; break;
        case 'j': a.json = true; break;
        case 'h': return weft_cli_help(&command);
        case 'e':
            if (!weft_str_to_u64(weft_str_of(optarg), &each) || each > MAX_EACH)
                return weft_cli_usage(&command, "--each takes 0 to %d, not '%s'", MAX_EACH, optarg);
            a.each = (size_t)each;
            break;
        default: return WEFT_EXIT_USAGE;
        }
    }
    if (optind < argc) return weft_cli_usage(&command, "unexpected '%s'", argv[optind]);
    weft_status status = evaluate(cli, &a, &err);
    return status ? weft_cli_fail("eval search", status, &err) : WEFT_EXIT_OK;
}
