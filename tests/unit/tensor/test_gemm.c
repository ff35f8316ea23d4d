/* Products in every precision against sums in double. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "levels.h"
#include "tensor/gemm.h"
#include "unit.h"

typedef struct {
    size_t m, n, k;
    weft_precision precision;
    weft_store_kind store;
    weft_activation activation;
    bool has_bias;
} product;

/* Everything a product needs; c is [m][n + 3], so that writes beyond n are seen. */
typedef struct {
    product p;
    float *a, *weight, *bias, *before, *c;
    size_t stride;
    weft_arena arena;
    weft_gemm_weight *packed;
    weft_gemm_input in;
} bench;

static float *noise_floats(size_t n, uint32_t *state) {
    float *x = weft_alloc(n + 1, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) x[i] = noise(state);
    return x;
}

static void set_up(bench *b, const product *p) {
    uint32_t state = (uint32_t)(p->m * 31 + p->n * 7 + p->k);
    *b = (bench){.p = *p, .stride = p->n + 3};
    b->a = noise_floats(p->m * p->k, &state);
    b->weight = noise_floats(p->n * p->k, &state);
    b->bias = noise_floats(p->n, &state);
    b->before = noise_floats(p->m * b->stride, &state);
    b->c = weft_alloc(p->m * b->stride, sizeof *b->c);
    memcpy(b->c, b->before, p->m * b->stride * sizeof *b->c);
    float *handed = weft_alloc(p->n * p->k, sizeof *handed);
    memcpy(handed, b->weight, p->n * p->k * sizeof *handed);
    const weft_gemm_source source = {.weight = handed,
                                     .bias = p->has_bias ? b->bias : NULL,
                                     .n = p->n,
                                     .k = p->k,
                                     .precision = p->precision};
    weft_arena_init(&b->arena, 0);
    assert_int_equal(weft_gemm_pack(&b->packed, &source, &b->arena, NULL), WEFT_OK);
    memset(handed, 0xFF, p->n * p->k * sizeof *handed); /* the weight must have been copied */
    weft_free(handed);
    assert_int_equal(weft_gemm_input_init(&b->in, p->m, weft_gemm_row_size(b->packed), NULL),
                     WEFT_OK);
    memset(b->in.data, 0xFF, p->m * b->in.stride); /* NaN, which putting must cover */
    for (size_t i = 0; i < p->m; i++) weft_gemm_put(b->packed, &b->in, i, b->a + i * p->k);
}

static void tear_down(bench *b) {
    weft_arena_deinit(&b->arena);
    weft_gemm_input_deinit(&b->in);
    weft_free(b->a), weft_free(b->weight), weft_free(b->bias);
    weft_free(b->before), weft_free(b->c);
}

static weft_gemm_call call_of(const bench *b) {
    return (weft_gemm_call){.in = &b->in,
                            .m = b->p.m,
                            .c = b->c,
                            .c_stride = b->stride,
                            .store = b->p.store,
                            .activation = b->p.activation};
}

static double activated(double x, weft_activation activation) {
    if (activation == WEFT_ACTIVATION_QUICK_GELU) return x / (1 + exp(-1.702 * x));
    if (activation == WEFT_ACTIVATION_GELU) return 0.5 * x * erfc(-x / sqrt(2));
    return x;
}

static double expected(const bench *b, size_t row, size_t column) {
    const product *p = &b->p;
    double sum = p->has_bias ? (double)b->bias[column] : 0;
    for (size_t i = 0; i < p->k; i++)
        sum += (double)b->a[row * p->k + i] * (double)b->weight[column * p->k + i];
    sum = activated(sum, p->activation);
    return p->store == WEFT_STORE_ADD ? sum + (double)b->before[row * b->stride + column] : sum;
}

static double actual(const bench *b, size_t row, size_t column) {
    size_t at = row * b->stride + column;
    if (b->p.store != WEFT_STORE_BF16) return (double)b->c[at];
    uint32_t bits = (uint32_t)((const uint16_t *)b->c)[at] << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

/* What rounding may cost a sum of k products of numbers up to 1: a share of its usual size
 * sqrt(k) / 3, six times over, and a share of the result where that is rounded. */
static double allowed(const product *p, double value) {
    const double shares[] = {
        [WEFT_PRECISION_F32] = 3e-6, [WEFT_PRECISION_BF16] = 4e-3, [WEFT_PRECISION_INT8] = 1.3e-2};
    double share = shares[p->precision], stored = p->store == WEFT_STORE_BF16 ? 4e-3 : 1e-6;
    return 6 * share * (sqrt((double)p->k) / 3 + 0.5) + stored * fabs(value) + 1e-6;
}

static void check(const product *p) {
    bench b;
    set_up(&b, p);
    const weft_gemm_call call = call_of(&b);
    weft_gemm_run_alone(b.packed, &call);
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            double value = expected(&b, i, j), error = fabs(actual(&b, i, j) - value);
            if (!(error <= allowed(p, value)))
                fail_msg("%s store %d, %zu x %zu x %zu: [%zu][%zu] is off by %g of %g",
                         weft_precision_name(p->precision), p->store, p->m, p->n, p->k, i, j, error,
                         value);
        }
    for (size_t i = 0; i < p->m && p->store != WEFT_STORE_BF16; i++) /* nothing beyond n */
        assert_memory_equal(b.c + i * b.stride + p->n, b.before + i * b.stride + p->n, 3 * 4);
    tear_down(&b);
}

