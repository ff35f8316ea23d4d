#include "index/index_cluster.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_float.h"
#include "index/index_ivf.h"
#include "index/index_kmeans.h"
#include "index/index_nearest.h"
#include "index/index_random.h"

enum {
    PASSES = 3,
    SAMPLE = 4,          /* the first pass is for every fourth point */
    ROUNDS = 2,          /* of a pass, among neighbours */
    NEIGHBOURS = 256,    /* centroids that a point may go to from its present one */
    DISTRICTS_NEAR = 96, /* districts that a point of one looks at, its own among them */
    DISTRICT_ITERATIONS = 4,
    LARGE_CELL_ITERATIONS = 8,
    MEANS = 1024, /* centroids moved by a thread at once */
};

static size_t divide_up(size_t n, size_t by) { return (n + by - 1) / by; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Sorts the items 0, step, 2 step, ... below n by key: sorted[first[key]] up to first[key + 1]
 * have it. */
static void sort_by_key(const uint32_t *keys, size_t n, size_t step, size_t key_count,
                        uint32_t *first, uint32_t *sorted) {
    memset(first, 0, (key_count + 1) * sizeof *first);
    for (size_t i = 0; i < n; i += step) first[keys[i] + 1]++;
    for (size_t k = 0; k < key_count; k++) first[k + 1] += first[k];
    for (size_t i = 0; i < n; i += step) sorted[first[keys[i]]++] = (uint32_t)i;
    for (size_t k = key_count; k > 0; k--) first[k] = first[k - 1];
    first[0] = 0;
}

/* ---- districts: centroids near each other ---- */

typedef struct {
    size_t count;
    float *middles;       /* [count][dim] */
    float *norms;         /* [count]: |middle|^2 / 2 */
    uint32_t *of;         /* [k]: the district of each centroid */
    uint32_t *first;      /* [count + 1] */
    uint32_t *members;    /* [k], sorted by district */
    uint32_t *list_first; /* [count + 1] */
    uint32_t *lists;      /* the members of the nearest districts of each */
} districts;

typedef struct {
    const weft_cluster_input *in;
    size_t k;
    float *centroids;     /* [k][dim] */
    float *norms;         /* [k]: |c|^2 / 2 */
    uint32_t *cell_of;    /* [n]: numbers of centroids */
    uint32_t *first;      /* [k + 1] */
    uint32_t *order;      /* [n]: points, sorted by cell */
    uint32_t *list_first; /* [k + 1]: multiples of NEIGHBOURS */
    uint32_t *neighbours; /* [k][NEIGHBOURS] */
    districts near;
} clustering;

static void districts_deinit(districts *d) {
    weft_free(d->middles);
    weft_free(d->norms);
    weft_free(d->of);
    weft_free(d->first);
    weft_free(d->members);
    weft_free(d->list_first);
    weft_free(d->lists);
    *d = (districts){0};
}

static weft_status districts_init(districts *d, size_t k, size_t dim, weft_err *err) {
    size_t count = (size_t)ceil(sqrt((double)k));
    *d = (districts){.count = count};
    d->middles = weft_alloc(count, dim * sizeof *d->middles);
    d->norms = weft_alloc(count, sizeof *d->norms);
    d->of = weft_alloc(k, sizeof *d->of);
    d->first = weft_alloc(count + 1, sizeof *d->first);
    d->members = weft_alloc(k, sizeof *d->members);
    d->list_first = weft_alloc(count + 1, sizeof *d->list_first);
    if (d->middles && d->norms && d->of && d->first && d->members && d->list_first) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOMEM, "index: %zu centroids", k);
}

static void note_norms(const float *rows, size_t n, size_t dim, float *norms) {
    for (size_t i = 0; i < n; i++)
        norms[i] = weft_float_dot(rows + i * dim, rows + i * dim, dim) / 2;
}

/* The numbers of the districts nearest to district x. */
static size_t nearest_districts(const districts *d, size_t dim, size_t x, uint32_t *numbers) {
    float scores[DISTRICTS_NEAR];
    size_t n = 0;
    for (size_t y = 0; y < d->count; y++) {
        float score = weft_float_dot(d->middles + x * dim, d->middles + y * dim, dim) - d->norms[y];
        if (n == DISTRICTS_NEAR && score <= scores[n - 1]) continue;
        size_t at = n < DISTRICTS_NEAR ? n++ : n - 1;
        for (; at > 0 && scores[at - 1] < score; at--) {
            scores[at] = scores[at - 1];
            numbers[at] = numbers[at - 1];
        }
        scores[at] = score;
        numbers[at] = (uint32_t)y;
    }
    return n;
}

