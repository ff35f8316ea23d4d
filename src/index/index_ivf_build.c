/* Building an inverted file from vectors, on several threads.
 *
 * 1. A space is learned, and all rows are projected to their heads.
 * 2. The heads are sorted into cells (index_cluster.h).
 * 3. The variances that a search's bounds rest on are measured, and rows encoded.
 *
 * The same rows give the same index, whatever the number of threads. */
#include <string.h>

#include "base/mem.h"
#include "index/index_cluster.h"
#include "index/index_ivf.h"
#include "index/index_work.h"

enum { PIECE_ROWS = 16 * WEFT_SPACE_BLOCK }; /* projected by a thread at once */

typedef struct {
    const weft_index_source *source;
    weft_work work;
    weft_space *space;
    uint32_t *rows; /* [n]: the rows that are present */
    size_t n;
    float *heads; /* [n][head] */
    weft_clusters clusters;
    unsigned char **places; /* [group_count]: where a group's codes begin in the block */
    weft_ivf_block *block;  /* all rows of codes */
    weft_ivf *ivf;
    double *cell_sums, *residual_sums, *remainder_sums; /* squares along each axis, all rows */
} build;

static const float *vector_of(const build *b, size_t position) {
    return b->source->vectors + (size_t)b->rows[position] * b->space->dim;
}

static const float *head_of(const build *b, size_t position) {
    return b->heads + position * b->space->head;
}

/* ---- heads ---- */

static weft_status list_rows(build *b, weft_err *err) {
    const weft_index_source *source = b->source;
    b->n = source->present ? weft_bitset_popcount(source->present) : source->rows;
    b->rows = weft_alloc(b->n, sizeof *b->rows);
    b->heads = weft_alloc(b->n, b->space->head * sizeof *b->heads);
    if (!b->rows || !b->heads)
        return weft_fail(err, WEFT_E_NOMEM, "index: heads of %zu rows", b->n);
    size_t n = 0;
    for (size_t row = 0; row < source->rows; row++)
        if (!source->present || weft_bitset_get(source->present, row)) b->rows[n++] = (uint32_t)row;
    return WEFT_OK;
}

static weft_status project_piece(void *context, size_t piece, weft_err *err) {
    build *b = context;
    weft_space_bench bench;
    size_t dim = b->space->dim, first = piece * PIECE_ROWS;
    size_t end = b->n - first < PIECE_ROWS ? b->n : first + PIECE_ROWS;
    float *vectors = weft_alloc(WEFT_SPACE_BLOCK, dim * sizeof *vectors);
    weft_status status = weft_space_bench_init(&bench, b->space, err);
    if (!status && !vectors) status = weft_fail(err, WEFT_E_NOMEM, "index: rows of %zu", dim);
    for (; first < end && !status; first += WEFT_SPACE_BLOCK) {
        size_t n = end - first < WEFT_SPACE_BLOCK ? end - first : WEFT_SPACE_BLOCK;
        for (size_t i = 0; i < n; i++)
            memcpy(vectors + i * dim, vector_of(b, first + i), dim * sizeof *vectors);
        weft_space_project(b->space, &bench, vectors, n, b->heads + first * b->space->head);
    }
    weft_space_bench_deinit(&bench);
    weft_free(vectors);
    return status;
}

/* ---- what centroids leave open ---- */

/* The mean of n points and their mean squared distance from it; adds the squares along
 * each axis to sums[head]. */
static float measure(const build *b, const uint32_t *order, size_t n, float *centroid,
                     double *sums) {
    size_t head = b->space->head;
    double total = 0;
    memset(centroid, 0, head * sizeof *centroid);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < head; j++) centroid[j] += head_of(b, order[i])[j];
    for (size_t j = 0; j < head; j++) centroid[j] /= (float)n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < head; j++) {
            double open = (double)(head_of(b, order[i])[j] - centroid[j]);
            sums[j] += open * open;
            total += open * open;
        }
    return (float)(total / (double)n);
}

/* Sums over rows become variances; returns their total. */
static float average(const double *sums, size_t n, float *variance, size_t dim) {
    double total = 0;
    for (size_t j = 0; j < dim; j++) {
        variance[j] = n ? (float)(sums[j] / (double)n) : 0;
        total += (double)variance[j];
    }
    return (float)total;
}

/* ---- groups ---- */

