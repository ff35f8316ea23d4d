#include "index/index_nearest.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "index/index_float.h"
#include "tensor/gemm.h"

enum {
    PREFIX = 32,
    CANDIDATES = 8, /* centroids compared along all axes for the single nearest */
    SLAB = 1024,    /* centroids multiplied at once */
    BLOCK = 64,     /* rows multiplied at once */
    PIECE = 4096,   /* rows handed out to a thread at once */
    LANES = 16,     /* scores looked at together */
};

/* ---- the best so far ---- */

typedef struct {
    size_t count, most;
    float scores[WEFT_NEAREST_MOST]; /* best first */
    uint32_t numbers[WEFT_NEAREST_MOST];
} shortlist;

static void shortlist_add(shortlist *list, float score, uint32_t number) {
    size_t at = list->count;
    if (at < list->most) list->count++;
    else if (score <= list->scores[list->most - 1]) return;
    else at = list->most - 1;
    for (; at > 0 && list->scores[at - 1] < score; at--) {
        list->scores[at] = list->scores[at - 1];
        list->numbers[at] = list->numbers[at - 1];
    }
    list->scores[at] = score;
    list->numbers[at] = number;
}

/* Most scores are worse than all on the list: LANES of them are dismissed at once. */
static void shortlist_scan(shortlist *list, const float *scores, const uint32_t *numbers,
                           size_t n) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        float worst = list->count < list->most ? -INFINITY : list->scores[list->most - 1];
        int better = 0;
        for (size_t lane = 0; lane < LANES; lane++) better |= scores[i + lane] > worst;
        for (size_t lane = 0; better && lane < LANES; lane++)
            shortlist_add(list, scores[i + lane], numbers[i + lane]);
    }
    for (; i < n; i++) shortlist_add(list, scores[i], numbers[i]);
}

/* ---- one thread's work ---- */

typedef struct {
    const weft_nearest *job;
    size_t prefix;
    float *heads;    /* [SLAB][prefix], of centroids */
    float *bias;     /* [SLAB] */
    float *scores;   /* [BLOCK][SLAB] */
    shortlist *best; /* [BLOCK] */
    weft_gemm_input in;
    weft_arena arena;          /* holds the present list: */
    weft_gemm_weight **packed; /* [slabs of the longest] */
    const uint32_t *list;
    size_t n;
} bench;

static size_t slabs_of(size_t n) { return (n + SLAB - 1) / SLAB; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static weft_status bench_init(bench *b, const weft_nearest *job, weft_err *err) {
    size_t longest = 0;
    for (size_t key = 0; key < job->keys; key++) {
        size_t n = job->list_first[key + 1] - job->list_first[key];
        longest = n > longest ? n : longest;
    }
    *b = (bench){.job = job, .prefix = least(job->dim, PREFIX)};
    weft_arena_init(&b->arena, 1 << 18);
    b->heads = weft_alloc(SLAB, b->prefix * sizeof *b->heads);
    b->bias = weft_alloc(SLAB, sizeof *b->bias);
    b->scores = weft_alloc(BLOCK, SLAB * sizeof *b->scores);
    b->best = weft_alloc(BLOCK, sizeof *b->best);
    b->packed = weft_calloc(slabs_of(longest), sizeof(weft_gemm_weight *));
    if (b->heads && b->bias && b->scores && b->best && b->packed) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOMEM, "index: scores of %zu centroids", longest);
}

static void bench_deinit(bench *b) {
    weft_gemm_input_deinit(&b->in);
    weft_arena_deinit(&b->arena);
    weft_free(b->heads);
    weft_free(b->bias);
    weft_free(b->scores);
    weft_free(b->best);
    weft_free(b->packed);
}

