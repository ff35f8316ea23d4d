/* nn.h - what a transformer does between its matrix products.
 *
 * All work in place or from input to output, on rows of float32; no function
 * allocates or fails, and any thread may call them. Sizes are in floats. */
#ifndef WEFT_TENSOR_NN_H
#define WEFT_TENSOR_NN_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    WEFT_ACTIVATION_NONE,
    WEFT_ACTIVATION_QUICK_GELU, /* x * sigmoid(1.702 x), as OpenAI trained CLIP */
    WEFT_ACTIVATION_GELU,       /* x * (1 + erf(x / sqrt 2)) / 2 (arXiv:1606.08415) */
} weft_activation;

void weft_nn_activate(float *x, size_t n, weft_activation activation);
void weft_nn_add(float *x, const float *y, size_t n); /* x += y */

/* Ba et al., arXiv:1607.06450: out = (x - mean) / sqrt(variance + epsilon) * gain + bias,
 * row by row. gain and bias are [width]. */
typedef struct {
    const float *gain;
    const float *bias;
    size_t width;
    float epsilon;
} weft_layer_norm;
void weft_nn_layer_norm(const weft_layer_norm *norm, const float *x, size_t rows, float *out);

void weft_nn_softmax(float *x, size_t n); /* n >= 1; entries may be large, not infinite */

/* x /= |x|; a zero vector, or one whose length is not finite, stays as it is. */
void weft_nn_l2_normalize(float *x, size_t n);

/* Scaled dot-product attention of one head over one sequence (arXiv:1706.03762,
 * section 3.2.1): out[i] = softmax(q[i] k^T / sqrt(width)) v for the queries
 * first <= i < first + count. Rows of q, k, v are `stride` floats apart. */
typedef struct {
    const float *q, *k, *v; /* [length][width] inside rows of stride */
    size_t stride;
    size_t length, width;
    size_t first, count; /* the queries wanted */
    bool is_causal;      /* a query sees only positions up to its own */
} weft_attention;

/* out is [count][width] in rows of out_stride; scratch has room for
 * weft_nn_attention_scratch(length, width) floats. */
void weft_nn_attention(const weft_attention *head, float *out, size_t out_stride, float *scratch);
static inline size_t weft_nn_attention_scratch(size_t length, size_t width) {
    return length * width + length;
}

#endif
