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
#include "search/learned.h"
#include "sync/snapshot.h"

static const char usage[] =
    "usage: weft rank train [--json]\n"
    "       weft rank forget\n\n"
    "Learns to rank from what users did: searches that were kept (weft serve --log-searches) and\n"
    "the events that carry their query_id. The latest fifth of the searches is held back; the\n"
    "learned ranking is compared on it with what was shown, and used by the next weft serve only\n"
    "if it is better there, and not by chance.\n\n"
    "  train    trains, compares, and says whether it is used\n"
    "  forget   goes back to the ranking that weft has without\n";

enum { MIN_SEARCHES = 200, MAX_RESULTS = 100 };
static const double LEVEL = 0.05;

/* One search with its results, and what the user did with each. */
typedef struct {
    char created_at[32];
    size_t first, n; /* rows */
} kept_search;

typedef struct {
    weft_catalog *catalog;
    kept_search *searches; /* [count], those with any event */
    size_t count, capacity;
    float *features; /* [rows][WEFT_LEARNED_FEATURES] */
    float *labels;   /* [rows] */
    size_t rows, row_capacity;
    char query_id[256]; /* the present search */
    json_t *results;
    float present[MAX_RESULTS]; /* labels of the present search */
    char created_at[32];
    bool has_event;
} collecting;

static bool reserve(collecting *c, size_t n) {
    if (c->rows + n > c->row_capacity) {
        size_t capacity = 2 * c->row_capacity + n + 4096;
        float *features =
            weft_realloc(c->features, capacity, WEFT_LEARNED_FEATURES * sizeof *features);
        if (features) c->features = features;
        float *labels = weft_realloc(c->labels, capacity, sizeof *labels);
        if (labels) c->labels = labels;
        if (!features || !labels) return false;
        c->row_capacity = capacity;
    }
    if (c->count == c->capacity) {
        size_t capacity = 2 * c->capacity + 1024;
        kept_search *larger = weft_realloc(c->searches, capacity, sizeof *larger);
        if (!larger) return false;
        c->searches = larger;
        c->capacity = capacity;
    }
    return true;
}

static float number_at(const json_t *array, size_t i) {
    const json_t *value = json_array_get(array, i);
    return json_is_number(value) ? (float)json_number_value(value) : NAN;
}

/* Adds the present search, when anything was done with it. */
static bool end_search(collecting *c) {
    size_t n = json_array_size(c->results), kept = 0;
    if (n > MAX_RESULTS) n = MAX_RESULTS;
    if (c->has_event && n > 1 && !reserve(c, n)) return false;
    for (size_t i = 0; c->has_event && n > 1 && i < n; i++) {
        const json_t *row = json_array_get(c->results, i);
        const char *id = json_string_value(json_array_get(row, 0));
        uint32_t at;
        if (!id || !weft_catalog_find(c->catalog, id, &at)) continue; /* gone meanwhile */
        const weft_signals signals = {.nearness = number_at(row, 1),
                                      .words = number_at(row, 2),
                                      .match = number_at(row, 3),
                                      .unwanted = number_at(row, 4)};
        weft_learned_features(&signals, weft_catalog_product(c->catalog, at),
                              c->features + (c->rows + kept) * WEFT_LEARNED_FEATURES);
        c->labels[c->rows + kept++] = c->present[i];
    }
    if (kept > 1) {
        kept_search *search = &c->searches[c->count++];
        *search = (kept_search){.first = c->rows, .n = kept};
        memcpy(search->created_at, c->created_at, sizeof search->created_at);
        c->rows += kept;
    }
    json_decref(c->results);
    c->results = NULL;
    return true;
}

static float label_of(const char *event_type) {
    if (strcmp(event_type, "purchase") == 0) return 3;
    return strcmp(event_type, "add_to_cart") == 0 ? 2 : 1;
}

static weft_status note(void *context, const weft_store_search *search, const char *product_id,
                        const char *event_type, weft_err *err) {
    collecting *c = context;
    if (strcmp(c->query_id, search->query_id) != 0) {
        if (c->results && !end_search(c)) return weft_fail(err, WEFT_E_NOMEM, "searches");
        json_decref(c->results);
        snprintf(c->query_id, sizeof c->query_id, "%s", search->query_id);
        snprintf(c->created_at, sizeof c->created_at, "%s", search->created_at);
        memset(c->present, 0, sizeof c->present);
        c->results = json_loads(search->results, 0, NULL);
        c->has_event = false;
    }
    for (size_t i = 0; event_type[0] && i < json_array_size(c->results) && i < MAX_RESULTS; i++) {
        const char *id = json_string_value(json_array_get(json_array_get(c->results, i), 0));
        if (!id || strcmp(id, product_id) != 0) continue;
        if (label_of(event_type) > c->present[i]) c->present[i] = label_of(event_type);
        c->has_event = true;
    }
    return WEFT_OK;
}

