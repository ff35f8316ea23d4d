/* The inner loops in plain C: what the vector versions must equal.
 *
 * `codes` multiplies int8 by int16. The usual choice is int8 by int8, with one
 * instruction fewer per 32 values, but the scan of a large catalog waits for
 * memory, not for the multiplier: the query costs no bandwidth, so it can have
 * 16 bits, and then only the rows' rounding is left in the error bound
 * (index_quant.h) and fewer rows need an exact second look.
 *
 * `floats` is the exact score. The product of two float32 has at most 48
 * significant bits and so is exact in double; a fused multiply-add rounds just
 * as a multiply and an add. Lane j sums the elements i = j (mod 16) in order,
 * and weft_dot_reduce adds the lanes in a fixed tree. Hence every CPU, with
 * vectors of two, four or eight doubles, returns the same bits, and a search
 * the same hits in the same order. */
#include "index/index_dot.h"

static void plain_codes(const int8_t *rows, size_t stride, const int16_t *query, size_t n,
                        int32_t *scores) {
    for (size_t i = 0; i < n; i++) {
        const int8_t *row = rows + i * stride;
        int32_t sum = 0;
        for (size_t j = 0; j < stride; j++) sum += row[j] * query[j];
        scores[i] = sum;
    }
}

void weft_dot_plain_blocks(const uint8_t *codes, size_t stride, const int8_t *query, size_t blocks,
                           int32_t *scores, int32_t *best, const uint8_t *next) {
    (void)next;
    for (size_t b = 0; b < blocks; b++, scores += WEFT_DOT_BLOCK) {
        best[b] = INT32_MIN;
        for (size_t i = 0; i < WEFT_DOT_BLOCK; i++) {
            const uint8_t *octet =
                codes + (b * WEFT_DOT_BLOCK + i / WEFT_DOT_OCTET * WEFT_DOT_OCTET) * stride;
            scores[i] = 0;
            for (size_t j = 0; j < stride; j++)
                scores[i] += octet[(j / WEFT_DOT_QUAD * WEFT_DOT_OCTET + i % WEFT_DOT_OCTET) *
                                       WEFT_DOT_QUAD +
                                   j % WEFT_DOT_QUAD] *
                             query[j];
            if (scores[i] > best[b]) best[b] = scores[i];
        }
    }
}

static double plain_floats(const float *row, const double *query, size_t stride) {
    double lanes[WEFT_DOT_FLOAT_PAD] = {0};
    for (size_t j = 0; j < stride; j += WEFT_DOT_FLOAT_PAD)
        for (size_t lane = 0; lane < WEFT_DOT_FLOAT_PAD; lane++)
            lanes[lane] += (double)row[j + lane] * query[j + lane];
    return weft_dot_reduce(lanes);
}

const weft_dot weft_dot_plain = {plain_codes, weft_dot_plain_blocks, plain_floats};

const weft_dot *weft_dot_for(weft_cpu level) {
#if defined(__x86_64__)
    if (level >= WEFT_CPU_AVX512_VNNI) return &weft_dot_avx512;
    if (level >= WEFT_CPU_AVX2) return &weft_dot_avx2;
#elif defined(__aarch64__)
    if (level >= WEFT_CPU_NEON) return &weft_dot_neon;
#endif
    (void)level;
    return &weft_dot_plain;
}
