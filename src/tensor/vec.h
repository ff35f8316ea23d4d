/* vec.h - as many floats as one register of the target holds, by the vector
 * extension that gcc and clang share. For files that meson compiles once per CPU
 * level (kernels.h); everything here is inlined away. */
#ifndef WEFT_TENSOR_VEC_H
#define WEFT_TENSOR_VEC_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define WEFT_VEC_LANES 16
#elif defined(__AVX__)
#define WEFT_VEC_LANES 8
#else
#define WEFT_VEC_LANES 4
#endif

typedef float vec __attribute__((vector_size(WEFT_VEC_LANES * 4)));
typedef int32_t vec_int __attribute__((vector_size(WEFT_VEC_LANES * 4)));

static inline vec vec_load(const float *p) {
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void vec_store(float *p, vec v) { memcpy(p, &v, sizeof v); }

static inline vec vec_of(float x) { return x - (vec){0}; }

/* mask ? a : b, lane by lane; a mask is what a comparison of two vec gives. */
static inline vec vec_select(vec_int mask, vec a, vec b) {
    return (vec)((mask & (vec_int)a) | (~mask & (vec_int)b));
}

static inline vec vec_min(vec a, vec b) { return vec_select(a < b, a, b); }
static inline vec vec_max(vec a, vec b) { return vec_select(a > b, a, b); }

static inline float vec_sum(vec v) {
    float sum = 0;
    for (size_t i = 0; i < WEFT_VEC_LANES; i++) sum += v[i];
    return sum;
}

static inline float vec_largest(vec v) {
    float largest = v[0];
    for (size_t i = 1; i < WEFT_VEC_LANES; i++) largest = v[i] > largest ? v[i] : largest;
    return largest;
}

/* exp(x) within 2 units in the last place; 0 below -87.3, the largest at 88 and above.
 * x = n ln 2 + r, |r| <= ln 2 / 2; exp(r) by the polynomial of Cephes' expf (Moshier,
 * netlib.org/cephes), 2^n by writing the exponent bits. */
static inline vec vec_exp(vec x) {
    const float round_magic = 12582912.0f; /* 1.5 * 2^23: adding it drops the fraction */
    vec clamped = vec_min(vec_max(x, vec_of(-87.3f)), vec_of(88.0f));
    vec n = (clamped * 1.44269504088896341f + round_magic) - round_magic;
    vec r = clamped - n * 0.693359375f - n * -2.12194440e-4f;
    vec p = vec_of(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    vec_int power = (__builtin_convertvector(n, vec_int) + 127) << 23;
    return vec_select(x < vec_of(-87.3f), vec_of(0), p * (vec)power);
}

/* erf(x) within 2e-7: Abramowitz & Stegun, "Handbook of Mathematical Functions", 7.1.26. */
static inline vec vec_erf(vec x) {
    vec magnitude = vec_select(x < vec_of(0), -x, x);
    vec t = 1.0f / (1.0f + 0.3275911f * magnitude);
    vec p = vec_of(1.061405429f);
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    vec result = 1.0f - p * t * vec_exp(-(magnitude * magnitude));
    return vec_select(x < vec_of(0), -result, result);
}

#endif
