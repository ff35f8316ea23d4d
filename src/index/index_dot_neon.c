/* The inner loops for AArch64's NEON; see index_dot_avx2.c. */
#include "index/index_dot.h"

#include <arm_neon.h>

static int32_t one_row(const int8_t *row, size_t stride, const int16_t *query) {
    int32x4_t low = vdupq_n_s32(0), high = low;
    for (size_t j = 0; j < stride; j += 8) {
        int16x8_t x = vmovl_s8(vld1_s8(row + j));
        int16x8_t q = vld1q_s16(query + j);
        low = vmlal_s16(low, vget_low_s16(x), vget_low_s16(q));
        high = vmlal_high_s16(high, x, q);
    }
    return vaddvq_s32(vaddq_s32(low, high));
}

static void neon_codes(const int8_t *rows, size_t stride, const int16_t *query, size_t n,
                       int32_t *scores) {
    for (size_t i = 0; i < n; i++) scores[i] = one_row(rows + i * stride, stride, query);
}

static double neon_floats(const float *row, const double *query, size_t stride) {
    float64x2_t sums[WEFT_DOT_FLOAT_PAD / 2];
    for (size_t i = 0; i < WEFT_DOT_FLOAT_PAD / 2; i++) sums[i] = vdupq_n_f64(0);
    for (size_t j = 0; j < stride; j += WEFT_DOT_FLOAT_PAD) {
        for (size_t i = 0; i < WEFT_DOT_FLOAT_PAD / 2; i++) {
            float64x2_t x = vcvt_f64_f32(vld1_f32(row + j + 2 * i));
            sums[i] = vfmaq_f64(sums[i], x, vld1q_f64(query + j + 2 * i));
        }
    }
    double lanes[WEFT_DOT_FLOAT_PAD];
    for (size_t i = 0; i < WEFT_DOT_FLOAT_PAD / 2; i++) vst1q_f64(lanes + 2 * i, sums[i]);
    return weft_dot_reduce(lanes);
}

const weft_dot weft_dot_neon = {neon_codes, weft_dot_plain_blocks, neon_floats};
