
#include "../unit.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "index/index_dot.h"
#include "index/index_quant.h"

enum { ROWS = 60, DIM_MAX = 200 };

static float random_value(float scale) { return scale * ((float)rand() / (float)RAND_MAX - 0.5f); }

/* The promise of the header, for one shape and one scale of the query. */
static void check_bound(size_t dim, float query_scale) {
    float vectors[ROWS * DIM_MAX];
    double query[DIM_MAX];
    _Alignas(64) int16_t codes[DIM_MAX + WEFT_DOT_CODE_PAD];
    for (size_t i = 0; i < ROWS * dim; i++) /* dimension 0 is large, dimension 1 constant */
        vectors[i] = i % dim == 0 ? 3 + random_value(5) : i % dim == 1 ? 0.1f : random_value(1);
    for (size_t j = 0; j < dim; j++) query[j] = (double)random_value(query_scale);
    weft_bitset present;
    weft_quant quant;
    assert_int_equal(weft_bitset_init(&present, ROWS, NULL), WEFT_OK);
    weft_bitset_fill(&present);
    weft_quant_input input = {vectors, ROWS, dim, dim, &present};
    assert_int_equal(weft_quant_init(&quant, &input, NULL), WEFT_OK);
    weft_quant_query q = weft_quant_prepare(&quant, query, codes);
    assert_true(q.step > 0);
    for (size_t row = 0; row < ROWS; row++) {
        double exact = 0;
        for (size_t j = 0; j < dim; j++) exact += query[j] * (double)vectors[row * dim + j];
        int32_t score;
        weft_dot_plain.codes(quant.codes + row * quant.stride, quant.stride, codes, 1, &score);
        assert_true(fabs(exact - (q.base + q.step * score)) <= q.error);
    }
    weft_quant_deinit(&quant);
    weft_bitset_deinit(&present);
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
    weft_bitset present;
    weft_quant quant;
    assert_int_equal(weft_bitset_init(&present, ROWS, NULL), WEFT_OK);
    weft_bitset_fill(&present);
    weft_quant_input input = {vectors, ROWS, DIM, DIM, &present};
    assert_int_equal(weft_quant_init(&quant, &input, NULL), WEFT_OK);
    assert_true(weft_quant_prepare(&quant, query, codes).error < 0.01);
    weft_quant_deinit(&quant);
    weft_bitset_deinit(&present);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_stays_within_the_bound),
        cmocka_unit_test(bound_is_tight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
