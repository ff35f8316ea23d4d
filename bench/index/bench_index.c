/* bench_index - builds weft's index and measures recall against queries a second.
 *
 *     bench_index [--k 10] [--threads N] [--exact] BASE.fbin NAME=QUERIES.fbin,TRUTH.ibin ...
 *
 * One thread, one query at a time, for every reach in turn; medians of rounds. Prints
 * one JSON object a line: first the build, then a point per reach and set of queries.
 * An fbin file is two little-endian uint32 (rows, dimension), then float32 rows; an
 * ibin file the same with uint32 row numbers, the true neighbours best first (tools
 * that write them: big-ann-benchmarks). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "index/index.h"

enum { ROUNDS = 5, K_MAX = 100 };

typedef struct {
    void *values; /* [rows][columns], 4 bytes each */
    size_t rows, columns;
} matrix;

static matrix read_matrix(const char *path) {
    uint32_t header[2];
    FILE *file = fopen(path, "rb");
    if (!file || fread(header, sizeof header, 1, file) != 1) {
        fprintf(stderr, "%s: cannot read\n", path);
        exit(1);
    }
    matrix m = {NULL, header[0], header[1]};
    m.values = weft_alloc(m.rows, m.columns * 4);
    if (!m.values || fread(m.values, m.columns * 4, m.rows, file) != m.rows) exit(1);
    fclose(file);
    return m;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct {
    char *name;
    matrix queries, truth;
} query_set;

static query_set parse_set(char *argument) {
    char *queries = strchr(argument, '='), *truth = queries ? strchr(queries, ',') : NULL;
    if (!truth) {
        fprintf(stderr, "%s: should be NAME=QUERIES,TRUTH\n", argument);
        exit(2);
    }
    *queries++ = *truth++ = 0;
    return (query_set){argument, read_matrix(queries), read_matrix(truth)};
}

static size_t count_found(const query_set *set, size_t query, const weft_hit *hits, size_t n,
                          size_t k) {
    const uint32_t *truth = (const uint32_t *)set->truth.values + query * set->truth.columns;
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++) found += hits[i].row == truth[j];
    return found;
}

static void measure(const weft_index *index, const query_set *set, size_t k, float reach) {
    double seconds[ROUNDS];
    size_t found = 0;
    weft_err err;
    for (int round = 0; round < ROUNDS; round++) {
        double start = weft_clock_seconds();
        found = 0;
        for (size_t i = 0; i < set->queries.rows; i++) {
            weft_hit hits[K_MAX];
            size_t n;
            weft_index_query query = {.query = (const float *)set->queries.values +
                                               i * set->queries.columns,
                                      .k = k,
                                      .reach = reach};
            if (weft_index_search(index, &query, hits, &n, &err)) exit(1);
            found += count_found(set, i, hits, n, k);
        }
        seconds[round] = weft_clock_seconds() - start;
    }
    qsort(seconds, ROUNDS, sizeof *seconds, by_value);
    double n = (double)set->queries.rows;
    printf("{\"queries\":\"%s\",\"reach\":%.2f,\"recall\":%.4f,\"qps\":%.0f}\n", set->name,
           (double)reach, (double)found / n / (double)k, n / seconds[ROUNDS / 2]);
    fflush(stdout);
}

int main(int argc, char **argv) {
    const float reaches[] = {0.5f, 1, 1.5f, 2, 2.25f, 2.5f, 2.75f, 3, 3.25f, 3.5f, 4, 5};
    size_t k = 10, threads = 0;
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "--k") == 0) k = strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--threads") == 0) threads = strtoul(argv[i + 1], NULL, 10);
    }
    if (i >= argc || k > K_MAX) return 2;
    matrix base = read_matrix(argv[i]);
    weft_index_source source = {
        .vectors = base.values, .rows = base.rows, .dim = base.columns, .threads = threads};
    weft_index *index;
    weft_err err;
    double start = weft_clock_seconds();
    if (weft_index_ivf_new(&index, &source, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("{\"rows\":%zu,\"dim\":%zu,\"build_s\":%.2f}\n", base.rows, base.columns,
           weft_clock_seconds() - start);
    weft_free(base.values);
    for (i++; i < argc; i++) {
        query_set set = parse_set(argv[i]);
        for (size_t r = 0; r < sizeof reaches / sizeof *reaches; r++)
            measure(index, &set, k, reaches[r]);
    }
    weft_index_free(index);
    return 0;
}
