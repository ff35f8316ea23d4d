#include "index/index_space.h"

#include <string.h>

#include "base/mem.h"

/* ---- life ---- */

weft_status weft_space_new(weft_space **out, size_t dim, size_t head, weft_err *err) {
    *out = NULL;
    weft_space *space = weft_calloc(1, sizeof *space);
    if (!space) return weft_fail(err, WEFT_E_NOMEM, "index: projection of %zu dimensions", dim);
    atomic_init(&space->holders, 1);
    space->dim = dim;
    space->head = head;
    weft_arena_init(&space->arena, 0);
    space->mean = weft_calloc(dim, sizeof(float));
    space->axes = weft_calloc(head * dim, sizeof(float));
    space->centroid_variance = weft_calloc(head, sizeof(float));
    space->head_variance = weft_calloc(head, sizeof(float));
    space->residual_variance = weft_calloc(dim, sizeof(float));
    space->remainder_variance = weft_calloc(dim, sizeof(float));
    weft_status status = weft_quant_init(&space->heads, head, err);
    if (!status) status = weft_quant_init(&space->residuals, dim, err);
    if (!status &&
        (!space->mean || !space->axes || !space->centroid_variance || !space->head_variance ||
         !space->residual_variance || !space->remainder_variance))
        status = weft_fail(err, WEFT_E_NOMEM, "index: projection of %zu dimensions", dim);
    if (status) weft_space_release(space);
    else *out = space;
    return status;
}

void weft_space_hold(weft_space *space) { atomic_fetch_add(&space->holders, 1); }

void weft_space_release(weft_space *space) {
    if (!space || atomic_fetch_sub(&space->holders, 1) != 1) return;
    weft_arena_deinit(&space->arena);
    weft_quant_deinit(&space->heads);
    weft_quant_deinit(&space->residuals);
    weft_free(space->mean);
    weft_free(space->axes);
    weft_free(space->centroid_variance);
    weft_free(space->head_variance);
    weft_free(space->residual_variance);
    weft_free(space->remainder_variance);
    weft_free(space);
}

static double dot(const float *x, const float *y, size_t n) {
    double sum = 0;
    for (size_t j = 0; j < n; j++) sum += (double)x[j] * (double)y[j];
    return sum;
}

weft_status weft_space_pack(weft_space *space, weft_err *err) {
    size_t dim = space->dim, head = space->head;
    float *bias = weft_alloc(head, sizeof *bias);
    float *transposed = weft_alloc(dim * head, sizeof *transposed);
    if (!bias || !transposed) {
        weft_free(bias);
        weft_free(transposed);
        return weft_fail(err, WEFT_E_NOMEM, "index: projection of %zu dimensions", dim);
    }
    for (size_t i = 0; i < head; i++) {
        bias[i] = -(float)dot(space->axes + i * dim, space->mean, dim);
        for (size_t j = 0; j < dim; j++) transposed[j * head + i] = space->axes[i * dim + j];
    }
    weft_gemm_source to_query = {.weight = space->axes, .n = head, .k = dim};
    weft_gemm_source to_head = {.weight = space->axes, .bias = bias, .n = head, .k = dim};
    weft_gemm_source from = {.weight = transposed, .bias = space->mean, .n = dim, .k = head};
    weft_status status = weft_gemm_pack(&space->to_query, &to_query, &space->arena, err);
    if (!status) status = weft_gemm_pack(&space->to_head, &to_head, &space->arena, err);
    if (!status) status = weft_gemm_pack(&space->from_head, &from, &space->arena, err);
    weft_free(bias);
    weft_free(transposed);
    return status;
}

/* ---- products ---- */

weft_status weft_space_bench_init(weft_space_bench *bench, const weft_space *space, weft_err *err) {
    *bench = (weft_space_bench){0};
    size_t widest = space->dim > space->head ? space->dim : space->head;
    bench->products = weft_alloc(widest, WEFT_SPACE_BLOCK * sizeof *bench->products);
    if (!bench->products)
        return weft_fail(err, WEFT_E_NOMEM, "index: rows of %zu dimensions", space->dim);
    weft_status status = weft_gemm_input_init(&bench->vectors, WEFT_SPACE_BLOCK,
                                              weft_gemm_row_size(space->to_head), err);
    if (!status)
        status = weft_gemm_input_init(&bench->heads, WEFT_SPACE_BLOCK,
                                      weft_gemm_row_size(space->from_head), err);
    return status;
}

void weft_space_bench_deinit(weft_space_bench *bench) {
    weft_gemm_input_deinit(&bench->vectors);
    weft_gemm_input_deinit(&bench->heads);
    weft_free(bench->products);
}

void weft_space_project(const weft_space *space, weft_space_bench *bench, const float *vectors,
                        size_t n, float *heads) {
    for (size_t i = 0; i < n; i++)
        weft_gemm_put(space->to_head, &bench->vectors, i, vectors + i * space->dim);
    weft_gemm_run_alone(
        space->to_head,
        &(weft_gemm_call){.in = &bench->vectors, .m = n, .c = heads, .c_stride = space->head});
}

/* Leaves in bench->products [n][dim] what the rounded heads say of the vectors. */
static void rebuild(const weft_space *space, weft_space_bench *bench, const int8_t *head_codes,
                    size_t n) {
    float decoded[WEFT_SPACE_HEAD_MAX];
    for (size_t i = 0; i < n; i++) {
        weft_quant_decode(&space->heads, head_codes + i * space->heads.stride, decoded);
        weft_gemm_put(space->from_head, &bench->heads, i, decoded);
    }
    weft_gemm_run_alone(space->from_head, &(weft_gemm_call){.in = &bench->heads,
                                                            .m = n,
                                                            .c = bench->products,
                                                            .c_stride = space->dim});
}

void weft_space_encode_heads(const weft_space *space, weft_space_bench *bench,
                             const weft_space_rows *rows) {
    for (size_t i = 0; i < rows->n; i++)
        weft_quant_encode(&space->heads, rows->heads + i * space->head,
                          rows->head_codes + i * space->heads.stride);
    rebuild(space, bench, rows->head_codes, rows->n);
    for (size_t i = 0; i < rows->n * space->dim; i++)
        bench->products[i] = rows->vectors[i] - bench->products[i];
}

void weft_space_encode(const weft_space *space, weft_space_bench *bench,
                       const weft_space_rows *rows) {
    weft_space_encode_heads(space, bench, rows);
    for (size_t i = 0; i < rows->n; i++)
        weft_quant_encode(&space->residuals, bench->products + i * space->dim,
                          rows->residual_codes + i * space->residuals.stride);
}

void weft_space_decode(const weft_space *space, const int8_t *head_codes,
                       const int8_t *residual_codes, float *vector) {
    float decoded[WEFT_SPACE_HEAD_MAX];
    weft_quant_decode(&space->residuals, residual_codes, vector);
    weft_quant_decode(&space->heads, head_codes, decoded);
    for (size_t j = 0; j < space->dim; j++) vector[j] += space->mean[j];
    for (size_t i = 0; i < space->head; i++) {
        const float *axis = space->axes + i * space->dim;
        for (size_t j = 0; j < space->dim; j++) vector[j] += decoded[i] * axis[j];
    }
}
