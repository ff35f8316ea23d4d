/* Changing an inverted file: a new version that shares with the old one whatever the
 * changes do not touch.
 *
 * Cells that lose or gain rows are opened for editing, one copy each. When all changes
 * are made, each is closed: written into a block of its own, with its centroid and spread
 * measured anew; one that has grown beyond WEFT_IVF_CELL_MAX is split by k-means first.
 * The space (projection, steps, variances) stays as it was learned, so the more an index
 * has changed the less its bounds fit: weft_index_wear tells how much. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_float.h"
#include "index/index_ivf.h"
#include "index/index_kmeans.h"

enum { SPLIT_ITERATIONS = 8 };

/* How far the vector that codes tell may be from the one they were made of. */
static const double MISFIT = 0.03;

/* A cell being changed. */
typedef struct {
    uint32_t place;
    size_t n, capacity;
    uint32_t *rows;    /* [capacity] */
    int8_t *heads;     /* [capacity][heads.stride] */
    int8_t *residuals; /* [capacity][residuals.stride] */
} edit;

typedef struct {
    weft_ivf *ivf; /* the new version; nobody else sees it yet */
    edit **edits;  /* [slots]: open cells by group * WEFT_IVF_GROUP_CELLS + cell */
    size_t slots;
    bool *own_group, *own_page; /* copied already? */
    float *centroids;           /* [slots][head]; of empty slots undefined */
    float *norms;               /* [slots]: |c|^2 / 2, INFINITY for an empty slot */
    float spread_unit;          /* what a spread of 1 means: variance of the average cell */
    weft_space_bench bench;
} draft;

static size_t slot_of(uint32_t place) {
    return (place >> 16) * WEFT_IVF_GROUP_CELLS + (place & 0xffff);
}

/* ---- a version of one's own ---- */

static weft_status own_group(draft *d, size_t number, weft_err *err) {
    if (d->own_group[number]) return WEFT_OK;
    const weft_space *space = d->ivf->space;
    weft_ivf_group *old = d->ivf->groups[number], *copy;
    weft_status status = weft_ivf_group_new(&copy, space, WEFT_IVF_GROUP_CELLS, err);
    if (status) return status;
    copy->n = old->n;
    memcpy(copy->centroids, old->centroids, old->n * space->heads.stride);
    memcpy(copy->leads, old->leads, weft_ivf_leads_size(old->n));
    memcpy(copy->remainders, old->remainders, old->n * space->residuals.stride);
    memcpy(copy->spread, old->spread, old->n * sizeof *old->spread);
    memcpy(copy->widest, old->widest, sizeof copy->widest);
    for (size_t i = 0; i < old->n; i++) {
        copy->cells[i] = old->cells[i];
        if (old->cells[i].block) atomic_fetch_add(&old->cells[i].block->holders, 1);
    }
    d->ivf->groups[number] = copy;
    d->own_group[number] = true;
    weft_ivf_group_release(old);
    return WEFT_OK;
}

/* Where the row's place is kept, in a page that may be written to. */
static weft_status own_place(draft *d, uint32_t row, uint32_t **place, weft_err *err) {
    size_t number = row / WEFT_IVF_PAGE_ROWS;
    if (!d->own_page[number]) {
        weft_ivf_page *copy = weft_alloc(1, sizeof *copy), *old = d->ivf->pages[number];
        if (!copy) return weft_fail(err, WEFT_E_NOMEM, "index: a page of rows");
        memcpy(copy->places, old->places, sizeof copy->places);
        atomic_init(&copy->holders, 1);
        d->ivf->pages[number] = copy;
        d->own_page[number] = true;
        weft_ivf_page_release(old);
    }
    *place = weft_ivf_place_of(d->ivf, row);
    return WEFT_OK;
}

/* ---- edits ---- */

static void edit_free(edit *e) {
    if (!e) return;
    weft_free(e->rows);
    weft_free(e->heads);
    weft_free(e->residuals);
    weft_free(e);
}