static int by_time(const void *a, const void *b) {
    const kept_search *x = a, *y = b;
    int order = strcmp(x->created_at, y->created_at);
    return order ? order : (x->first > y->first) - (x->first < y->first);
}

/* ---- training ---- */

/* searches[begin, end) as XGBoost takes them, in order of time. */
typedef struct {
    float *features, *labels;
    unsigned *sizes;
    weft_learned_data data;
} part;

static weft_status part_init(part *p, const collecting *c, size_t begin, size_t end,
                             weft_err *err) {
    size_t rows = 0;
    for (size_t s = begin; s < end; s++) rows += c->searches[s].n;
    *p = (part){.features = weft_alloc(rows, WEFT_LEARNED_FEATURES * sizeof(float)),
                .labels = weft_alloc(rows, sizeof(float)),
                .sizes = weft_alloc(end - begin, sizeof(unsigned))};
    if (!p->features || !p->labels || !p->sizes) return weft_fail(err, WEFT_E_NOMEM, "searches");
    size_t at = 0;
    for (size_t s = begin; s < end; s++) {
        const kept_search *search = &c->searches[s];
        memcpy(p->features + at * WEFT_LEARNED_FEATURES,
               c->features + search->first * WEFT_LEARNED_FEATURES,
               search->n * WEFT_LEARNED_FEATURES * sizeof(float));
        memcpy(p->labels + at, c->labels + search->first, search->n * sizeof(float));
        p->sizes[s - begin] = (unsigned)search->n;
        at += search->n;
    }
    p->data = (weft_learned_data){p->features, p->labels, p->sizes, rows, end - begin};
    return WEFT_OK;
}

static void part_deinit(part *p) {
    weft_free(p->features);
    weft_free(p->labels);
    weft_free(p->sizes);
}

typedef struct {
    size_t trained, validated, tested;
    weft_sample shown, learned, difference; /* nDCG@10 of the searches held back */
    double p;
    bool is_used;
} outcome;

/* On searches that it has not seen: as they were shown, and as it would have shown them. */
static weft_status compare(const weft_learned *learned, const weft_learned_data *test, outcome *o,
                           weft_err *err) {
    float scores[MAX_RESULTS], shown[MAX_RESULTS];
    size_t at = 0;
    weft_sample nothing = {0};
    for (size_t s = 0; s < test->searches; s++) {
        size_t n = test->sizes[s];
        weft_status status = weft_learned_score(
            learned, test->features + at * WEFT_LEARNED_FEATURES, n, scores, err);
        if (status) return status;
        for (size_t i = 0; i < n; i++) shown[i] = -(float)i;
        double before = weft_learned_ndcg(test->labels + at, shown, n);
        double after = weft_learned_ndcg(test->labels + at, scores, n);
        weft_sample_add(&o->shown, before);
        weft_sample_add(&o->learned, after);
        weft_sample_add(&o->difference, after - before);
        weft_sample_add(&nothing, 0);
        at += n;
    }
    o->p = weft_compare_means(&nothing, &o->difference).p;
    o->is_used = weft_sample_mean(&o->difference) > 0 && o->p < LEVEL;
    return WEFT_OK;
}

static weft_status train(const collecting *c, const char *path, outcome *o, weft_err *err) {
    size_t valid_from = c->count * 7 / 10, test_from = c->count * 8 / 10;
    part parts[3] = {0};
    weft_learned *learned = NULL;
    weft_status status = part_init(&parts[0], c, 0, valid_from, err);
    if (!status) status = part_init(&parts[1], c, valid_from, test_from, err);
    if (!status) status = part_init(&parts[2], c, test_from, c->count, err);
    if (!status) status = weft_learned_train(&learned, &parts[0].data, &parts[1].data, err);
    if (!status) status = compare(learned, &parts[2].data, o, err);
    if (!status && o->is_used) status = weft_learned_save(learned, path, err);
    o->trained = parts[0].data.searches;
    o->validated = parts[1].data.searches;
    o->tested = parts[2].data.searches;
    weft_learned_free(learned);
    for (size_t i = 0; i < 3; i++) part_deinit(&parts[i]);
    return status;
}