static const weft_precision precisions[] = {WEFT_PRECISION_F32, WEFT_PRECISION_BF16,
                                            WEFT_PRECISION_INT8};

static void test_shapes(void **unused) {
    (void)unused;
    const size_t sides[] = {1, 2, 7, 16, 33, 64, 100};
    for (size_t i = 0; i < 7 * 7 * 7 * 3; i++)
        check(&(product){.m = sides[i % 7],
                         .n = sides[i / 7 % 7],
                         .k = sides[i / 49 % 7],
                         .precision = precisions[i / 343],
                         .has_bias = i & 1,
                         .store = (weft_store_kind)(i % 3)});
}

/* Every height of a tile, and sizes as real models have them. */
static void test_heights(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 3; i++) {
        for (size_t m = 1; m <= 40; m++)
            check(&(product){.m = m, .n = 32, .k = 72, .precision = precisions[i]});
        check(
            &(product){.m = 50, .n = 192, .k = 768, .precision = precisions[i], .has_bias = true});
    }
}

static void test_activations(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 3 * 2 * 2; i++)
        check(&(product){.m = 9,
                         .n = 40,
                         .k = 31,
                         .has_bias = true,
                         .precision = precisions[i % 3],
                         .store = i / 3 % 2 ? WEFT_STORE_BF16 : WEFT_STORE_F32,
                         .activation = i / 6 ? WEFT_ACTIVATION_QUICK_GELU : WEFT_ACTIVATION_GELU});
}

/* The sum of squares tells more than the largest error: no bits may be wasted. */
static void test_accuracy(void **unused) {
    (void)unused;
    const double limits[] = {
        [WEFT_PRECISION_F32] = 1e-6, [WEFT_PRECISION_BF16] = 3e-3, [WEFT_PRECISION_INT8] = 1.2e-2};
    for (size_t i = 0; i < 3; i++) {
        bench b;
        double off = 0, all = 0;
        set_up(&b, &(product){.m = 50, .n = 64, .k = 768, .precision = precisions[i]});
        const weft_gemm_call call = call_of(&b);
        weft_gemm_run_alone(b.packed, &call);
        for (size_t at = 0; at < 50 * 64; at++) {
            double value = expected(&b, at / 64, at % 64);
            off += pow(actual(&b, at / 64, at % 64) - value, 2);
            all += value * value;
        }
        if (!(sqrt(off / all) < limits[precisions[i]]))
            fail_msg("%s: relative error %g", weft_precision_name(precisions[i]), sqrt(off / all));
        tear_down(&b);
    }
}

typedef struct {
    const weft_gemm_weight *weight;
    const weft_gemm_call *call;
} shared_call;

static void run_shared(weft_team *team, size_t member, void *argument) {
    const shared_call *shared = argument;
    (void)member;
    weft_gemm_run(shared->weight, shared->call, team);
}

/* Neither the other rows nor the number of threads changes a bit. */
static void test_rows_are_independent(void **unused) {
    (void)unused;
    weft_team *team;
    assert_int_equal(weft_team_new(&team, 3, NULL), WEFT_OK);
    for (size_t i = 0; i < 3; i++) {
        bench b;
        set_up(&b, &(product){.m = 47, .n = 200, .k = 90, .precision = precisions[i]});
        weft_gemm_call call = call_of(&b);
        float *alone = weft_alloc(b.p.n, sizeof *alone);
        weft_team_run(team, run_shared, &(shared_call){b.packed, &call});
        for (size_t row = 0; row < b.p.m; row++) {
            weft_gemm_put(b.packed, &b.in, 0, b.a + row * b.p.k);
            call.m = 1, call.c = alone;
            weft_gemm_run_alone(b.packed, &call);
            assert_memory_equal(alone, b.c + row * b.stride, b.p.n * sizeof *alone);
        }
        weft_free(alone);
        tear_down(&b);
    }
    weft_team_free(team);
}

