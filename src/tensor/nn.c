/* nn.c - plain C that a compiler can turn into vector instructions.
 *
 * Floating-point sums may not be reordered by a compiler, so a loop that adds
 * into one variable stays scalar. The loops here run along the output instead,
 * or keep LANES partial sums side by side. expf is written out for the same
 * reason: a call to the C library would stop the vectoriser.
 *
 * weft must run on any x86-64, yet most have AVX2. WEFT_NN_CLONES compiles a
 * function for both and lets the loader pick (GCC manual, "target_clones").
 * Sanitizers cannot instrument what runs inside the loader, so they get one copy. */
#include "tensor/nn.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define WEFT_NN_SANITIZED
#endif
#elif defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WEFT_NN_SANITIZED
#endif

#if defined __x86_64__ && defined __gnu_linux__ && !defined WEFT_NN_SANITIZED
#define WEFT_NN_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define WEFT_NN_CLONES
#endif

enum { LANES = 16 };

/* e^x within 2 units in the last place: x = n ln 2 + r with |r| <= ln(2) / 2, e^r by its
 * Taylor series, 2^n put together from bits. Clamped where the result leaves the floats. */
static inline float exp_fast(float x) {
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float shifted = x * 1.44269504f + magic;
    float n = shifted - magic;
    float r = x - n * 0.693145752f - n * 1.42860677e-6f; /* ln 2 in two parts */
    float p = 1.0f / 5040.0f;
    p = p * r + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    union {
        int32_t bits;
        float value;
    } power = {.bits = ((int32_t)n + 127) * (1 << 23)};
    return p * power.value;
}

WEFT_NN_CLONES
static void quick_gelu(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = x[i] / (1.0f + exp_fast(-1.702f * x[i]));
}

static void gelu(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = 0.5f * x[i] * (1.0f + erff(x[i] * 0.70710678f));
}

void weft_nn_activate(float *x, size_t n, weft_activation activation) {
    if (activation == WEFT_ACTIVATION_QUICK_GELU) quick_gelu(x, n);
    if (activation == WEFT_ACTIVATION_GELU) gelu(x, n);
}

WEFT_NN_CLONES
void weft_nn_add(float *x, const float *y, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] += y[i];
}

static inline float sum_lanes(const float lanes[LANES]) {
    float sum = 0;
    for (size_t i = 0; i < LANES; i++) sum += lanes[i];
    return sum;
}

static inline float row_mean(const float *x, size_t n) {
    float lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++) lanes[j] += x[i + j];
    for (; i < n; i++) lanes[0] += x[i];
    return sum_lanes(lanes) / (float)n;
}

/* The mean of (x - center)^2. */
static inline float row_spread(const float *x, size_t n, float center) {
    float lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++) lanes[j] += (x[i + j] - center) * (x[i + j] - center);
    for (; i < n; i++) lanes[0] += (x[i] - center) * (x[i] - center);
    return sum_lanes(lanes) / (float)n;
}

WEFT_NN_CLONES
void weft_nn_layer_norm(const weft_layer_norm *norm, const float *x, size_t rows, float *out) {
    size_t width = norm->width;
    const float *gain = norm->gain, *bias = norm->bias;
    for (size_t row = 0; row < rows; row++, x += width, out += width) {
        float mean = row_mean(x, width);
        float scale = 1.0f / sqrtf(row_spread(x, width, mean) + norm->epsilon);
        for (size_t i = 0; i < width; i++) out[i] = (x[i] - mean) * scale * gain[i] + bias[i];
    }
}

static inline void softmax(float *x, size_t n) {
    float max = x[0], lanes[LANES] = {0};
    for (size_t i = 1; i < n; i++) max = x[i] > max ? x[i] : max;
    for (size_t i = 0; i < n; i++) x[i] = exp_fast(x[i] - max);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++) lanes[j] += x[i + j];
    for (; i < n; i++) lanes[0] += x[i];
    float scale = 1.0f / sum_lanes(lanes);
    for (i = 0; i < n; i++) x[i] *= scale;
}

WEFT_NN_CLONES
void weft_nn_softmax(float *x, size_t n) { softmax(x, n); }

void weft_nn_l2_normalize(float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    if (!(sum > 0) || !isfinite(sum)) return;
    double scale = 1.0 / sqrt(sum);
    for (size_t i = 0; i < n; i++) x[i] = (float)((double)x[i] * scale);
}

/* Both inner loops run along memory and along the output: scores over positions
 * (which is why k is turned first), results over the head's width. */
WEFT_NN_CLONES
void weft_nn_attention(const weft_attention *head, float *out, size_t out_stride, float *scratch) {
    size_t length = head->length, width = head->width;
    float *turned = scratch, *scores = scratch + length * width;
    for (size_t j = 0; j < length; j++)
        for (size_t d = 0; d < width; d++) turned[d * length + j] = head->k[j * head->stride + d];

    float scale = 1.0f / sqrtf((float)width);
    for (size_t i = head->first; i < head->first + head->count; i++, out += out_stride) {
        const float *q = head->q + i * head->stride;
        size_t seen = head->is_causal ? i + 1 : length;
        memset(scores, 0, seen * sizeof *scores);
        for (size_t d = 0; d < width; d++) {
            float factor = q[d] * scale;
            const float *k = turned + d * length;
            for (size_t j = 0; j < seen; j++) scores[j] += factor * k[j];
        }
        softmax(scores, seen);
        memset(out, 0, width * sizeof *out);
        for (size_t j = 0; j < seen; j++) {
            const float *v = head->v + j * head->stride;
            for (size_t d = 0; d < width; d++) out[d] += scores[j] * v[d];
        }
    }
}
