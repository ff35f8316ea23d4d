/* gemm.h - matrix products with a fixed, packed right side.
 *
 * A model multiplies many inputs by the same weights, so the weights are handed over
 * once, in the layout of torch.nn.Linear, and packed for the inner loops of this
 * machine (kernels.h). A packed weight is immutable: any number of threads may run
 * products with one at the same time, each on its own input and output.
 *
 *     weft_gemm_weight *w;
 *     weft_gemm_input in;
 *     weft_gemm_pack(&w, &(weft_gemm_source){.weight = W, .bias = b, .n = 512, .k = 768}, &arena,
 *                    &err);
 *     weft_gemm_input_init(&in, 50, weft_gemm_row_size(w), &err);
 *     for (size_t i = 0; i < 50; i++) weft_gemm_put(w, &in, i, x + i * 768);
 *     weft_gemm_run(w, &(weft_gemm_call){.in = &in, .m = 50, .c = y, .c_stride = 512}, team);
 *
 * A row's result is the same, bit for bit, whatever rows are computed with it and
 * however many threads do it. */
#ifndef WEFT_TENSOR_GEMM_H
#define WEFT_TENSOR_GEMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "tensor/nn.h"
#include "tensor/team.h"

/* What the factors of a product are rounded to; sums are always 32 bits wide. */
typedef enum {
    WEFT_PRECISION_AUTO, /* left to whoever has the whole model in view; here: float32 */
    WEFT_PRECISION_F32,
    WEFT_PRECISION_BF16, /* inputs too where the machine multiplies bfloat16, else weights only */
    WEFT_PRECISION_INT8, /* a scale per output column and per input row, symmetric */
} weft_precision;

const char *weft_precision_name(weft_precision precision); /* "int8"; never NULL */

/* "auto", "f32", "bf16" or "int8"; false for anything else. */
bool weft_precision_parse(const char *name, weft_precision *precision);

typedef struct weft_gemm_weight weft_gemm_weight; /* immutable; threads share it */

/* What to pack; both arrays are copied. */
typedef struct {
    const float *weight; /* [n][k] */
    const float *bias;   /* [n]; NULL: none */
    size_t n, k;         /* at least 1 each */
    weft_precision precision;
} weft_gemm_source;

/* The packed weight lives in the arena. Weights that are packed in the order of their use
 * lie in that order, which is what processors fetch ahead. Fails with WEFT_E_NOMEM, or
 * WEFT_E_LIMIT for a side beyond INT_MAX. */
weft_status weft_gemm_pack(weft_gemm_weight **w, const weft_gemm_source *source, weft_arena *arena,
                           weft_err *err);
weft_precision weft_gemm_weight_precision(const weft_gemm_weight *w);

/* Rows as products read them: converted once, used by every column. */
typedef struct {
    unsigned char *data; /* [rows][stride] */
    float *scales;       /* [rows], of int8 rows */
    size_t stride;       /* bytes */
} weft_gemm_input;

/* Room for `rows` rows for any weight whose weft_gemm_row_size is at most row_size. */
weft_status weft_gemm_input_init(weft_gemm_input *in, size_t rows, size_t row_size, weft_err *err);
size_t weft_gemm_row_size(const weft_gemm_weight *w); /* bytes */
void weft_gemm_input_deinit(weft_gemm_input *in);

/* Converts x[k] to what w multiplies and makes it row `row`. Rows are independent:
 * several threads may put different ones. */
void weft_gemm_put(const weft_gemm_weight *w, const weft_gemm_input *in, size_t row,
                   const float *x);

/* The same from bfloat16. x has room for up to 31 more, which it zeroes. */
void weft_gemm_put_bf16(const weft_gemm_weight *w, const weft_gemm_input *in, size_t row,
                        uint16_t *x);

typedef enum { WEFT_STORE_F32, WEFT_STORE_ADD, WEFT_STORE_BF16 } weft_store_kind;

/* c = activation(in * weight^T + bias) as floats or bfloat16, or with WEFT_STORE_ADD
 * c += in * weight^T + bias (the residual connection; without activation). */
typedef struct {
    const weft_gemm_input *in;
    size_t m; /* rows; 0 does nothing */
    void *c;  /* [m][c_stride], the first n of each row */
    size_t c_stride;
    weft_store_kind store;
    weft_activation activation;
} weft_gemm_call;

/* Every member of the team makes the same call and does a part; c is complete after the
 * next weft_team_wait. Outside a job: weft_gemm_run_alone. */
void weft_gemm_run(const weft_gemm_weight *w, const weft_gemm_call *call, weft_team *team);
void weft_gemm_run_alone(const weft_gemm_weight *w, const weft_gemm_call *call);

/* How a product should store rows that become the input of `next`. True: as *store
 * right into the input, rows input.stride bytes apart. False: as *store elsewhere, to be
 * put (int8 needs a whole row to choose its scale). */
bool weft_gemm_feeds(const weft_gemm_weight *next, weft_store_kind *store);

/* Do products at this precision read and write bfloat16 between layers on this machine? */
bool weft_gemm_prefers_bf16(weft_precision precision);

#endif
