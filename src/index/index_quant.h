/* index_quant.h - vectors as int8 codes, with a proven bound on the error.
 *
 * Dimension j of the catalog spans [min_j, max_j]; with offset o_j in the
 * middle and step s_j = (max_j - min_j) / 254 a row x becomes codes c_j:
 *
 *     x_j = o_j + s_j c_j + e_j           |c_j| <= 127, e the rounding error
 *
 * and an inner product with q splits into
 *
 *     q.x = q.o + sum_j (q_j s_j) c_j + q.e
 *
 * The first term is one number per query. The weights q_j s_j = t (d_j + v_j)
 * are themselves rounded to int16 d_j with one step t per query, so that
 *
 *     q.x = base + t (d.c)  +  t v.c + q.e
 *
 * Only the integer d.c is computed in the scan. What is left out is bounded by
 * Cauchy-Schwarz: |t v.c + q.e| <= t |v| max|c| + |q| max|e| = error, where the
 * maxima over all rows are measured, not estimated. Because base, t and error
 * are the same for every row, d.c alone ranks the rows, in integers, with no
 * per-row scale to fetch; and a row whose d.c lies more than 2 error / t below
 * the k-th best cannot be among the k best.
 *
 * Why a step per dimension and not per row: CLIP's vectors share a strong mean
 * and have a few dimensions far larger than the rest. The offsets take out the
 * first, the steps adapt to the second: over 1,126 normalised ViT-B/32 image
 * vectors max|e| is 0.0051 instead of 0.0218, over the texts 0.0060 instead of 0.0253.
 * The bound is 20 times the typical error at 512 dimensions, yet for CLIP's
 * vectors it leaves few rows in doubt. */
#ifndef WEFT_INDEX_INDEX_QUANT_H
#define WEFT_INDEX_INDEX_QUANT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* How numbers become codes: the caller owns the struct and the rows of codes. */
typedef struct {
    size_t dim;
    size_t stride;    /* of a row of codes: dim rounded up to WEFT_DOT_CODE_PAD, zero-padded */
    float *offset;    /* [dim] */
    float *step;      /* [dim]; 0: the dimension is constant */
    double max_error; /* max |e| over the rows noted */
    double max_norm;  /* max |c| over the rows noted */
} weft_quant;

/* Offsets and steps are 0 until weft_quant_set_range. Fails with WEFT_E_NOMEM. */
weft_status weft_quant_init(weft_quant *quant, size_t dim, weft_err *err);
void weft_quant_deinit(weft_quant *quant);

/* Dimension j spans [min[j], max[j]]; a min above its max (no row) counts as 0. */
void weft_quant_set_range(weft_quant *quant, const float *min, const float *max);

/* x is [dim], finite; codes is [stride]. What lies outside the range is clipped. */
void weft_quant_encode(const weft_quant *quant, const float *x, int8_t *codes);
void weft_quant_decode(const weft_quant *quant, const int8_t *codes, float *x);

/* Takes a row and its codes into the maxima that the error bound rests on. */
void weft_quant_note(weft_quant *quant, const float *x, const int8_t *codes);

/* A query made ready: q.x is base + step * d.c, and for every row that was noted
 * |q.x - (base + step * d.c)| <= error. */
typedef struct {
    double base;
    double step; /* above 0 */
    double error;
} weft_quant_query;

/* Writes the query's codes into d[stride] (64-byte aligned by the caller); d.c
 * fits in int32 for every row. query is [dim], finite. */
weft_quant_query weft_quant_prepare(const weft_quant *quant, const double *query, int16_t *d);

/* The same without the bound (error is 0) and several times faster: for indexes
 * that estimate. */
weft_quant_query weft_quant_prepare_fast(const weft_quant *quant, const float *query, int16_t *d);

#endif
