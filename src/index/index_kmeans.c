#include "index/index_kmeans.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "index/index_random.h"
#include "tensor/gemm.h"

enum { BLOCK = 64 }; /* points multiplied at once */

/* Centroids packed for products, and room for one block of points. */
typedef struct {
    weft_arena arena;
    weft_gemm_weight *centroids;
    weft_gemm_input in;
    float *scores; /* [BLOCK][k] */
    size_t k;
} matcher;

static weft_status matcher_init(matcher *m, const float *centroids, size_t k, size_t dim,
                                weft_err *err) {
    *m = (matcher){.k = k};
    weft_arena_init(&m->arena, 0);
    float *bias = weft_alloc(k, sizeof *bias);
    m->scores = weft_alloc(k, BLOCK * sizeof *m->scores);
    if (!bias || !m->scores) {
        weft_free(bias);
        return weft_fail(err, WEFT_E_NOMEM, "k-means: %zu centroids", k);
    }
    for (size_t c = 0; c < k; c++) {
        float norm = 0;
        for (size_t j = 0; j < dim; j++) norm += centroids[c * dim + j] * centroids[c * dim + j];
        bias[c] = -norm / 2;
    }
    const weft_gemm_source source = {.weight = centroids, .bias = bias, .n = k, .k = dim};
    weft_status status = weft_gemm_pack(&m->centroids, &source, &m->arena, err);
    weft_free(bias);
    if (!status)
        status = weft_gemm_input_init(&m->in, BLOCK, weft_gemm_row_size(m->centroids), err);
    return status;
}

static void matcher_deinit(matcher *m) {
    weft_gemm_input_deinit(&m->in);
    weft_arena_deinit(&m->arena);
    weft_free(m->scores);
}

static uint32_t best_of(const float *scores, size_t k) {
    size_t best = 0;
    for (size_t c = 1; c < k; c++)
        if (scores[c] > scores[best]) best = c;
    return (uint32_t)best;
}

static void match(const matcher *m, const weft_kmeans *job, uint32_t *assigned) {
    for (size_t first = 0; first < job->n; first += BLOCK) {
        size_t n = job->n - first < BLOCK ? job->n - first : BLOCK;
        for (size_t i = 0; i < n; i++)
            weft_gemm_put(m->centroids, &m->in, i, job->points + (first + i) * job->dim);
        weft_gemm_run_alone(
            m->centroids,
            &(weft_gemm_call){.in = &m->in, .m = n, .c = m->scores, .c_stride = m->k});
        for (size_t i = 0; i < n; i++) assigned[first + i] = best_of(m->scores + i * m->k, m->k);
    }
}

static weft_status assign(const weft_kmeans *job, const float *centroids, uint32_t *assigned,
                          weft_err *err) {
    matcher m;
    weft_status status = matcher_init(&m, centroids, job->k, job->dim, err);
    if (!status) match(&m, job, assigned);
    matcher_deinit(&m);
    return status;
}

/* k different points, by Floyd's way of a partial shuffle. */
static weft_status choose_first(const weft_kmeans *job, float *centroids, uint64_t *random,
                                weft_err *err) {
    uint32_t *order = weft_alloc(job->n, sizeof *order);
    if (!order) return weft_fail(err, WEFT_E_NOMEM, "k-means: %zu points", job->n);
    for (size_t i = 0; i < job->n; i++) order[i] = (uint32_t)i;
    for (size_t c = 0; c < job->k; c++) {
        size_t other = c + weft_random_below(random, job->n - c);
        uint32_t chosen = order[other];
        order[other] = order[c];
        order[c] = chosen;
        memcpy(centroids + c * job->dim, job->points + chosen * job->dim,
               job->dim * sizeof *centroids);
    }
    weft_free(order);
    return WEFT_OK;
}

/* Centroids become the means of their points. One without points takes a random point
 * instead, which the next assignment gathers others around. */
static void move(const weft_kmeans *job, const uint32_t *assigned, float *centroids,
                 uint32_t *counts, uint64_t *random) {
    size_t dim = job->dim;
    memset(centroids, 0, job->k * dim * sizeof *centroids);
    memset(counts, 0, job->k * sizeof *counts);
    for (size_t i = 0; i < job->n; i++) {
        float *c = centroids + assigned[i] * dim;
        const float *x = job->points + i * dim;
        for (size_t j = 0; j < dim; j++) c[j] += x[j];
        counts[assigned[i]]++;
    }
    for (size_t k = 0; k < job->k; k++) {
        float *c = centroids + k * dim;
        if (counts[k] == 0)
            memcpy(c, job->points + weft_random_below(random, job->n) * dim, dim * sizeof *c);
        else
            for (size_t j = 0; j < dim; j++) c[j] /= (float)counts[k];
    }
}

weft_status weft_kmeans_run(const weft_kmeans *job, float *centroids, uint32_t *assigned,
                            weft_err *err) {
    uint64_t random = job->seed;
    uint32_t *own = assigned ? NULL : weft_alloc(job->n, sizeof *own);
    uint32_t *counts = weft_alloc(job->k, sizeof *counts);
    uint32_t *current = assigned ? assigned : own;
    weft_status status = WEFT_OK;
    if (!current || !counts) status = weft_fail(err, WEFT_E_NOMEM, "k-means: %zu points", job->n);
    if (!status) status = choose_first(job, centroids, &random, err);
    for (size_t i = 0; i < job->iterations && !status; i++) {
        status = assign(job, centroids, current, err);
        if (!status) move(job, current, centroids, counts, &random);
    }
    if (!status && assigned) status = assign(job, centroids, assigned, err);
    weft_free(own);
    weft_free(counts);
    return status;
}
