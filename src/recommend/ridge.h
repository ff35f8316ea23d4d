/* ridge.h - one factor from what is known of it: a weighted ridge regression, which is one row
 * of one half of an iteration of alternating least squares. For this room only.
 *
 * The factor x of a user minimises
 *
 *     sum over her items of weight (1 - x.f)^2 + unobserved sum over all items of (x.f)^2
 *     + regularization (sum of her weights + unobserved rows) |x|^2
 *
 * that is, it solves (unobserved F'F + sum weight f f' + penalty I) x = sum weight f
 * (Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM
 * 2008). F'F is the same for all users and computed once; hence the cost is that of what she
 * did. A penalty that grows with what is known of a row is what Rendle, Krichene, Zhang and
 * Koren ("Revisiting the Performance of iALS on Item Recommendation Benchmarks", RecSys 2022)
 * found best. For an item, users and items change places. */
#ifndef WEFT_RECOMMEND_RIDGE_H
#define WEFT_RECOMMEND_RIDGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

enum {
    WEFT_RIDGE_LANES = 16, /* dim is a multiple of it */
    WEFT_RIDGE_DIM_MAX = 256,
};

/* What all rows of one side share. */
typedef struct {
    const float *gram; /* [dim][dim]: F'F over the other side */
    size_t rows;       /* of the other side */
    size_t dim;
    float unobserved, regularization; /* above 0 */
} weft_ridge;

/* What one row is known by: n rows of the other side, each with a weight above 0. One that
 * comes twice counts as one with the sum of both weights. */
typedef struct {
    const float *factors;    /* [..][dim] */
    const uint32_t *numbers; /* [n]: rows of factors; NULL: the first n */
    const float *weights;    /* [n] */
    size_t n;
} weft_ridge_known;

/* Writes factor[dim], always finite; 0 when nothing is known, and when numbers are so large
 * that floats cannot solve it. scratch is [dim][dim]. Any number of threads, each with a
 * scratch of its own; the same bits on every machine. */
void weft_ridge_solve(const weft_ridge *ridge, const weft_ridge_known *known, float *scratch,
                      float *factor);

/* gram[dim][dim] becomes F'F of factors[n][dim]. */
void weft_ridge_gram(const float *factors, size_t n, size_t dim, float *gram);

/* What both are made of, for a level: the same bits on every one. solve wants n above 0 and
 * may write what is not finite; gram fills the upper triangle. */
typedef struct {
    void (*solve)(const weft_ridge *ridge, const weft_ridge_known *known, float *scratch,
                  float *factor);
    void (*gram)(const float *factors, size_t n, size_t dim, float *gram);
} weft_ridge_loops;

const weft_ridge_loops *weft_ridge_loops_for(weft_cpu level);

#endif