static weft_status fill_cell(build *b, weft_space_bench *bench, const uint32_t *order,
                             weft_ivf_cell *cell, weft_err *err) {
    const weft_space *space = b->space;
    float *vectors = weft_alloc(cell->n, (space->dim + space->head) * sizeof *vectors);
    if (!vectors) return weft_fail(err, WEFT_E_NOMEM, "index: a cell of %u rows", cell->n);
    float *heads = vectors + cell->n * space->dim;
    uint32_t *rows = weft_ivf_cell_rows(cell);
    for (size_t i = 0; i < cell->n; i++) {
        rows[i] = b->rows[order[i]];
        memcpy(vectors + i * space->dim, vector_of(b, order[i]), space->dim * sizeof *vectors);
        memcpy(heads + i * space->head, head_of(b, order[i]), space->head * sizeof *heads);
    }
    weft_space_encode(space, bench,
                      &(weft_space_rows){.vectors = vectors,
                                         .heads = heads,
                                         .n = cell->n,
                                         .head_codes = weft_ivf_cell_heads(cell),
                                         .residual_codes = weft_ivf_cell_residuals(cell)});
    weft_free(vectors);
    return WEFT_OK;
}

/* Squares of the residuals' codes around their mean, to sums[dim], and those of the mean,
 * once for each row, to the next dim. In steps: codes tell well enough how they vary. */
static void sum_residuals(const weft_quant *quant, const weft_ivf_cell *cell, double *sums) {
    for (size_t j = 0; j < quant->dim; j++) {
        long sum = 0, squares = 0;
        for (size_t i = 0; i < cell->n; i++) {
            int code = cell->residuals[i * quant->stride + j];
            sum += code;
            squares += code * code;
        }
        double mean = (double)sum / cell->n;
        sums[j] += (double)squares - mean * (double)sum;
        sums[quant->dim + j] += mean * (double)sum;
    }
}

static void note_places(weft_ivf *ivf, const weft_ivf_cell *cell, uint32_t place) {
    for (size_t i = 0; i < cell->n; i++) *weft_ivf_place_of(ivf, cell->rows[i]) = place;
}

/* Cell c of a group; its codes begin at bytes. */
static weft_status fill_group_cell(build *b, weft_space_bench *bench, size_t number, size_t c,
                                   double *sums, unsigned char *bytes, weft_err *err) {
    const weft_space *space = b->space;
    weft_ivf_group *group = b->ivf->groups[number];
    const uint32_t *first = b->clusters.first + number * WEFT_IVF_GROUP_CELLS + c;
    const uint32_t *order = b->clusters.order + first[0];
    size_t n = first[1] - first[0];
    weft_ivf_cell *cell = &group->cells[c];
    float centroid[WEFT_SPACE_HEAD_MAX];
    weft_ivf_cell_place(cell, space, n, bytes);
    cell->block = b->block;
    atomic_fetch_add(&b->block->holders, 1);
    weft_status status = fill_cell(b, bench, order, cell, err);
    if (status) return status;
    group->spread[c] = measure(b, order, n, centroid, sums);
    weft_ivf_set_centroid(space, group, c);
    sum_residuals(&space->residuals, cell, sums + space->head);
    note_places(b->ivf, cell, weft_ivf_place(number, c));
    return WEFT_OK;
}

static weft_status fill_group(void *context, size_t number, weft_err *err) {
    build *b = context;
    size_t head = b->space->head, dim = b->space->dim;
    size_t left = b->clusters.cell_count - number * WEFT_IVF_GROUP_CELLS;
    size_t n = left < WEFT_IVF_GROUP_CELLS ? left : WEFT_IVF_GROUP_CELLS;
    weft_space_bench bench = {0};
    double *sums = weft_calloc(head + 2 * dim, sizeof *sums);
    unsigned char *bytes = b->places[number];
    weft_status status = weft_ivf_group_new(&b->ivf->groups[number], b->space, n, err);
    if (!status) status = weft_space_bench_init(&bench, b->space, err);
    if (!status && !sums) status = weft_fail(err, WEFT_E_NOMEM, "index: a group of %zu cells", n);
    for (size_t c = 0; c < n && !status; c++) {
        status = fill_group_cell(b, &bench, number, c, sums, bytes, err);
        bytes += weft_ivf_cell_size(b->space, b->ivf->groups[number]->cells[c].n);
    }
    if (!status) {
        pthread_mutex_lock(&b->work.lock);
        for (size_t j = 0; j < head + 2 * dim; j++) b->cell_sums[j] += sums[j];
        pthread_mutex_unlock(&b->work.lock);
    }
    weft_space_bench_deinit(&bench);
    weft_free(sums);
    return status;
}

/* ---- the index ---- */

