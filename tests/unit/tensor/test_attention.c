/* Attention against its formula in double, in floats and in bfloat16. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "levels.h"
#include "tensor/attention.h"
#include "tensor/gemm.h"
#include "unit.h"

enum { LENGTH = 83, WIDTH_MAX = 80 };

static double number(const weft_attention *h, const void *rows, size_t at) {
    if (!h->is_bf16) return (double)((const float *)rows)[at];
    uint32_t bits = (uint32_t)((const uint16_t *)rows)[at] << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

/* out[d] of the query at position first + i, straight from the formula. */
static double attended(const weft_attention *h, size_t i, size_t d) {
    double sum = 0, out = 0;
    for (size_t j = 0; j < (h->is_causal ? h->first + i + 1 : h->length); j++) {
        double score = 0;
        for (size_t e = 0; e < h->width; e++)
            score += number(h, h->q, i * h->q_stride + e) * number(h, h->k, j * h->stride + e);
        double weight = exp(score / sqrt((double)h->width));
        sum += weight;
        out += weight * number(h, h->v, j * h->stride + d);
    }
    return out / sum;
}

static void check(const weft_attention *h) {
    static float out[LENGTH * (WIDTH_MAX + 1)];
    void *scratch = weft_alloc_aligned(1, weft_attention_scratch(h->length, h->width));
    size_t out_stride = h->width + 1;
    for (size_t i = 0; i < h->count * out_stride; i++) out[i] = 77;
    weft_attention_run(h, out, out_stride, scratch);
    for (size_t i = 0; i < h->count; i++) {
        assert_true(out[i * out_stride + h->width] == 77);
        for (size_t d = 0; d < h->width; d++) {
            double is = (double)out[i * out_stride + d], should = attended(h, i, d);
            if (!(fabs(is - should) <= (h->is_bf16 ? 1e-2 : 1e-5)))
                fail_msg("%zu of %zu, width %zu, causal %d, bf16 %d: %g, should be %g", i,
                         h->length, h->width, h->is_causal, h->is_bf16, is, should);
        }
    }
    weft_free(scratch);
}

/* Queries, keys and values side by side, as one product makes them. */
static void check_shapes(bool is_bf16) {
    static float floats[LENGTH * 3 * WIDTH_MAX + 64];
    static uint16_t halves[LENGTH * 3 * WIDTH_MAX + 64];
    const size_t widths[] = {9, 32, 64, 80}, lengths[] = {1, 2, 8, 31, 50, 77, 83};
    uint32_t state = 5;
    for (size_t i = 0; i < LENGTH * 3 * WIDTH_MAX; i++) {
        uint32_t bits;
        floats[i] = 1.5f * noise(&state);
        memcpy(&bits, floats + i, 4);
        halves[i] = (uint16_t)(bits >> 16);
    }
    for (size_t i = 0; i < 4 * 7 * 2; i++) {
        size_t width = widths[i % 4], size = is_bf16 ? 2 : 4;
        const char *rows = is_bf16 ? (const char *)halves : (const char *)floats;
        weft_attention h = {.q = rows,
                            .k = rows + width * size,
                            .v = rows + 2 * width * size,
                            .q_stride = 3 * width,
                            .stride = 3 * width,
                            .is_bf16 = is_bf16,
                            .is_causal = i >= 28,
                            .length = lengths[i / 4 % 7],
                            .width = width};
        h.count = h.length;
        check(&h);
        h.first = h.length / 2; /* a single query, as the last layer asks */
        h.q = rows + h.first * 3 * width * size;
        h.count = 1;
        check(&h);
    }
}

static void test_floats(void **unused) {
    (void)unused;
    check_shapes(false);
}

static void test_bfloat16(void **unused) {
    (void)unused;
    if (weft_gemm_prefers_bf16(WEFT_PRECISION_BF16)) check_shapes(true);
    else skip();
}

int main(void) {
    if (level_is_missing()) return SKIPPED;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_floats),
                                       cmocka_unit_test(test_bfloat16)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