static weft_status edit_reserve(const draft *d, edit *e, size_t capacity, weft_err *err) {
    const weft_space *space = d->ivf->space;
    if (capacity <= e->capacity) return WEFT_OK;
    capacity += capacity / 2;
    uint32_t *rows = weft_realloc(e->rows, capacity, sizeof *rows);
    if (rows) e->rows = rows;
    int8_t *heads = weft_realloc(e->heads, capacity, space->heads.stride);
    if (heads) e->heads = heads;
    int8_t *residuals = weft_realloc(e->residuals, capacity, space->residuals.stride);
    if (residuals) e->residuals = residuals;
    if (!rows || !heads || !residuals)
        return weft_fail(err, WEFT_E_NOMEM, "index: a cell of %zu rows", capacity);
    e->capacity = capacity;
    return WEFT_OK;
}

static weft_status open_cell(draft *d, uint32_t place, edit **out, weft_err *err) {
    edit **at = &d->edits[slot_of(place)];
    if (!*at) {
        const weft_space *space = d->ivf->space;
        const weft_ivf_cell *cell = &d->ivf->groups[place >> 16]->cells[place & 0xffff];
        edit *e = weft_calloc(1, sizeof *e);
        if (!e) return weft_fail(err, WEFT_E_NOMEM, "index: a cell of %u rows", cell->n);
        e->place = place;
        weft_status status = edit_reserve(d, e, cell->n + 1, err);
        if (status) {
            edit_free(e);
            return status;
        }
        e->n = cell->n;
        if (cell->n) {
            memcpy(e->rows, cell->rows, cell->n * sizeof *e->rows);
            memcpy(e->heads, cell->heads, cell->n * space->heads.stride);
            memcpy(e->residuals, cell->residuals, cell->n * space->residuals.stride);
        }
        *at = e;
    }
    *out = *at;
    return WEFT_OK;
}

static void copy_row(const draft *d, const edit *from, size_t i, edit *to, size_t j) {
    size_t heads = d->ivf->space->heads.stride, residuals = d->ivf->space->residuals.stride;
    to->rows[j] = from->rows[i];
    memmove(to->heads + j * heads, from->heads + i * heads, heads);
    memmove(to->residuals + j * residuals, from->residuals + i * residuals, residuals);
}

static weft_status remove_row(draft *d, uint32_t row, weft_err *err) {
    weft_index *index = &d->ivf->base;
    if (row >= index->rows || !weft_bitset_get(&index->present, row)) return WEFT_OK;
    edit *e;
    weft_status status = open_cell(d, *weft_ivf_place_of(d->ivf, row), &e, err);
    if (status) return status;
    size_t i = 0;
    while (e->rows[i] != row) i++;
    copy_row(d, e, --e->n, e, i);
    weft_bitset_unset(&index->present, row);
    index->present_count--;
    d->ivf->changed++;
    return WEFT_OK;
}

/* Gives the row's number to what row `from` has; the codes stay where they are. */
static weft_status rename_row(draft *d, uint32_t row, uint32_t from, weft_err *err) {
    weft_index *index = &d->ivf->base;
    if (from >= index->rows || !weft_bitset_get(&index->present, from)) return WEFT_OK;
    edit *e;
    uint32_t *place;
    weft_status status = open_cell(d, *weft_ivf_place_of(d->ivf, from), &e, err);
    if (!status) status = own_place(d, row, &place, err);
    if (status) return status;
    size_t i = 0;
    while (e->rows[i] != from) i++;
    e->rows[i] = row;
    *place = e->place;
    weft_bitset_unset(&index->present, from);
    weft_bitset_set(&index->present, row);
    return WEFT_OK;
}

/* The place of the cell whose centroid is nearest. */
static uint32_t nearest_cell(const draft *d, const float *head) {
    size_t dim = d->ivf->space->head, best = 0;
    float best_score = -INFINITY;
    for (size_t slot = 0; slot < d->slots; slot++) {
        const float *c = d->centroids + slot * dim;
        if (!(d->norms[slot] < INFINITY)) continue;
        float score = weft_float_dot(head, c, dim) - d->norms[slot];
        if (score > best_score) best_score = score, best = slot;
    }
    return weft_ivf_place(best / WEFT_IVF_GROUP_CELLS, best % WEFT_IVF_GROUP_CELLS);
}

/* Codes reach as far as the rows that the space was learned from; one beyond is clipped.
 * The row is the one behind the edit's last; room is [dim]. */
