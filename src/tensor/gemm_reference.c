/* gemm_reference.c - the product as the definition says it, summed in double.
 * Slow and plainly right: what the other backends are tested against. */
#include <string.h>

#include "base/mem.h"
#include "tensor/gemm_backend.h"

static weft_status reference_pack(weft_gemm_packed *packed, const float *weight, weft_err *err) {
    size_t count;
    float *copy = NULL;
    if (weft_mul_size(packed->n, packed->k, &count)) copy = weft_alloc(count, sizeof *copy);
    if (!copy)
        return weft_fail(err, WEFT_E_NOMEM, "gemm: no memory for a weight of %zu x %zu", packed->n,
                         packed->k);
    memcpy(copy, weight, count * sizeof *copy);
    packed->data = copy;
    return WEFT_OK;
}

static void reference_release(weft_gemm_packed *packed) { weft_free(packed->data); }

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
    .pack = reference_pack,
    .release = reference_release,
    .multiply = reference_multiply,
};
