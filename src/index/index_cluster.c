#include "index/index_cluster.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "index/index_float.h"
#include "index/index_ivf.h"
#include "index/index_kmeans.h"
#include "index/index_random.h"
#include "tensor/gemm.h"

enum {
    ITERATIONS = 5,
    SPLIT_ITERATIONS = 8,
    PREFIX = 32,        /* axes that all centroids are compared along */
    CANDIDATES = 8,     /* centroids compared along all axes */
    SLAB = 1024,        /* centroids multiplied at once */
    BLOCK = 64,         /* points multiplied at once */
    PIECE = 64 * BLOCK, /* points handed out to a thread at once */
    LANES = 16,         /* scores looked at together */
};

static size_t divide_up(size_t n, size_t by) { return (n + by - 1) / by; }

typedef struct {
    const weft_cluster_input *in;
    size_t k, prefix, slabs;
    float *centroids;           /* [k][dim] */
    float *norms;               /* [k]: |c|^2 / 2 */
    uint32_t *cell_of;          /* [n]: numbers of centroids */
    uint32_t *counts;           /* [k]: points of each */
    weft_arena arena;           /* holds the weights; emptied at each iteration */
    weft_gemm_weight **weights; /* [slabs], the centroids' prefixes */
    uint64_t random;
} clustering;

/* ---- points to centroids: the nearest has the greatest x.c - |c|^2 / 2 ---- */

static size_t slab_size(const clustering *c, size_t slab) {
    size_t left = c->k - slab * SLAB;
    return left < SLAB ? left : SLAB;
}

static weft_status pack_centroids(clustering *c, weft_err *err) {
    size_t dim = c->in->dim, prefix = c->prefix;
    float *room = weft_alloc(SLAB, (prefix + 1) * sizeof *room), *bias = room + SLAB * prefix;
    weft_status status = WEFT_OK;
    if (!room) return weft_fail(err, WEFT_E_NOMEM, "index: %d centroids", (int)SLAB);
    weft_arena_deinit(&c->arena);
    for (size_t s = 0; s < c->slabs && !status; s++) {
        size_t n = slab_size(c, s);
        for (size_t i = 0; i < n; i++) {
            const float *centroid = c->centroids + (s * SLAB + i) * dim;
            c->norms[s * SLAB + i] = weft_float_dot(centroid, centroid, dim) / 2;
            bias[i] = -weft_float_dot(centroid, centroid, prefix) / 2;
            memcpy(room + i * prefix, centroid, prefix * sizeof *room);
        }
        const weft_gemm_source source = {.weight = room, .bias = bias, .n = n, .k = prefix};
        status = weft_gemm_pack(&c->weights[s], &source, &c->arena, err);
    }
    weft_free(room);
    return status;
}

/* The best centroids of a point so far, by their prefixes. */
typedef struct {
    size_t count;
    float scores[CANDIDATES]; /* best first */
    uint32_t numbers[CANDIDATES];
} shortlist;

static void shortlist_add(shortlist *list, float score, uint32_t number) {
    size_t at = list->count;
    if (at < CANDIDATES) list->count++;
    else if (score <= list->scores[CANDIDATES - 1]) return;
    else at = CANDIDATES - 1;
    for (; at > 0 && list->scores[at - 1] < score; at--) {
        list->scores[at] = list->scores[at - 1];
        list->numbers[at] = list->numbers[at - 1];
    }
    list->scores[at] = score;
    list->numbers[at] = number;
}

/* Most scores are worse than all on the list: LANES of them are dismissed at once. */
static void shortlist_scan(shortlist *list, const float *scores, size_t n, size_t first) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        float worst = list->count < CANDIDATES ? -INFINITY : list->scores[CANDIDATES - 1];
        int better = 0;
        for (size_t lane = 0; lane < LANES; lane++) better |= scores[i + lane] > worst;
        for (size_t lane = 0; better && lane < LANES; lane++)
            shortlist_add(list, scores[i + lane], (uint32_t)(first + i + lane));
    }
    for (; i < n; i++) shortlist_add(list, scores[i], (uint32_t)(first + i));
}

static uint32_t nearest_of(const clustering *c, const shortlist *list, const float *point) {
    uint32_t best = 0;
    float best_score = -INFINITY;
    for (size_t i = 0; i < list->count; i++) {
        uint32_t number = list->numbers[i];
        float score = weft_float_dot(point, c->centroids + number * c->in->dim, c->in->dim) -
                      c->norms[number];
        if (score > best_score) best_score = score, best = number;
    }
    return best;
}

/* What a thread needs for one block of points. */
typedef struct {
    weft_gemm_input in;
    float *scores; /* [BLOCK][SLAB] */
    shortlist lists[BLOCK];
} assignment;

