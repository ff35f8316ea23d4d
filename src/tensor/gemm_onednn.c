/* gemm_onednn.c - products by oneDNN, whose kernels are made at run time for the
 * machine at hand (SSE4.1 to AVX-512).
 *
 * dnnl_sgemm takes any number of rows with nothing to prepare, which suits
 * sentences of every length; it packs what it needs into its own buffers. The
 * weight stays as it came, in an aligned copy.
 *
 * Debian's oneDNN runs on OpenMP and would spread each call over all processors,
 * one team per calling thread. weft has a session per worker instead, so the
 * calling thread's own OpenMP limit (it is kept per thread) is lowered around
 * each call and put back. With a limit of 1 oneDNN starts no team at all. */
#include "tensor/gemm_backend.h"
#include <oneapi/dnnl/dnnl.h>

/* From <omp.h> of the OpenMP runtime that oneDNN is linked with; the header belongs
 * to one compiler and is absent from others. */
int omp_get_max_threads(void);
void omp_set_num_threads(int threads);

static weft_status onednn_multiply(const weft_gemm_packed *packed, const weft_gemm_call *call,
                                   weft_err *err) {
    dnnl_dim_t m = (dnnl_dim_t)call->m, n = (dnnl_dim_t)packed->n, k = (dnnl_dim_t)packed->k;
    int before = omp_get_max_threads();
    omp_set_num_threads((int)packed->threads);
    dnnl_status_t made = dnnl_sgemm('N', 'T', m, n, k, 1.0f, call->a, k, packed->data, k,
                                    call->add ? 1.0f : 0.0f, call->c, n);
    omp_set_num_threads(before);
    if (made == dnnl_success) return WEFT_OK;
    weft_status status = made == dnnl_out_of_memory ? WEFT_E_NOMEM : WEFT_E_INTERNAL;
    return weft_fail(err, status, "gemm: oneDNN status %d for %zu x %zu x %zu", (int)made, call->m,
                     packed->n, packed->k);
}

const weft_gemm_backend WEFT_GEMM_ONEDNN = {
    .name = "onednn",
    .pack = weft_gemm_pack_copy,
    .release = weft_gemm_release_copy,
    .multiply = onednn_multiply,
};
