/* gemm.h - matrix times fixed weight, the one operation that costs a CLIP model its time.
 *
 *     C[m][n] = A[m][k] * W[n][k]^T + bias[n]
 *
 * W is known once and used for ever, so it is packed: a backend may lay it out as
 * it likes. Backends are one file each (gemm_<name>.c) and are found by name; they
 * agree to float32 rounding, not to the bit. */
#ifndef WEFT_TENSOR_GEMM_H
#define WEFT_TENSOR_GEMM_H

#include <stddef.h>

#include "base/status.h"

typedef struct weft_gemm_backend weft_gemm_backend;
typedef struct weft_gemm_weight weft_gemm_weight; /* immutable; threads share it */

/* name NULL: the fastest one that this build has. Fails with WEFT_E_NOT_FOUND; the
 * message lists the names there are. Backends are static, nothing is to be freed. */
weft_status weft_gemm_backend_find(const weft_gemm_backend **backend, const char *name,
                                   weft_err *err);
const char *weft_gemm_backend_name(const weft_gemm_backend *backend);

/* The backends of this build, best first, as tests and benchmarks walk them; NULL past the end. */
const weft_gemm_backend *weft_gemm_backend_at(size_t i);

typedef struct {
    const float *weight; /* [n][k] */
    const float *bias;   /* [n], or NULL */
    size_t n;
    size_t k;
    size_t threads; /* that one multiplication may use; 0: 1 */
} weft_gemm_source;

/* Copies what it needs out of source. Fails with WEFT_E_INVALID (a size is 0 or past
 * INT32_MAX), WEFT_E_NOMEM. */
weft_status weft_gemm_pack(weft_gemm_weight **weight, const weft_gemm_backend *backend,
                           const weft_gemm_source *source, weft_err *err);
void weft_gemm_weight_free(weft_gemm_weight *weight); /* NULL is fine */

/* a [m][k] -> c [m][n], both dense; they must not overlap. m may be 0. Safe from any
 * thread. Fails with WEFT_E_INTERNAL when the backend's library does. */
weft_status weft_gemm_run(const weft_gemm_weight *weight, const float *a, size_t m, float *c,
                          weft_err *err);

#endif
