/* The exact index against brute force in double precision: the same rows, in
 * the same order, with the same scores, whatever the filter and k. */

#include "../unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "index/index.h"

enum { DIM = 512, ROWS = 5000, CLUSTER = 40, QUERIES = 8 };

static float noise(void) { return (float)rand() / (float)RAND_MAX - 0.5f; }

static void normalize(float *x) {
    double sum = 0;
    for (size_t j = 0; j < DIM; j++) sum += (double)x[j] * (double)x[j];
    for (size_t j = 0; j < DIM; j++) x[j] = (float)((double)x[j] / sqrt(sum));
}

/* Clusters around a common mean; every tenth row repeats the one before it. */
static float *clustered_rows(void) {
    float *vectors = weft_alloc(ROWS, DIM * sizeof *vectors), center[DIM];
    assert_non_null(vectors);
    for (size_t row = 0; row < ROWS; row++) {
        float *x = vectors + row * DIM;
        for (size_t j = 0; row % CLUSTER == 0 && j < DIM; j++)
            center[j] = noise() + (j % 100 == 3 ? 4.0f : 0.2f);
        for (size_t j = 0; j < DIM; j++) x[j] = center[j] + 0.4f * noise();
        normalize(x);
        if (row % 10 == 9) memcpy(x, x - DIM, DIM * sizeof *x);
    }
    return vectors;
}

static int by_rank(const void *a, const void *b) {
    const weft_hit *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

/* All allowed rows, best first. The scores are rounded to float32 as the
 * contract says; both sums are far more precise than that. */
static size_t brute_force(const float *vectors, size_t rows, const weft_index_query *q,
                          weft_hit *hits) {
    size_t n = 0;
    for (size_t row = 0; row < rows; row++) {
        if (q->allow && !weft_bitset_get(q->allow, row)) continue;
        double sum = 0;
        for (size_t j = 0; j < DIM; j++)
            sum += (double)vectors[row * DIM + j] * (double)q->query[j];
        hits[n++] = (weft_hit){.row = (uint32_t)row, .score = (float)sum};
    }
    qsort(hits, n, sizeof *hits, by_rank);
    return n < q->k ? n : q->k;
}

typedef struct {
    const weft_index *index;
    const float *vectors;
    size_t rows;
    weft_hit *expected, *hits; /* [rows] */
} fixture;

/* Sums in another order can differ in the last bit of a float32, and two rows
 * that close may then trade places: scores must agree to one bit at each rank,
 * and each hit must have the score of its own row. */
static void check(const fixture *f, const weft_index_query *q) {
    size_t n, expected = brute_force(f->vectors, f->rows, q, f->expected);
    assert_int_equal(weft_index_search(f->index, q, f->hits, &n, NULL), WEFT_OK);
    assert_int_equal(n, expected);
    for (size_t i = 0; i < n; i++) {
        if (f->hits[i].row == f->expected[i].row && f->hits[i].score == f->expected[i].score)
            continue;
        assert_float_equal(f->hits[i].score, f->expected[i].score, 1.2e-7);
        float x[DIM];
        assert_true(weft_index_vector(f->index, f->hits[i].row, x));
        double sum = 0;
        for (size_t j = 0; j < DIM; j++) sum += (double)x[j] * (double)q->query[j];
        assert_float_equal(f->hits[i].score, sum, 1.2e-7);
        assert_true(!q->allow || weft_bitset_get(q->allow, f->hits[i].row));
    }
    for (size_t i = 1; i < n; i++) assert_true(by_rank(&f->hits[i - 1], &f->hits[i]) < 0);
}

static void check_filters(const fixture *f, const float *query) {
    const int permille[] = {0, 1, 10, 100, 500, 1000};
    const size_t ks[] = {1, 10, 100, f->rows / 3, f->rows};
    for (size_t p = 0; p < sizeof permille / sizeof *permille; p++) {
        weft_bitset allow;
        assert_int_equal(weft_bitset_init(&allow, f->rows, NULL), WEFT_OK);
        for (size_t row = 0; row < f->rows; row++)
            if (rand() % 1000 < permille[p]) weft_bitset_set(&allow, row);
        for (size_t i = 0; i < sizeof ks / sizeof *ks; i++)
            check(f, &(weft_index_query){.query = query, .k = ks[i], .allow = &allow});
        weft_bitset_deinit(&allow);
    }
    check(f, &(weft_index_query){.query = query, .k = 10});
}

static fixture setup(const float *vectors, size_t rows) {
    weft_index *index;
    const weft_index_source source = {.vectors = vectors, .rows = rows, .dim = DIM};
    assert_int_equal(weft_index_flat_new(&index, &source, NULL), WEFT_OK);
    fixture f = {.index = index, .vectors = vectors, .rows = rows};
    f.expected = weft_alloc(rows, sizeof *f.expected);
    f.hits = weft_alloc(rows, sizeof *f.hits);
    assert_true(f.expected && f.hits);
    return f;
}

static void teardown(fixture *f) {
    weft_index_free((weft_index *)f->index);
    weft_free(f->expected);
    weft_free(f->hits);
}

static void clustered(void **state) {
    (void)state;
    float *vectors = clustered_rows();
    fixture f = setup(vectors, ROWS);
    for (size_t i = 0; i < QUERIES; i++) {
        float query[DIM];
        for (size_t j = 0; j < DIM; j++) /* the last two lie far from every row */
            query[j] = (i < 6 ? vectors[i * 611 * DIM + j] : 0) + 0.02f * noise();
        normalize(query);
        check_filters(&f, query);
    }
    check_filters(&f, (float[DIM]){0});
    teardown(&f);
    weft_free(vectors);
}

/* An .npy file of float32 [n][512]; NULL when there is none. */
static float *read_npy(const char *name, size_t *rows) {
    enum { MAGIC = 10 };
    const char *shared = getenv("WEFT_SHARED");
    char path[1024];
    snprintf(path, sizeof path, "%s/data/clip-vectors/%s", shared ? shared : "../shared", name);
    weft_file_map map;
    if (weft_file_map_open(&map, path, NULL)) return NULL;
    assert_true(map.size > MAGIC && memcmp(map.data, "\x93NUMPY\x01", 7) == 0);
    size_t header = MAGIC + map.data[8] + 256u * map.data[9];
    assert_true(header < map.size);
    *rows = (map.size - header) / (DIM * sizeof(float));
    float *vectors = weft_alloc(*rows, DIM * sizeof *vectors);
    assert_non_null(vectors);
    memcpy(vectors, map.data + header, *rows * DIM * sizeof *vectors);
    weft_file_map_close(&map);
    for (size_t row = 0; row < *rows; row++) normalize(vectors + row * DIM);
    return vectors;
}

/* Real embeddings, asked by their own kind and across the modality gap. */
static void clip(void **state) {
    (void)state;
    size_t images, texts;
    float *image = read_npy("image_embeddings.npy", &images);
    float *text = read_npy("text_embeddings.npy", &texts);
    if (!image || !text) {
        print_message("no clip-vectors beside the checkout or in WEFT_SHARED: skipped\n");
        weft_free(image);
        weft_free(text);
        skip();
    }
    fixture f = setup(image, images);
    for (size_t i = 0; i < QUERIES; i++) {
        check_filters(&f, image + i * 97 * DIM);
        check_filters(&f, text + i * 97 * DIM);
    }
    teardown(&f);
    weft_free(image);
    weft_free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(clustered), cmocka_unit_test(clip)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