static void print_outcome(const outcome *o, bool json) {
    weft_buf out;
    weft_json j;
    double before = weft_sample_mean(&o->shown), after = weft_sample_mean(&o->learned);
    if (!json) {
        printf("learned from %zu searches, stopped by %zu, compared on the latest %zu\n"
               "nDCG@10 there: %.4f as shown, %.4f learned (%+.4f, p = %.4f)\n%s\n",
               o->trained, o->validated, o->tested, before, after, after - before, o->p,
               o->is_used ? "it is better: the next weft serve uses it"
                          : "no better for sure: it is not used");
        return;
    }
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    weft_json_key_int(&j, "trained", (int64_t)o->trained);
    weft_json_key_int(&j, "validated", (int64_t)o->validated);
    weft_json_key_int(&j, "tested", (int64_t)o->tested);
    weft_json_key_double(&j, "ndcg_shown", before);
    weft_json_key_double(&j, "ndcg_learned", after);
    weft_json_key_double(&j, "p", o->p);
    weft_json_key_bool(&j, "used", o->is_used);
    weft_json_end(&j);
    if (weft_buf_ok(&out)) puts(out.data);
    weft_buf_deinit(&out);
}

/* ---- the command ---- */

static weft_status visit_product(void *context, const weft_product *product,
                                 const weft_embedding *embedding, weft_err *err) {
    (void)embedding;
    return weft_catalog_add(context, product, err);
}

static weft_status collect(collecting *c, weft_store *store, weft_err *err) {
    weft_status status = weft_catalog_new(&c->catalog, err);
    if (!status) status = weft_store_each(store, "", false, visit_product, c->catalog, err);
    if (!status) status = weft_catalog_finish(c->catalog, err);
    if (!status) status = weft_store_each_search(store, NULL, note, c, err);
    if (!status && c->results && !end_search(c)) status = weft_fail(err, WEFT_E_NOMEM, "searches");
    if (!status && c->count < MIN_SEARCHES)
        status = weft_fail(err, WEFT_E_NOT_FOUND,
                           "%zu searches led to an event, at least %d are needed: "
                           "weft serve --log-searches keeps them",
                           c->count, MIN_SEARCHES);
    if (!status) qsort(c->searches, c->count, sizeof *c->searches, by_time);
    return status;
}

static weft_status learn(const weft_cli *cli, bool json, weft_err *err) {
    char folder[PATH_MAX], path[PATH_MAX];
    collecting *c = weft_calloc(1, sizeof *c);
    weft_store *store = NULL;
    outcome o = {0};
    if (!c) return weft_fail(err, WEFT_E_NOMEM, "searches");
    weft_status status = weft_cli_rank_path(cli, path, err);
    if (!status && snprintf(folder, sizeof folder, "%s/rank", cli->data_folder) < 0)
        status = weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", cli->data_folder);
    if (!status) status = weft_cli_open_store(cli, &store, err);
    if (!status) status = collect(c, store, err);
    if (!status) status = weft_dir_create(folder, err);
    if (!status) status = train(c, path, &o, err);
    if (!status) print_outcome(&o, json);
    json_decref(c->results);
    weft_catalog_free(c->catalog);
    weft_free(c->searches);
    weft_free(c->features);
    weft_free(c->labels);
    weft_free(c);
    weft_store_close(store);
    return status;
}

static weft_status forget(const weft_cli *cli, weft_err *err) {
    char path[PATH_MAX];
    weft_status status = weft_cli_rank_path(cli, path, err);
    if (!status && remove(path) != 0)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "%s: there is no learned ranking", path);
    if (!status) puts("forgotten: the next weft serve ranks as weft does without");
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    const weft_command *self = &weft_command_rank;
    weft_err err = {0};
    bool json = false;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') return weft_cli_help(self);
        if (option != 'j') return WEFT_EXIT_USAGE;
        json = true;
    }
    const char *what = argc - optind == 1 ? argv[optind] : "";
    weft_status status;
    if (strcmp(what, "train") == 0) status = learn(cli, json, &err);
    else if (strcmp(what, "forget") == 0) status = forget(cli, &err);
    else return weft_cli_usage(self, "say train or forget");
    return status ? weft_cli_fail("rank", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_rank = {
    .name = "rank",
    .summary = "learn to rank from what users do",
    .usage = usage,
    .run = run,
};
