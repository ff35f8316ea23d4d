#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/eval_explore.h"
#include "cli/eval_outfits.h"
#include "cli/eval_recommend.h"
#include "cli/eval_search.h"
#include "search/metrics.h"
#include "search/search.h"
#include "sync/embed.h"
#include "sync/snapshot.h"

static const char usage[] =
    "usage: weft eval [--sets A,B,...] [--queries N] [--json]\n"
    "       weft eval search [...]    rankers side by side: weft eval search --help\n"
    "       weft eval recommend [...] recommendations: weft eval recommend --help\n"
    "       weft eval outfits [...]   what goes with what: weft eval outfits --help\n"
    "       weft eval explore [...]   exploration, simulated: weft eval explore --help\n\n"
    "Measures how well the sets of embeddings in the database find products, side by side:\n"
    "  - by a product's name its photo: up to N products with photos, evenly spread, each\n"
    "    the one right answer among all (recall@1, recall@10, mean reciprocal rank)\n"
    "  - by color and type, as in \"red dresses\": every pair that 10 products or more have;\n"
    "    right is what has both (precision@10, in the hybrid index)\n"
    "  - how long words take, encoded and searched exactly, one at a time\n\n"
    "  --sets A,B    sets by their names or their models' (weft model sets); default: all\n"
    "  --queries N   names that are tried (default 1000)\n"
    "  --json        for programs\n";

enum { K = 10, DEFAULT_QUERIES = 1000, MAX_QUERIES = 100000, MAX_SETS = 8, PAIR_MIN = 10 };

typedef struct {
    const char *name; /* of the set */
    weft_metrics names, attributes;
    double median_ms, p95_ms;
} evaluation;

/* One set while it is measured. */
typedef struct {
    evaluation *result;
    weft_snapshot *snapshot;
    weft_clip_session *session;
    size_t dim;
    float *vector; /* [dim] */
    double *ms;    /* [count] */
    size_t count, capacity;
} measuring;

/* ---- one query ---- */

/* The first K hits of some words in one of the indexes. */
static weft_status search(measuring *m, const char *words, weft_embedding_kind kind,
                          weft_arena *arena, weft_search_page *page, weft_err *err) {
    const weft_search_request request = {.catalog = m->snapshot->catalog,
                                         .index = m->snapshot->index[kind],
                                         .embedding = m->vector,
                                         .limit = K};
    const weft_str text = weft_str_of(words);
    if (m->count == m->capacity) {
        m->capacity = m->capacity ? 2 * m->capacity : 1024;
        double *larger = weft_realloc(m->ms, m->capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "times");
        m->ms = larger;
    }
    double begun = weft_clock_seconds();
    weft_status status = weft_clip_encode_text(m->session, &text, 1, m->vector, err);
    if (!status) status = weft_search_run(&request, arena, page, err);
    m->ms[m->count++] = (weft_clock_seconds() - begun) * 1000;
    return status;
}

static weft_status try_name(measuring *m, uint32_t row, weft_err *err) {
    const weft_product *product = weft_catalog_product(m->snapshot->catalog, row);
    weft_arena arena;
    weft_search_page page;
    weft_arena_init(&arena, 0);
    weft_status status =
        search(m, product->product_display_name, WEFT_KIND_IMAGE, &arena, &page, err);
    size_t rank = 0;
    for (size_t i = 0; !status && i < page.count && !rank; i++)
        if (page.hits[i].row == row) rank = i + 1;
    if (!status) weft_metrics_add_rank(&m->result->names, rank);
    weft_arena_deinit(&arena);
    return status;
}

/* The products with photos, as many as are asked for, evenly spread over the catalog. */
static weft_status try_names(measuring *m, size_t queries, weft_err *err) {
    const weft_bitset *photos = weft_index_present(m->snapshot->index[WEFT_KIND_IMAGE]);
    size_t total = weft_bitset_popcount(photos), seen = 0, tried = 0;
    if (queries > total) queries = total;
    weft_status status = WEFT_OK;
    for (uint32_t row = 0; row < photos->count && !status; row++) {
        if (!weft_bitset_get(photos, row)) continue;
        if (seen++ * queries / total < tried) continue; /* not this one's turn yet */
        tried++;
        status = try_name(m, row, err);
    }
    return status;
}

/* ---- pairs of attributes ---- */

static weft_status try_pair(measuring *m, uint32_t color, uint32_t type, weft_err *err) {
    const weft_catalog *catalog = m->snapshot->catalog;
    const weft_catalog_facet *colors = weft_catalog_facet_of(catalog, WEFT_FACET_base_color);
    const weft_catalog_facet *types = weft_catalog_facet_of(catalog, WEFT_FACET_article_type);
    bool is_right[K];
    weft_arena arena;
    weft_search_page page;
    weft_arena_init(&arena, 0);
    char *words = weft_arena_printf(&arena, "%s %s", colors->values[color], types->values[type]);
    weft_status status = words ? search(m, words, WEFT_KIND_HYBRID, &arena, &page, err)
                               : weft_fail(err, WEFT_E_NOMEM, "query");
    for (size_t i = 0; !status && i < page.count; i++)
        is_right[i] =
            colors->codes[page.hits[i].row] == color && types->codes[page.hits[i].row] == type;
    if (!status) weft_metrics_add_results(&m->result->attributes, is_right, page.count, K);
    weft_arena_deinit(&arena);
    return status;
}

