/* simd.h - a vector of floats as wide as the instructions this file is compiled for.
 *
 * Written with the vector extensions that gcc and clang share, so that one source
 * serves SSE2, AVX2, AVX-512 and NEON; what those cannot say is an intrinsic with a
 * plain form beside it. Only kernels_impl.h and what it pulls in include this. */
#ifndef WEFT_TENSOR_SIMD_H
#define WEFT_TENSOR_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined __x86_64__
#include <immintrin.h>
#elif defined __aarch64__
#include <arm_neon.h>
#endif

#if defined __AVX512F__
enum { LANES = 16 };
#elif defined __AVX2__
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif

typedef float vf __attribute__((vector_size(LANES * 4)));
typedef int32_t vi __attribute__((vector_size(LANES * 4)));
typedef uint16_t vh __attribute__((vector_size(LANES * 2))); /* bfloat16 */
typedef uint8_t vb __attribute__((vector_size(LANES)));

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Sums stay in registers only if the loops over them are unrolled completely. */
#define PRAGMA(text) _Pragma(#text)
#if defined __clang__
#define UNROLL(n) PRAGMA(unroll)
#else
#define UNROLL(n) PRAGMA(GCC unroll n)
#endif

ALWAYS_INLINE vf v_load(const float *p) {
    vf x;
    memcpy(&x, p, sizeof x);
    return x;
}
ALWAYS_INLINE void v_store(float *p, vf x) { memcpy(p, &x, sizeof x); }
ALWAYS_INLINE vi v_load_i32(const int32_t *p) {
    vi x;
    memcpy(&x, p, sizeof x);
    return x;
}
/* The first n < LANES numbers at p, the others `rest`; nothing else is touched. */
ALWAYS_INLINE vf v_load_part(const float *p, size_t n, float rest) {
#if defined __AVX512F__
    return (vf)_mm512_mask_loadu_ps(_mm512_set1_ps(rest), (__mmask16)((1u << n) - 1), p);
#else
    float lane[LANES];
    for (size_t i = 0; i < LANES; i++) lane[i] = i < n ? p[i] : rest;
    return v_load(lane);
#endif
}
ALWAYS_INLINE void v_store_part(float *p, vf x, size_t n) {
#if defined __AVX512F__
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)x);
#else
    memcpy(p, &x, n * sizeof *p);
#endif
}

ALWAYS_INLINE vf v_splat(float x) { return x - (vf){0}; }
ALWAYS_INLINE vi v_splat_i32(int32_t x) { return x - (vi){0}; }
ALWAYS_INLINE vf v_of_i32(vi x) { return __builtin_convertvector(x, vf); }

ALWAYS_INLINE vf v_min(vf a, vf b) {
#if defined __AVX512F__
    return (vf)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined __AVX2__
    return (vf)_mm256_min_ps((__m256)a, (__m256)b);
#else
    vi less = a < b;
    return (vf)((less & (vi)a) | (~less & (vi)b));
#endif
}

ALWAYS_INLINE vf v_max(vf a, vf b) {
#if defined __AVX512F__
    return (vf)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined __AVX2__
    return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#else
    vi more = a > b;
    return (vf)((more & (vi)a) | (~more & (vi)b));
#endif
}

ALWAYS_INLINE vf v_abs(vf x) { return (vf)((vi)x & v_splat_i32(INT32_MAX)); }

/* 1 / x; x is positive and normal. */
ALWAYS_INLINE vf v_reciprocal_rough(vf x) { /* 14 bits or better */
#if defined __AVX512F__
    return (vf)_mm512_rcp14_ps((__m512)x);
#else
    return 1.0f / x;
#endif
}
ALWAYS_INLINE vf v_reciprocal(vf x) {
#if defined __AVX512F__
    vf y = v_reciprocal_rough(x);
    return y * (2.0f - x * y); /* one step of Newton's; a division takes ten times as long */
#else
    return 1.0f / x;
#endif
}

/* Halves fold onto each other, so that the order of a sum depends on the width alone. */
ALWAYS_INLINE float v_sum(vf x) {
#if defined __AVX512F__
    return _mm512_reduce_add_ps((__m512)x);
#else
    float lane[LANES];
    v_store(lane, x);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) lane[i] += lane[i + half];
    return lane[0];
#endif
}

ALWAYS_INLINE float v_largest(vf x) {
#if defined __AVX512F__
    return _mm512_reduce_max_ps((__m512)x);
#else
    float lane[LANES];
    v_store(lane, x);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            lane[i] = lane[i] > lane[i + half] ? lane[i] : lane[i + half];
    return lane[0];
#endif
}

/* 2^x. More than 126 counts as 126 (rough: may give infinity), and less than -126 gives about
 * 0. x = n + r with |r| <= 1/2; 2^r is a polynomial fitted at Chebyshev's points, within 2e-7
 * of it or, rough, 1e-4; n goes to the exponent. */
ALWAYS_INLINE vf v_exp2_of(vf x, int is_rough) {
#if defined __AVX512F__
    if (!is_rough) x = v_min(x, v_splat(126.0f));
    vf n = (vf)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT);
    vf r = x - n;
#else
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    x = v_max(v_min(x, v_splat(126.0f)), v_splat(-126.0f));
    vf shifted = x + magic;
    vf r = x - (shifted - magic);
#endif
    vf p;
    if (is_rough) {
        p = v_splat(5.58263180e-2f);
        p = p * r + 2.40153617e-1f;
        p = p * r + 6.93152690e-1f;
        p = p * r + 9.99992480e-1f;
    } else {
        p = v_splat(1.33336498402e-3f);
        p = p * r + 9.61793571697e-3f;
        p = p * r + 5.55041086686e-2f;
        p = p * r + 2.40226509990e-1f;
        p = p * r + 6.93147182465e-1f;
        p = p * r + 1.0f;
    }
#if defined __AVX512F__
    return (vf)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    return (vf)((vi)p + ((vi)shifted << 23));
#endif
}
ALWAYS_INLINE vf v_exp2(vf x) { return v_exp2_of(x, 0); }
ALWAYS_INLINE vf v_exp(vf x) { return v_exp2_of(x * 1.44269504f, 0); }

/* ---- bfloat16: the upper half of a float, rounded to nearest, ties to even ---- */

ALWAYS_INLINE vh v_to_bf16(vf x) {
#if defined __AVX512BF16__
    return (vh)_mm512_cvtneps_pbh((__m512)x);
#else
    vi bits = (vi)x;
    bits += 0x7FFF + ((bits >> 16) & 1);
    return __builtin_convertvector((bits >> 16) & 0xFFFF, vh);
#endif
}

ALWAYS_INLINE vf v_from_bf16(vh x) { return (vf)(__builtin_convertvector(x, vi) << 16); }

ALWAYS_INLINE vh v_load_bf16(const uint16_t *p) {
    vh x;
    memcpy(&x, p, sizeof x);
    return x;
}
ALWAYS_INLINE void v_store_bf16(uint16_t *p, vh x) { memcpy(p, &x, sizeof x); }

#endif
