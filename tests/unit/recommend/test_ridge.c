#include "../unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dense.h"
#include "index/index_random.h"
#include "recommend/ridge.h"

enum { ROWS = 90, DIM_MOST = 256 };

static float *factors, *gram, *scratch;

static void fill(size_t rows, size_t dim, float most) {
    uint64_t random = 7;
    for (size_t i = 0; i < rows * dim; i++)
        factors[i] = most * ((float)(weft_random_next(&random) >> 40) / (1 << 23) - 1);
    weft_ridge_gram(factors, rows, dim, gram);
}

static int set_up(void **state) {
    (void)state;
    factors = weft_alloc_aligned(ROWS * DIM_MOST, sizeof *factors);
    gram = weft_alloc_aligned(DIM_MOST * DIM_MOST, sizeof *gram);
    scratch = weft_alloc_aligned(DIM_MOST * DIM_MOST, sizeof *scratch);
    return !factors || !gram || !scratch;
}

static int tear_down(void **state) {
    (void)state;
    weft_free(factors);
    weft_free(gram);
    weft_free(scratch);
    return 0;
}

static void it_is_what_elimination_says(void **state) {
    (void)state;
    static const uint32_t numbers[] = {3, 8, 9, 20, 44, 61, 88, 3};
    static const float weights[] = {1, 3, 2.5f, 1, 7, 1, 0.25f, 2};
    for (size_t dim = 16; dim <= DENSE_MAX; dim += 16)
        for (size_t n = 1; n <= 8; n++) {
            double dense[ROWS] = {0}, wanted[DENSE_MAX];
            float factor[DENSE_MAX];
            fill(ROWS, dim, 0.7f);
            const weft_ridge ridge = {.gram = gram,
                                      .rows = ROWS,
                                      .dim = dim,
                                      .unobserved = 0.2f,
                                      .regularization = 0.05f};
            const weft_ridge_known known = {factors, numbers, weights, n};
            for (size_t i = 0; i < n; i++) dense[numbers[i]] += (double)weights[i];
            dense_solve(factors, ROWS, dim, dense, (double)0.2f, (double)0.05f, wanted);
            weft_ridge_solve(&ridge, &known, scratch, factor);
            for (size_t j = 0; j < dim; j++)
                assert_true(fabs((double)factor[j] - wanted[j]) < 2e-6);
        }
}

static void sums_are_those_of_all_rows(void **state) {
    (void)state;
    for (size_t rows = 0; rows < 9; rows++) {
        fill(rows, 32, 1);
        for (size_t i = 0; i < 32; i++)
            for (size_t j = 0; j < 32; j++) {
                double sum = 0;
                for (size_t r = 0; r < rows; r++)
                    sum += (double)factors[r * 32 + i] * (double)factors[r * 32 + j];
                assert_true(fabs((double)gram[i * 32 + j] - sum) < 1e-5);
            }
    }
}

/* Whatever the processor: the same bits. */
static void every_level_computes_the_same(void **state) {
    (void)state;
    static float other[DIM_MOST * DIM_MOST];
    const weft_ridge_loops *plain = weft_ridge_loops_for(WEFT_CPU_PLAIN);
    const weft_ridge_loops *best = weft_ridge_loops_for(weft_cpu_level());
    for (size_t dim = 16; dim <= DIM_MOST; dim += 48)
        for (size_t n = 1; n < ROWS; n += 13) {
            float weights[ROWS], a[DIM_MOST], b[DIM_MOST];
            fill(ROWS, dim, 0.5f);
            for (size_t i = 0; i < n; i++) weights[i] = 1 + (float)(i % 5);
            const weft_ridge ridge = {.gram = gram,
                                      .rows = ROWS,
                                      .dim = dim,
                                      .unobserved = 0.1f,
                                      .regularization = 0.01f};
            const weft_ridge_known known = {.factors = factors, .weights = weights, .n = n};
            plain->solve(&ridge, &known, scratch, a);
            best->solve(&ridge, &known, scratch, b);
            assert_memory_equal(a, b, dim * sizeof *a);
            plain->gram(factors, n, dim, scratch);
            best->gram(factors, n, dim, other);
            assert_memory_equal(scratch, other, dim * dim * sizeof *other);
        }
}

static void odd_numbers_give_finite_factors(void **state) {
    (void)state;
    static const float sizes[] = {0, 1e-30f, 1e-3f, 1, 1e6f, 1e18f, 3e38f};
    static const uint32_t numbers[] = {0, 0, 1, 2, 3};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t w = 0; w < 3; w++) {
            float weight = w == 0 ? 1e-30f : w == 1 ? 1 : 1e6f, factor[32];
            const float weights[] = {weight, weight, 1, weight, 1};
            fill(ROWS, 32, sizes[s]);
            memcpy(factors + 32, factors, 32 * sizeof *factors); /* two that are the same */
            const weft_ridge ridge = {.gram = gram,
                                      .rows = ROWS,
                                      .dim = 32,
                                      .unobserved = 1e-6f,
                                      .regularization = 1e-9f};
            const weft_ridge_known known = {factors, numbers, weights, 5};
            weft_ridge_solve(&ridge, &known, scratch, factor);
            for (size_t j = 0; j < 32; j++) assert_true(isfinite(factor[j]));
        }
}

static void nothing_known_is_zero(void **state) {
    (void)state;
    float factor[16] = {[3] = 5};
    fill(ROWS, 16, 1);
    const weft_ridge ridge = {
        .gram = gram, .rows = ROWS, .dim = 16, .unobserved = 1, .regularization = 1};
    weft_ridge_solve(&ridge, &(weft_ridge_known){.factors = factors}, scratch, factor);
    for (size_t j = 0; j < 16; j++) assert_true(factor[j] == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_elimination_says),
        cmocka_unit_test(sums_are_those_of_all_rows),
        cmocka_unit_test(every_level_computes_the_same),
        cmocka_unit_test(odd_numbers_give_finite_factors),
        cmocka_unit_test(nothing_known_is_zero),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