/* Packs the prefixes of the list of a key. */
static weft_status take_list(bench *b, size_t key, weft_err *err) {
    const weft_nearest *job = b->job;
    weft_status status = WEFT_OK;
    b->list = job->lists + job->list_first[key];
    b->n = job->list_first[key + 1] - job->list_first[key];
    weft_arena_deinit(&b->arena);
    for (size_t s = 0; s < slabs_of(b->n) && !status; s++) {
        size_t n = least(b->n - s * SLAB, SLAB);
        for (size_t i = 0; i < n; i++) {
            const float *centroid = job->centroids + b->list[s * SLAB + i] * job->dim;
            b->bias[i] = -weft_float_dot(centroid, centroid, b->prefix) / 2;
            memcpy(b->heads + i * b->prefix, centroid, b->prefix * sizeof *b->heads);
        }
        const weft_gemm_source source = {
            .weight = b->heads, .bias = b->bias, .n = n, .k = b->prefix};
        status = weft_gemm_pack(&b->packed[s], &source, &b->arena, err);
    }
    if (!status && !b->in.data)
        status = weft_gemm_input_init(&b->in, BLOCK, weft_gemm_row_size(b->packed[0]), err);
    return status;
}

/* Of the best along the prefix, the nearest along all axes. */
static uint32_t nearest_of(const weft_nearest *job, const shortlist *list, const float *row) {
    uint32_t best = 0;
    float best_score = -INFINITY;
    for (size_t i = 0; i < list->count; i++) {
        uint32_t number = list->numbers[i];
        float score =
            weft_float_dot(row, job->centroids + number * job->dim, job->dim) - job->norms[number];
        if (score > best_score) best_score = score, best = number;
    }
    return best;
}

static void choose(const weft_nearest *job, const shortlist *list, size_t row) {
    uint32_t *nearest = job->nearest + row * job->wanted;
    if (job->wanted == 1) *nearest = nearest_of(job, list, job->rows + row * job->dim);
    else
        for (size_t i = 0; i < job->wanted; i++)
            nearest[i] = list->numbers[i < list->count ? i : 0];
}

/* The rows order[m], at most BLOCK, among the present list. */
static void compare_block(bench *b, const uint32_t *order, size_t m) {
    const weft_nearest *job = b->job;
    for (size_t i = 0; i < m; i++) {
        b->best[i].count = 0;
        b->best[i].most = job->wanted == 1 ? CANDIDATES : job->wanted;
        weft_gemm_put(b->packed[0], &b->in, i, job->rows + order[i] * job->dim);
    }
    for (size_t s = 0; s < slabs_of(b->n); s++) {
        weft_gemm_run_alone(
            b->packed[s],
            &(weft_gemm_call){.in = &b->in, .m = m, .c = b->scores, .c_stride = SLAB});
        for (size_t i = 0; i < m; i++)
            shortlist_scan(&b->best[i], b->scores + i * SLAB, b->list + s * SLAB,
                           least(b->n - s * SLAB, SLAB));
    }
    for (size_t i = 0; i < m; i++) choose(job, &b->best[i], order[i]);
}

/* The key of order[position]. */
static size_t key_at(const weft_nearest *job, size_t position) {
    size_t low = 0, high = job->keys;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (job->first[middle] <= position) low = middle;
        else high = middle;
    }
    return low;
}

static weft_status compare_piece(void *context, size_t piece, weft_err *err) {
    const weft_nearest *job = context;
    size_t begin = piece * PIECE, end = least(begin + PIECE, job->n);
    bench b;
    weft_status status = bench_init(&b, job, err);
    for (size_t key = key_at(job, begin); begin < end && !status; key++) {
        size_t stop = least(job->first[key + 1], end);
        if (stop <= begin) continue;
        status = take_list(&b, key, err);
        for (; begin < stop && !status; begin += least(stop - begin, BLOCK))
            compare_block(&b, job->order + begin, least(stop - begin, BLOCK));
    }
    bench_deinit(&b);
    return status;
}

size_t weft_nearest_pieces(size_t n) { return (n + PIECE - 1) / PIECE; }

weft_status weft_nearest_run(const weft_nearest *job, weft_work *work, weft_err *err) {
    weft_nearest own = *job;
    return weft_work_run(work, compare_piece, &own, weft_nearest_pieces(job->n), err);
}
