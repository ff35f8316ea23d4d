
#include "../unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_dot.h"

enum { ROWS_MAX = 11 };

/* Every set that this machine can run, each against the plain one. */
static void each_level(void (*check)(const weft_dot *dot)) {
    weft_cpu level = weft_cpu_level();
    check(weft_dot_for(level));
    if (level > WEFT_CPU_AVX2) check(weft_dot_for(WEFT_CPU_AVX2));
}

static void check_codes(const weft_dot *dot) {
    for (size_t stride = WEFT_DOT_CODE_PAD; stride <= 1024; stride += WEFT_DOT_CODE_PAD) {
        int8_t *rows = weft_alloc_aligned(ROWS_MAX, stride);
        int16_t *query = weft_alloc_aligned(stride, sizeof *query);
        assert_true(rows && query);
        for (size_t i = 0; i < ROWS_MAX * stride; i++) rows[i] = (int8_t)(rand() % 255 - 127);
        for (size_t i = 0; i < stride; i++) query[i] = (int16_t)(rand() % 32768 - 16384);
        for (size_t n = 0; n <= ROWS_MAX; n++) {
            int32_t expected[ROWS_MAX + 1], got[ROWS_MAX + 1];
            expected[n] = got[n] = 12345;
            weft_dot_plain.codes(rows, stride, query, n, expected);
            dot->codes(rows, stride, query, n, got);
            assert_memory_equal(expected, got, (n + 1) * sizeof *got);
        }
        weft_free(rows);
        weft_free(query);
    }
}

/* The largest sums that weft_quant_prepare allows do not wrap or saturate. */
static void check_code_extremes(const weft_dot *dot) {
    _Alignas(64) int8_t row[512];
    _Alignas(64) int16_t query[512];
    memset(row, -127, sizeof row);
    for (size_t i = 0; i < 512; i++) query[i] = INT16_MAX;
    int32_t score;
    dot->codes(row, 512, query, 1, &score);
    assert_int_equal(score, -127 * 512 * INT16_MAX);
}

/* Against rows as they usually lie; extremes included, for sums must not saturate. */
static void check_blocks(const weft_dot *dot) {
    enum { BLOCKS = 3, STRIDE = 96, ROWS = BLOCKS * WEFT_DOT_BLOCK };
    static _Alignas(64) int8_t rows[ROWS][STRIDE];
    static _Alignas(64) uint8_t codes[ROWS * STRIDE];
    _Alignas(64) int8_t query[STRIDE];
    int32_t scores[ROWS], best[BLOCKS];
    for (size_t i = 0; i < STRIDE; i++)
        query[i] = (int8_t)(i < STRIDE / 2
                                ? WEFT_DOT_BLOCK_QUERY
                                : rand() % (2 * WEFT_DOT_BLOCK_QUERY + 1) - WEFT_DOT_BLOCK_QUERY);
    for (size_t row = 0; row < ROWS; row++)
        for (size_t j = 0; j < STRIDE; j++) {
            rows[row][j] = (int8_t)(row % 7 == 0 ? 127 : row % 7 == 1 ? -127 : rand() % 255 - 127);
            size_t octet = row / WEFT_DOT_OCTET, in_octet = row % WEFT_DOT_OCTET;
            codes[octet * WEFT_DOT_OCTET * STRIDE +
                  (j / WEFT_DOT_QUAD * WEFT_DOT_OCTET + in_octet) * WEFT_DOT_QUAD +
                  j % WEFT_DOT_QUAD] = (uint8_t)(rows[row][j] + 128);
        }
    dot->blocks(codes, STRIDE, query, BLOCKS, scores, best, codes);
    for (size_t b = 0; b < BLOCKS; b++) {
        int32_t highest = INT32_MIN;
        for (size_t i = b * WEFT_DOT_BLOCK; i < (b + 1) * WEFT_DOT_BLOCK; i++) {
            int32_t expected = 0;
            for (size_t j = 0; j < STRIDE; j++) expected += (rows[i][j] + 128) * query[j];
            assert_int_equal(scores[i], expected);
            if (expected > highest) highest = expected;
        }
        assert_int_equal(best[b], highest);
    }
}

static void check_floats(const weft_dot *dot) {
    for (size_t stride = WEFT_DOT_FLOAT_PAD; stride <= 1040; stride += WEFT_DOT_FLOAT_PAD) {
        float *row = weft_alloc_aligned(stride, sizeof *row);
        double *query = weft_alloc_aligned(stride, sizeof *query);
        assert_true(row && query);
        for (size_t i = 0; i < stride; i++) {
            row[i] = (float)rand() / (float)RAND_MAX - 0.5f;
            query[i] = (double)((float)rand() / (float)RAND_MAX - 0.5f);
        }
        double expected = weft_dot_plain.floats(row, query, stride);
        double got = dot->floats(row, query, stride);
        assert_memory_equal(&expected, &got, sizeof got); /* the same bits */
        weft_free(row);
        weft_free(query);
    }
}

static void codes_equal_plain(void **state) {
    (void)state;
    each_level(check_codes);
}
static void codes_do_not_overflow(void **state) {
    (void)state;
    each_level(check_code_extremes);
    check_code_extremes(&weft_dot_plain);
}
static void blocks_add_up(void **state) {
    (void)state;
    each_level(check_blocks);
    check_blocks(&weft_dot_plain);
}
static void floats_equal_plain(void **state) {
    (void)state;
    each_level(check_floats);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_equal_plain),
        cmocka_unit_test(codes_do_not_overflow),
        cmocka_unit_test(blocks_add_up),
        cmocka_unit_test(floats_equal_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
