/* bench_index - weft's side of `make bench-index`: recall against queries a second.
 *
 *     bench_index DATA_FOLDER THREADS [REACH...]
 *
 * Builds the index over DATA_FOLDER/base.fbin and says what that took; then measures once
 * for every line "search" on standard input. lanes.py describes what goes over the pipes,
 * data.py what lies in the folder: .fbin files are two little-endian uint32 (rows,
 * dimension) and float32 rows, .ibin the same with the numbers of the true neighbours, best
 * first (as in big-ann-benchmarks), .bits a bit for each row that a filter allows.
 *
 * With a REACH, for whoever works on the index, it measures at once, without filters. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/bitset.h"
#include "base/clock.h"
#include "base/mem.h"
#include "index/index.h"
#include "index/index_file.h"

enum { K = 10 };
static const double LEAST_SECONDS = 0.15;

typedef struct {
    void *values; /* [rows][columns], 4 bytes each */
    size_t rows, columns;
} matrix;

_Noreturn static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void path_of(char path[PATH_MAX], const char *folder, const char *name) {
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX) fail(folder, "too long");
}

static matrix read_matrix(const char *folder, const char *name) {
    char path[PATH_MAX];
    uint32_t header[2];
    path_of(path, folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || fread(header, sizeof header, 1, file) != 1) fail(path, "cannot read");
    matrix m = {NULL, header[0], header[1]};
    m.values = weft_alloc(m.rows, m.columns * 4);
    if (!m.values || fread(m.values, m.columns * 4, m.rows, file) != m.rows)
        fail(path, "is too short");
    fclose(file);
    return m;
}

static void read_filter(weft_bitset *set, const char *folder, const char *name, size_t rows) {
    char path[PATH_MAX];
    path_of(path, folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || weft_bitset_init(set, rows, NULL)) fail(path, "cannot read");
    for (size_t byte = 0; byte < (rows + 7) / 8; byte++) {
        int bits = fgetc(file);
        if (bits == EOF) fail(path, "is too short");
        for (size_t i = 0; i < 8 && byte * 8 + i < rows; i++)
            if (bits >> i & 1) weft_bitset_set(set, byte * 8 + i);
    }
    fclose(file);
}

static double processor_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* All that the index keeps, as for the peers: the size of its file. */
static size_t saved_bytes(const weft_index *index, const char *folder) {
    char path[PATH_MAX];
    struct stat st;
    weft_err err;
    path_of(path, folder, "weft.index");
    if (weft_index_save(index, path, NULL, &err)) fail("save", err.message);
    if (stat(path, &st)) fail(path, "cannot look at it");
    remove(path);
    return (size_t)st.st_size;
}

/* One kind of query under one filter. */
typedef struct {
    const char *kind, *filter;
    const matrix *queries;
    matrix truth;
    weft_bitset allow;
    bool is_filtered;
} task;

static size_t count_found(const task *t, size_t query, const weft_hit *hits, size_t n) {
    const uint32_t *truth = (const uint32_t *)t->truth.values + query * t->truth.columns;
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < K; j++) found += hits[i].row == truth[j];
    return found;
}

static void measure(const weft_index *index, const task *t, float reach) {
    size_t rounds = 0, found = 0, least = SIZE_MAX, n_queries = t->queries->rows;
    double start = processor_seconds(), taken = 0;
    for (; taken < LEAST_SECONDS; rounds++, taken = processor_seconds() - start)
        for (size_t i = 0; i < n_queries; i++) {
            weft_hit hits[K];
            weft_err err;
            size_t n;
            const weft_index_query query = {.query = (const float *)t->queries->values +
                                                     i * t->queries->columns,
                                            .k = K,
                                            .allow = t->is_filtered ? &t->allow : NULL,
                                            .reach = reach};
            if (weft_index_search(index, &query, hits, &n, &err)) fail("search", err.message);
            if (rounds > 0) continue;
            found += count_found(t, i, hits, n);
            least = n < least ? n : least;
        }
    printf("{\"queries\": \"%s\", \"filter\": %s, \"param\": %.2f, \"k\": %d, \"recall\": %.4f, "
           "\"qps\": %.1f, \"least_hits\": %zu}\n",
           t->kind, t->filter, (double)reach, K, (double)found / (double)(n_queries * K),
           (double)(n_queries * rounds) / taken, least);
    fflush(stdout);
}

