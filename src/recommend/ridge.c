/* Solving by Cholesky's decomposition, in float32.
 *
 * All loops run along rows of the upper triangle, eight numbers at once, which changes the order
 * of no sum: plain C and its copy for AVX2 compute the same bits. (Left to gcc 12, these loops
 * stay scalar and take three times as long.) Nearly all the time is spent in add_outer, which adds
 * four outer products at once, of factors when the matrix is made and of finished rows when it
 * is decomposed. It begins at the multiple of eight before the diagonal; what that leaves below
 * the diagonal is cleared row by row. */
#include "recommend/ridge.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { BATCH = 4, LANES = 8 };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

/* ---- inner loops ---- */

INLINE lanes *at(float *row, size_t j) { return (lanes *)(void *)(row + j); }
INLINE const lanes *in(const float *row, size_t j) {
    return (const lanes *)(const void *)(row + j);
}

/* matrix += sum of scale[b] rows[b]' rows[b], from its row `first` on. */
INLINE void add_outer(float *matrix, size_t dim, size_t first, const float *const rows[BATCH],
                      const float scale[BATCH]) {
    const float *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
    for (size_t i = first; i < dim; i++) {
        float *out = matrix + i * dim;
        float x = scale[0] * a[i], y = scale[1] * b[i], z = scale[2] * c[i], w = scale[3] * d[i];
        for (size_t j = i / LANES * LANES; j < dim; j += LANES)
            *at(out, j) += (x * *in(a, j) + y * *in(b, j)) + (z * *in(c, j) + w * *in(d, j));
    }
}

/* y += scale x, from the lanes of `from` on. */
INLINE void add_row(float *y, float scale, const float *x, size_t from, size_t dim) {
    for (size_t j = from / LANES * LANES; j < dim; j += LANES) *at(y, j) += scale * *in(x, j);
}

/* The matrix becomes U with U'U = matrix, the diagonal 1 / U's. No pivot can be below the
 * penalty on the diagonal but by rounding, so that it is at least that. */
INLINE void decompose(float *matrix, size_t dim, float penalty) {
    static const float minus[BATCH] = {-1, -1, -1, -1};
    for (size_t first = 0; first < dim; first += BATCH) {
        const float *rows[BATCH];
        for (size_t i = 0; i < BATCH; i++) {
            size_t k = first + i;
            float *row = matrix + k * dim;
            for (size_t t = 0; t < i; t++) add_row(row, -rows[t][k], rows[t], k, dim);
            float inverse = 1 / sqrtf(fmaxf(row[k], penalty));
            for (size_t j = k + 1; j < dim; j++) row[j] *= inverse;
            row[k] = inverse;
            memset(row, 0, k * sizeof *row);
            rows[i] = row;
        }
        add_outer(matrix, dim, first + BATCH, rows, minus);
    }
}

