#include "cli/index_measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

enum { K = 10 };

/* An index whose recall is below this is of no use. */
static const double RECALL_MIN = 0.90;

/* Scores that differ by less are a tie: any of the rows may be the tenth. */
static const double TIE = 1e-6;

/* What the embeddings that serve as queries stand for. */
static const char *const query_names[WEFT_KIND_COUNT] = {"photo", "words", "both"};

/* One index, the queries for it, and what an exact search finds. */
typedef struct {
    const weft_snapshot *snapshot, *exact;
    weft_embedding_kind kind, query_kind;
    size_t dim, count;
    float *queries;    /* [count][dim] */
    double *threshold; /* [count]: what a row must score to be among the first K */
    double *seconds;   /* [count]: of the searches done last */
    weft_hit *hits;    /* [count][K], their hits */
    float *vector;     /* [dim], scratch */
    size_t wanted;     /* hits of each query: K, or all rows */
    double exact_rate; /* queries a second */
} measure;

typedef struct {
    double recall, rate; /* of hits 0 to 1; queries a second */
    size_t least;        /* right hits of the query that has fewest */
    double median_us, p99_us;
} result;

/* ---- queries, and what an exact search answers ---- */

static weft_status reserve(measure *m, weft_err *err) {
    size_t bytes;
    bool fits = weft_mul_size(m->dim, sizeof *m->queries, &bytes);
    m->queries = fits ? weft_alloc(m->count, bytes) : NULL;
    m->threshold = weft_alloc(m->count, sizeof *m->threshold);
    m->seconds = weft_alloc(m->count, sizeof *m->seconds);
    m->hits = weft_alloc(m->count, K * sizeof *m->hits);
    m->vector = weft_alloc(m->dim, sizeof *m->vector);
    if (m->queries && m->threshold && m->seconds && m->hits && m->vector) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOMEM, "%zu queries", m->count);
}

/* The vectors of count rows, as far from each other as rows allow. */
static void take_queries(measure *m, size_t total) {
    const weft_index *source = m->exact->index[m->query_kind];
    size_t taken = 0, seen = 0;
    for (uint32_t row = 0; taken < m->count; row++) {
        if (!weft_bitset_get(weft_index_present(source), row)) continue;
        if (seen++ != taken * total / m->count) continue;
        weft_index_vector(source, row, m->queries + taken++ * m->dim);
    }
}

/* Searches with every query, one after the other; *n hits come back for each. */
static weft_status search_all(measure *m, const weft_index *index, float reach, size_t *n,
                              weft_err *err) {
    *n = 0;
    for (size_t i = 0; i < m->count; i++) {
        const weft_index_query query = {.query = m->queries + i * m->dim, .k = K, .reach = reach};
        double started = weft_clock_seconds();
        weft_status status = weft_index_search(index, &query, m->hits + i * K, n, err);
        if (status) return status;
        m->seconds[i] = weft_clock_seconds() - started;
    }
    return WEFT_OK;
}

static double rate_of(const measure *m) {
    double sum = 0;
    for (size_t i = 0; i < m->count; i++) sum += m->seconds[i];
    return sum > 0 ? (double)m->count / sum : 0;
}

/* All queries at once: only what they find counts. */
static weft_status search_exactly(measure *m, weft_err *err) {
    const weft_index_batch batch = {.queries = m->queries, .n = m->count, .k = K};
    size_t *counts = weft_alloc(m->count, sizeof *counts);
    weft_status status =
        counts ? weft_index_search_batch(m->exact->index[m->kind], &batch, m->hits, counts, err)
               : weft_fail(err, WEFT_E_NOMEM, "%zu queries", m->count);
    m->wanted = status || m->count == 0 ? 0 : counts[0]; /* there is no filter: all the same */
    for (size_t i = 0; i < m->count && m->wanted; i++)
        m->threshold[i] = (double)m->hits[i * K + m->wanted - 1].score - TIE;
    weft_free(counts);
    return status;
}

