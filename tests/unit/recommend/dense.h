/* dense.h - the objective of ridge.h and its equations written out over all pairs, in double,
 * and solved by Gaussian elimination: what the fast way must agree with. */
#ifndef WEFT_TESTS_DENSE_H
#define WEFT_TESTS_DENSE_H

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { DENSE_MAX = 64 };

/* x[dim] minimises sum over rows r of others[rows][dim] of
 * weight[r] (1 - x.r)^2 + unobserved (x.r)^2, and the penalty of |x|^2. */
static inline void dense_solve(const float *others, size_t rows, size_t dim, const double *weight,
                               double unobserved, double regularization, double *x) {
    static double a[DENSE_MAX][DENSE_MAX + 1];
    double mass = unobserved * (double)rows;
    memset(a, 0, sizeof a);
    for (size_t r = 0; r < rows; r++) {
        const float *f = others + r * dim;
        for (size_t i = 0; i < dim; i++) {
            for (size_t j = 0; j < dim; j++)
                a[i][j] += (weight[r] + unobserved) * (double)f[i] * (double)f[j];
            a[i][dim] += weight[r] * (double)f[i];
        }
        mass += weight[r];
    }
    for (size_t i = 0; i < dim; i++) a[i][i] += regularization * mass;
    for (size_t k = 0; k < dim; k++) /* Gauss and Jordan; no pivot of such a matrix is 0 */
        for (size_t i = 0; i < dim; i++) {
            double part = i == k ? 0 : a[i][k] / a[k][k];
            for (size_t j = k; j <= dim && i != k; j++) a[i][j] -= part * a[k][j];
        }
    for (size_t i = 0; i < dim; i++) x[i] = a[i][dim] / a[i][i];
}

static inline double dense_dot(const float *a, const float *b, size_t dim) {
    double sum = 0;
    for (size_t i = 0; i < dim; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

/* The objective of both sides' factors; weight is [users][items], 0 where nothing happened. */
static inline double dense_objective(const float *users, size_t n_users, const float *items,
                                     size_t n_items, size_t dim, const double *weight,
                                     double unobserved, double regularization) {
    double sum = 0;
    for (size_t u = 0; u < n_users; u++)
        for (size_t i = 0; i < n_items; i++) {
            double score = dense_dot(users + u * dim, items + i * dim, dim);
            double w = weight[u * n_items + i];
            double lengths = dense_dot(users + u * dim, users + u * dim, dim) +
                             dense_dot(items + i * dim, items + i * dim, dim);
            /* each pair's part of both masses */
            sum += w * (1 - score) * (1 - score) + unobserved * score * score +
                   regularization * (w + unobserved) * lengths;
        }
    return sum;
}

#endif
