/* bench_flat - the exact int8 + float32 search beside a plain float32 scan.
 *
 *     bench_flat [ROWS [BASE.fbin QUERIES.fbin]]
 *
 * One thread. Both answer the same queries in turn in the same process, so that
 * a noisy machine troubles both; medians and their ratio are printed, and the
 * hits are compared. Without files the vectors are drawn here: a mean that all
 * rows share, clusters of 40 rows, a few dimensions larger than the rest, as
 * CLIP's are. An fbin file is two little-endian uint32 (rows, dimension), then
 * float32 rows (tools that write it: big-ann-benchmarks). */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/mem.h"
#include "index/index.h"

enum { DIM = 512, QUERIES = 101, K = 10, CLUSTER = 40 };

typedef struct {
    float *values; /* [rows][dim] */
    size_t rows, dim;
} matrix;

static uint64_t random_state = 1;

static float random_normal(void) { /* the sum of 12 uniforms is near enough */
    float sum = -6;
    for (int i = 0; i < 12; i++) {
        random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
        sum += (float)(random_state >> 40) / (float)(1 << 24);
    }
    return sum;
}

static void normalize(float *x, size_t dim) {
    double sum = 0;
    for (size_t j = 0; j < dim; j++) sum += (double)x[j] * (double)x[j];
    for (size_t j = 0; j < dim; j++) x[j] = (float)((double)x[j] / sqrt(sum));
}

static matrix draw(size_t rows, size_t dim) {
    matrix m = {weft_alloc(rows, dim * sizeof(float)), rows, dim};
    float *mean = weft_alloc(2 * dim, sizeof *mean), *center = mean + dim;
    if (!m.values || !mean) exit(1);
    for (size_t j = 0; j < dim; j++) mean[j] = (j % 128 == 5 ? 8.0f : 1.0f) * random_normal();
    for (size_t r = 0; r < rows; r++) {
        float *x = m.values + r * dim;
        if (r % CLUSTER == 0)
            for (size_t j = 0; j < dim; j++) center[j] = mean[j] + 0.85f * random_normal();
        for (size_t j = 0; j < dim; j++) x[j] = center[j] + 0.53f * random_normal();
        normalize(x, dim);
    }
    weft_free(mean);
    return m;
}

static matrix read_fbin(const char *path, size_t rows_max) {
    uint32_t header[2];
    FILE *file = fopen(path, "rb");
    if (!file || fread(header, sizeof header, 1, file) != 1) exit(1);
    matrix m = {NULL, header[0] < rows_max ? header[0] : rows_max, header[1]};
    m.values = weft_alloc(m.rows, m.dim * sizeof(float));
    if (!m.values || fread(m.values, m.dim * sizeof(float), m.rows, file) != m.rows) exit(1);
    fclose(file);
    return m;
}

/* The peer: what a compiler makes of the obvious loop, eight sums to let it vectorise. */
#if defined(__x86_64__) && !defined(__clang__)
__attribute__((target("avx2,fma"), optimize("O3")))
#endif
static float
plain_dot(const float *x, const float *y, size_t dim) {
    float sums[32] = {0};
    for (size_t j = 0; j + 32 <= dim; j += 32)
        for (size_t lane = 0; lane < 32; lane++) sums[lane] += x[j + lane] * y[j + lane];
    float sum = 0;
    for (size_t lane = 0; lane < 32; lane++) sum += sums[lane];
    for (size_t j = dim / 32 * 32; j < dim; j++) sum += x[j] * y[j];
    return sum;
}

static void plain_search(const matrix *base, const float *query, weft_hit hits[K]) {
    size_t n = 0;
    for (size_t r = 0; r < base->rows; r++) {
        float score = plain_dot(base->values + r * base->dim, query, base->dim);
        if (n == K && score <= hits[K - 1].score) continue;
        size_t i = n < K ? n++ : K - 1;
        for (; i > 0 && hits[i - 1].score < score; i--) hits[i] = hits[i - 1];
        hits[i] = (weft_hit){.row = (uint32_t)r, .score = score};
    }
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
    qsort(values, n, sizeof *values, compare_doubles);
    return values[n / 2];
}

/* All queries at once on one thread, beside `alone_ms` for one. */
static int measure_batch(weft_index *index, const float *queries, size_t n, double alone_ms) {
    static weft_hit hits[QUERIES * K];
    static size_t counts[QUERIES];
    double rounds[3];
    weft_err err;
    const weft_index_batch batch = {.queries = queries, .n = n, .k = K, .threads = 1};
    for (size_t i = 0; i < 3; i++) {
        double start = weft_clock_seconds();
        if (weft_index_search_batch(index, &batch, hits, counts, &err)) return 1;
        rounds[i] = 1e3 * (weft_clock_seconds() - start) / (double)n;
    }
    double ms = median(rounds, 3);
    printf("%zu at once %.3f ms each (%.0f/s)  ratio to one by one %.2f\n", n, ms, 1e3 / ms,
           alone_ms / ms);
    weft_index_free(index);
    return 0;
}

int main(int argc, char **argv) {
    size_t rows = argc > 1 ? strtoul(argv[1], NULL, 10) : 77688;
    matrix base = argc > 3 ? read_fbin(argv[2], rows) : draw(rows + QUERIES, DIM);
    matrix queries =
        argc > 3 ? read_fbin(argv[3], QUERIES) : (matrix){base.values + rows * DIM, QUERIES, DIM};
    base.rows = base.rows < rows ? base.rows : rows;
    if (argc <= 3) /* image queries: a row, moved a little */
        for (size_t i = 0; i < QUERIES * DIM; i++)
            queries.values[i] =
                base.values[(i / DIM * 761 % rows) * DIM + i % DIM] + 0.02f * random_normal();

    weft_err err;
    weft_index *index;
    double start = weft_clock_seconds();
    if (weft_index_flat_new(
            &index,
            &(weft_index_source){.vectors = base.values, .rows = base.rows, .dim = base.dim},
            &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("cpu=%s rows=%zu dim=%zu k=%d build=%.2fs\n", weft_cpu_name(weft_cpu_level()), base.rows,
           base.dim, K, weft_clock_seconds() - start);

    double plain[QUERIES], ours[QUERIES];
    size_t same = 0;
    for (size_t i = 0; i < queries.rows; i++) {
        float *x = queries.values + i * base.dim;
        normalize(x, base.dim);
        weft_hit expected[K], hits[K];
        size_t n;
        double t0 = weft_clock_seconds();
        plain_search(&base, x, expected);
        double t1 = weft_clock_seconds();
        weft_index_query query = {.query = x, .k = K};
        if (weft_index_search(index, &query, hits, &n, &err)) return 1;
        double t2 = weft_clock_seconds();
        plain[i] = t1 - t0;
        ours[i] = t2 - t1;
        for (size_t j = 0; j < n; j++) same += hits[j].row == expected[j].row;
    }
    double float_ms = 1e3 * median(plain, queries.rows);
    double ours_ms = 1e3 * median(ours, queries.rows);
    printf("float32 %.3f ms (%.0f/s)  int8+rerank %.3f ms (%.0f/s)  ratio %.2f  "
           "same hits %zu/%zu\n",
           float_ms, 1e3 / float_ms, ours_ms, 1e3 / ours_ms, float_ms / ours_ms, same,
           queries.rows * K);
    return measure_batch(index, queries.values, queries.rows, ours_ms);
}
