/* nn.h - the small layers of a transformer, on dense float32 rows. Nothing here
 * allocates or fails; everything is safe from any thread. */
#ifndef WEFT_TENSOR_NN_H
#define WEFT_TENSOR_NN_H

#include <stdbool.h>
#include <stddef.h>

/* out[row] = (x[row] - mean) / sqrt(variance + eps) * weight + bias, for rows x n.
 * out may be x. Ba, Kiros & Hinton, "Layer Normalization", 2016 (arXiv:1607.06450). */
typedef struct {
    const float *weight; /* [n] */
    const float *bias;   /* [n] */
    size_t n;
    float eps;
} weft_layernorm;

void weft_nn_layernorm(const weft_layernorm *norm, const float *x, size_t rows, float *out);

/* x[n] := exp(x) / sum exp(x), shifted by the largest so that nothing overflows. */
void weft_nn_softmax(float *x, size_t n);

/* x := x / (1 + exp(-1.702 x)), "quick_gelu" of the OpenAI models. */
void weft_nn_quick_gelu(float *x, size_t n);

/* x := x / 2 (1 + erf(x / sqrt 2)), the exact "gelu"; absolute error below 1e-6.
 * Hendrycks & Gimpel, "Gaussian Error Linear Units", 2016 (arXiv:1606.08415). */
void weft_nn_gelu(float *x, size_t n);

/* x[n] += y[n] */
void weft_nn_add(float *x, const float *y, size_t n);

/* Scaled dot-product attention of one sequence, all heads. Vaswani et al.,
 * "Attention Is All You Need", 2017 (arXiv:1706.03762), section 3.2.
 *
 * The last `queries` tokens of the sequence ask if causal (and see the tokens up to
 * themselves), the first `queries` ask if not (and see all). */
typedef struct {
    const float *q;       /* [queries][width] */
    const float *kv;      /* [tokens][2][width]: the keys, then the values of a token */
    float *out;           /* [queries][width]; may be q */
    float *scratch;       /* weft_nn_attention_scratch(tokens, width / heads) floats */
    size_t queries;
    size_t tokens;
    size_t width;         /* heads * the size of a head */
    size_t heads;
    bool causal;
} weft_attention;

size_t weft_nn_attention_scratch(size_t tokens, size_t head_size);
void weft_nn_attention(const weft_attention *attention);

#endif
