/* gemm_backend.h - what a file gemm_<name>.c provides; only this room includes it. */
#ifndef WEFT_TENSOR_GEMM_BACKEND_H
#define WEFT_TENSOR_GEMM_BACKEND_H

#include "tensor/gemm.h"

/* The weight as packed by a backend: n x k, run with so many threads. */
typedef struct {
    size_t n, k;
    size_t threads;
    void *data; /* the backend's own */
} weft_gemm_packed;

struct weft_gemm_backend {
    const char *name;

    /* Fills packed->data from weight [n][k]. Fails with WEFT_E_NOMEM. */
    weft_status (*pack)(weft_gemm_packed *packed, const float *weight, weft_err *err);
    void (*release)(weft_gemm_packed *packed);

    /* call->c = call->a * weight^T, or += with call->add; bias and activation
     * are not the backend's business. m is at least 1. */
    weft_status (*multiply)(const weft_gemm_packed *packed, const weft_gemm_call *call,
                            weft_err *err);
};

/* pack and release of a backend that wants the weight as it came: an aligned copy. */
weft_status weft_gemm_pack_copy(weft_gemm_packed *packed, const float *weight, weft_err *err);
void weft_gemm_release_copy(weft_gemm_packed *packed);

extern const weft_gemm_backend WEFT_GEMM_REFERENCE;
extern const weft_gemm_backend WEFT_GEMM_ONEDNN;

#endif
