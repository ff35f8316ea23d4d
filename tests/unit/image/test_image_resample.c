/* Each set of inner loops that this machine can run, against the plain one. */
#include "../unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/image_resample.h"

enum { BYTES_MAX = 4096, GUARD = 8 };

static uint8_t *random_bytes(size_t n) {
    uint8_t *bytes = weft_alloc(n, 1); /* exactly n, so that a sanitizer sees a read beyond */
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)(rand() % 4 ? rand() : rand() % 2 * 255);
    return bytes;
}

static int32_t random_weight(void) { return rand() % (5 << 20) - (1 << 20); }

/* Weights as Pillow's: a few, negative ones too, that sum to less than 2, so that no sum of
 * 255 times them leaves 32 bits. */
static void fill_plan(weft_resample_plan *plan, size_t in) {
    for (size_t x = 0; x < plan->n; x++) {
        size_t count = 1 + (size_t)rand() % (in < plan->taps ? in : plan->taps);
        int32_t *weights = plan->weights + x * plan->taps;
        memset(weights, 0, plan->taps * sizeof *weights);
        plan->count[x] = (uint32_t)count;
        plan->first[x] = (uint32_t)((size_t)rand() % (in - count + 1));
        for (size_t k = 0; k < count; k++) weights[k] = random_weight() / (int32_t)(count / 2 + 1);
    }
}

static void check_across(const weft_resample *loops, size_t in, size_t rows_count, size_t taps) {
    uint32_t first[9], count[9];
    weft_resample_plan plan = {9, taps, first, count, weft_alloc(9 * taps, sizeof(int32_t))};
    const size_t stride = in * WEFT_RESAMPLE_CHANNELS;
    const size_t n = rows_count * plan.n * WEFT_RESAMPLE_CHANNELS;
    uint8_t *pixels = random_bytes(rows_count * stride + WEFT_RESAMPLE_SLACK);
    uint8_t expected[BYTES_MAX] = {0}, got[BYTES_MAX] = {0};
    assert_true(n + GUARD <= BYTES_MAX);
    fill_plan(&plan, in);
    const weft_resample_rows rows = {pixels, stride, rows_count};
    weft_resample_plain.across(expected, &rows, &plan);
    loops->across(got, &rows, &plan);
    assert_memory_equal(expected, got, n + GUARD); /* nothing beyond either */
    weft_free(pixels);
    weft_free(plan.weights);
}

static void check_down(const weft_resample *loops, size_t stride, size_t rows_count) {
    int32_t weights[64];
    uint8_t *pixels = random_bytes(stride * rows_count);
    uint8_t expected[BYTES_MAX] = {0}, got[BYTES_MAX] = {0};
    for (size_t k = 0; k < rows_count; k++)
        weights[k] = random_weight() / (int32_t)(rows_count / 2 + 1);
    const weft_resample_rows rows = {pixels, stride, rows_count};
    weft_resample_plain.down(expected, &rows, weights);
    loops->down(got, &rows, weights);
    assert_memory_equal(expected, got, stride + GUARD);
    weft_free(pixels);
}

static void test_every_set_makes_the_same_bytes(void **state) {
    (void)state;
    srand(1);
    for (weft_cpu level = WEFT_CPU_PLAIN; level <= weft_cpu_level(); level++) {
        const weft_resample *loops = weft_resample_for(level);
        for (size_t in = 1; in < 40; in++)
            for (size_t rows = 1; rows <= 9; rows++)
                check_across(loops, in, rows, 4 * (1 + (size_t)rand() % 6));
        check_across(loops, 3000, 3, 2400);
        for (size_t stride = 1; stride < 200; stride++)
            check_down(loops, stride, 1 + (size_t)rand() % 64);
    }
}

/* White under a weight of exactly 1 in many parts, and what lies beyond it. */
static void test_extremes(void **state) {
    (void)state;
    enum { TAPS = 1024 };
    static uint8_t white[TAPS * 3 + WEFT_RESAMPLE_SLACK];
    static int32_t weights[TAPS];
    uint32_t first = 0, count = TAPS;
    memset(white, 255, sizeof white);
    const weft_resample_plan plan = {1, TAPS, &first, &count, weights};
    const weft_resample_rows rows = {white, TAPS * 3, 1};
    const weft_resample *loops = weft_resample_for(weft_cpu_level());
    const struct {
        int32_t weight;
        uint8_t wanted;
    } cases[] = {{1 << 12, 255}, {1 << 11, 128}, {-(1 << 12), 0}, {7 << 10, 255}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[3];
        for (size_t k = 0; k < TAPS; k++) weights[k] = cases[i].weight;
        loops->across(out, &rows, &plan);
        for (int c = 0; c < 3; c++) assert_int_equal(out[c], cases[i].wanted);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_set_makes_the_same_bytes),
        cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
