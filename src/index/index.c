/* Building an index and looking into it; the search is in index_flat.c. */
#include "index/index.h"

#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/mem.h"
#include "index/index_internal.h"

enum { DIM_MAX = 65536 };

static weft_status check_shape(const float *vectors, size_t rows, size_t dim,
                               const weft_bitset *present, weft_err *err) {
    if (dim == 0 || dim > DIM_MAX)
        return weft_fail(err, WEFT_E_INVALID, "index: dimension %zu, must be 1 to %d", dim,
                         (int)DIM_MAX);
    if (rows > UINT32_MAX)
        return weft_fail(err, WEFT_E_INVALID, "index: %zu rows, limit %u", rows, UINT32_MAX);
    if (rows > 0 && !vectors)
        return weft_fail(err, WEFT_E_INVALID, "index: %zu rows but no vectors", rows);
    if (present && present->count != rows)
        return weft_fail(err, WEFT_E_INVALID, "index: %zu rows but present has %zu", rows,
                         present->count);
    return WEFT_OK;
}

static weft_status copy_present(weft_index *index, const weft_bitset *present, weft_err *err) {
    weft_status status = weft_bitset_init(&index->present, index->rows, err);
    if (status || index->rows == 0) return status;
    weft_bitset_fill(&index->present);
    if (present) weft_bitset_and(&index->present, present);
    return WEFT_OK;
}

/* NaN would make the order of hits meaningless and infinity the error bound. */
static weft_status copy_row(weft_index *index, size_t row, const float *x, weft_err *err) {
    for (size_t j = 0; j < index->dim; j++)
        if (!isfinite(x[j]))
            return weft_fail(err, WEFT_E_INVALID, "index: row %zu, value %zu is not finite", row,
                             j);
    memcpy(index->vectors + row * index->stride, x, index->dim * sizeof *x);
    return WEFT_OK;
}

static weft_status copy_vectors(weft_index *index, const float *vectors, weft_err *err) {
    size_t dim = index->dim;
    index->stride = (dim + WEFT_DOT_FLOAT_PAD - 1) / WEFT_DOT_FLOAT_PAD * WEFT_DOT_FLOAT_PAD;
    index->vectors = weft_alloc_aligned(index->rows, index->stride * sizeof *index->vectors);
    if (!index->vectors)
        return weft_fail(err, WEFT_E_NOMEM, "index: %zu vectors of %zu float32", index->rows, dim);
    memset(index->vectors, 0, index->rows * index->stride * sizeof *index->vectors);
    weft_status status = WEFT_OK;
    for (size_t row = 0; row < index->rows && !status; row++)
        if (weft_bitset_get(&index->present, row))
            status = copy_row(index, row, vectors + row * dim, err);
    return status;
}

weft_status weft_index_flat_new(weft_index **out, const float *vectors, size_t rows, size_t dim,
                                const weft_bitset *present, weft_err *err) {
    *out = NULL;
    weft_status status = check_shape(vectors, rows, dim, present, err);
    if (status) return status;
    weft_index *index = weft_calloc(1, sizeof *index);
    if (!index) return weft_fail(err, WEFT_E_NOMEM, "index of %zu rows", rows);
    index->rows = rows;
    index->dim = dim;
    index->dot = weft_dot_for(weft_cpu_level());
    if ((status = copy_present(index, present, err))) goto cleanup;
    if ((status = copy_vectors(index, vectors, err))) goto cleanup;
    const weft_quant_input input = {.vectors = index->vectors,
                                    .rows = rows,
                                    .dim = dim,
                                    .float_stride = index->stride,
                                    .present = &index->present};
    status = weft_quant_init(&index->quant, &input, err);
cleanup:
    if (status) {
        weft_index_free(index);
    } else {
        *out = index;
    }
    return status;
}

void weft_index_free(weft_index *index) {
    if (!index) return;
    weft_quant_deinit(&index->quant);
    weft_bitset_deinit(&index->present);
    weft_free(index->vectors);
    weft_free(index);
}

size_t weft_index_dim(const weft_index *index) { return index->dim; }

size_t weft_index_rows(const weft_index *index) { return index->rows; }

const weft_bitset *weft_index_present(const weft_index *index) { return &index->present; }

const float *weft_index_vector(const weft_index *index, uint32_t row) {
    if (row >= index->rows || !weft_bitset_get(&index->present, row)) return NULL;
    return index->vectors + (size_t)row * index->stride;
}
