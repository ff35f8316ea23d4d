/* gemm.h - matrix products with a fixed, packed right side.
 *
 * A model multiplies many inputs by the same weights, so the weights are handed
 * over once, in the layout of torch.nn.Linear, and packed however the backend
 * likes. A packed weight is immutable: any number of threads may run products
 * with one at the same time, each on its own input and output.
 *
 *     weft_gemm_weight *w;
 *     weft_gemm_pack(&w, &(weft_gemm_source){.weight = W, .bias = b, .n = 512, .k = 768}, &err);
 *     weft_gemm_run(w, &(weft_gemm_call){.a = x, .m = 50, .c = y}, &err);
 */
#ifndef WEFT_TENSOR_GEMM_H
#define WEFT_TENSOR_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "tensor/nn.h"

typedef struct weft_gemm_backend weft_gemm_backend; /* static; one per gemm_<name>.c */
typedef struct weft_gemm_weight weft_gemm_weight;   /* immutable; threads share it */

/* The backend of that name ("onednn", "reference"), or the fastest for NULL;
 * NULL when this build has no such backend. */
const weft_gemm_backend *weft_gemm_backend_find(const char *name);

/* The i-th backend, fastest first; NULL past the last. */
const weft_gemm_backend *weft_gemm_backend_at(size_t i);
const char *weft_gemm_backend_name(const weft_gemm_backend *backend);

/* What to pack; both arrays are copied. */
typedef struct {
    const float *weight;              /* [n][k] */
    const float *bias;                /* [n]; NULL: none */
    size_t n, k;                      /* at least 1 each */
    const weft_gemm_backend *backend; /* NULL: the fastest */
    size_t threads;                   /* inside one run; 0: 1 */
} weft_gemm_source;

/* Fails with WEFT_E_NOMEM, or WEFT_E_LIMIT for a side beyond INT_MAX. */
weft_status weft_gemm_pack(weft_gemm_weight **w, const weft_gemm_source *source, weft_err *err);
void weft_gemm_weight_free(weft_gemm_weight *w); /* NULL is fine */

/* c = activation(a * weight^T + bias), or with `add` c += a * weight^T + bias
 * (the residual connection; without activation). c must not overlap a. */
typedef struct {
    const float *a; /* [m][k] */
    size_t m;       /* 0 does nothing */
    float *c;       /* [m][n] */
    weft_activation activation;
    bool add;
} weft_gemm_call;

/* Fails with WEFT_E_NOMEM or WEFT_E_INTERNAL when the backend does. */
weft_status weft_gemm_run(const weft_gemm_weight *w, const weft_gemm_call *call, weft_err *err);

#endif
