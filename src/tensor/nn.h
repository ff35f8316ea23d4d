/* nn.h - what a transformer does between its matrix products.
 *
 * All work in place or from input to output, on rows of float32; no function
 * allocates or fails, and any thread may call them. Sizes are in floats. */
#ifndef WEFT_TENSOR_NN_H
#define WEFT_TENSOR_NN_H

#include <stddef.h>

typedef enum {
    WEFT_ACTIVATION_NONE,
    WEFT_ACTIVATION_QUICK_GELU, /* x * sigmoid(1.702 x), as OpenAI trained CLIP */
    WEFT_ACTIVATION_GELU,       /* x * (1 + erf(x / sqrt 2)) / 2 (arXiv:1606.08415) */
} weft_activation;

void weft_nn_add(float *x, const float *y, size_t n); /* x += y */

/* Ba et al., arXiv:1607.06450: out = (x - mean) / sqrt(variance + epsilon) * gain + bias.
 * x, out, gain and bias are [width]; out may be x. */
typedef struct {
    const float *gain;
    const float *bias;
    size_t width;
    float epsilon;
} weft_layer_norm;
void weft_nn_layer_norm(const weft_layer_norm *norm, const float *x, float *out);

/* x /= |x|; a zero vector, or one whose length is not finite, stays as it is. */
void weft_nn_l2_normalize(float *x, size_t n);

#endif
