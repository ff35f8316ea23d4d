#include "tensor/gemm.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "tensor/gemm_backend.h"

static const weft_gemm_backend *const backends[] = {
#ifdef WEFT_HAVE_ONEDNN
    &weft_gemm_onednn,
#endif
    &weft_gemm_reference,
};

enum { BACKEND_COUNT = sizeof backends / sizeof *backends };

const weft_gemm_backend *weft_gemm_backend_at(size_t i) {
    return i < BACKEND_COUNT ? backends[i] : NULL;
}

const char *weft_gemm_backend_name(const weft_gemm_backend *backend) { return backend->name; }

weft_status weft_gemm_backend_find(const weft_gemm_backend **backend, const char *name,
                                   weft_err *err) {
    char known[128] = "";
    for (size_t i = 0; i < BACKEND_COUNT; i++) {
        if (!name || strcmp(backends[i]->name, name) == 0) {
            *backend = backends[i];
            return WEFT_OK;
        }
        if (i > 0) strncat(known, ", ", sizeof known - strlen(known) - 1);
        strncat(known, backends[i]->name, sizeof known - strlen(known) - 1);
    }
    return weft_fail(err, WEFT_E_NOT_FOUND, "no GEMM backend '%s' in this build; there is: %s",
                     name, known);
}

weft_status weft_gemm_pack(weft_gemm_weight **weight, const weft_gemm_backend *backend,
                           const weft_gemm_source *source, weft_err *err) {
    weft_status status = WEFT_E_NOMEM;
    weft_gemm_weight *w = NULL;
    if (source->n == 0 || source->k == 0 || source->n > INT32_MAX || source->k > INT32_MAX)
        return weft_fail(err, WEFT_E_INVALID, "a weight of %zu x %zu", source->n, source->k);
    w = weft_calloc(1, sizeof *w);
    if (!w) goto cleanup;
    w->backend = backend;
    w->n = source->n;
    w->k = source->k;
    w->threads = source->threads ? source->threads : 1;
    w->bias = weft_calloc(w->n, sizeof *w->bias);
    if (!w->bias) goto cleanup;
    if (source->bias) memcpy(w->bias, source->bias, w->n * sizeof *w->bias);
    status = backend->pack(w, source, err);
    if (status) goto cleanup;
    *weight = w;
    return WEFT_OK;

cleanup:
    weft_gemm_weight_free(w);
    return status == WEFT_E_NOMEM
               ? weft_fail(err, status, "no memory for a weight of %zu x %zu", source->n, source->k)
               : status;
}

void weft_gemm_weight_free(weft_gemm_weight *weight) {
    if (!weight) return;
    weft_free(weight->packed);
    weft_free(weight->bias);
    weft_free(weight);
}

weft_status weft_gemm_run(const weft_gemm_weight *weight, const float *a, size_t m, float *c,
                          weft_err *err) {
    if (m == 0) return WEFT_OK;
    return weight->backend->run(weight, a, m, c, err);
}
