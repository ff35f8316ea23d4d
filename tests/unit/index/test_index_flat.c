
#include "../unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/index.h"

enum { ROWS = 1000, DIM = 37 };

static weft_status build(weft_index **index, const float *vectors, size_t rows, size_t dim,
                         const weft_bitset *present, weft_err *err) {
    return weft_index_flat_new(
        index,
        &(weft_index_source){.vectors = vectors, .rows = rows, .dim = dim, .present = present},
        err);
}

static float vectors[ROWS * DIM];

static int fill(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS * DIM; i++) vectors[i] = (float)rand() / (float)RAND_MAX / 3 - 0.1f;
    return 0;
}

static weft_index *make(const weft_bitset *present) {
    weft_index *index;
    assert_int_equal(build(&index, vectors, ROWS, DIM, present, NULL), WEFT_OK);
    return index;
}

static void answers_about_itself(void **state) {
    (void)state;
    weft_bitset present;
    assert_int_equal(weft_bitset_init(&present, ROWS, NULL), WEFT_OK);
    weft_bitset_fill(&present);
    weft_bitset_unset(&present, 7);
    weft_index *index = make(&present);
    assert_int_equal(weft_index_dim(index), DIM);
    assert_int_equal(weft_index_rows(index), ROWS);
    assert_int_equal(weft_bitset_popcount(weft_index_present(index)), ROWS - 1);
    float vector[DIM];
    assert_true(weft_index_vector(index, 8, vector));
    assert_memory_equal(vector, vectors + 8 * DIM, sizeof vector);
    assert_false(weft_index_vector(index, 7, vector));
    assert_false(weft_index_vector(index, ROWS, vector));
    weft_index_free(index);
    weft_bitset_deinit(&present);
    weft_index_free(NULL);
}

/* What is absent may hold anything, and is never returned, not even for k > rows. */
static void absent_rows_are_not_looked_at(void **state) {
    (void)state;
    static float copy[ROWS * DIM];
    memcpy(copy, vectors, sizeof copy);
    copy[7 * DIM + 3] = NAN;
    weft_bitset present;
    assert_int_equal(weft_bitset_init(&present, ROWS, NULL), WEFT_OK);
    weft_bitset_fill(&present);
    weft_bitset_unset(&present, 7);
    weft_index *index;
    assert_int_equal(build(&index, copy, ROWS, DIM, &present, NULL), WEFT_OK);
    weft_hit hits[ROWS];
    size_t n;
    for (size_t k = 1; k <= ROWS + 5; k += 71) {
        weft_index_query query = {.query = vectors, .k = k};
        assert_int_equal(weft_index_search(index, &query, hits, &n, NULL), WEFT_OK);
        assert_int_equal(n, k < ROWS - 1 ? k : ROWS - 1);
        for (size_t i = 0; i < n; i++) assert_int_not_equal(hits[i].row, 7);
    }
    weft_index_free(index);
    weft_bitset_deinit(&present);
}

/* Many queries at once find what each finds alone, bit for bit. */
static void batches_are_as_single_searches(void **state) {
    (void)state;
    enum { QUERIES = 300, K_MAX = 25 };
    weft_index *index = make(NULL);
    static weft_hit hits[QUERIES * K_MAX];
    static size_t counts[QUERIES];
    weft_bitset allow;
    assert_int_equal(weft_bitset_init(&allow, ROWS, NULL), WEFT_OK);
    for (size_t row = 0; row < ROWS; row += 7) weft_bitset_set(&allow, row);
    for (size_t i = 0; i < 8; i++) {
        const weft_index_batch batch = {.queries = vectors + 11 * DIM,
                                        .n = i % 2 ? QUERIES : 9,
                                        .k = i / 2 ? K_MAX : 1,
                                        .allow = i < 4 ? NULL : &allow,
                                        .threads = 1 + i % 3};
        assert_int_equal(weft_index_search_batch(index, &batch, hits, counts, NULL), WEFT_OK);
        for (size_t q = 0; q < batch.n; q++) {
            weft_hit expected[K_MAX];
            size_t n;
            const weft_index_query query = {
                .query = batch.queries + q * DIM, .k = batch.k, .allow = batch.allow};
            assert_int_equal(weft_index_search(index, &query, expected, &n, NULL), WEFT_OK);
            assert_int_equal(counts[q], n);
            assert_memory_equal(hits + q * batch.k, expected, n * sizeof *expected);
        }
    }
    weft_bitset_deinit(&allow);
    weft_index_free(index);
}

static void batches_have_edges(void **state) {
    (void)state;
    weft_index *index = make(NULL);
    static weft_hit hits[2 * (ROWS + 3)];
    size_t counts[2] = {9, 9};
    weft_err err;
    weft_index_batch batch = {.queries = vectors, .n = 2, .k = ROWS + 3};
    assert_int_equal(weft_index_search_batch(index, &batch, hits, counts, NULL), WEFT_OK);
    assert_int_equal(counts[0], ROWS); /* more wanted than there are */
    assert_int_equal(counts[1], ROWS);
    batch.k = 0;
    assert_int_equal(weft_index_search_batch(index, &batch, hits, counts, NULL), WEFT_OK);
    assert_int_equal(counts[1], 0);
    static float bad[2 * DIM];
    bad[DIM + 4] = NAN;
    batch = (weft_index_batch){.queries = bad, .n = 2, .k = 1};
    assert_int_equal(weft_index_search_batch(index, &batch, hits, counts, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "4"));
    for (size_t nth = 1;; nth++) {
        batch.queries = vectors;
        weft_mem_fail_after(nth);
        weft_status status = weft_index_search_batch(index, &batch, hits, counts, NULL);
        weft_mem_fail_after(0);
        if (!status) break;
        assert_int_equal(status, WEFT_E_NOMEM);
    }
    weft_index_free(index);
}