static weft_status list_districts(districts *d, size_t dim, weft_err *err) {
    uint32_t numbers[DISTRICTS_NEAR];
    size_t total = 0;
    for (size_t x = 0; x < d->count; x++) {
        size_t n = nearest_districts(d, dim, x, numbers);
        d->list_first[x] = (uint32_t)total;
        for (size_t i = 0; i < n; i++) total += d->first[numbers[i] + 1] - d->first[numbers[i]];
    }
    d->list_first[d->count] = (uint32_t)total;
    weft_free(d->lists);
    d->lists = weft_alloc(total, sizeof *d->lists);
    if (!d->lists) return weft_fail(err, WEFT_E_NOMEM, "index: %zu near centroids", total);
    for (size_t x = 0, at = 0; x < d->count; x++) {
        size_t n = nearest_districts(d, dim, x, numbers);
        for (size_t i = 0; i < n; i++)
            for (uint32_t m = d->first[numbers[i]]; m < d->first[numbers[i] + 1]; m++)
                d->lists[at++] = d->members[m];
    }
    return WEFT_OK;
}

static weft_status make_districts(clustering *c, weft_err *err) {
    districts *d = &c->near;
    size_t dim = c->in->dim;
    const weft_kmeans job = {.points = c->centroids,
                             .n = c->k,
                             .dim = dim,
                             .k = d->count,
                             .iterations = DISTRICT_ITERATIONS,
                             .seed = 1};
    weft_status status = weft_kmeans_run(&job, d->middles, d->of, err);
    if (status) return status;
    note_norms(d->middles, d->count, dim, d->norms);
    sort_by_key(d->of, c->k, 1, d->count, d->first, d->members);
    return list_districts(d, dim, err);
}

/* ---- points go to centroids ---- */

static void sort_points(clustering *c, size_t step) {
    sort_by_key(c->cell_of, c->in->n, step, c->k, c->first, c->order);
}

/* Each of the points c->order[n] goes to the nearest of `count` centroids; its number goes
 * into cell_of. */
static weft_status place(clustering *c, size_t n, const float *centroids, const float *norms,
                         size_t count, weft_err *err) {
    const uint32_t everyone[2] = {0, (uint32_t)n}, all[2] = {0, (uint32_t)count};
    uint32_t *numbers = weft_alloc(count, sizeof *numbers);
    if (!numbers) return weft_fail(err, WEFT_E_NOMEM, "index: %zu centroids", count);
    for (size_t i = 0; i < count; i++) numbers[i] = (uint32_t)i;
    const weft_nearest job = {.rows = c->in->points,
                              .n = n,
                              .dim = c->in->dim,
                              .order = c->order,
                              .keys = 1,
                              .first = everyone,
                              .list_first = all,
                              .lists = numbers,
                              .centroids = centroids,
                              .norms = norms,
                              .wanted = 1,
                              .nearest = c->cell_of};
    weft_status status = weft_nearest_run(&job, c->in->work, err);
    weft_free(numbers);
    return status;
}

/* Each of the points c->order[n] goes to the nearest centroid of its district and of those
 * around it. */
static weft_status place_by_district(clustering *c, size_t n, size_t step, weft_err *err) {
    const districts *d = &c->near;
    uint32_t *first = weft_alloc(d->count + 1, sizeof *first);
    if (!first) return weft_fail(err, WEFT_E_NOMEM, "index: %zu districts", d->count);
    weft_status status = place(c, n, d->middles, d->norms, d->count, err);
    if (!status) {
        sort_by_key(c->cell_of, c->in->n, step, d->count, first, c->order);
        const weft_nearest job = {.rows = c->in->points,
                                  .n = n,
                                  .dim = c->in->dim,
                                  .order = c->order,
                                  .keys = d->count,
                                  .first = first,
                                  .list_first = d->list_first,
                                  .lists = d->lists,
                                  .centroids = c->centroids,
                                  .norms = c->norms,
                                  .wanted = 1,
                                  .nearest = c->cell_of};
        status = weft_nearest_run(&job, c->in->work, err);
    }
    weft_free(first);
    return status;
}

