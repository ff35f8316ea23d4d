
#include "../unit.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "index/index_dot.h"
#include "index/index_quant.h"

enum { ROWS = 60, DIM_MAX = 200 };

static float random_value(float scale) { return scale * ((float)rand() / (float)RAND_MAX - 0.5f); }

/* The codes of ROWS vectors [ROWS][dim], and how they were made. */
static weft_quant learn(const float *vectors, size_t dim, int8_t **rows) {
    float min[DIM_MAX], max[DIM_MAX];
    weft_quant quant;
    for (size_t j = 0; j < dim; j++) min[j] = INFINITY, max[j] = -INFINITY;
    for (size_t i = 0; i < ROWS * dim; i++) {
        min[i % dim] = fminf(min[i % dim], vectors[i]);
        max[i % dim] = fmaxf(max[i % dim], vectors[i]);
    }
    assert_int_equal(weft_quant_init(&quant, dim, NULL), WEFT_OK);
    weft_quant_set_range(&quant, min, max);
    *rows = weft_alloc_aligned(ROWS, quant.stride);
    assert_non_null(*rows);
    for (size_t i = 0; i < ROWS; i++) {
        weft_quant_encode(&quant, vectors + i * dim, *rows + i * quant.stride);
        weft_quant_note(&quant, vectors + i * dim, *rows + i * quant.stride);
    }
    return quant;
}

static void values_beyond_the_range_are_clipped(void **state) {
    (void)state;
    const float min[2] = {-1, 2}, max[2] = {1, 2}, x[2] = {9, 3};
    float back[2];
    int8_t codes[WEFT_DOT_CODE_PAD];
    weft_quant quant;
    assert_int_equal(weft_quant_init(&quant, 2, NULL), WEFT_OK);
    weft_quant_set_range(&quant, min, max);
    weft_quant_encode(&quant, x, codes);
    weft_quant_decode(&quant, codes, back);
    assert_float_equal(back[0], 1, 1e-6);
    assert_float_equal(back[1], 2, 1e-6);
    weft_quant_deinit(&quant);
}

/* The promise of the header, for one shape and one scale of the query. */
static void check_bound(size_t dim, float query_scale) {
    float vectors[ROWS * DIM_MAX];
    double query[DIM_MAX];
    _Alignas(64) int16_t codes[DIM_MAX + WEFT_DOT_CODE_PAD];
    for (size_t i = 0; i < ROWS * dim; i++) /* dimension 0 is large, dimension 1 constant */
        vectors[i] = i % dim == 0 ? 3 + random_value(5) : i % dim == 1 ? 0.1f : random_value(1);
    for (size_t j = 0; j < dim; j++) query[j] = (double)random_value(query_scale);
    float fast[DIM_MAX];
    _Alignas(64) int16_t fast_codes[DIM_MAX + WEFT_DOT_CODE_PAD];
    for (size_t j = 0; j < dim; j++) fast[j] = (float)query[j];
    int8_t *rows;
    weft_quant quant = learn(vectors, dim, &rows);
    weft_quant_query f = weft_quant_prepare_fast(&quant, fast, fast_codes);
    weft_quant_query q = weft_quant_prepare(&quant, query, codes);
    assert_true(q.step > 0);
    for (size_t row = 0; row < ROWS; row++) {
        double exact = 0;
        for (size_t j = 0; j < dim; j++) exact += query[j] * (double)vectors[row * dim + j];
        int32_t score;
        weft_dot_plain.codes(rows + row * quant.stride, quant.stride, codes, 1, &score);
        assert_true(fabs(exact - (q.base + q.step * score)) <= q.error);
        /* The fast way promises no bound; beside rounding in float it keeps this one. */
        weft_dot_plain.codes(rows + row * quant.stride, quant.stride, fast_codes, 1, &score);
        assert_true(fabs(exact - (f.base + f.step * score)) <=
                    2 * q.error + 1e-4 * (double)query_scale);
    }
    weft_free(rows);
    weft_quant_deinit(&quant);
}

static void error_stays_within_the_bound(void **state) {
    (void)state;
    for (size_t dim = 1; dim <= DIM_MAX; dim += 7) {
        check_bound(dim, 1);
        check_bound(dim, 1e-30f);
        check_bound(dim, 1e6f);
        check_bound(dim, 0);
    }
}

/* The bound is of use only when it is small: 1 % of the scores' range here. */
static void bound_is_tight(void **state) {
    (void)state;
    enum { DIM = 128 };
    float vectors[ROWS * DIM];
    double query[DIM];
    _Alignas(64) int16_t codes[DIM];
    for (size_t i = 0; i < ROWS * DIM; i++) vectors[i] = random_value(0.3f);
    for (size_t j = 0; j < DIM; j++) query[j] = (double)vectors[j];
    int8_t *rows;
    weft_quant quant = learn(vectors, DIM, &rows);
    assert_true(weft_quant_prepare(&quant, query, codes).error < 0.01);
    weft_free(rows);
    weft_quant_deinit(&quant);
}

/* Found by fuzzing: 1 / step was infinite, and 0 times that is no number. */
static void the_smallest_ranges_count_as_none(void **state) {
    (void)state;
    const float min[2] = {-1e-38f, 0}, max[2] = {1e-38f, 0}, query[2] = {1e-3f, 0};
    const double exact[2] = {1e-3, 0};
    int16_t d[WEFT_DOT_CODE_PAD];
    weft_quant quant;
    assert_int_equal(weft_quant_init(&quant, 2, NULL), WEFT_OK);
    weft_quant_set_range(&quant, min, max);
    assert_true(quant.step[0] > 0);
    weft_quant_query fast = weft_quant_prepare_fast(&quant, query, d);
    assert_true(fast.step == 1 && d[0] == 0 && d[1] == 0);
    weft_quant_query slow = weft_quant_prepare(&quant, exact, d);
    assert_true(slow.step == 1 && isfinite(slow.error) && d[0] == 0);
    weft_quant_deinit(&quant);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_stays_within_the_bound),
        cmocka_unit_test(bound_is_tight),
        cmocka_unit_test(values_beyond_the_range_are_clipped),
        cmocka_unit_test(the_smallest_ranges_count_as_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
