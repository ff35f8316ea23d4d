/* Exact search for many queries at once.
 *
 * Rows are multiplied with up to CHUNK queries in float32, or in bfloat16 where the machine
 * has instructions for that. What comes out is off by at most `error`, so of each query the
 * rows within twice that of its k-th best product are candidates, and their scores are
 * computed as in a search for one: the hits are the same, bit for bit.
 *
 * The bound: each of `dim` products is off by the rounding of its factors and its sum by that of
 * dim additions; sum |x_j q_j| is at most |x| |q| (Higham, Accuracy and Stability of
 * Numerical Algorithms, 3.1). */
#include <float.h>
#include <math.h>

#include "base/arena.h"
#include "base/mem.h"
#include "index/index_flat.h"
#include "index/index_float.h"
#include "index/index_topk.h"
#include "index/index_work.h"
#include "tensor/gemm.h"

enum {
    CHUNK = 256, /* queries multiplied together */
    BLOCK = 64,  /* rows likewise: one word of a bitset */
    LANES = 16,  /* products looked at together */
};

typedef struct {
    const weft_flat *index;
    const weft_index_batch *batch;
    weft_hit *hits;
    size_t *counts;
    weft_precision precision;
    float longest; /* the greatest |x| of a row */
    size_t chunk;  /* queries of a piece */
} job;

/* Products that may belong to a hit, of one query. */
typedef struct {
    weft_topk best;       /* the k best products so far: a hit here is a product */
    weft_hit *candidates; /* [capacity] */
    size_t count, capacity;
} contest;

/* One thread's work: a chunk of queries. */
typedef struct {
    const job *job;
    const float *queries; /* [n][dim] */
    size_t n;
    weft_arena arena;
    weft_gemm_weight *weight;
    weft_gemm_input in;
    float *products;   /* [BLOCK][CHUNK] */
    float *thresholds; /* [CHUNK]: below it no row can be a hit */
    float *errors;     /* [CHUNK] */
    contest *contests; /* [n] */
    weft_hit *best;    /* [n][k] */
} chunk;

static float error_of(const job *j, const float *query) {
    float length = sqrtf(weft_float_dot(query, query, j->index->base.dim)) * j->longest;
    float rounding = j->precision == WEFT_PRECISION_BF16 ? 0x1p-8f + 0x1p-16f : 0;
    /* The additions; and that of the lengths themselves. */
    return length * (rounding + 1.1f * (float)(j->index->base.dim + 8) * FLT_EPSILON);
}

static weft_status chunk_init(chunk *c, const job *j, size_t first, size_t n, weft_err *err) {
    size_t k = j->batch->k, dim = j->index->base.dim;
    *c = (chunk){.job = j, .queries = j->batch->queries + first * dim, .n = n};
    weft_arena_init(&c->arena, 1 << 18);
    c->products = weft_calloc(BLOCK, CHUNK * sizeof *c->products);
    c->thresholds = weft_alloc(CHUNK, sizeof *c->thresholds);
    c->errors = weft_calloc(CHUNK, sizeof *c->errors);
    c->contests = weft_calloc(n, sizeof *c->contests);
    c->best = weft_alloc(n, k * sizeof *c->best);
    if (!c->products || !c->thresholds || !c->errors || !c->contests || !c->best)
        return weft_fail(err, WEFT_E_NOMEM, "search: %zu queries for %zu hits", n, k);
    for (size_t i = 0; i < CHUNK; i++) c->thresholds[i] = i < n ? -FLT_MAX : INFINITY;
    for (size_t i = 0; i < n; i++) {
        c->contests[i].best = (weft_topk){.hits = c->best + i * k, .k = k};
        c->errors[i] = error_of(j, c->queries + i * dim);
    }
    const weft_gemm_source source = {
        .weight = c->queries, .n = n, .k = dim, .precision = j->precision};
    weft_status status = weft_gemm_pack(&c->weight, &source, &c->arena, err);
    if (!status) status = weft_gemm_input_init(&c->in, BLOCK, weft_gemm_row_size(c->weight), err);
    return status;
}

static void chunk_deinit(chunk *c) {
    for (size_t i = 0; c->contests && i < c->n; i++) weft_free(c->contests[i].candidates);
    weft_gemm_input_deinit(&c->in);
    weft_arena_deinit(&c->arena);
    weft_free(c->products);
    weft_free(c->thresholds);
    weft_free(c->errors);
    weft_free(c->contests);
    weft_free(c->best);
}

/* Drops the candidates that the threshold has overtaken, and makes room when most stay. */
static weft_status make_room(contest *c, float threshold, weft_err *err) {
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->candidates[i].score >= threshold) c->candidates[kept++] = c->candidates[i];
    c->count = kept;
    if (c->capacity && kept <= c->capacity / 2) return WEFT_OK;
    size_t capacity = 2 * c->capacity + 4 * c->best.k + LANES;
    weft_hit *larger = weft_realloc(c->candidates, capacity, sizeof *larger);
    if (!larger)
        return weft_fail(err, WEFT_E_NOMEM, "search: more than %zu candidates", c->capacity);
    c->candidates = larger;
    c->capacity = capacity;
    return WEFT_OK;
}

