/* GEMM as the textbook has it, for reading and for testing the others against.
 *
 * The one concession to speed: W is kept transposed, [k][n], so that the inner
 * loop walks along rows of W and C and the compiler can use vectors. Every sum
 * runs over k in order. */
#include <string.h>

#include "base/mem.h"
#include "tensor/gemm_backend.h"

static weft_status pack(weft_gemm_weight *weight, const weft_gemm_source *source, weft_err *err) {
    size_t n = source->n, k = source->k, count;
    weight->packed = weft_mul_size(n, k, &count) ? weft_alloc_aligned(count, sizeof(float)) : NULL;
    if (!weight->packed) return weft_fail(err, WEFT_E_NOMEM, "no memory");
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++) weight->packed[j * n + i] = source->weight[i * k + j];
    return WEFT_OK;
}

static weft_status run(const weft_gemm_weight *weight, const float *a, size_t m, float *c,
                       weft_err *err) {
    (void)err; /* nothing here can fail */
    size_t n = weight->n, k = weight->k;
    for (size_t row = 0; row < m; row++) {
        float *restrict out = c + row * n;
        memcpy(out, weight->bias, n * sizeof *out);
        for (size_t j = 0; j < k; j++) {
            const float *restrict w = weight->packed + j * n;
            float x = a[row * k + j];
            for (size_t i = 0; i < n; i++) out[i] += x * w[i];
        }
    }
    return WEFT_OK;
}

const weft_gemm_backend weft_gemm_reference = {"reference", pack, run};
