/* The inner loops for AVX2.
 *
 * Along x: 16 loaded bytes hold four pixels and a rest. One byte shuffle makes of
 * them the pairs (red of pixel 0, red of pixel 1), (green, green), (blue, blue) in
 * the lower half of a register, and those of pixels 2 and 3 in the upper half, as
 * 16-bit numbers; vpmaddwd multiplies the pairs by two weights and adds. A weight
 * has more than 16 bits, so it goes in two parts, weight = high * 2^15 + low, with a
 * sum for each. The sums may wrap where many pixels count; their combination is the
 * plain loop's sum, which fits, and arithmetic modulo 2^32 forgets the way. Two
 * rows go side by side, because they share the weights; four need more registers than
 * there are, and gain nothing.
 *
 * Along y: whole rows are added up, 32 columns at a time, the sums in registers. */
#include "image/image_resample.h"

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma")))

enum { ROWS = 2, LOW_BITS = 15, COLUMNS = 32, CHANNELS = WEFT_RESAMPLE_CHANNELS };

/* Four weights in two parts, laid out for the pairs of four pixels. */
typedef struct {
    __m256i low, high;
} weight_pairs;

AVX2 static inline weight_pairs load_weights(const int32_t *weights) {
    const __m256i first = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    const __m256i second = _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3);
    __m128i four = _mm_loadu_si128((const __m128i *)(const void *)weights);
    __m128i low = _mm_and_si128(four, _mm_set1_epi32((1 << LOW_BITS) - 1));
    __m128i high = _mm_srai_epi32(four, LOW_BITS);
    __m256i both = _mm256_castsi128_si256(_mm_packs_epi32(low, high));
    return (weight_pairs){_mm256_permutevar8x32_epi32(both, first),
                          _mm256_permutevar8x32_epi32(both, second)};
}

AVX2 static inline __m256i load_pixels(const uint8_t *pixels) {
    const __m256i pairs =
        _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1, 9, -1, 7,
                         -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    __m128i four = _mm_loadu_si128((const __m128i *)(const void *)pixels);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(four), pairs);
}

/* The rounded sums of one pixel: red, green, blue, 0. */
AVX2 static inline __m128i finish(__m256i low, __m256i high) {
    __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, LOW_BITS), low);
    __m128i one = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    one = _mm_add_epi32(one, _mm_set1_epi32(WEFT_RESAMPLE_HALF));
    return _mm_srai_epi32(one, WEFT_RESAMPLE_BITS);
}

/* One row or two; n is a constant where this is inlined. */
AVX2 static inline __attribute__((always_inline)) void across_rows(uint8_t *out, const uint8_t *in,
                                                                   size_t stride,
                                                                   const weft_resample_plan *plan,
                                                                   size_t n) {
    const size_t out_stride = plan->n * CHANNELS;
    for (size_t x = 0; x < plan->n; x++, out += CHANNELS) {
        const uint8_t *pixels = in + (size_t)plan->first[x] * CHANNELS;
        const int32_t *weights = plan->weights + x * plan->taps;
        __m256i low[ROWS], high[ROWS];
        for (size_t y = 0; y < n; y++) low[y] = high[y] = _mm256_setzero_si256();
        for (uint32_t k = 0; k < plan->count[x]; k += WEFT_RESAMPLE_TAPS) {
            const weight_pairs w = load_weights(weights + k);
            for (size_t y = 0; y < n; y++) {
                __m256i p = load_pixels(pixels + y * stride + k * CHANNELS);
                low[y] = _mm256_add_epi32(low[y], _mm256_madd_epi16(p, w.low));
                high[y] = _mm256_add_epi32(high[y], _mm256_madd_epi16(p, w.high));
            }
        }
        for (size_t y = 0; y < n; y++) {
            __m128i words = _mm_packus_epi32(finish(low[y], high[y]), _mm_setzero_si128());
            int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
            memcpy(out + y * out_stride, &bytes, CHANNELS);
        }
    }
}

AVX2 static void avx2_across(uint8_t *out, const weft_resample_rows *rows,
                             const weft_resample_plan *plan) {
    size_t y = 0;
    for (; y + ROWS <= rows->n; y += ROWS)
        across_rows(out + y * plan->n * CHANNELS, rows->pixels + y * rows->stride, rows->stride,
                    plan, ROWS);
    for (; y < rows->n; y++)
        across_rows(out + y * plan->n * CHANNELS, rows->pixels + y * rows->stride, rows->stride,
                    plan, 1);
}

AVX2 static inline __m256i add_eight(__m256i sum, const uint8_t *bytes, __m256i weight) {
    __m256i eight = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)bytes));
    return _mm256_add_epi32(sum, _mm256_mullo_epi32(eight, weight));
}

AVX2 static void down_columns(uint8_t *out, const uint8_t *in, const weft_resample_rows *rows,
                              const int32_t *weights) {
    const __m256i in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i a = _mm256_set1_epi32(WEFT_RESAMPLE_HALF), b = a, c = a, d = a;
    for (size_t k = 0; k < rows->n; k++, in += rows->stride) {
        const __m256i weight = _mm256_set1_epi32(weights[k]);
        a = add_eight(a, in, weight);
        b = add_eight(b, in + 8, weight);
        c = add_eight(c, in + 16, weight);
        d = add_eight(d, in + 24, weight);
    }
    a = _mm256_packus_epi32(_mm256_srai_epi32(a, WEFT_RESAMPLE_BITS),
                            _mm256_srai_epi32(b, WEFT_RESAMPLE_BITS));
    c = _mm256_packus_epi32(_mm256_srai_epi32(c, WEFT_RESAMPLE_BITS),
                            _mm256_srai_epi32(d, WEFT_RESAMPLE_BITS));
    a = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(a, c), in_order);
    _mm256_storeu_si256((__m256i *)(void *)out, a);
}

/* The last columns are made twice where the row is no multiple of 32. */
AVX2 static void avx2_down(uint8_t *out, const weft_resample_rows *rows, const int32_t *weights) {
    const size_t n = rows->stride;
    if (n < COLUMNS) {
        weft_resample_plain.down(out, rows, weights);
        return;
    }
    for (size_t i = 0; i + COLUMNS <= n; i += COLUMNS)
        down_columns(out + i, rows->pixels + i, rows, weights);
    if (n % COLUMNS != 0)
        down_columns(out + n - COLUMNS, rows->pixels + n - COLUMNS, rows, weights);
}

const weft_resample weft_resample_avx2 = {avx2_across, avx2_down};