static void measure_all(const weft_index *index, const task *tasks, size_t n, bool with_filters) {
    static const float reaches[] = {0.5f, 1,     1.5f, 1.75f, 2,    2.25f, 2.5f, 2.75f,
                                    3,    3.25f, 3.5f, 3.65f, 3.8f, 4,     5};
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < sizeof reaches / sizeof *reaches; r++)
            if (with_filters || !tasks[i].is_filtered) measure(index, &tasks[i], reaches[r]);
    printf("{\"done\": true}\n");
    fflush(stdout);
}

static weft_index *build(const char *folder, size_t threads) {
    matrix base = read_matrix(folder, "base.fbin");
    const weft_index_source source = {
        .vectors = base.values, .rows = base.rows, .dim = base.columns, .threads = threads};
    weft_index *index;
    weft_err err;
    double clock = weft_clock_seconds(), processor = processor_seconds();
    if (weft_index_ivf_new(&index, &source, &err)) fail("build", err.message);
    clock = weft_clock_seconds() - clock;
    processor = processor_seconds() - processor;
    printf("{\"build_s\": %.2f, \"build_cpu_s\": %.2f, \"bytes_per_vector\": %.1f}\n", clock,
           processor, (double)saved_bytes(index, folder) / (double)base.rows);
    fflush(stdout);
    weft_free(base.values);
    return index;
}

/* What a developer wants to see: the reaches named, no filters. */
static void measure_some(const weft_index *index, const task *tasks, size_t n, char *const *reaches,
                         size_t reach_count) {
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < reach_count && !tasks[i].is_filtered; r++)
            measure(index, &tasks[i], strtof(reaches[r], NULL));
}

int main(int argc, char **argv) {
    static const char *const kinds[] = {"image", "text"};
    static const char *const filters[] = {"0", "0.01", "0.1", "0.5"};
    enum { KINDS = 2, FILTERS = 4 };
    static task tasks[KINDS * FILTERS];
    static matrix queries[KINDS];
    char name[64], line[64];
    if (argc < 3) fail("usage", "bench_index DATA_FOLDER THREADS [REACH...]");
    weft_index *index = build(argv[1], strtoul(argv[2], NULL, 10));
    for (size_t i = 0; i < KINDS * FILTERS; i++) {
        task *t = &tasks[i];
        *t = (task){.kind = kinds[i / FILTERS], .filter = filters[i % FILTERS]};
        t->queries = &queries[i / FILTERS];
        snprintf(name, sizeof name, "%s.fbin", t->kind);
        if (i % FILTERS == 0) queries[i / FILTERS] = read_matrix(argv[1], name);
        snprintf(name, sizeof name, "truth-%s-%s.ibin", t->kind, t->filter);
        t->truth = read_matrix(argv[1], name);
        t->is_filtered = i % FILTERS != 0;
        snprintf(name, sizeof name, "filter-%s.bits", t->filter);
        if (t->is_filtered) read_filter(&t->allow, argv[1], name, weft_index_rows(index));
    }
    if (argc > 3) measure_some(index, tasks, KINDS * FILTERS, argv + 3, (size_t)argc - 3);
    while (argc == 3 && fgets(line, sizeof line, stdin))
        if (strncmp(line, "search", 6) == 0)
            measure_all(index, tasks, KINDS * FILTERS, strcmp(line, "search\n") == 0);
    for (size_t i = 0; i < KINDS * FILTERS; i++) {
        weft_free(tasks[i].truth.values);
        weft_bitset_deinit(&tasks[i].allow);
    }
    for (size_t i = 0; i < KINDS; i++) weft_free(queries[i].values);
    weft_index_free(index);
    return 0;
}
