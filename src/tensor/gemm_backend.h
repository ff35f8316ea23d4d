/* gemm_backend.h - what a backend is, for gemm.c and the backends only. */
#ifndef WEFT_TENSOR_GEMM_BACKEND_H
#define WEFT_TENSOR_GEMM_BACKEND_H

#include "tensor/gemm.h"

struct weft_gemm_backend {
    const char *name;
    /* Fills weight->packed out of source; on failure leaves nothing behind. */
    weft_status (*pack)(weft_gemm_weight *weight, const weft_gemm_source *source, weft_err *err);
    weft_status (*run)(const weft_gemm_weight *weight, const float *a, size_t m, float *c,
                       weft_err *err);
};

struct weft_gemm_weight {
    const weft_gemm_backend *backend;
    size_t n;
    size_t k;
    size_t threads;
    float *packed; /* the backend's layout of W; freed by weft_gemm_weight_free */
    float *bias;   /* [n]; zeros when the source had none */
};

extern const weft_gemm_backend weft_gemm_reference;
#ifdef WEFT_HAVE_ONEDNN
extern const weft_gemm_backend weft_gemm_onednn;
#endif

#endif