static void refuses_bad_input(void **state) {
    (void)state;
    weft_index *index = (weft_index *)vectors;
    weft_err err;
    weft_bitset small;
    assert_int_equal(weft_bitset_init(&small, 3, NULL), WEFT_OK);
    assert_int_equal(build(&index, vectors, 4, 0, NULL, &err), WEFT_E_INVALID);
    assert_null(index);
    assert_int_equal(build(&index, vectors, 1, 70000, NULL, &err), WEFT_E_INVALID);
    assert_int_equal(build(&index, NULL, 4, 4, NULL, &err), WEFT_E_INVALID);
    assert_int_equal(build(&index, vectors, 4, 4, &small, &err), WEFT_E_INVALID);
    weft_bitset_deinit(&small);

    float bad[8] = {0, 0, 0, 0, 0, INFINITY, 0, 0};
    assert_int_equal(build(&index, bad, 2, 4, NULL, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "row 1, value 1"));

    index = make(NULL);
    float query[DIM] = {[3] = NAN};
    weft_hit hits[5];
    size_t n = 9;
    weft_index_query q = {.query = query, .k = 5};
    assert_int_equal(weft_index_search(index, &q, hits, &n, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "value 3"));
    assert_int_equal(n, 0);
    weft_index_free(index);
}

static void empty_is_fine(void **state) {
    (void)state;
    weft_index *index;
    float query[DIM] = {1};
    weft_hit hit;
    size_t n = 9;
    assert_int_equal(build(&index, NULL, 0, DIM, NULL, NULL), WEFT_OK);
    weft_index_query q = {.query = query, .k = 1};
    assert_int_equal(weft_index_search(index, &q, &hit, &n, NULL), WEFT_OK);
    assert_int_equal(n, 0);
    weft_index_free(index);

    index = make(NULL);
    q.k = 0;
    n = 9;
    assert_int_equal(weft_index_search(index, &q, NULL, &n, NULL), WEFT_OK);
    assert_int_equal(n, 0);
    weft_index_free(index);
}

/* All scores equal: the rows come in order, from both ways of searching. */
static void ties_come_by_row(void **state) {
    (void)state;
    static float same[ROWS * DIM];
    for (size_t i = 0; i < ROWS * DIM; i++) same[i] = vectors[i % DIM];
    weft_index *index;
    assert_int_equal(build(&index, same, ROWS, DIM, NULL, NULL), WEFT_OK);
    const size_t ks[] = {1, 10, 200, ROWS};
    for (size_t i = 0; i < 4; i++) {
        weft_hit hits[ROWS];
        size_t n;
        weft_index_query q = {.query = vectors + DIM, .k = ks[i]};
        assert_int_equal(weft_index_search(index, &q, hits, &n, NULL), WEFT_OK);
        assert_int_equal(n, ks[i]);
        for (uint32_t j = 0; j < n; j++) assert_int_equal(hits[j].row, j);
    }
    weft_index_free(index);
}

/* A bitset longer or shorter than the index: only rows in both are hits. */
static void allow_may_have_another_length(void **state) {
    (void)state;
    weft_index *index = make(NULL);
    const size_t counts[] = {70, ROWS, 5000};
    for (size_t i = 0; i < 3; i++) {
        weft_bitset allow;
        assert_int_equal(weft_bitset_init(&allow, counts[i], NULL), WEFT_OK);
        weft_bitset_fill(&allow);
        weft_hit hits[ROWS];
        size_t n;
        weft_index_query q = {.query = vectors, .k = ROWS, .allow = &allow};
        assert_int_equal(weft_index_search(index, &q, hits, &n, NULL), WEFT_OK);
        assert_int_equal(n, counts[i] < ROWS ? counts[i] : ROWS);
        for (size_t j = 0; j < n; j++) assert_true(hits[j].row < counts[i]);
        weft_bitset_deinit(&allow);
    }
    weft_index_free(index);
}

/* Fails the first allocation, then the second, ... until all succeed. */
static void out_of_memory_is_reported(void **state) {
    (void)state;
    weft_index *index = NULL;
    weft_status status = WEFT_E_NOMEM;
    size_t nth = 0;
    while (status) {
        weft_mem_fail_after(++nth);
        status = build(&index, vectors, ROWS, DIM, NULL, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        assert_true(nth < 20);
    }
    assert_true(nth > 5);

    weft_hit hits[10], again[10];
    size_t n;
    weft_index_query q = {.query = vectors, .k = 10};
    status = WEFT_E_NOMEM;
    for (nth = 0; status;) {
        weft_mem_fail_after(++nth);
        status = weft_index_search(index, &q, hits, &n, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        assert_int_equal(n, status ? 0 : 10);
        assert_true(nth < 20);
    }
    assert_int_equal(nth, 5); /* query, codes, best, candidates; then success */
    assert_int_equal(weft_index_search(index, &q, again, &n, NULL), WEFT_OK);
    assert_memory_equal(hits, again, sizeof hits);
    weft_index_free(index);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_about_itself),
        cmocka_unit_test(absent_rows_are_not_looked_at),
        cmocka_unit_test(batches_are_as_single_searches),
        cmocka_unit_test(batches_have_edges),
        cmocka_unit_test(refuses_bad_input),
        cmocka_unit_test(empty_is_fine),
        cmocka_unit_test(ties_come_by_row),
        cmocka_unit_test(allow_may_have_another_length),
        cmocka_unit_test(out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