static weft_status measure_init(measure *m, size_t queries, weft_err *err) {
    size_t total = weft_bitset_popcount(weft_index_present(m->exact->index[m->query_kind]));
    m->dim = weft_index_dim(m->exact->index[m->kind]);
    m->count = queries < total ? queries : total;
    weft_status status = reserve(m, err);
    if (status) return status;
    take_queries(m, total);
    return search_exactly(m, err);
}

static void measure_deinit(measure *m) {
    weft_free(m->queries);
    weft_free(m->threshold);
    weft_free(m->seconds);
    weft_free(m->hits);
    weft_free(m->vector);
}

/* ---- what an inverted file answers ---- */

/* Would an exact search have returned this row too? */
static bool is_right(measure *m, size_t number, uint32_t row) {
    const char *id = weft_catalog_product(m->snapshot->catalog, row)->product_id;
    uint32_t exact_row;
    if (!weft_catalog_find(m->exact->catalog, id, &exact_row) ||
        !weft_index_vector(m->exact->index[m->kind], exact_row, m->vector))
        return false; /* the store has changed meanwhile */
    const float *query = m->queries + number * m->dim;
    double score = 0;
    for (size_t j = 0; j < m->dim; j++) score += (double)query[j] * (double)m->vector[j];
    return score >= m->threshold[number];
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How many of the n hits of a query are right. */
static size_t count_right(measure *m, size_t number, size_t n) {
    size_t right = 0;
    for (size_t h = 0; h < n; h++) right += is_right(m, number, m->hits[number * K + h].row);
    return right < m->wanted ? right : m->wanted;
}

/* reach 0: the usual one. */
static weft_status measure_run(measure *m, float reach, result *r, weft_err *err) {
    size_t n, found = 0;
    weft_status status = search_all(m, m->snapshot->index[m->kind], reach, &n, err);
    *r = (result){.least = m->wanted, .rate = rate_of(m), .recall = 1};
    if (status || m->count == 0 || m->wanted == 0) return status;
    for (size_t i = 0; i < m->count; i++) {
        size_t right = count_right(m, i, n);
        if (right < r->least) r->least = right;
        found += right;
    }
    r->recall = (double)found / (double)(m->wanted * m->count);
    qsort(m->seconds, m->count, sizeof *m->seconds, ascending);
    r->median_us = m->seconds[m->count / 2] * 1e6;
    r->p99_us = m->seconds[m->count * 99 / 100] * 1e6;
    return WEFT_OK;
}

/* ---- recall ---- */

static weft_status check_recall(measure *m, size_t queries, weft_err *err) {
    const char *name = weft_embedding_kind_name(m->kind), *by = query_names[m->query_kind];
    result r;
    weft_status status = measure_init(m, queries, err);
    if (!status) status = measure_run(m, 0, &r, err);
    if (status) return weft_fail_in(err, status, "%s index", name);
    if (m->count == 0 || m->wanted == 0) {
        printf("%-7s %-13s %7d %10s %11s\n", name, by, 0, "-", "-");
        return WEFT_OK;
    }
    printf("%-7s %-13s %7zu %10.4f %5zu of %2zu\n", name, by, m->count, r.recall, r.least,
           m->wanted);
    if (r.recall >= RECALL_MIN) return WEFT_OK;
    return weft_fail(err, WEFT_E_FORMAT,
                     "the %s index, searched with %s, finds %.1f %% of the best ten, less than "
                     "%.0f %%: weft index build",
                     name, by, r.recall * 100, RECALL_MIN * 100);
}

weft_status weft_measure_recall(const weft_snapshot *snapshot, const weft_snapshot *exact,
                                size_t queries, weft_err *err) {
    static const weft_embedding_kind pairs[][2] = {{WEFT_KIND_IMAGE, WEFT_KIND_IMAGE},
                                                   {WEFT_KIND_TEXT, WEFT_KIND_TEXT},
                                                   {WEFT_KIND_HYBRID, WEFT_KIND_HYBRID},
                                                   {WEFT_KIND_IMAGE, WEFT_KIND_TEXT}};
    weft_status first = WEFT_OK;
    printf("%-7s %-13s %7s %10s %11s\n", "index", "searched with", "queries", "recall@10",
           "least hits");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        measure m = {
            .snapshot = snapshot, .exact = exact, .kind = pairs[i][0], .query_kind = pairs[i][1]};
        /* The table is finished also when one is too low. */
        weft_status status = check_recall(&m, queries, first ? NULL : err);
        if (!first) first = status;
        measure_deinit(&m);
    }
    return first;
}

