/* gemm_reference.c - the product as the definition says it, summed in double.
 * Slow and plainly right: what the other backends are tested against. */
#include "tensor/gemm_backend.h"

static weft_status reference_multiply(const weft_gemm_packed *packed, const weft_gemm_call *call,
                                      weft_err *err) {
    (void)err;
    const float *weight = packed->data;
    for (size_t i = 0; i < call->m; i++) {
        const float *a = call->a + i * packed->k;
        float *c = call->c + i * packed->n;
        for (size_t j = 0; j < packed->n; j++) {
            const float *w = weight + j * packed->k;
            double sum = call->add ? (double)c[j] : 0.0;
            for (size_t p = 0; p < packed->k; p++) sum += (double)a[p] * (double)w[p];
            c[j] = (float)sum;
        }
    }
    return WEFT_OK;
}

const weft_gemm_backend WEFT_GEMM_REFERENCE = {
    .name = "reference",
    .pack = weft_gemm_pack_copy,
    .release = weft_gemm_release_copy,
    .multiply = reference_multiply,
};
