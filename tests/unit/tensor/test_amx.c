/* The matrix unit's tiles, with its instructions emulated (amx_emulated.h): every height,
 * against sums in plain C. On a machine that has the unit, the other tests of this room
 * run on it as well. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "amx_emulated.h"
#include "levels.h"
#include "tensor/kernels.h"
#include "unit.h"

#define KERNELS_AMX
#define WEFT_AMX_EMULATED
#define KERNELS_TABLE emulated
#define KERNELS_LEVEL WEFT_CPU_AMX
extern const weft_kernels emulated;
#include "tensor/kernels_impl.h"

enum { COLUMNS = 32, GROUPS = 3 * 16, A_STRIDE = GROUPS * 4 + 64, OUT_STRIDE = COLUMNS + 5 };

static _Alignas(64) uint8_t a[32 * A_STRIDE];
static _Alignas(64) uint8_t panel[GROUPS * COLUMNS * 4];
static int32_t start[COLUMNS], out[33 * OUT_STRIDE];

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static weft_tile tile_of(size_t rows) {
    for (size_t i = 0; i < 33 * OUT_STRIDE; i++) out[i] = 0x7FC00077; /* a NaN */
    return (weft_tile){.a = a,
                       .a_stride = A_STRIDE,
                       .rows = rows,
                       .panel = panel,
                       .groups = GROUPS,
                       .start = start,
                       .out = out,
                       .out_stride = OUT_STRIDE};
}

/* What lies beyond the tile's rows and columns is untouched. */
static void check_edges(size_t rows) {
    for (size_t i = 0; i < 33; i++)
        for (size_t j = i < rows ? COLUMNS : 0; j < OUT_STRIDE; j++)
            assert_int_equal(out[i * OUT_STRIDE + j], 0x7FC00077);
}

static void test_bytes(void **unused) {
    (void)unused;
    uint32_t state = 3;
    for (size_t i = 0; i < sizeof a; i++) a[i] = (uint8_t)(128 + 127 * noise(&state));
    for (size_t i = 0; i < sizeof panel; i++) panel[i] = (uint8_t)(int8_t)(127 * noise(&state));
    for (size_t j = 0; j < COLUMNS; j++) start[j] = (int32_t)(1000 * noise(&state));
    for (size_t rows = 1; rows <= emulated.tile_rows; rows++) {
        const weft_tile tile = tile_of(rows);
        emulated.tile_int8(&tile);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < COLUMNS; j++) {
                int32_t sum = start[j];
                for (size_t k = 0; k < GROUPS * 4; k++)
                    sum += a[i * A_STRIDE + k] * (int8_t)panel[(k / 4 * COLUMNS + j) * 4 + k % 4];
                assert_int_equal(out[i * OUT_STRIDE + j], sum);
            }
        check_edges(rows);
    }
}

static void test_bfloat16(void **unused) {
    (void)unused;
    uint32_t state = 4;
    uint16_t *inputs = (uint16_t *)a, *weights = (uint16_t *)panel;
    for (size_t i = 0; i < sizeof a / 2; i++) inputs[i] = (uint16_t)(bits_of(noise(&state)) >> 16);
    for (size_t i = 0; i < sizeof panel / 2; i++)
        weights[i] = (uint16_t)(bits_of(noise(&state)) >> 16);
    for (size_t rows = 1; rows <= emulated.tile_rows; rows++) {
        const weft_tile tile = tile_of(rows);
        emulated.tile_bf16(&tile);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < COLUMNS; j++) {
                double sum = 0;
                float is;
                for (size_t k = 0; k < GROUPS * 2; k++)
                    sum += (double)amx_float_of(inputs[i * A_STRIDE / 2 + k]) *
                           (double)amx_float_of(weights[(k / 2 * COLUMNS + j) * 2 + k % 2]);
                memcpy(&is, &out[i * OUT_STRIDE + j], sizeof is);
                assert_true(fabs((double)is - sum) < 1e-4);
            }
        check_edges(rows);
    }
}

/* The matrix unit has no floats, yet its tiles of floats are as tall as the others. */
static void test_floats(void **unused) {
    (void)unused;
    uint32_t state = 5;
    float *inputs = (float *)(void *)a, *weights = (float *)(void *)panel;
    for (size_t i = 0; i < sizeof a / 4; i++) inputs[i] = noise(&state);
    for (size_t i = 0; i < sizeof panel / 4; i++) weights[i] = noise(&state);
    for (size_t rows = 1; rows <= emulated.tile_rows; rows++) {
        const weft_tile tile = tile_of(rows);
        emulated.tile_f32(&tile);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < COLUMNS; j++) {
                double sum = 0;
                float is;
                for (size_t k = 0; k < GROUPS; k++)
                    sum += (double)inputs[i * A_STRIDE / 4 + k] * (double)weights[k * COLUMNS + j];
                memcpy(&is, &out[i * OUT_STRIDE + j], sizeof is);
                assert_true(fabs((double)is - sum) < 1e-4);
            }
        check_edges(rows);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes),
                                       cmocka_unit_test(test_bfloat16),
                                       cmocka_unit_test(test_floats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