static bool is_misfit(const weft_space *space, const edit *e, const float *vector, float *room) {
    double off = 0;
    weft_space_decode(space, e->heads + e->n * space->heads.stride,
                      e->residuals + e->n * space->residuals.stride, room);
    for (size_t j = 0; j < space->dim; j++)
        off += (double)(vector[j] - room[j]) * (double)(vector[j] - room[j]);
    return off > MISFIT * MISFIT;
}

static weft_status add_row(draft *d, const weft_index_change *change, weft_err *err) {
    const weft_space *space = d->ivf->space;
    weft_index *index = &d->ivf->base;
    float head[WEFT_SPACE_HEAD_MAX];
    edit *e;
    weft_space_project(space, &d->bench, change->vector, 1, head);
    uint32_t place = nearest_cell(d, head), *kept;
    weft_status status = open_cell(d, place, &e, err);
    if (!status) status = edit_reserve(d, e, e->n + 1, err);
    if (!status) status = own_place(d, change->row, &kept, err);
    if (status) return status;
    weft_space_encode(
        space, &d->bench,
        &(weft_space_rows){.vectors = change->vector,
                           .heads = head,
                           .n = 1,
                           .head_codes = e->heads + e->n * space->heads.stride,
                           .residual_codes = e->residuals + e->n * space->residuals.stride});
    if (is_misfit(space, e, change->vector, d->bench.products)) d->ivf->misfits++;
    e->rows[e->n++] = change->row;
    *kept = place;
    weft_bitset_set(&index->present, change->row);
    index->present_count++;
    d->ivf->changed++;
    return WEFT_OK;
}

/* ---- closing ---- */

static weft_status write_block(const draft *d, const edit *e, weft_ivf_cell *cell, weft_err *err) {
    const weft_space *space = d->ivf->space;
    weft_ivf_block *block;
    weft_status status = weft_ivf_block_new(&block, weft_ivf_cell_size(space, e->n), err);
    if (status) return status;
    weft_ivf_cell_place(cell, space, e->n, block->bytes);
    cell->block = block;
    memcpy(weft_ivf_cell_rows(cell), e->rows, e->n * sizeof *e->rows);
    memcpy(weft_ivf_cell_heads(cell), e->heads, e->n * space->heads.stride);
    memcpy(weft_ivf_cell_residuals(cell), e->residuals, e->n * space->residuals.stride);
    return WEFT_OK;
}

/* The variance of a cell's heads around their mean, from their codes. */
static double variance_of(const weft_quant *heads, const weft_ivf_cell *cell) {
    double variance = 0;
    for (size_t j = 0; j < heads->dim; j++) {
        double sum = 0, squares = 0, n = (double)cell->n, step = (double)heads->step[j];
        for (size_t i = 0; i < cell->n; i++) {
            int code = cell->heads[i * heads->stride + j];
            sum += code;
            squares += code * code;
        }
        variance += (squares / n - sum / n * (sum / n)) * step * step;
    }
    return fmax(variance, 0);
}

/* An empty cell keeps its centroid, for rows that may come. */
static void measure_cell(const draft *d, weft_ivf_group *group, size_t c) {
    weft_ivf_set_spread(group, c, 0);
    if (group->cells[c].n == 0) return;
    weft_ivf_set_centroid(d->ivf->space, group, c);
    if (d->spread_unit > 0)
        weft_ivf_set_spread(
            group, c, (float)variance_of(&d->ivf->space->heads, &group->cells[c]) / d->spread_unit);
}

static weft_status close_edit(draft *d, const edit *e, weft_err *err) {
    size_t number = e->place >> 16, c = e->place & 0xffff;
    weft_ivf_cell cell = {0};
    weft_status status = own_group(d, number, err);
    if (!status) status = write_block(d, e, &cell, err);
    if (status) return status;
    weft_ivf_group *group = d->ivf->groups[number];
    weft_ivf_block_release(group->cells[c].block);
    group->cells[c] = cell;
    measure_cell(d, group, c);
    for (size_t i = 0; i < e->n && !status; i++) {
        uint32_t *place;
        if (*weft_ivf_place_of(d->ivf, e->rows[i]) == e->place) continue;
        status = own_place(d, e->rows[i], &place, err);
        if (!status) *place = e->place;
    }
    return status;
}