static void assign_block(const clustering *c, assignment *a, size_t first, size_t n) {
    const float *points = c->in->points + first * c->in->dim;
    for (size_t i = 0; i < n; i++) {
        a->lists[i].count = 0;
        weft_gemm_put(c->weights[0], &a->in, i, points + i * c->in->dim);
    }
    for (size_t s = 0; s < c->slabs; s++) {
        weft_gemm_run_alone(
            c->weights[s],
            &(weft_gemm_call){.in = &a->in, .m = n, .c = a->scores, .c_stride = SLAB});
        for (size_t i = 0; i < n; i++)
            shortlist_scan(&a->lists[i], a->scores + i * SLAB, slab_size(c, s), s * SLAB);
    }
    for (size_t i = 0; i < n; i++)
        c->cell_of[first + i] = nearest_of(c, &a->lists[i], points + i * c->in->dim);
}

static weft_status assign_piece(void *context, size_t piece, weft_err *err) {
    const clustering *c = context;
    size_t first = piece * PIECE, end = c->in->n - first < PIECE ? c->in->n : first + PIECE;
    assignment a = {.scores = weft_alloc(BLOCK, SLAB * sizeof(float))};
    weft_status status =
        a.scores ? weft_gemm_input_init(&a.in, BLOCK, weft_gemm_row_size(c->weights[0]), err)
                 : weft_fail(err, WEFT_E_NOMEM, "index: scores of %d centroids", (int)SLAB);
    for (; first < end && !status; first += BLOCK)
        assign_block(c, &a, first, end - first < BLOCK ? end - first : BLOCK);
    weft_gemm_input_deinit(&a.in);
    weft_free(a.scores);
    return status;
}

static weft_status clustering_init(clustering *c, const weft_cluster_input *in, weft_err *err) {
    size_t dim = in->dim;
    *c = (clustering){.in = in, .k = divide_up(in->n, WEFT_IVF_CELL_ROWS), .random = 1};
    c->prefix = dim < PREFIX ? dim : PREFIX;
    c->slabs = divide_up(c->k, SLAB);
    weft_arena_init(&c->arena, 1 << 20);
    c->centroids = weft_alloc(c->k, dim * sizeof *c->centroids);
    c->norms = weft_alloc(c->k, sizeof *c->norms);
    c->cell_of = weft_calloc(in->n, sizeof *c->cell_of);
    c->counts = weft_alloc(c->k, sizeof *c->counts);
    c->weights = weft_calloc(c->slabs, sizeof(weft_gemm_weight *));
    if (!c->centroids || !c->norms || !c->cell_of || !c->counts || !c->weights)
        return weft_fail(err, WEFT_E_NOMEM, "index: %zu centroids", c->k);
    /* Evenly spaced points, each moved a random bit: rows of a catalog may come in order. */
    for (size_t i = 0; i < c->k; i++) {
        size_t from = in->n * i / c->k, to = in->n * (i + 1) / c->k;
        size_t chosen = from + weft_random_below(&c->random, to - from);
        memcpy(c->centroids + i * dim, in->points + chosen * dim, dim * sizeof *c->centroids);
    }
    return WEFT_OK;
}

static void clustering_deinit(clustering *c) {
    weft_arena_deinit(&c->arena);
    weft_free(c->centroids);
    weft_free(c->norms);
    weft_free(c->cell_of);
    weft_free(c->counts);
    weft_free(c->weights);
}

/* Sorts items by key: first[key] .. first[key + 1] of sorted have it. */
static void sort_by_key(const uint32_t *keys, size_t n, size_t key_count, uint32_t *first,
                        uint32_t *sorted) {
    memset(first, 0, (key_count + 1) * sizeof *first);
    for (size_t i = 0; i < n; i++) first[keys[i] + 1]++;
    for (size_t k = 0; k < key_count; k++) first[k + 1] += first[k];
    for (size_t i = 0; i < n; i++) sorted[first[keys[i]]++] = (uint32_t)i;
    for (size_t k = key_count; k > 0; k--) first[k] = first[k - 1];
    first[0] = 0;
}

/* ---- into the final shape ---- */

typedef struct {
    const weft_cluster_input *in;
    weft_clusters *out;
    size_t capacity; /* of out->first */
} shaping;

static weft_status end_cell(shaping *s, size_t end, weft_err *err) {
    weft_clusters *out = s->out;
    if (out->cell_count + 2 > s->capacity) {
        s->capacity = 2 * s->capacity + 64;
        uint32_t *larger = weft_realloc(out->first, s->capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "index: %zu cells", s->capacity);
        out->first = larger;
    }
    out->first[0] = 0;
    out->first[++out->cell_count] = (uint32_t)end;
    return WEFT_OK;
}

/* Sorts order[first .. first + n) into k clusters; ends[c], from first on, is where
 * cluster c ends. */