/* ---- speed ---- */

static void print_line(const measure *m, float reach, const result *r) {
    printf("%5.1f %10.4f %11.0f %8.1fx %10.1f %10.1f\n", (double)reach, r->recall, r->rate,
           m->exact_rate > 0 ? r->rate / m->exact_rate : 0, r->median_us, r->p99_us);
}

static weft_status print_json(const measure *m, float reach, const result *r, weft_err *err) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    weft_json_key_string(&j, "index", weft_embedding_kind_name(m->kind));
    weft_json_key_string(&j, "searched_with", query_names[m->query_kind]);
    weft_json_key_int(&j, "queries", (int64_t)m->count);
    weft_json_key_double(&j, "reach", (double)reach);
    weft_json_key_double(&j, "recall_at_10", r->recall);
    weft_json_key_double(&j, "queries_per_second", r->rate);
    weft_json_key_double(&j, "median_us", r->median_us);
    weft_json_key_double(&j, "p99_us", r->p99_us);
    weft_json_key_double(&j, "exact_queries_per_second", m->exact_rate);
    weft_json_key_double(&j, "times_exact", m->exact_rate > 0 ? r->rate / m->exact_rate : 0);
    weft_json_end(&j);
    bool is_whole = weft_buf_ok(&out);
    if (is_whole) puts(out.data);
    weft_buf_deinit(&out);
    return is_whole ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "a line of JSON");
}

static weft_status measure_reaches(measure *m, size_t queries, bool as_json, weft_err *err) {
    static const float reaches[] = {1, 1.5f, 2, 2.5f, 3, 3.5f, 4, 5};
    result r;
    weft_status status = measure_init(m, queries, err);
    if (!status) status = search_all(m, m->exact->index[m->kind], 0, &m->wanted, err);
    if (status) return status;
    m->exact_rate = rate_of(m);
    if ((status = measure_run(m, 0, &r, err))) return status; /* warms the caches */
    if (m->count == 0 || m->wanted == 0) {
        fprintf(stderr, "image index, searched with %s: there are no embeddings\n",
                query_names[m->query_kind]);
        return WEFT_OK;
    }
    if (!as_json)
        printf("image index, searched with %s: %zu queries; exact search answers %.0f a second\n"
               "reach  recall@10   queries/s  to exact  median us     p99 us\n",
               query_names[m->query_kind], m->count, m->exact_rate);
    for (size_t i = 0; i < sizeof reaches / sizeof *reaches && !status; i++) {
        status = measure_run(m, reaches[i], &r, err);
        if (!status && as_json) status = print_json(m, reaches[i], &r, err);
        else if (!status) print_line(m, reaches[i], &r);
    }
    return status;
}

weft_status weft_measure_speed(const weft_snapshot *snapshot, const weft_snapshot *exact,
                               size_t queries, bool as_json, weft_err *err) {
    static const weft_embedding_kind query_kinds[] = {WEFT_KIND_IMAGE, WEFT_KIND_TEXT};
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < sizeof query_kinds / sizeof *query_kinds && !status; i++) {
        measure m = {.snapshot = snapshot,
                     .exact = exact,
                     .kind = WEFT_KIND_IMAGE,
                     .query_kind = query_kinds[i]};
        if (i && !as_json) putchar('\n');
        status = measure_reaches(&m, queries, as_json, err);
        measure_deinit(&m);
    }
    return status;
}
