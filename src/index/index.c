/* What every index has; the engines are in index_flat.c and index_ivf*.c. */
#include "index/index.h"

#include <math.h>

#include "base/mem.h"
#include "index/index_internal.h"
#include "index/index_work.h"

enum { DIM_MAX = 65536 };

static weft_status check_row(const float *x, size_t dim, size_t row, weft_err *err) {
    for (size_t j = 0; j < dim; j++)
        if (!isfinite(x[j]))
            return weft_fail(err, WEFT_E_INVALID, "index: row %zu, value %zu is not finite", row,
                             j);
    return WEFT_OK;
}

weft_status weft_index_check_source(const weft_index_source *source, weft_err *err) {
    size_t rows = source->rows, dim = source->dim;
    if (dim == 0 || dim > DIM_MAX)
        return weft_fail(err, WEFT_E_INVALID, "index: dimension %zu, must be 1 to %d", dim,
                         (int)DIM_MAX);
    if (rows > UINT32_MAX)
        return weft_fail(err, WEFT_E_INVALID, "index: %zu rows, limit %u", rows, UINT32_MAX);
    if (rows > 0 && !source->vectors)
        return weft_fail(err, WEFT_E_INVALID, "index: %zu rows but no vectors", rows);
    if (source->present && source->present->count != rows)
        return weft_fail(err, WEFT_E_INVALID, "index: %zu rows but present has %zu", rows,
                         source->present->count);
    for (size_t row = 0; row < rows; row++) {
        if (source->present && !weft_bitset_get(source->present, row)) continue;
        /* NaN would make the order of hits meaningless and infinity the error bound. */
        weft_status status = check_row(source->vectors + row * dim, dim, row, err);
        if (status) return status;
    }
    return WEFT_OK;
}

weft_status weft_index_init(weft_index *index, const weft_index_engine *engine,
                            const weft_index_source *source, weft_err *err) {
    index->engine = engine;
    index->rows = source->rows;
    index->dim = source->dim;
    weft_status status = weft_bitset_init(&index->present, index->rows, err);
    if (status || index->rows == 0) return status;
    weft_bitset_fill(&index->present);
    if (source->present) weft_bitset_and(&index->present, source->present);
    index->present_count = weft_bitset_popcount(&index->present);
    return WEFT_OK;
}

weft_status weft_index_apply(weft_index **fresh, const weft_index *old,
                             const weft_index_change *changes, size_t n, weft_err *err) {
    *fresh = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!changes[i].vector) continue;
        weft_status status = check_row(changes[i].vector, old->dim, changes[i].row, err);
        if (status) return status;
    }
    return old->engine->apply(fresh, old, changes, n, err);
}

double weft_index_wear(const weft_index *index) { return index->engine->wear(index); }

weft_status weft_index_verify(const weft_index *index, weft_err *err) {
    return index->engine->verify(index, err);
}

void weft_index_free(weft_index *index) {
    if (index) index->engine->free(index);
}

const char *weft_index_engine_name(const weft_index *index) { return index->engine->name; }

size_t weft_index_dim(const weft_index *index) { return index->dim; }

size_t weft_index_rows(const weft_index *index) { return index->rows; }

const weft_bitset *weft_index_present(const weft_index *index) { return &index->present; }

bool weft_index_vector(const weft_index *index, uint32_t row, float *out) {
    if (row >= index->rows || !weft_bitset_get(&index->present, row)) return false;
    if (!index->engine->vector) return false;
    index->engine->vector(index, row, out);
    return true;
}

size_t weft_index_count_allowed(const weft_index *index, const weft_bitset *allow, size_t enough) {
    if (!allow) return index->present_count;
    size_t total = 0;
    for (size_t w = 0; w * 64 < index->rows && total < enough; w++)
        total += (size_t)__builtin_popcountll(weft_index_allowed_word(index, allow, w));
    return total;
}

static weft_status check_query(const float *query, size_t dim, weft_err *err) {
    for (size_t j = 0; j < dim; j++)
        if (!isfinite(query[j]))
            return weft_fail(err, WEFT_E_INVALID, "search: query value %zu is not finite", j);
    return WEFT_OK;
}

weft_status weft_index_search(const weft_index *index, const weft_index_query *query,
                              weft_hit *hits, size_t *n, weft_err *err) {
    *n = 0;
    weft_status status = check_query(query->query, index->dim, err);
    weft_index_query possible = *query;
    if (possible.k > index->present_count) possible.k = index->present_count;
    if (status || possible.k == 0) return status;
    if (!(possible.reach > 0)) possible.reach = WEFT_INDEX_REACH;
    return index->engine->search(index, &possible, hits, n, err);
}

weft_status weft_index_scores(const weft_index *index, const float *query, const uint32_t *rows,
                              size_t n, float *scores, weft_err *err) {
    weft_status status = check_query(query, index->dim, err);
    if (status) return status;
    if (!index->engine->scores)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "the %s index has no vectors",
                         index->engine->name);
    /* Those that are present go to the front of a list of their own. */
    uint32_t *present = weft_alloc(n, sizeof *present + sizeof(float));
    if (!present) return weft_fail(err, WEFT_E_NOMEM, "scores of %zu rows", n);
    float *found = (float *)(present + n);
    size_t count = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        if (rows[i] < index->rows && weft_bitset_get(&index->present, rows[i]))
            present[count++] = rows[i];
    status = index->engine->scores(index, query, present, count, found, err);
    for (size_t i = 0; i < n && !status; i++)
        scores[i] = at < count && present[at] == rows[i] ? found[at++] : NAN;
    weft_free(present);
    return status;
}

/* ---- many queries ---- */

typedef struct {
    const weft_index *index;
    const weft_index_batch *batch;
    weft_hit *hits;
    size_t *counts;
} one_by_one;

static weft_status search_piece(void *context, size_t piece, weft_err *err) {
    const one_by_one *o = context;
    const weft_index_query query = {.query = o->batch->queries + piece * o->index->dim,
                                    .k = o->batch->k,
                                    .allow = o->batch->allow,
                                    .reach = o->batch->reach};
    return weft_index_search(o->index, &query, o->hits + piece * o->batch->k, &o->counts[piece],
                             err);
}

static weft_status search_one_by_one(const weft_index *index, const weft_index_batch *batch,
                                     weft_hit *hits, size_t *counts, weft_err *err) {
    const weft_index_source source = {.threads = batch->threads};
    one_by_one o = {index, batch, hits, counts};
    weft_work work;
    weft_status status = weft_work_init(&work, &source, batch->n, err);
    if (!status) status = weft_work_run(&work, search_piece, &o, batch->n, err);
    weft_work_deinit(&work);
    return status;
}

weft_status weft_index_search_batch(const weft_index *index, const weft_index_batch *batch,
                                    weft_hit *hits, size_t *counts, weft_err *err) {
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < batch->n; i++) counts[i] = 0;
    for (size_t i = 0; i < batch->n && !status; i++)
        status = check_query(batch->queries + i * index->dim, index->dim, err);
    if (status || batch->n == 0 || batch->k == 0 || index->present_count == 0) return status;
    /* More hits than rows are left to the loop, which needs no [n][present_count] of its own. */
    if (!index->engine->search_batch || batch->k > index->present_count)
        return search_one_by_one(index, batch, hits, counts, err);
    return index->engine->search_batch(index, batch, hits, counts, err);
}
