/* The inner loops for AVX2. vpmovsxbw widens 16 codes on their way from memory
 * and vpmaddwd multiplies them by 16 query values and adds neighbors. Four rows
 * go side by side: one load of the query serves four, and four sums hide the
 * latency of the additions. */
#include "index/index_dot.h"

#include <immintrin.h>
#include <stdbool.h>

#define AVX2 __attribute__((target("avx2,fma")))

/* Bytes to prefetch: left to the hardware, which follows four short streams
 * badly and stops at each page's end, the scan took 2.5 times as long on Zen 3. */
enum { ROWS = 4, STEP = 16, AHEAD = 4 * 1024 };

AVX2 static inline __m256i multiply_add(__m256i sum, const int8_t *codes, __m256i query) {
    __m256i wide = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)(const void *)codes));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(wide, query));
}

AVX2 static inline __m256i load_query(const int16_t *query) {
    return _mm256_load_si256((const __m256i *)(const void *)query);
}

AVX2 static inline int32_t add_lanes(__m256i sum) {
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(1, 0, 3, 2)));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(half);
}

AVX2 static int32_t one_row(const int8_t *row, size_t stride, const int16_t *query) {
    __m256i even = _mm256_setzero_si256(), odd = even;
    for (size_t j = 0; j < stride; j += 2 * STEP) {
        even = multiply_add(even, row + j, load_query(query + j));
        odd = multiply_add(odd, row + j + STEP, load_query(query + j + STEP));
    }
    return add_lanes(_mm256_add_epi32(even, odd));
}

AVX2 static inline void four_rows(const int8_t *row, size_t stride, const int16_t *query,
                                  int32_t *scores, bool fetch_ahead) {
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    for (size_t j = 0; j < stride; j += STEP) {
        __m256i q = load_query(query + j);
        if (fetch_ahead) _mm_prefetch((const char *)row + 4 * j + AHEAD, _MM_HINT_T0);
        a = multiply_add(a, row + j, q);
        b = multiply_add(b, row + stride + j, q);
        c = multiply_add(c, row + 2 * stride + j, q);
        d = multiply_add(d, row + 3 * stride + j, q);
    }
    scores[0] = add_lanes(a);
    scores[1] = add_lanes(b);
    scores[2] = add_lanes(c);
    scores[3] = add_lanes(d);
}

AVX2 static void avx2_codes(const int8_t *rows, size_t stride, const int16_t *query, size_t n,
                            int32_t *scores) {
    size_t i = 0;
    bool is_long = n * stride > 2 * AHEAD; /* else what lies ahead is none of the rows */
    for (; is_long && i + ROWS <= n; i += ROWS)
        four_rows(rows + i * stride, stride, query, scores + i, true);
    for (; i + ROWS <= n; i += ROWS) four_rows(rows + i * stride, stride, query, scores + i, false);
    for (; i < n; i++) scores[i] = one_row(rows + i * stride, stride, query);
}

/* Four values of eight rows times the query's, added up. vpmaddubsw adds pairs of products,
 * which fit, and vpmaddwd pairs of these. */
AVX2 static inline __m256i add_quad(__m256i sum, const uint8_t *codes, __m256i query) {
    __m256i pairs =
        _mm256_maddubs_epi16(_mm256_load_si256((const __m256i *)(const void *)codes), query);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

AVX2 static inline __m256i load_quad(const int8_t *query) {
    int32_t quad;
    __builtin_memcpy(&quad, query, sizeof quad);
    return _mm256_set1_epi32(quad);
}

AVX2 static inline int32_t highest_lane(__m256i v) {
    __m128i half = _mm_max_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    half = _mm_max_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(1, 0, 3, 2)));
    half = _mm_max_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(half);
}

/* The four octets of a block side by side, as the rows above. */
AVX2 static void avx2_blocks(const uint8_t *codes, size_t stride, const int8_t *query,
                             size_t blocks, int32_t *scores, int32_t *best, const uint8_t *next) {
    enum { QUADS = WEFT_DOT_OCTET * WEFT_DOT_QUAD };
    size_t octet = WEFT_DOT_OCTET * stride;
    for (size_t i = 0; i < blocks; i++, codes += 4 * octet) {
        const uint8_t *at = codes;
        __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
        for (size_t j = 0; j < stride; j += WEFT_DOT_QUAD, at += QUADS, next += 4 * QUADS) {
            __m256i quad = load_quad(query + j);
            _mm_prefetch((const char *)next, _MM_HINT_T0);
            _mm_prefetch((const char *)next + 64, _MM_HINT_T0);
            a = add_quad(a, at, quad);
            b = add_quad(b, at + octet, quad);
            c = add_quad(c, at + 2 * octet, quad);
            d = add_quad(d, at + 3 * octet, quad);
        }
        __m256i *out = (__m256i *)(void *)(scores + i * WEFT_DOT_BLOCK);
        _mm256_storeu_si256(out, a);
        _mm256_storeu_si256(out + 1, b);
        _mm256_storeu_si256(out + 2, c);
        _mm256_storeu_si256(out + 3, d);
        best[i] = highest_lane(_mm256_max_epi32(_mm256_max_epi32(a, b), _mm256_max_epi32(c, d)));
    }
}

AVX2 static inline __m256d multiply_add_double(__m256d sum, const float *row, const double *query) {
    return _mm256_fmadd_pd(_mm256_cvtps_pd(_mm_load_ps(row)), _mm256_load_pd(query), sum);
}

AVX2 static double avx2_floats(const float *row, const double *query, size_t stride) {
    __m256d a = _mm256_setzero_pd(), b = a, c = a, d = a;
    for (size_t j = 0; j < stride; j += WEFT_DOT_FLOAT_PAD) {
        a = multiply_add_double(a, row + j, query + j);
        b = multiply_add_double(b, row + j + 4, query + j + 4);
        c = multiply_add_double(c, row + j + 8, query + j + 8);
        d = multiply_add_double(d, row + j + 12, query + j + 12);
    }
    double lanes[WEFT_DOT_FLOAT_PAD];
    _mm256_storeu_pd(lanes, a);
    _mm256_storeu_pd(lanes + 4, b);
    _mm256_storeu_pd(lanes + 8, c);
    _mm256_storeu_pd(lanes + 12, d);
    return weft_dot_reduce(lanes);
}

const weft_dot weft_dot_avx2 = {avx2_codes, avx2_blocks, avx2_floats};