/* A new, empty cell: behind the last one, in a new group when that is full. */
static weft_status append_cell(draft *d, uint32_t *place, weft_err *err) {
    weft_ivf *ivf = d->ivf;
    size_t last = ivf->group_count - 1;
    weft_status status = own_group(d, last, err);
    if (status) return status;
    if (ivf->groups[last]->n == WEFT_IVF_GROUP_CELLS) {
        if (ivf->group_count == UINT16_MAX)
            return weft_fail(err, WEFT_E_LIMIT, "index: %zu groups of cells", ivf->group_count);
        weft_ivf_group **groups =
            weft_realloc(ivf->groups, ivf->group_count + 1, sizeof(weft_ivf_group *));
        if (groups) ivf->groups = groups;
        bool *own = weft_realloc(d->own_group, ivf->group_count + 1, sizeof *own);
        if (own) d->own_group = own;
        if (!groups || !own) return weft_fail(err, WEFT_E_NOMEM, "index: a group of cells");
        status = weft_ivf_group_new(&groups[++last], ivf->space, WEFT_IVF_GROUP_CELLS, err);
        if (status) return status;
        groups[last]->n = 0;
        own[last] = true;
        ivf->group_count++;
    }
    *place = weft_ivf_place(last, ivf->groups[last]->n++);
    ivf->cell_count++;
    return WEFT_OK;
}

/* Sorts the rows of an edit into k clusters, or evenly when k-means cannot. */
static weft_status choose_parts(const draft *d, const edit *e, size_t k, uint32_t *part,
                                weft_err *err) {
    const weft_space *space = d->ivf->space;
    float *points = weft_alloc(e->n + k, space->head * sizeof *points);
    if (!points) return weft_fail(err, WEFT_E_NOMEM, "index: a cell of %zu rows", e->n);
    for (size_t i = 0; i < e->n; i++)
        weft_quant_decode(&space->heads, e->heads + i * space->heads.stride,
                          points + i * space->head);
    const weft_kmeans job = {.points = points,
                             .n = e->n,
                             .dim = space->head,
                             .k = k,
                             .iterations = SPLIT_ITERATIONS,
                             .seed = 1};
    weft_status status = weft_kmeans_run(&job, points + e->n * space->head, part, err);
    weft_free(points);
    if (status) return status;
    size_t first = 0;
    while (first < e->n && part[first] == part[0]) first++;
    for (size_t i = 0; first == e->n && i < e->n; i++) part[i] = (uint32_t)(i * k / e->n);
    return WEFT_OK;
}

static weft_status close_cell(draft *d, edit *e, weft_err *err);

/* Moves the rows of part p into a cell of their own and closes it. */
static weft_status close_part(draft *d, const edit *whole, const uint32_t *part, size_t p,
                              uint32_t *place, weft_err *err) {
    edit piece = {0};
    weft_status status = edit_reserve(d, &piece, whole->n, err);
    if (!status) {
        for (size_t i = 0; i < whole->n; i++)
            if (part[i] == p) copy_row(d, whole, i, &piece, piece.n++);
        if (piece.n && *place == UINT32_MAX) status = append_cell(d, place, err);
        piece.place = *place;
        if (piece.n && !status) status = close_cell(d, &piece, err);
        if (piece.n) *place = UINT32_MAX;
    }
    weft_free(piece.rows);
    weft_free(piece.heads);
    weft_free(piece.residuals);
    return status;
}

static weft_status close_cell(draft *d, edit *e, weft_err *err) {
    if (e->n <= WEFT_IVF_CELL_MAX) return close_edit(d, e, err);
    size_t k = (e->n + WEFT_IVF_CELL_ROWS - 1) / WEFT_IVF_CELL_ROWS;
    uint32_t *part = weft_alloc(e->n, sizeof *part), place = e->place;
    if (!part) return weft_fail(err, WEFT_E_NOMEM, "index: a cell of %zu rows", e->n);
    weft_status status = choose_parts(d, e, k, part, err);
    for (size_t p = 0; p < k && !status; p++) /* the first part stays in the old place */
        status = close_part(d, e, part, p, &place, err);
    weft_free(part);
    return status;
}

/* ---- the whole ---- */