/* Every step-th point goes to the nearest centroid anywhere, or near its district. */
static weft_status settle(clustering *c, size_t step, bool is_anywhere, weft_err *err) {
    size_t n = divide_up(c->in->n, step);
    for (size_t i = 0; i < n; i++) c->order[i] = (uint32_t)(i * step);
    weft_status status = is_anywhere ? place(c, n, c->centroids, c->norms, c->k, err)
                                     : place_by_district(c, n, step, err);
    if (!status) sort_points(c, step);
    return status;
}

static weft_status find_neighbours(clustering *c, weft_err *err) {
    const districts *d = &c->near;
    const weft_nearest job = {.rows = c->centroids,
                              .n = c->k,
                              .dim = c->in->dim,
                              .order = d->members,
                              .keys = d->count,
                              .first = d->first,
                              .list_first = d->list_first,
                              .lists = d->lists,
                              .centroids = c->centroids,
                              .norms = c->norms,
                              .wanted = NEIGHBOURS,
                              .nearest = c->neighbours};
    return weft_nearest_run(&job, c->in->work, err);
}

/* Every point goes to the nearest of the centroids around its present one. */
static weft_status move_points(clustering *c, weft_err *err) {
    const weft_nearest job = {.rows = c->in->points,
                              .n = c->in->n,
                              .dim = c->in->dim,
                              .order = c->order,
                              .keys = c->k,
                              .first = c->first,
                              .list_first = c->list_first,
                              .lists = c->neighbours,
                              .centroids = c->centroids,
                              .norms = c->norms,
                              .wanted = 1,
                              .nearest = c->cell_of};
    weft_status status = weft_nearest_run(&job, c->in->work, err);
    if (!status) sort_points(c, 1);
    return status;
}

/* ---- centroids go to the mean of their points ---- */

static weft_status move_piece(void *context, size_t piece, weft_err *err) {
    clustering *c = context;
    size_t dim = c->in->dim, end = least((piece + 1) * MEANS, c->k);
    (void)err;
    for (size_t cell = piece * MEANS; cell < end; cell++) {
        size_t n = c->first[cell + 1] - c->first[cell];
        float *centroid = c->centroids + cell * dim;
        if (n == 0) continue; /* stays where it was: someone may come back */
        memset(centroid, 0, dim * sizeof *centroid);
        for (size_t i = c->first[cell]; i < c->first[cell + 1]; i++)
            for (size_t j = 0; j < dim; j++) centroid[j] += c->in->points[c->order[i] * dim + j];
        for (size_t j = 0; j < dim; j++) centroid[j] /= (float)n;
    }
    note_norms(c->centroids + piece * MEANS * dim, end - piece * MEANS, dim,
               c->norms + piece * MEANS);
    return WEFT_OK;
}

static weft_status move_centroids(clustering *c, weft_err *err) {
    return weft_work_run(c->in->work, move_piece, c, divide_up(c->k, MEANS), err);
}

/* ---- the course of it ---- */

static weft_status clustering_init(clustering *c, const weft_cluster_input *in, weft_err *err) {
    size_t dim = in->dim, k = divide_up(in->n, WEFT_IVF_CELL_ROWS);
    uint64_t random = 1;
    *c = (clustering){.in = in, .k = k};
    c->centroids = weft_alloc(k, dim * sizeof *c->centroids);
    c->norms = weft_alloc(k, sizeof *c->norms);
    c->cell_of = weft_calloc(in->n, sizeof *c->cell_of);
    c->first = weft_alloc(k + 1, sizeof *c->first);
    c->order = weft_alloc(in->n, sizeof *c->order);
    c->list_first = weft_alloc(k + 1, sizeof *c->list_first);
    c->neighbours = weft_alloc(k, NEIGHBOURS * sizeof *c->neighbours);
    if (!c->centroids || !c->norms || !c->cell_of || !c->first || !c->order || !c->list_first ||
        !c->neighbours)
        return weft_fail(err, WEFT_E_NOMEM, "index: %zu centroids", k);
    for (size_t i = 0; i <= k; i++) c->list_first[i] = (uint32_t)(i * NEIGHBOURS);
    /* Evenly spaced points, each moved a random bit: rows of a catalog may come in order. */
    for (size_t i = 0; i < k; i++) {
        size_t from = in->n * i / k, to = in->n * (i + 1) / k;
        size_t chosen = from + weft_random_below(&random, to - from);
        memcpy(c->centroids + i * dim, in->points + chosen * dim, dim * sizeof *c->centroids);
    }
    note_norms(c->centroids, k, dim, c->norms);
    return districts_init(&c->near, k, dim, err);
}