static size_t group_count(const build *b) {
    return (b->clusters.cell_count + WEFT_IVF_GROUP_CELLS - 1) / WEFT_IVF_GROUP_CELLS;
}

/* One block for all rows; each group's part of it begins behind the one before. */
static weft_status reserve_block(build *b, weft_err *err) {
    const weft_clusters *clusters = &b->clusters;
    size_t total = 0;
    size_t *offsets = weft_alloc(group_count(b), sizeof *offsets);
    b->places = weft_calloc(group_count(b), sizeof(unsigned char *));
    weft_status status = WEFT_OK;
    if (!offsets || !b->places)
        status = weft_fail(err, WEFT_E_NOMEM, "index: %zu cells", clusters->cell_count);
    for (size_t cell = 0; cell < clusters->cell_count && !status; cell++) {
        if (cell % WEFT_IVF_GROUP_CELLS == 0) offsets[cell / WEFT_IVF_GROUP_CELLS] = total;
        total += weft_ivf_cell_size(b->space, clusters->first[cell + 1] - clusters->first[cell]);
    }
    if (!status) status = weft_ivf_block_new(&b->block, total, err);
    for (size_t g = 0; g < group_count(b) && !status; g++)
        b->places[g] = b->block->bytes + offsets[g];
    weft_free(offsets);
    return status;
}

/* The sums of squares become what searches use. */
static void finish_variances(build *b) {
    weft_space *space = b->space;
    weft_ivf *ivf = b->ivf;
    float cells = average(b->cell_sums, b->n, space->head_variance, space->head);
    average(b->residual_sums, b->n, space->residual_variance, space->dim);
    average(b->remainder_sums, b->n, space->remainder_variance, space->dim);
    for (size_t j = 0; j < space->dim; j++) {
        float step = space->residuals.step[j];
        space->residual_variance[j] *= step * step;
        space->remainder_variance[j] *= step * step;
    }
    for (size_t g = 0; g < ivf->group_count; g++)
        for (size_t c = 0; c < ivf->groups[g]->n; c++)
            weft_ivf_set_spread(ivf->groups[g], c,
                                cells > 0 ? ivf->groups[g]->spread[c] / cells : 0);
}

static weft_status fill_index(build *b, weft_err *err) {
    size_t head = b->space->head, dim = b->space->dim;
    b->cell_sums = weft_calloc(head + 2 * dim, sizeof *b->cell_sums);
    if (!b->cell_sums) return weft_fail(err, WEFT_E_NOMEM, "index: variances");
    b->residual_sums = b->cell_sums + head;
    b->remainder_sums = b->residual_sums + dim;
    weft_status status = reserve_block(b, err);
    if (!status) status = weft_ivf_new(&b->ivf, b->source, b->space, group_count(b), err);
    if (status) return status;
    b->ivf->cell_count = b->clusters.cell_count;
    status = weft_work_run(&b->work, fill_group, b, group_count(b), err);
    if (status) return status;
    finish_variances(b);
    weft_ivf_measure_centroids(b->ivf);
    return status;
}

static weft_status build_all(build *b, weft_err *err) {
    weft_status status = list_rows(b, err);
    if (status) return status;
    size_t pieces = (b->n + PIECE_ROWS - 1) / PIECE_ROWS;
    b->work.total = 2 * pieces + weft_clusters_pieces(b->n);
    if ((status = weft_work_run(&b->work, project_piece, b, pieces, err))) return status;
    const weft_cluster_input input = {
        .points = b->heads, .n = b->n, .dim = b->space->head, .work = &b->work};
    if ((status = weft_clusters_init(&b->clusters, &input, err))) return status;
    return fill_index(b, err);
}

static void build_deinit(build *b) {
    weft_clusters_deinit(&b->clusters);
    weft_work_deinit(&b->work);
    weft_ivf_block_release(b->block);
    weft_space_release(b->space);
    weft_free(b->places);
    weft_free(b->rows);
    weft_free(b->heads);
    weft_free(b->cell_sums);
}

weft_status weft_index_ivf_new(weft_index **out, const weft_index_source *source, weft_err *err) {
    *out = NULL;
    weft_status status = weft_index_check_source(source, err);
    if (status) return status;
    build b = {.source = source};
    status = weft_work_init(&b.work, source, 1, err);
    if (!status) status = weft_space_learn(&b.space, source, err);
    if (!status) status = build_all(&b, err);
    if (status && b.ivf) weft_index_free(&b.ivf->base);
    if (!status) *out = &b.ivf->base;
    build_deinit(&b);
    return status;
}