INLINE float dot(const float *a, const float *b, size_t from, size_t dim) {
    lanes sum = {0};
    for (size_t j = from / LANES * LANES; j < dim; j += LANES) sum += *in(a, j) * *in(b, j);
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

/* x becomes what U'U x = right says; right is used up. */
INLINE void substitute(const float *matrix, size_t dim, float *right, float *x) {
    for (size_t k = 0; k < dim; k++) {
        const float *row = matrix + k * dim;
        float value = right[k] * row[k];
        add_row(right, -value, row, k, dim);
        right[k] = value;
    }
    memset(x, 0, dim * sizeof *x); /* what is not solved yet adds nothing */
    for (size_t k = dim; k-- > 0;) {
        const float *row = matrix + k * dim;
        x[k] = (right[k] - dot(row, x, k + 1, dim)) * row[k];
    }
}

/* ---- one row ---- */

/* Adds what known tells from `from` on to both sides of the equation: up to BATCH rows. */
INLINE void add_known(const weft_ridge_known *known, size_t from, size_t dim, float *matrix,
                      float *right) {
    const float *rows[BATCH];
    float weights[BATCH];
    for (size_t b = 0; b < BATCH; b++) {
        size_t i = from + b < known->n ? from + b : from; /* the last ones may be missing */
        size_t number = known->numbers ? known->numbers[i] : i;
        rows[b] = known->factors + number * dim;
        weights[b] = from + b < known->n ? known->weights[i] : 0;
        add_row(right, weights[b], rows[b], 0, dim);
    }
    add_outer(matrix, dim, 0, rows, weights);
}

INLINE void solve(const weft_ridge *ridge, const weft_ridge_known *known, float *matrix,
                  float *factor) {
    size_t dim = ridge->dim;
    float right[WEFT_RIDGE_DIM_MAX] = {0};
    double weight = (double)ridge->unobserved * (double)ridge->rows;
    for (size_t i = 0; i < known->n; i++) weight += (double)known->weights[i];
    float penalty = (float)(ridge->regularization * weight);
    for (size_t i = 0; i < dim * dim; i++) matrix[i] = ridge->unobserved * ridge->gram[i];
    for (size_t i = 0; i < dim; i++) matrix[i * dim + i] += penalty;
    for (size_t i = 0; i < known->n; i += BATCH) add_known(known, i, dim, matrix, right);
    decompose(matrix, dim, penalty);
    substitute(matrix, dim, right, factor);
}

INLINE void add_gram(const float *factors, size_t n, size_t dim, float *gram) {
    memset(gram, 0, dim * dim * sizeof *gram);
    for (size_t i = 0; i < n; i += BATCH) {
        const float *rows[BATCH];
        float there[BATCH];
        for (size_t b = 0; b < BATCH; b++) {
            there[b] = i + b < n ? 1 : 0;
            rows[b] = factors + (i + b < n ? i + b : i) * dim;
        }
        add_outer(gram, dim, 0, rows, there);
    }
}

/* ---- for this processor ---- */

static void solve_plain(const weft_ridge *ridge, const weft_ridge_known *known, float *matrix,
                        float *factor) {
    solve(ridge, known, matrix, factor);
}

static void gram_plain(const float *factors, size_t n, size_t dim, float *gram) {
    add_gram(factors, n, dim, gram);
}

static const weft_ridge_loops PLAIN = {solve_plain, gram_plain};

#if defined __x86_64__
#define AVX2 __attribute__((target("avx2")))

AVX2 static void solve_avx2(const weft_ridge *ridge, const weft_ridge_known *known, float *matrix,
                            float *factor) {
    solve(ridge, known, matrix, factor);
}

AVX2 static void gram_avx2(const float *factors, size_t n, size_t dim, float *gram) {
    add_gram(factors, n, dim, gram);
}

static const weft_ridge_loops WITH_AVX2 = {solve_avx2, gram_avx2};
#endif

const weft_ridge_loops *weft_ridge_loops_for(weft_cpu level) {
#if defined __x86_64__
    if (level >= WEFT_CPU_AVX2) return &WITH_AVX2;
#endif
    (void)level;
    return &PLAIN;
}

/* ---- the whole ---- */

void weft_ridge_solve(const weft_ridge *ridge, const weft_ridge_known *known, float *scratch,
                      float *factor) {
    bool is_solved = known->n > 0;
    if (is_solved) weft_ridge_loops_for(weft_cpu_level())->solve(ridge, known, scratch, factor);
    for (size_t j = 0; j < ridge->dim && is_solved; j++) is_solved = isfinite(factor[j]);
    if (!is_solved) memset(factor, 0, ridge->dim * sizeof *factor);
}

void weft_ridge_gram(const float *factors, size_t n, size_t dim, float *gram) {
    weft_ridge_loops_for(weft_cpu_level())->gram(factors, n, dim, gram);
    for (size_t i = 0; i < dim; i++)
        for (size_t j = 0; j < i; j++) gram[i * dim + j] = gram[j * dim + i];
}