static weft_status consider(chunk *c, size_t query, uint32_t row, float product, weft_err *err) {
    contest *of = &c->contests[query];
    weft_status status = WEFT_OK;
    if (of->count == of->capacity) status = make_room(of, c->thresholds[query], err);
    if (status) return status;
    of->candidates[of->count++] = (weft_hit){.row = row, .score = product};
    weft_topk_push(&of->best, of->candidates[of->count - 1]);
    if (of->best.n == of->best.k)
        c->thresholds[query] = of->best.hits[0].score - 2 * c->errors[query];
    return WEFT_OK;
}

/* Most products are below every threshold: LANES of them are dismissed at once. */
static weft_status scan_row(chunk *c, uint32_t row, const float *products, weft_err *err) {
    for (size_t first = 0; first < c->n; first += LANES) {
        int reaches = 0;
        for (size_t lane = 0; lane < LANES; lane++)
            reaches |= products[first + lane] >= c->thresholds[first + lane];
        for (size_t i = first; reaches && i < first + LANES && i < c->n; i++) {
            if (products[i] < c->thresholds[i]) continue;
            weft_status status = consider(c, i, row, products[i], err);
            if (status) return status;
        }
    }
    return WEFT_OK;
}

static weft_status scan_block(chunk *c, size_t first, uint64_t word, weft_err *err) {
    const weft_flat *index = c->job->index;
    uint32_t rows[BLOCK];
    size_t m = 0;
    for (; word; word &= word - 1) {
        rows[m] = (uint32_t)(first + (size_t)__builtin_ctzll(word));
        weft_gemm_put(c->weight, &c->in, m, index->vectors + rows[m] * index->stride);
        m++;
    }
    weft_gemm_run_alone(
        c->weight, &(weft_gemm_call){.in = &c->in, .m = m, .c = c->products, .c_stride = CHUNK});
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < m && !status; i++)
        status = scan_row(c, rows[i], c->products + i * CHUNK, err);
    return status;
}

/* The candidates that are left, scored as in a search for one. */
static weft_status decide(const chunk *c, size_t query, weft_hit *hits, size_t *count,
                          weft_err *err) {
    const weft_flat *index = c->job->index;
    const contest *of = &c->contests[query];
    double *wide = weft_flat_widen(index, c->queries + query * index->base.dim, err);
    if (!wide) return WEFT_E_NOMEM;
    weft_topk top = {.hits = hits, .k = c->job->batch->k};
    for (size_t i = 0; i < of->count; i++) {
        if (of->candidates[i].score < c->thresholds[query]) continue;
        uint32_t row = of->candidates[i].row;
        double score =
            index->dot->floats(index->vectors + row * index->stride, wide, index->stride);
        weft_topk_push(&top, (weft_hit){.row = row, .score = (float)score});
    }
    weft_topk_sort(&top);
    *count = top.n;
    weft_free(wide);
    return WEFT_OK;
}

static weft_status search_chunk(void *context, size_t piece, weft_err *err) {
    const job *j = context;
    size_t first = piece * j->chunk, rows = j->index->base.rows;
    size_t n = j->batch->n - first < j->chunk ? j->batch->n - first : j->chunk;
    chunk c;
    weft_status status = chunk_init(&c, j, first, n, err);
    for (size_t w = 0; w * BLOCK < rows && !status; w++) {
        uint64_t word = weft_index_allowed_word(&j->index->base, j->batch->allow, w);
        if (word) status = scan_block(&c, w * BLOCK, word, err);
    }
    for (size_t i = 0; i < n && !status; i++)
        status = decide(&c, i, j->hits + (first + i) * j->batch->k, &j->counts[first + i], err);
    chunk_deinit(&c);
    return status;
}

static float longest_row(const weft_flat *index) {
    float longest = 0;
    for (size_t row = 0; row < index->base.rows; row++) {
        const float *x = index->vectors + row * index->stride;
        longest = fmaxf(longest, weft_float_dot(x, x, index->base.dim));
    }
    return sqrtf(longest);
}

weft_status weft_flat_search_batch(const weft_index *base, const weft_index_batch *batch,
                                   weft_hit *hits, size_t *counts, weft_err *err) {
    const weft_index_source source = {.threads = batch->threads};
    job j = {.index = (const weft_flat *)base, .batch = batch, .hits = hits, .counts = counts};
    weft_work work;
    weft_status status = weft_work_init(&work, &source, 1, err);
    j.precision =
        weft_gemm_prefers_bf16(WEFT_PRECISION_BF16) ? WEFT_PRECISION_BF16 : WEFT_PRECISION_F32;
    j.longest = longest_row(j.index);
    j.chunk = batch->n < CHUNK ? batch->n : CHUNK;
    work.total = (batch->n + j.chunk - 1) / j.chunk;
    if (!status) status = weft_work_run(&work, search_chunk, &j, work.total, err);
    weft_work_deinit(&work);
    return status;
}
