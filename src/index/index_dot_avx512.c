/* The inner loops for AVX-512 with VNNI: as index_dot_avx2.c, twice as wide,
 * and vpdpwssd does the multiplication and both additions. */
#include "index/index_dot.h"

#include <immintrin.h>
#include <stdbool.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

enum { ROWS = 4, STEP = 32, AHEAD = 4 * 1024 }; /* prefetching as in index_dot_avx2.c */

AVX512 static inline __m512i multiply_add(__m512i sum, const int8_t *codes, __m512i query) {
    __m512i wide = _mm512_cvtepi8_epi16(_mm256_load_si256((const __m256i *)(const void *)codes));
    return _mm512_dpwssd_epi32(sum, wide, query);
}

AVX512 static int32_t one_row(const int8_t *row, size_t stride, const int16_t *query) {
    __m512i even = _mm512_setzero_si512(), odd = even;
    for (size_t j = 0; j < stride; j += 2 * STEP) {
        even = multiply_add(even, row + j, _mm512_load_si512(query + j));
        odd = multiply_add(odd, row + j + STEP, _mm512_load_si512(query + j + STEP));
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd));
}

AVX512 static inline void four_rows(const int8_t *row, size_t stride, const int16_t *query,
                                    int32_t *scores, bool fetch_ahead) {
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
    for (size_t j = 0; j < stride; j += STEP) {
        __m512i q = _mm512_load_si512(query + j);
        if (fetch_ahead) _mm_prefetch((const char *)row + 4 * j + AHEAD, _MM_HINT_T0);
        if (fetch_ahead) _mm_prefetch((const char *)row + 4 * j + AHEAD + 64, _MM_HINT_T0);
        a = multiply_add(a, row + j, q);
        b = multiply_add(b, row + stride + j, q);
        c = multiply_add(c, row + 2 * stride + j, q);
        d = multiply_add(d, row + 3 * stride + j, q);
    }
    scores[0] = _mm512_reduce_add_epi32(a);
    scores[1] = _mm512_reduce_add_epi32(b);
    scores[2] = _mm512_reduce_add_epi32(c);
    scores[3] = _mm512_reduce_add_epi32(d);
}

AVX512 static void avx512_codes(const int8_t *rows, size_t stride, const int16_t *query, size_t n,
                                int32_t *scores) {
    size_t i = 0;
    bool is_long = n * stride > 2 * AHEAD; /* else what lies ahead is none of the rows */
    for (; is_long && i + ROWS <= n; i += ROWS)
        four_rows(rows + i * stride, stride, query, scores + i, true);
    for (; i + ROWS <= n; i += ROWS) four_rows(rows + i * stride, stride, query, scores + i, false);
    for (; i < n; i++) scores[i] = one_row(rows + i * stride, stride, query);
}

/* Four values of eight rows times the query's, added up. */
AVX512 static inline __m256i add_quad(__m256i sum, const uint8_t *codes, const int8_t *query) {
    int32_t quad;
    __builtin_memcpy(&quad, query, sizeof quad);
    return _mm256_dpbusd_epi32(sum, _mm256_load_si256((const __m256i *)(const void *)codes),
                               _mm256_set1_epi32(quad));
}

/* Vectors of 256 bits, because an octet fills no more. Four octets side by side. */
AVX512 static void avx512_blocks(const uint8_t *codes, size_t stride, const int8_t *query,
                                 size_t blocks, int32_t *scores, int32_t *best,
                                 const uint8_t *next) {
    enum { QUADS = WEFT_DOT_OCTET * WEFT_DOT_QUAD };
    size_t octet = WEFT_DOT_OCTET * stride;
    for (size_t i = 0; i < blocks; i++, codes += 4 * octet) {
        const uint8_t *at = codes;
        __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
        for (size_t j = 0; j < stride; j += WEFT_DOT_QUAD, at += QUADS, next += 4 * QUADS) {
            _mm_prefetch((const char *)next, _MM_HINT_T0);
            _mm_prefetch((const char *)next + 64, _MM_HINT_T0);
            a = add_quad(a, at, query + j);
            b = add_quad(b, at + octet, query + j);
            c = add_quad(c, at + 2 * octet, query + j);
            d = add_quad(d, at + 3 * octet, query + j);
        }
        __m256i *out = (__m256i *)(void *)(scores + i * WEFT_DOT_BLOCK);
        _mm256_storeu_si256(out, a);
        _mm256_storeu_si256(out + 1, b);
        _mm256_storeu_si256(out + 2, c);
        _mm256_storeu_si256(out + 3, d);
        __m256i top = _mm256_max_epi32(_mm256_max_epi32(a, b), _mm256_max_epi32(c, d));
        best[i] = _mm512_reduce_max_epi32(_mm512_inserti64x4(_mm512_set1_epi32(INT32_MIN), top, 0));
    }
}

AVX512 static double avx512_floats(const float *row, const double *query, size_t stride) {
    __m512d low = _mm512_setzero_pd(), high = low;
    for (size_t j = 0; j < stride; j += WEFT_DOT_FLOAT_PAD) {
        __m512d x = _mm512_cvtps_pd(_mm256_load_ps(row + j));
        __m512d y = _mm512_cvtps_pd(_mm256_load_ps(row + j + 8));
        low = _mm512_fmadd_pd(x, _mm512_load_pd(query + j), low);
        high = _mm512_fmadd_pd(y, _mm512_load_pd(query + j + 8), high);
    }
    double lanes[WEFT_DOT_FLOAT_PAD];
    _mm512_storeu_pd(lanes, low);
    _mm512_storeu_pd(lanes + 8, high);
    return weft_dot_reduce(lanes);
}

const weft_dot weft_dot_avx512 = {avx512_codes, avx512_blocks, avx512_floats};
