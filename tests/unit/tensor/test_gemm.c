/* Every backend against sums in double, and against the others. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tensor/gemm.h"
#include "unit.h"

static float noise(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / (float)(1 << 23) - 1.0f;
}

static float *noise_floats(size_t n, uint32_t *state) {
    float *x = weft_alloc(n, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) x[i] = noise(state);
    return x;
}

typedef struct {
    size_t m, n, k;
    bool has_bias, add;
} product;

static double expected(const product *p, const float *const in[4], size_t row, size_t column) {
    double sum = p->add ? (double)in[3][row * p->n + column] : 0;
    if (p->has_bias) sum += (double)in[2][column];
    for (size_t i = 0; i < p->k; i++)
        sum += (double)in[0][row * p->k + i] * (double)in[1][column * p->k + i];
    return sum;
}

static void check(const weft_gemm_backend *backend, const product *p) {
    uint32_t state = (uint32_t)(p->m * 31 + p->n * 7 + p->k);
    float *a = noise_floats(p->m * p->k, &state), *w = noise_floats(p->n * p->k, &state);
    float *bias = noise_floats(p->n, &state), *before = noise_floats(p->m * p->n, &state);
    float *c = weft_alloc(p->m * p->n, sizeof *c);
    const float *const in[4] = {a, w, bias, before};
    weft_gemm_weight *packed;
    const weft_gemm_source source = {
        .weight = w, .bias = p->has_bias ? bias : NULL, .n = p->n, .k = p->k, .backend = backend};
    assert_int_equal(weft_gemm_pack(&packed, &source, NULL), WEFT_OK);
    memcpy(c, before, p->m * p->n * sizeof *c);
    memset(w, 0, p->n * p->k * sizeof *w); /* the weight must have been copied ... */
    const weft_gemm_call call = {.a = a, .m = p->m, .c = c, .add = p->add};
    assert_int_equal(weft_gemm_run(packed, &call, NULL), WEFT_OK);
    state = (uint32_t)(p->m * 31 + p->n * 7 + p->k);
    for (size_t i = 0; i < p->m * p->k; i++) noise(&state);
    for (size_t i = 0; i < p->n * p->k; i++) w[i] = noise(&state); /* ... and is made again */
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            double error = fabs((double)c[i * p->n + j] - expected(p, in, i, j));
            if (error > 2e-5 * sqrt((double)p->k) + 1e-6)
                fail_msg("%s %zu x %zu x %zu: [%zu][%zu] is off by %g",
                         weft_gemm_backend_name(backend), p->m, p->n, p->k, i, j, error);
        }
    weft_gemm_weight_free(packed);
    weft_free(a), weft_free(w), weft_free(bias), weft_free(before), weft_free(c);
}

static void test_shapes(void **unused) {
    (void)unused;
    const size_t sides[] = {1, 2, 7, 16, 33, 64, 100};
    const weft_gemm_backend *backend;
    for (size_t b = 0; (backend = weft_gemm_backend_at(b)); b++)
        for (size_t i = 0; i < 7 * 7 * 7; i++)
            check(backend, &(product){sides[i % 7], sides[i / 7 % 7], sides[i / 49], i & 1, i & 2});
}

static void test_zero_rows_write_nothing(void **unused) {
    (void)unused;
    const float weight[2] = {1, 2};
    float c = 5;
    weft_gemm_weight *w;
    assert_int_equal(
        weft_gemm_pack(&w, &(weft_gemm_source){.weight = weight, .n = 1, .k = 2}, NULL), WEFT_OK);
    assert_int_equal(weft_gemm_run(w, &(weft_gemm_call){.a = weight, .m = 0, .c = &c}, NULL),
                     WEFT_OK);
    assert_true(c == 5);
    weft_gemm_weight_free(w);
}

static void test_names(void **unused) {
    (void)unused;
    assert_non_null(weft_gemm_backend_find(NULL));
    assert_ptr_equal(weft_gemm_backend_find(NULL), weft_gemm_backend_at(0));
    assert_non_null(weft_gemm_backend_find("reference"));
    assert_null(weft_gemm_backend_find("abacus"));
    assert_null(weft_gemm_backend_at(99));
}

static void test_limits_and_memory(void **unused) {
    (void)unused;
    const float weight[4] = {0};
    weft_gemm_weight *w;
    weft_err err = {0};
    weft_gemm_source s = {.weight = weight, .bias = weight, .n = (size_t)1 << 33, .k = 1};
    assert_int_equal(weft_gemm_pack(&w, &s, &err), WEFT_E_LIMIT);
    assert_null(w);
    s.n = 2, s.k = 2;
    for (size_t nth = 1; nth <= 3; nth++) {
        weft_mem_fail_after(nth);
        assert_int_equal(weft_gemm_pack(&w, &s, &err), WEFT_E_NOMEM);
        assert_null(w);
    }
    weft_mem_fail_after(0);
    weft_gemm_weight_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes), cmocka_unit_test(test_zero_rows_write_nothing),
        cmocka_unit_test(test_names), cmocka_unit_test(test_limits_and_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