/* A product can write what the next one reads, in place or to be put. */
static void test_feeding(void **unused) {
    (void)unused;
    const size_t widths[] = {64, 70};
    for (size_t i = 0; i < 6; i++) {
        size_t k = widths[i / 3];
        bench b;
        weft_store_kind store;
        set_up(&b, &(product){.m = 5, .n = 40, .k = k, .precision = precisions[i % 3]});
        bool is_direct = weft_gemm_feeds(b.packed, &store);
        assert_int_not_equal(store, WEFT_STORE_ADD);
        if (precisions[i % 3] == WEFT_PRECISION_INT8) {
            assert_false(is_direct);
            assert_int_equal(store, WEFT_STORE_BF16);
            uint16_t row[96];
            float rounded[96];
            for (size_t j = 0; j < k; j++) {
                uint32_t bits;
                memcpy(&bits, b.a + j, 4);
                row[j] = (uint16_t)(bits >> 16);
                bits = (uint32_t)row[j] << 16;
                memcpy(&rounded[j], &bits, 4);
            }
            unsigned char from_float[128];
            weft_gemm_put(b.packed, &b.in, 0, rounded);
            memcpy(from_float, b.in.data, k);
            weft_gemm_put_bf16(b.packed, &b.in, 0, row);
            assert_memory_equal(from_float, b.in.data, k);
        } else {
            assert_int_equal(is_direct, k == 64); /* 70 would need zeros behind it */
        }
        tear_down(&b);
    }
}

static void test_zero_rows_write_nothing(void **unused) {
    (void)unused;
    const float weight[2] = {1, 2};
    float c = 5;
    weft_arena arena;
    weft_gemm_weight *w;
    weft_gemm_input in;
    weft_arena_init(&arena, 0);
    assert_int_equal(
        weft_gemm_pack(&w, &(weft_gemm_source){.weight = weight, .n = 1, .k = 2}, &arena, NULL),
        WEFT_OK);
    assert_int_equal(weft_gemm_input_init(&in, 0, weft_gemm_row_size(w), NULL), WEFT_OK);
    weft_gemm_run_alone(w, &(weft_gemm_call){.in = &in, .m = 0, .c = &c, .c_stride = 1});
    assert_true(c == 5);
    weft_gemm_input_deinit(&in);
    weft_arena_deinit(&arena);
}

/* A row of zeros, and one that holds what cannot be: the first is exact, the second stays
 * in its row. */
static void test_odd_rows(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 3; i++) {
        bench b;
        set_up(&b, &(product){.m = 3, .n = 20, .k = 40, .precision = precisions[i]});
        float row[40] = {0};
        weft_gemm_put(b.packed, &b.in, 0, row);
        row[3] = INFINITY, row[7] = NAN;
        weft_gemm_put(b.packed, &b.in, 1, row);
        const weft_gemm_call call = call_of(&b);
        weft_gemm_run_alone(b.packed, &call);
        for (size_t j = 0; j < 20; j++) {
            assert_true(b.c[j] == 0);
            assert_true(fabs(actual(&b, 2, j) - expected(&b, 2, j)) <= allowed(&b.p, 1));
        }
        tear_down(&b);
    }
}

static void test_names(void **unused) {
    (void)unused;
    weft_precision precision;
    assert_true(weft_precision_parse("int8", &precision));
    assert_int_equal(precision, WEFT_PRECISION_INT8);
    assert_string_equal(weft_precision_name(WEFT_PRECISION_BF16), "bf16");
    assert_false(weft_precision_parse("int4", &precision));
}

static void test_limits_and_memory(void **unused) {
    (void)unused;
    static const float weight[400 * 400];
    weft_arena arena;
    weft_gemm_weight *w;
    weft_err err = {0};
    weft_arena_init(&arena, 0);
    weft_gemm_source s = {.weight = weight, .bias = weight, .n = (size_t)1 << 33, .k = 1};
    assert_int_equal(weft_gemm_pack(&w, &s, &arena, &err), WEFT_E_LIMIT);
    assert_null(w);
    s.n = 400, s.k = 400, s.precision = WEFT_PRECISION_INT8;
    for (size_t nth = 1; nth <= 3; nth++) {
        weft_mem_fail_after(nth);
        assert_int_equal(weft_gemm_pack(&w, &s, &arena, &err), WEFT_E_NOMEM);
        assert_null(w);
        weft_arena_deinit(&arena);
    }
    weft_gemm_input in;
    for (size_t nth = 1; nth <= 2; nth++) {
        weft_mem_fail_after(nth);
        assert_int_equal(weft_gemm_input_init(&in, 4, 4, &err), WEFT_E_NOMEM);
    }
    weft_mem_fail_after(0);
}

int main(void) {
    if (level_is_missing()) return SKIPPED;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_heights),
        cmocka_unit_test(test_activations),
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_rows_are_independent),
        cmocka_unit_test(test_feeding),
        cmocka_unit_test(test_zero_rows_write_nothing),
        cmocka_unit_test(test_odd_rows),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_limits_and_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