static weft_status try_pairs(measuring *m, weft_err *err) {
    const weft_catalog *catalog = m->snapshot->catalog;
    const weft_catalog_facet *colors = weft_catalog_facet_of(catalog, WEFT_FACET_base_color);
    const weft_catalog_facet *types = weft_catalog_facet_of(catalog, WEFT_FACET_article_type);
    size_t *counts = weft_calloc(colors->value_count * types->value_count, sizeof *counts);
    if (!counts) return weft_fail(err, WEFT_E_NOMEM, "pairs of color and type");
    for (size_t row = 0; row < weft_catalog_rows(catalog); row++)
        counts[colors->codes[row] * types->value_count + types->codes[row]]++;
    weft_status status = WEFT_OK;
    for (uint32_t c = 0; c < colors->value_count && !status; c++)
        for (uint32_t t = 0; t < types->value_count && !status; t++)
            if (counts[c * types->value_count + t] >= PAIR_MIN && *colors->values[c] &&
                *types->values[t])
                status = try_pair(m, c, t, err);
    weft_free(counts);
    return status;
}

/* ---- one set ---- */

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void summarise_times(measuring *m) {
    if (!m->count) return;
    qsort(m->ms, m->count, sizeof *m->ms, compare);
    m->result->median_ms = m->ms[m->count / 2];
    m->result->p95_ms = m->ms[m->count * 95 / 100];
}

static weft_status measure_set(const weft_cli *cli, weft_store *store, const weft_store_set *set,
                               size_t queries, evaluation *result, weft_err *err) {
    char embedding_model[WEFT_EMBEDDING_MODEL_SIZE];
    weft_clip_model *model = NULL;
    measuring m = {.result = result, .dim = set->dim};
    const weft_snapshot_options options = {
        .store = store, .embedding_model = set->embedding_model, .dim = set->dim};
    weft_status status = weft_cli_open_named_model(cli, NULL, set->model, &model, err);
    if (status) return status;
    weft_embedding_model_name(model, embedding_model);
    if (strcmp(embedding_model, set->embedding_model) != 0)
        status = weft_fail(err, WEFT_E_CONFLICT, "the model at %s is %s, the set is of %s",
                           set->model, embedding_model, set->embedding_model);
    if (!status) status = weft_clip_session_new(&m.session, model, err);
    if (!status) status = weft_snapshot_load(&m.snapshot, &options, err);
    m.vector = weft_alloc(m.dim, sizeof *m.vector);
    if (!status && !m.vector) status = weft_fail(err, WEFT_E_NOMEM, "query");
    if (!status && m.snapshot->pending)
        fprintf(stderr, "%s: %zu products are not embedded and cannot be found\n",
                set->embedding_model, m.snapshot->pending);
    if (!status) status = try_names(&m, queries, err);
    if (!status) status = try_pairs(&m, err);
    if (!status) summarise_times(&m);
    weft_snapshot_release(m.snapshot);
    weft_clip_session_free(m.session);
    weft_clip_model_free(model);
    weft_free(m.vector);
    weft_free(m.ms);
    return status;
}

/* ---- what is printed ---- */

typedef struct {
    const char *label, *key;
    double (*value)(const evaluation *e);
} measure;

static double names_at_1(const evaluation *e) { return weft_metrics_recall_at_1(&e->names); }
static double names_at_k(const evaluation *e) { return weft_metrics_recall_at_k(&e->names); }
static double names_mrr(const evaluation *e) { return weft_metrics_mrr(&e->names); }
/* No number in a catalog too small for pairs. */
static double pairs_at_k(const evaluation *e) {
    return e->attributes.queries ? weft_metrics_precision(&e->attributes) : NAN;
}
static double median_ms(const evaluation *e) { return e->median_ms; }
static double p95_ms(const evaluation *e) { return e->p95_ms; }

static const measure measures[] = {
    {"name -> photo, recall@1", "name_recall_at_1", names_at_1},
    {"name -> photo, recall@10", "name_recall_at_10", names_at_k},
    {"name -> photo, MRR@10", "name_mrr_at_10", names_mrr},
    {"color + type, precision@10", "color_type_precision_at_10", pairs_at_k},
    {"words, median ms", "median_ms", median_ms},
    {"words, p95 ms", "p95_ms", p95_ms},
};
enum { MEASURE_COUNT = sizeof measures / sizeof *measures };

