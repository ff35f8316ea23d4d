/* gemm.c - finds backends, and adds bias and activation to what they multiply. */
#include "tensor/gemm.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "tensor/gemm_backend.h"

struct weft_gemm_weight {
    const weft_gemm_backend *backend;
    weft_gemm_packed packed;
    float *bias; /* [n] or NULL */
};

static const weft_gemm_backend *const BACKENDS[] = {
#ifdef WEFT_WITH_ONEDNN
    &WEFT_GEMM_ONEDNN,
#endif
    &WEFT_GEMM_REFERENCE,
};
enum { BACKEND_COUNT = sizeof BACKENDS / sizeof *BACKENDS };

const weft_gemm_backend *weft_gemm_backend_at(size_t i) {
    return i < BACKEND_COUNT ? BACKENDS[i] : NULL;
}

const weft_gemm_backend *weft_gemm_backend_find(const char *name) {
    if (!name) return BACKENDS[0];
    for (size_t i = 0; i < BACKEND_COUNT; i++)
        if (strcmp(BACKENDS[i]->name, name) == 0) return BACKENDS[i];
    return NULL;
}

const char *weft_gemm_backend_name(const weft_gemm_backend *backend) { return backend->name; }

weft_status weft_gemm_pack_copy(weft_gemm_packed *packed, const float *weight, weft_err *err) {
    size_t count;
    float *copy = NULL;
    if (weft_mul_size(packed->n, packed->k, &count)) copy = weft_alloc_aligned(count, sizeof *copy);
    if (!copy)
        return weft_fail(err, WEFT_E_NOMEM, "gemm: no memory for a weight of %zu x %zu", packed->n,
                         packed->k);
    memcpy(copy, weight, count * sizeof *copy);
    packed->data = copy;
    return WEFT_OK;
}

void weft_gemm_release_copy(weft_gemm_packed *packed) { weft_free(packed->data); }

weft_status weft_gemm_pack(weft_gemm_weight **out, const weft_gemm_source *source, weft_err *err) {
    assert(source->n > 0 && source->k > 0);
    *out = NULL;
    if (source->n > INT_MAX || source->k > INT_MAX)
        return weft_fail(err, WEFT_E_LIMIT, "gemm: a weight of %zu x %zu", source->n, source->k);
    weft_gemm_weight *w = weft_calloc(1, sizeof *w);
    if (!w) return weft_fail(err, WEFT_E_NOMEM, "gemm: no memory for a weight");
    w->backend = source->backend ? source->backend : BACKENDS[0];
    w->packed = (weft_gemm_packed){
        .n = source->n, .k = source->k, .threads = source->threads ? source->threads : 1};

    weft_status status = w->backend->pack(&w->packed, source->weight, err);
    if (status) goto cleanup;
    if (source->bias) {
        w->bias = weft_alloc_aligned(source->n, sizeof *w->bias);
        if (!w->bias) {
            status = weft_fail(err, WEFT_E_NOMEM, "gemm: no memory for %zu biases", source->n);
            goto cleanup;
        }
        memcpy(w->bias, source->bias, source->n * sizeof *w->bias);
    }
    *out = w;
    w = NULL;
cleanup:
    weft_gemm_weight_free(w);
    return status;
}

void weft_gemm_weight_free(weft_gemm_weight *w) {
    if (!w) return;
    w->backend->release(&w->packed);
    weft_free(w->bias);
    weft_free(w);
}

weft_status weft_gemm_run(const weft_gemm_weight *w, const weft_gemm_call *call, weft_err *err) {
    assert(!(call->add && call->activation != WEFT_ACTIVATION_NONE));
    if (call->m == 0) return WEFT_OK;
    weft_status status = w->backend->multiply(&w->packed, call, err);
    if (status) return status;
    size_t n = w->packed.n;
    for (size_t row = 0; row < call->m; row++) {
        float *c = call->c + row * n;
        if (w->bias) weft_nn_add(c, w->bias, n);
        weft_nn_activate(c, n, call->activation);
    }
    return WEFT_OK;
}