static void clustering_deinit(clustering *c) {
    districts_deinit(&c->near);
    weft_free(c->centroids);
    weft_free(c->norms);
    weft_free(c->cell_of);
    weft_free(c->first);
    weft_free(c->order);
    weft_free(c->list_first);
    weft_free(c->neighbours);
}

/* One pass: all points look widely, and then twice among the neighbours of where they are.
 * The first pass is for a sample, enough to bring random centroids to where points are; in the
 * last one points look everywhere, because a row in the wrong cell is one that no search of a
 * usual reach finds. */
static weft_status pass(clustering *c, int number, weft_err *err) {
    bool is_first = number == 0, is_last = number == PASSES - 1;
    weft_status status = make_districts(c, err);
    if (!status) status = settle(c, is_first ? SAMPLE : 1, is_last, err);
    if (!status) status = move_centroids(c, err);
    if (status || is_first) return status;
    status = make_districts(c, err);
    if (!status) status = find_neighbours(c, err);
    for (int round = 0; round < ROUNDS && !status; round++) {
        status = move_points(c, err);
        if (!status) status = move_centroids(c, err);
    }
    return status;
}

static weft_status cluster(clustering *c, weft_err *err) {
    weft_status status = WEFT_OK;
    for (int i = 0; i < PASSES && !status; i++) status = pass(c, i, err);
    if (!status) status = find_neighbours(c, err);
    return status ? status : move_points(c, err);
}

size_t weft_clusters_pieces(size_t n) {
    return ((PASSES - 1) * (ROUNDS + 2) + 2) * weft_nearest_pieces(n);
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
    float *points = weft_alloc(n + k, dim * sizeof *points);
    uint32_t *numbers = weft_alloc(3 * n + k + 1, sizeof *numbers);
    weft_status status = WEFT_OK;
    if (!points || !numbers) status = weft_fail(err, WEFT_E_NOMEM, "index: a cell of %zu rows", n);
    if (!status) {
        uint32_t *assigned = numbers, *sorted = numbers + n, *old = numbers + 2 * n;
        uint32_t *begins = numbers + 3 * n;
        float *centroids = points + n * dim;
        memcpy(old, order, n * sizeof *old);
        for (size_t i = 0; i < n; i++)
            memcpy(points + i * dim, s->in->points + (size_t)old[i] * dim, dim * sizeof *points);
        const weft_kmeans job = {.points = points,
                                 .n = n,
                                 .dim = dim,
                                 .k = k,
                                 .iterations = LARGE_CELL_ITERATIONS,
                                 .seed = 1};
        status = weft_kmeans_run(&job, centroids, assigned, err);
        if (!status) {
            sort_by_key(assigned, n, 1, k, begins, sorted);
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
    weft_status status = WEFT_OK;
    out->n = c->in->n;
    out->order = weft_alloc(out->n, sizeof *out->order);
    if (!out->order) status = weft_fail(err, WEFT_E_NOMEM, "index: cells of %zu rows", out->n);
    for (size_t i = 0, end = 0; i < c->k && !status; i++) {
        size_t cell = c->near.members[i], n = c->first[cell + 1] - c->first[cell];
        memcpy(out->order + end, c->order + c->first[cell], n * sizeof *out->order);
        status = make_cells(&s, end, n, err);
        end += n;
    }
    return status;
}

weft_status weft_clusters_init(weft_clusters *clusters, const weft_cluster_input *input,
                               weft_err *err) {
    clustering c;
    *clusters = (weft_clusters){0};
    if (input->n == 0) return WEFT_OK;
    weft_status status = clustering_init(&c, input, err);
    if (!status) status = cluster(&c, err);
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
