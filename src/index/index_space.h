/* index_space.h - how an IVF index sees a vector: a short head and a residual.
 *
 * CLIP's vectors fill few of their dimensions: of 512, the first 128 principal
 * axes hold 93 % of the variance of ViT-B/32's photos, and 32 nearly all of
 * weft-mini's. So a vector x is kept as
 *
 *     x = mean + A^T h + r      h = A (x - mean), the head: [head]
 *                               r, the residual: [dim]
 *
 * with h and r as int8 codes (index_quant.h), and an inner product as
 *
 *     q.x = q.mean + (A q).h + q.r
 *
 * A search reads heads alone, knows how much q.r varies, and looks at the
 * residual of a row only when it can matter. The residual is what the rounded
 * head leaves over, in the dimensions of the vector itself: it makes good the
 * head's rounding and clipping, and the query needs no second projection.
 *
 * A, with orthonormal rows, comes from orthogonal iteration on the covariance
 * of a sample (Golub and Van Loan, Matrix Computations, 8.2): the span is what
 * matters, not each axis. As in LeanVec (Tepper et al., arXiv:2312.16335) the
 * short vectors decide where to look; there both parts are full encodings and
 * the projection of a text query can be learned from other queries. */
#ifndef WEFT_INDEX_INDEX_SPACE_H
#define WEFT_INDEX_INDEX_SPACE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/bitset.h"
#include "base/status.h"
#include "index/index.h"
#include "index/index_quant.h"
#include "tensor/gemm.h"

enum { WEFT_SPACE_HEAD_MAX = 256, WEFT_SPACE_BLOCK = 64 };

/* Immutable once learned; counted, because every version of an index shares it. */
typedef struct {
    atomic_size_t holders;
    size_t dim, head;
    float *mean; /* [dim] */
    float *axes; /* [head][dim], orthonormal rows */
    weft_quant heads;
    weft_quant residuals;
    /* Variances over the rows the index was built from, of what a centroid leaves open. */
    float *centroid_variance;  /* [head], of the centroids themselves */
    float *head_variance;      /* [head], around the centroid of the row's cell */
    float *residual_variance;  /* [dim], around the mean residual of the cell */
    float *remainder_variance; /* [dim], of those means */

    weft_arena arena;            /* holds the packed axes: */
    weft_gemm_weight *to_head;   /* x -> A (x - mean) */
    weft_gemm_weight *to_query;  /* q -> A q */
    weft_gemm_weight *from_head; /* h -> mean + A^T h */
} weft_space;

/* Arrays of the right size, all 0, one holder. */
weft_status weft_space_new(weft_space **space, size_t dim, size_t head, weft_err *err);
void weft_space_hold(weft_space *space);
void weft_space_release(weft_space *space); /* NULL is fine */

/* Makes the space ready for products once mean and axes are filled in. */
weft_status weft_space_pack(weft_space *space, weft_err *err);

/* Finds mean and axes from the source's vectors (a sample of them), and the
 * codes' steps, and packs. The variances are left for whoever makes the cells.
 * One thread. In index_space_learn.c. */
weft_status weft_space_learn(weft_space **space, const weft_index_source *source, weft_err *err);

/* Room for one thread's products, WEFT_SPACE_BLOCK rows at a time. */
typedef struct {
    weft_gemm_input vectors, heads;
    float *products; /* [WEFT_SPACE_BLOCK][max(dim, head)] */
} weft_space_bench;
weft_status weft_space_bench_init(weft_space_bench *bench, const weft_space *space, weft_err *err);
void weft_space_bench_deinit(weft_space_bench *bench);

/* vectors [n][dim] -> heads [n][head], floats; n is at most WEFT_SPACE_BLOCK. */
void weft_space_project(const weft_space *space, weft_space_bench *bench, const float *vectors,
                        size_t n, float *heads);

/* Codes of rows: heads [n][head] and vectors [n][dim] in, codes
 * [n][heads.stride] and [n][residuals.stride] out. */
typedef struct {
    const float *vectors, *heads;
    size_t n; /* at most WEFT_SPACE_BLOCK */
    int8_t *head_codes, *residual_codes;
} weft_space_rows;
void weft_space_encode(const weft_space *space, weft_space_bench *bench,
                       const weft_space_rows *rows);

/* The first half of encoding: writes head_codes and leaves the residuals, as
 * floats [n][dim], in bench->products. */
void weft_space_encode_heads(const weft_space *space, weft_space_bench *bench,
                             const weft_space_rows *rows);

/* The vector of a row, from its codes. */
void weft_space_decode(const weft_space *space, const int8_t *head_codes,
                       const int8_t *residual_codes, float *vector);

#endif