static weft_status draft_init(draft *d, const weft_ivf *old, size_t rows, weft_err *err) {
    *d = (draft){0};
    weft_status status = weft_ivf_share(&d->ivf, old, rows, err);
    if (status) return status;
    const weft_space *space = old->space;
    d->slots = old->group_count * WEFT_IVF_GROUP_CELLS;
    d->edits = weft_calloc(d->slots, sizeof(edit *));
    d->own_group = weft_calloc(old->group_count, sizeof *d->own_group);
    d->own_page = weft_calloc(d->ivf->page_count, sizeof *d->own_page);
    d->centroids = weft_alloc(d->slots, space->head * sizeof *d->centroids);
    d->norms = weft_alloc(d->slots, sizeof *d->norms);
    if (!d->edits || !d->own_group || !d->own_page || !d->centroids || !d->norms)
        return weft_fail(err, WEFT_E_NOMEM, "index: a change of %zu cells", old->cell_count);
    for (size_t slot = 0; slot < d->slots; slot++) {
        const weft_ivf_group *group = old->groups[slot / WEFT_IVF_GROUP_CELLS];
        size_t c = slot % WEFT_IVF_GROUP_CELLS;
        float *centroid = d->centroids + slot * space->head;
        d->norms[slot] = c < group->n ? 0 : INFINITY;
        if (c >= group->n) continue;
        weft_quant_decode(&space->heads, group->centroids + c * space->heads.stride, centroid);
        for (size_t j = 0; j < space->head; j++) d->norms[slot] += centroid[j] * centroid[j] / 2;
    }
    for (size_t j = 0; j < space->head; j++) d->spread_unit += space->head_variance[j];
    return weft_space_bench_init(&d->bench, space, err);
}

static void draft_deinit(draft *d) {
    for (size_t i = 0; d->edits && i < d->slots; i++) edit_free(d->edits[i]);
    weft_space_bench_deinit(&d->bench);
    weft_free(d->edits);
    weft_free(d->own_group);
    weft_free(d->own_page);
    weft_free(d->centroids);
    weft_free(d->norms);
}

/* An index without rows has learned no space yet: it is built from the first ones. */
static weft_status build_first(weft_index **out, const weft_index *old,
                               const weft_index_change *changes, size_t n, weft_err *err) {
    weft_index *flat, *changed;
    weft_status status = weft_index_flat_new(&flat, &(weft_index_source){.dim = old->dim}, err);
    if (status) return status;
    status = weft_index_apply(&changed, flat, changes, n, err);
    weft_index_free(flat);
    if (status) return status;
    float *vectors = weft_calloc(changed->rows, old->dim * sizeof *vectors);
    if (!vectors) status = weft_fail(err, WEFT_E_NOMEM, "index of %zu rows", changed->rows);
    for (uint32_t row = 0; row < changed->rows && !status; row++)
        weft_index_vector(changed, row, vectors + row * old->dim);
    const weft_index_source source = {
        .vectors = vectors, .rows = changed->rows, .dim = old->dim, .present = &changed->present};
    if (!status) status = weft_index_ivf_new(out, &source, err);
    weft_free(vectors);
    weft_index_free(changed);
    return status;
}

weft_status weft_ivf_apply(weft_index **out, const weft_index *old,
                           const weft_index_change *changes, size_t n, weft_err *err) {
    if (((const weft_ivf *)old)->cell_count == 0) return build_first(out, old, changes, n, err);
    size_t rows = old->rows;
    for (size_t i = 0; i < n; i++)
        if ((changes[i].vector || changes[i].moves) && changes[i].row >= rows)
            rows = (size_t)changes[i].row + 1;
    draft d;
    weft_status status = draft_init(&d, (const weft_ivf *)old, rows, err);
    for (size_t i = 0; i < n && !status; i++) {
        const weft_index_change *change = &changes[i];
        if (change->moves && change->from == change->row) continue;
        status = remove_row(&d, change->row, err);
        if (!status && change->moves) status = rename_row(&d, change->row, change->from, err);
        else if (!status && change->vector) status = add_row(&d, change, err);
    }
    for (size_t i = 0; i < d.slots && !status; i++)
        if (d.edits[i]) status = close_cell(&d, d.edits[i], err);
    draft_deinit(&d);
    if (status && d.ivf) weft_index_free(&d.ivf->base);
    else if (!status) *out = &d.ivf->base;
    return status;
}