static void print_table(const evaluation *e, size_t n) {
    printf("%zu names, %zu pairs of color and type\n%-28s", e[0].names.queries,
           e[0].attributes.queries, "");
    for (size_t s = 0; s < n; s++) printf("  %20.20s%s", e[s].name, s ? "            " : "");
    putchar('\n');
    for (size_t m = 0; m < MEASURE_COUNT; m++) {
        double first = measures[m].value(&e[0]);
        if (isnan(first)) continue;
        printf("%-28s  %20.4f", measures[m].label, first);
        for (size_t s = 1; s < n; s++)
            printf("  %20.4f (%+.4f)  ", measures[m].value(&e[s]),
                   measures[m].value(&e[s]) - first);
        putchar('\n');
    }
}

static void print_json(const evaluation *e, size_t n) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    for (size_t s = 0; s < n; s++) {
        weft_json_key(&j, e[s].name);
        weft_json_object(&j);
        weft_json_key_int(&j, "names", (int64_t)e[s].names.queries);
        weft_json_key_int(&j, "color_type_pairs", (int64_t)e[s].attributes.queries);
        for (size_t m = 0; m < MEASURE_COUNT; m++)
            weft_json_key_double(&j, measures[m].key, measures[m].value(&e[s]));
        weft_json_end(&j);
    }
    weft_json_end(&j);
    if (weft_buf_ok(&out)) puts(out.data);
    weft_buf_deinit(&out);
}

/* ---- the command ---- */

typedef struct {
    const char *sets; /* NULL: all */
    size_t queries;
    bool json;
} arguments;

/* Is the set among those of a list with commas? */
static bool is_named(const char *list, const weft_store_set *set) {
    while (list && *list) {
        size_t n = strcspn(list, ",");
        const weft_str name = {list, n};
        if (weft_str_eq(name, set->embedding_model) || weft_str_eq(name, set->model)) return true;
        list += n + (list[n] == ',');
    }
    return list == NULL;
}

static weft_status evaluate(const weft_cli *cli, weft_store *store, const arguments *a,
                            weft_arena *arena, weft_err *err) {
    evaluation results[MAX_SETS] = {0};
    weft_store_set *sets;
    size_t n, count = 0;
    weft_status status = weft_store_list_sets(store, arena, &sets, &n, err);
    for (size_t i = 0; i < n && !status; i++) {
        if (!is_named(a->sets, &sets[i])) continue;
        if (count == MAX_SETS)
            return weft_fail(err, WEFT_E_LIMIT, "more than %d sets: name some (--sets)", MAX_SETS);
        results[count].name = sets[i].embedding_model;
        fprintf(stderr, "measuring %s\n", sets[i].embedding_model);
        status = measure_set(cli, store, &sets[i], a->queries, &results[count++], err);
    }
    if (!status && count == 0)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "no such set of embeddings: weft model sets");
    if (!status && a->json) print_json(results, count);
    if (!status && !a->json) print_table(results, count);
    return status;
}

/* WEFT_EXIT_OK, or the status to end with. *done: help was printed. */
static int read_arguments(arguments *a, int argc, char **argv, bool *done) {
    static const struct option options[] = {{"sets", required_argument, NULL, 's'},
                                            {"queries", required_argument, NULL, 'q'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    uint64_t queries;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 's': a->sets = optarg; break;
        case 'j': a->json = true; break;
        case 'h': *done = true; return weft_cli_help(&weft_command_eval);
        case 'q':
            if (!weft_str_to_u64(weft_str_of(optarg), &queries) || queries < 1 ||
                queries > MAX_QUERIES)
                return weft_cli_usage(&weft_command_eval, "--queries takes 1 to %d, not '%s'",
                                      MAX_QUERIES, optarg);
            a->queries = (size_t)queries;
            break;
        default: return WEFT_EXIT_USAGE;
        }
    }
    if (optind < argc) return weft_cli_usage(&weft_command_eval, "unexpected '%s'", argv[optind]);
    return WEFT_EXIT_OK;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "search") == 0)
        return weft_eval_search(cli, argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "outfits") == 0)
        return weft_eval_outfits(cli, argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "recommend") == 0)
        return weft_eval_recommend(cli, argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "explore") == 0)
        return weft_eval_explore(cli, argc - 1, argv + 1);
    arguments a = {.queries = DEFAULT_QUERIES};
    bool done = false;
    int exit_status = read_arguments(&a, argc, argv, &done);
    if (exit_status != WEFT_EXIT_OK || done) return exit_status;
    weft_store *store = NULL;
    weft_arena arena;
    weft_err err = {0};
    weft_arena_init(&arena, 0);
    weft_status status = weft_cli_open_store(cli, &store, &err);
    if (!status) status = evaluate(cli, store, &a, &arena, &err);
    weft_store_close(store);
    weft_arena_deinit(&arena);
    return status ? weft_cli_fail("eval", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_eval = {
    .name = "eval",
    .summary = "compare sets of embeddings by what they find",
    .usage = usage,
    .run = run,
};
