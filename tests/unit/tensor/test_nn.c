/* Each function against its definition in double. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "levels.h"
#include "tensor/kernels.h"
#include "tensor/nn.h"
#include "unit.h"

enum { MOST = 131 };

static void near(float is, double should, double tolerance) {
    if (!(fabs((double)is - should) <= tolerance * (1 + fabs(should))))
        fail_msg("%.9g, should be %.9g", (double)is, should);
}

static void fill(float *x, size_t n, double scale) {
    for (size_t i = 0; i < n; i++) x[i] = (float)(scale * sin((double)(i * i) + 1.7 * (double)n));
}

static void test_activations(void **unused) {
    (void)unused;
    for (double at = -100; at <= 100; at += 0.37) {
        float x[2] = {(float)at, (float)at};
        double v = (double)x[0];
        weft_kernels_best()->activate(x, 1, WEFT_ACTIVATION_QUICK_GELU);
        weft_kernels_best()->activate(x + 1, 1, WEFT_ACTIVATION_GELU);
        near(x[0], v / (1 + exp(-1.702 * v)), 1e-6);
        near(x[1], v * 0.5 * erfc(-v / sqrt(2)), 1e-6);
    }
    float same = 3;
    weft_kernels_best()->activate(&same, 1, WEFT_ACTIVATION_NONE);
    assert_true(same == 3);
}

static void test_layer_norm(void **unused) {
    (void)unused;
    float x[2 * MOST], out[2 * MOST], gain[MOST], bias[MOST];
    for (size_t n = 1; n <= MOST; n += 5) {
        const weft_layer_norm norm = {gain, bias, n, 1e-5f};
        fill(x, 2 * n, 3), fill(gain, n, 2), fill(bias, n, 1);
        for (size_t row = 0; row < 2; row++) weft_nn_layer_norm(&norm, x + row * n, out + row * n);
        for (size_t row = 0; row < 2; row++) {
            const float *r = x + row * n;
            double mean = 0, spread = 0;
            for (size_t i = 0; i < n; i++) mean += (double)r[i] / (double)n;
            for (size_t i = 0; i < n; i++) spread += pow((double)r[i] - mean, 2) / (double)n;
            for (size_t i = 0; i < n; i++)
                near(out[row * n + i],
                     ((double)r[i] - mean) / sqrt(spread + 1e-5) * (double)gain[i] +
                         (double)bias[i],
                     1e-5);
        }
        weft_nn_layer_norm(&norm, x, x); /* in place */
        assert_memory_equal(x, out, n * sizeof *x);
    }
}

static void test_softmax(void **unused) {
    (void)unused;
    float x[MOST], before[MOST];
    for (size_t n = 1; n <= MOST; n += 3) {
        double top = -1e30, sum = 0;
        fill(x, n, 50);
        x[0] += 1e4f; /* must not overflow */
        if (n > 4) x[0] = x[1];
        memcpy(before, x, sizeof x);
        for (size_t i = 0; i < n; i++) top = fmax(top, (double)x[i]);
        for (size_t i = 0; i < n; i++) sum += exp(0.5 * ((double)x[i] - top));
        weft_kernels_best()->softmax(x, n, 0.5f);
        for (size_t i = 0; i < n; i++) near(x[i], exp(0.5 * ((double)before[i] - top)) / sum, 1e-6);
    }
}

static void test_l2(void **unused) {
    (void)unused;
    float x[3] = {3, 0, -4}, zero[2] = {0, 0}, wide[2] = {INFINITY, 1}, tiny[1] = {1e-30f};
    weft_nn_l2_normalize(x, 3);
    near(x[0], 0.6, 1e-7), near(x[2], -0.8, 1e-7);
    weft_nn_l2_normalize(zero, 2);
    assert_true(zero[0] == 0 && zero[1] == 0);
    weft_nn_l2_normalize(wide, 2);
    assert_true(isinf(wide[0]) && wide[1] == 1);
    weft_nn_l2_normalize(tiny, 1);
    near(tiny[0], 1, 1e-6);
}

int main(void) {
    if (level_is_missing()) return SKIPPED;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_activations),
                                       cmocka_unit_test(test_layer_norm),
                                       cmocka_unit_test(test_softmax), cmocka_unit_test(test_l2)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
