#include "recommend/tastes.h"

#include <math.h>

#include "base/mem.h"
#include "index/index_float.h"

/* From so many products on an inverted file is searched, below every row. */
enum { IVF_FROM = 4000 };

static float norm(const float *vector, size_t dim) {
    return sqrtf(weft_float_dot(vector, vector, dim));
}

static void find_items(weft_tastes *tastes, const weft_catalog *catalog) {
    size_t dim = weft_collaborative_dim(tastes->model);
    for (uint32_t row = 0; row < tastes->rows; row++) {
        uint32_t item;
        const char *id = weft_catalog_product(catalog, row)->product_id;
        tastes->row_item[row] = UINT32_MAX;
        if (!weft_collaborative_find(tastes->model, id, &item)) continue;
        float length = norm(weft_collaborative_factor(tastes->model, item), dim);
        if (length <= 0) continue;
        tastes->row_item[row] = item;
        if (length > tastes->longest) tastes->longest = length;
    }
}

/* A factor x becomes (x / longest, sqrt(1 - |x|^2 / longest^2)): of length 1, and its inner
 * product with (y, 0) is x . y / longest (Bachrach et al., "Speeding Up the Xbox Recommender
 * System Using a Euclidean Transformation for Inner-Product Spaces", RecSys 2014). */
static void lengthen(const weft_tastes *tastes, const float *factor, size_t dim, float *out) {
    float squares = 0;
    for (size_t i = 0; i < dim; i++) {
        out[i] = factor[i] / tastes->longest;
        squares += out[i] * out[i];
    }
    out[dim] = squares < 1 ? sqrtf(1 - squares) : 0;
}

static weft_status make_index(weft_tastes *tastes, weft_err *err) {
    weft_bitset present;
    size_t dim = weft_collaborative_dim(tastes->model), n = 0;
    weft_status status = weft_bitset_init(&present, tastes->rows, err);
    if (status) return status;
    float *vectors = weft_calloc(tastes->rows, (dim + 1) * sizeof *vectors);
    if (!vectors) status = weft_fail(err, WEFT_E_NOMEM, "tastes");
    for (uint32_t row = 0; row < tastes->rows && !status; row++) {
        if (tastes->row_item[row] == UINT32_MAX) continue;
        lengthen(tastes, weft_collaborative_factor(tastes->model, tastes->row_item[row]), dim,
                 vectors + row * (dim + 1));
        weft_bitset_set(&present, row);
        n++;
    }
    const weft_index_source source = {.vectors = vectors,
                                      .rows = tastes->rows,
                                      .dim = dim + 1,
                                      .present = &present,
                                      .threads = 1};
    if (!status)
        status = n >= IVF_FROM ? weft_index_ivf_new(&tastes->index, &source, err)
                               : weft_index_flat_new(&tastes->index, &source, err);
    weft_free(vectors);
    weft_bitset_deinit(&present);
    return status;
}

weft_status weft_tastes_new(weft_tastes **out, const weft_catalog *catalog,
                            const weft_collaborative *model, weft_err *err) {
    weft_tastes *tastes = weft_calloc(1, sizeof *tastes);
    *out = NULL;
    if (!tastes) return weft_fail(err, WEFT_E_NOMEM, "tastes");
    tastes->model = model;
    tastes->rows = weft_catalog_rows(catalog);
    tastes->row_item = weft_calloc(tastes->rows ? tastes->rows : 1, sizeof *tastes->row_item);
    weft_status status = tastes->row_item ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "tastes");
    if (!status) {
        find_items(tastes, catalog);
        if (tastes->longest > 0) status = make_index(tastes, err);
    }
    if (status) weft_tastes_free(tastes);
    else *out = tastes;
    return status;
}

void weft_tastes_free(weft_tastes *tastes) {
    if (!tastes) return;
    weft_free(tastes->row_item);
    weft_index_free(tastes->index);
    weft_free(tastes);
}

float weft_tastes_query(const weft_tastes *tastes, const float *factor, float *query) {
    size_t dim = weft_collaborative_dim(tastes->model);
    float length = norm(factor, dim);
    for (size_t i = 0; i < dim; i++) query[i] = factor[i] / length;
    query[dim] = 0;
    return length * tastes->longest;
}
