#include "tensor/nn.h"

#include "tensor/kernels.h"

const weft_kernels *weft_kernels_for(weft_cpu level) {
#if defined(__x86_64__)
    if (level == WEFT_CPU_AVX512) return &weft_kernels_avx512;
    if (level == WEFT_CPU_AVX2) return &weft_kernels_avx2;
#endif
    (void)level;
    return &weft_kernels_plain;
}

static const weft_kernels *kernels(void) { return weft_kernels_for(weft_cpu_level()); }

void weft_nn_layernorm(const weft_layernorm *norm, const float *x, size_t rows, float *out) {
    kernels()->layernorm(norm, x, rows, out);
}

void weft_nn_softmax(float *x, size_t n) {
    if (n > 0) kernels()->softmax(x, n);
}

void weft_nn_quick_gelu(float *x, size_t n) { kernels()->quick_gelu(x, n); }

void weft_nn_gelu(float *x, size_t n) { kernels()->gelu(x, n); }

void weft_nn_add(float *x, const float *y, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] += y[i];
}

/* Enough for the widest vectors, whichever table is in use. */
size_t weft_nn_attention_scratch(size_t tokens, size_t head_size) {
    enum { WIDEST = 32, QUERY_ROWS = 4 };
    size_t padded_tokens = (tokens + WIDEST - 1) / WIDEST * WIDEST;
    size_t padded_size = (head_size + WIDEST - 1) / WIDEST * WIDEST;
    return head_size * padded_tokens + tokens * padded_size + QUERY_ROWS * padded_tokens;
}

void weft_nn_attention(const weft_attention *attention) { kernels()->attention(attention); }
