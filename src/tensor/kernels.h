/* kernels.h - the inner loops, once for each kind of vector instruction.
 *
 * kernels_impl.h is compiled several times with different compiler flags; each time
 * gives one table of functions. weft_kernels_best() picks the best that this machine
 * has. Only this room includes it.
 *
 * Packed weights: columns (outputs) are cut into panels of `panel` columns; within a
 * panel the k inputs come in groups of 4 bytes (1 float, 2 bfloat16, 4 int8):
 *     [n / panel][k / group][panel][group]
 * so that one load gives the same group of neighbouring columns. What does not fill a
 * panel or a group is zero. AMX's tiles want exactly this order too (Intel, "Intel
 * Architecture Instruction Set Extensions", chapter 3). */
#ifndef WEFT_TENSOR_KERNELS_H
#define WEFT_TENSOR_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "tensor/gemm.h"

enum {
    WEFT_PANEL_MAX = 32,     /* the widest panel */
    WEFT_TILE_ROWS_MAX = 32, /* the highest tile */
    WEFT_ROW_ALIGN = 64,     /* input rows are zero up to a multiple of so many bytes */
};

/* A few rows times one panel: out[i][j] = sum over k of a[i][k] * panel[k][j]. */
typedef struct {
    const void *a;        /* floats, bfloat16 or bytes, rows padded to WEFT_ROW_ALIGN */
    size_t a_stride;      /* bytes from row to row */
    size_t rows;          /* 1 ... tile_rows */
    const void *panel;    /* the panel's first group */
    size_t groups;        /* of k */
    const int32_t *start; /* [panel] sums of int8 begin with this */
    void *out;            /* [rows][panel] floats; int8: int32_t */
    size_t out_stride;    /* in elements */
    const void *next;     /* what will be read soon, as long as this panel; or NULL */
} weft_tile;

/* What is done to a tile's sums on their way to memory. */
typedef struct {
    const void *sums;          /* [rows][panel] floats, or int32_t where row_scale is given */
    size_t rows, columns;      /* columns: those of the panel that exist */
    const float *row_scale;    /* [rows] int8: the input rows' scales; NULL for floats */
    const float *column_scale; /* [panel] int8: the weights' scales */
    const float *bias;         /* [panel] */
    weft_activation activation;
    weft_store_kind store;
    void *out;         /* floats (ADD adds to them) or bfloat16 */
    size_t out_stride; /* in elements */
} weft_tile_end;

typedef struct {
    weft_cpu level;
    size_t panel, tile_rows;
    size_t group_step; /* bf16 and int8 groups come in multiples of this */
    bool bf16_input;   /* bf16 products take bfloat16 rows; else float rows */
    int32_t byte_zero; /* the byte that stands for 0 in an int8 product's rows ... */
    float byte_top;    /* ... and the distance from it to the largest */

    void (*tile_f32)(const weft_tile *tile);
    void (*tile_bf16)(const weft_tile *tile);
    void (*tile_int8)(const weft_tile *tile);
    void (*finish)(const weft_tile_end *end);

    /* One row of n; the out row may be the in row where types agree. */
    void (*to_bf16)(const float *x, size_t n, uint16_t *out);
    /* x = scale * (byte - zero), |byte - zero| <= top; gives the scale. 0 and 127 for weights. */
    float (*to_bytes)(const float *x, size_t n, uint8_t *out, int32_t zero, float top);
    float (*bf16_to_bytes)(const uint16_t *x, size_t n, uint8_t *out);
    void (*layer_norm)(const weft_layer_norm *norm, const float *x, float *out);
    void (*softmax)(float *x, size_t n, float scale); /* of scale * x; large, not infinite */
    void (*add)(float *x, const float *y, size_t n);
    void (*activate)(float *x, size_t n, weft_activation activation);
} weft_kernels;

static inline size_t weft_round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

/* The table for weft_cpu_level(). */
const weft_kernels *weft_kernels_best(void);

/* The table for a level, NULL where this build or this machine has none. */
const weft_kernels *weft_kernels_for(weft_cpu level);

#endif