static weft_status cluster_range(const shaping *s, size_t first, size_t n, size_t k, uint32_t *ends,
                                 weft_err *err) {
    size_t dim = s->in->dim;
    uint32_t *order = s->out->order + first;
    float *points = weft_alloc(n + k, dim * sizeof *points), *centroids = points + n * dim;
    uint32_t *numbers = weft_alloc(3 * n + k + 1, sizeof *numbers);
    weft_status status = WEFT_OK;
    if (!points || !numbers) status = weft_fail(err, WEFT_E_NOMEM, "index: a cell of %zu rows", n);
    if (!status) {
        uint32_t *assigned = numbers, *sorted = numbers + n, *old = numbers + 2 * n;
        uint32_t *begins = numbers + 3 * n;
        memcpy(old, order, n * sizeof *old);
        for (size_t i = 0; i < n; i++)
            memcpy(points + i * dim, s->in->points + (size_t)old[i] * dim, dim * sizeof *points);
        const weft_kmeans job = {.points = points,
                                 .n = n,
                                 .dim = dim,
                                 .k = k,
                                 .iterations = SPLIT_ITERATIONS,
                                 .seed = 1};
        status = weft_kmeans_run(&job, centroids, assigned, err);
        if (!status) {
            sort_by_key(assigned, n, k, begins, sorted);
            for (size_t i = 0; i < n; i++) order[i] = old[sorted[i]];
            memcpy(ends, begins + 1, k * sizeof *ends);
        }
    }
    weft_free(points);
    weft_free(numbers);
    return status;
}

/* Rows that k-means cannot tell apart are cut as they come. */
static weft_status chop(shaping *s, size_t first, size_t n, weft_err *err) {
    weft_status status = WEFT_OK;
    size_t parts = divide_up(n, WEFT_IVF_CELL_MAX);
    for (size_t i = 1; i <= parts && !status; i++) status = end_cell(s, first + n * i / parts, err);
    return status;
}

/* Makes order[first .. first + n) one cell, or several when it is too large for one. */
static weft_status make_cells(shaping *s, size_t first, size_t n, weft_err *err) {
    if (n == 0) return WEFT_OK;
    if (n <= WEFT_IVF_CELL_MAX) return end_cell(s, first + n, err);
    size_t k = divide_up(n, WEFT_IVF_CELL_ROWS), begin = 0;
    uint32_t *ends = weft_alloc(k, sizeof *ends);
    if (!ends) return weft_fail(err, WEFT_E_NOMEM, "index: %zu cells", k);
    weft_status status = cluster_range(s, first, n, k, ends, err);
    for (size_t i = 0; i < k && !status; begin = ends[i++])
        status = ends[i] - begin == n ? chop(s, first, n, err)
                                      : make_cells(s, first + begin, ends[i] - begin, err);
    weft_free(ends);
    return status;
}

static weft_status shape(clustering *c, weft_clusters *out, weft_err *err) {
    shaping s = {.in = c->in, .out = out};
    uint32_t *first = weft_alloc(c->k + 1, sizeof *first);
    out->n = c->in->n;
    out->order = weft_alloc(c->in->n, sizeof *out->order);
    weft_status status = WEFT_OK;
    if (!first || !out->order)
        status = weft_fail(err, WEFT_E_NOMEM, "index: cells of %zu rows", c->in->n);
    else sort_by_key(c->cell_of, c->in->n, c->k, first, out->order);
    for (size_t i = 0; i < c->k && !status; i++)
        status = make_cells(&s, first[i], first[i + 1] - first[i], err);
    weft_free(first);
    return status;
}

size_t weft_clusters_pieces(size_t n) { return (ITERATIONS + 1) * divide_up(n, PIECE); }

weft_status weft_clusters_init(weft_clusters *clusters, const weft_cluster_input *input,
                               weft_err *err) {
    clustering c;
    *clusters = (weft_clusters){0};
    if (input->n == 0) return WEFT_OK;
    weft_status status = clustering_init(&c, input, err);
    const weft_kmeans job = {.points = input->points, .n = input->n, .dim = input->dim, .k = c.k};
    for (int i = 0; i <= ITERATIONS && !status; i++) {
        if (i > 0) weft_kmeans_move(&job, c.cell_of, c.centroids, c.counts, &c.random);
        status = pack_centroids(&c, err);
        if (!status)
            status = weft_work_run(input->work, assign_piece, &c, divide_up(input->n, PIECE), err);
    }
    if (!status) status = shape(&c, clusters, err);
    clustering_deinit(&c);
    if (status) weft_clusters_deinit(clusters);
    return status;
}

void weft_clusters_deinit(weft_clusters *clusters) {
    weft_free(clusters->order);
    weft_free(clusters->first);
    *clusters = (weft_clusters){0};
}
