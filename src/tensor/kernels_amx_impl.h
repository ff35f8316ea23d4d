/* kernels_amx_impl.h - tiles of 32 rows x 32 columns by AMX, the matrix unit of Intel's server
 * processors since Sapphire Rapids ("Intel Architecture Instruction Set Extensions",
 * chapter 3). Included by kernels_impl.h when it is compiled for that level.
 *
 * Registers hold 16 rows of 64 bytes. Four keep sums (2 x 2 blocks of 16 x 16), two hold
 * input rows, two weights: each of these four serves two products. Weights come exactly as
 * panels have them, a row of 16 columns by 4 bytes per group.
 *
 * A compiler cannot allocate tile registers, so they are named by number. Where
 * WEFT_AMX_EMULATED is defined, the includer has defined the instructions before, in plain
 * C: tests must run on machines without the unit too. */
#ifndef WEFT_TENSOR_KERNELS_AMX_IMPL_H
#define WEFT_TENSOR_KERNELS_AMX_IMPL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tensor/kernels.h"

enum { AMX_ROWS = 16, AMX_BYTES = 64, AMX_GROUPS = AMX_BYTES / 4 };

/* The operand of LDTILECFG. */
typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16]; /* of each register's rows */
    uint8_t rows[16];
} amx_shape;

#if !defined WEFT_AMX_EMULATED
#define AMX_ZERO(tile)               _tile_zero(tile)
#define AMX_LOAD(tile, from, stride) _tile_loadd(tile, from, stride)
#define AMX_STORE(tile, to, stride)  _tile_stored(tile, to, stride)
#define AMX_ADD_BF16(sum, a, w)      _tile_dpbf16ps(sum, a, w)
#define AMX_ADD_BYTES(sum, a, w)     _tile_dpbusd(sum, a, w)
/* The shape is an operand: gcc 12's own intrinsic does not say that it reads memory. */
#define AMX_CONFIGURE(shape) __asm__ volatile("ldtilecfg %0" ::"m"(shape))
#endif

/* Registers: sums 0 1 / 2 3, inputs 4 / 5, weights 6 7. Setting the shape clears them and
 * takes a while, so a thread remembers the last one. */
static inline void amx_configure(size_t rows) {
    static _Thread_local size_t configured;
    if (configured == rows) return;
    configured = rows;
    amx_shape shape = {.palette = 1};
    size_t upper = rows < AMX_ROWS ? rows : AMX_ROWS, lower = rows - upper;
    const size_t high[] = {upper, upper, lower, lower, upper, lower, AMX_GROUPS, AMX_GROUPS};
    for (size_t i = 0; i < 8; i++) {
        shape.rows[i] = (uint8_t)high[i];
        shape.bytes[i] = high[i] ? AMX_BYTES : 0;
    }
    AMX_CONFIGURE(shape);
}

/* One step along k: 16 groups. Both flags are constants where this is inlined. */
static inline __attribute__((always_inline)) void
amx_step(const char *a, size_t a_stride, const char *w, int is_int8, int is_tall) {
    AMX_LOAD(6, w, 2 * AMX_BYTES);
    AMX_LOAD(7, w + AMX_BYTES, 2 * AMX_BYTES);
    AMX_LOAD(4, a, a_stride);
    if (is_int8) AMX_ADD_BYTES(0, 4, 6);
    else AMX_ADD_BF16(0, 4, 6);
    if (is_int8) AMX_ADD_BYTES(1, 4, 7);
    else AMX_ADD_BF16(1, 4, 7);
    if (!is_tall) return;
    AMX_LOAD(5, a + AMX_ROWS * a_stride, a_stride);
    if (is_int8) AMX_ADD_BYTES(2, 5, 6);
    else AMX_ADD_BF16(2, 5, 6);
    if (is_int8) AMX_ADD_BYTES(3, 5, 7);
    else AMX_ADD_BF16(3, 5, 7);
}

static inline __attribute__((always_inline)) void amx_multiply(const weft_tile *t, int is_int8,
                                                               int is_tall) {
    const char *a = t->a, *w = t->panel, *next = t->next ? t->next : t->panel;
    char *out = t->out;
    size_t stride = t->out_stride * 4;
    if (is_int8) { /* a stride of 0 gives every row the same sums to begin with */
        AMX_LOAD(0, t->start, 0);
        AMX_LOAD(1, t->start + AMX_ROWS, 0);
        if (is_tall) AMX_LOAD(2, t->start, 0);
        if (is_tall) AMX_LOAD(3, t->start + AMX_ROWS, 0);
    } else {
        AMX_ZERO(0);
        AMX_ZERO(1);
        if (is_tall) AMX_ZERO(2);
        if (is_tall) AMX_ZERO(3);
    }
    for (size_t g = 0; g < t->groups; g += AMX_GROUPS) {
        amx_step(a, t->a_stride, w, is_int8, is_tall);
        for (size_t line = 0; line < 2 * AMX_GROUPS; line++)
            __builtin_prefetch(next + line * AMX_BYTES, 0, 2);
        a += AMX_BYTES;
        w += 2 * AMX_GROUPS * AMX_BYTES;
        next += 2 * AMX_GROUPS * AMX_BYTES;
    }
    AMX_STORE(0, out, stride);
    AMX_STORE(1, out + AMX_BYTES, stride);
    if (is_tall) AMX_STORE(2, out + AMX_ROWS * stride, stride);
    if (is_tall) AMX_STORE(3, out + AMX_ROWS * stride + AMX_BYTES, stride);
}

static void amx_bf16(const weft_tile *t) {
    amx_configure(t->rows);
    if (t->rows > AMX_ROWS) amx_multiply(t, 0, 1);
    else amx_multiply(t, 0, 0);
}

static void amx_int8(const weft_tile *t) {
    amx_configure(t->rows);
    if (t->rows > AMX_ROWS) amx_multiply(t, 1, 1);
    else amx_multiply(t, 1, 0);
}

#endif
