/* Does an inverted file hang together? Every row in exactly one cell, every cell within
 * its limits, every centroid the mean of what it stands for. */
#include <math.h>
#include <stdlib.h>

#include "index/index_ivf.h"

/* Means of codes are rounded. */
static const double TOLERANCE = 0.51;

static weft_status check_centroid(const weft_ivf *ivf, size_t number, size_t c, weft_err *err) {
    const weft_ivf_group *group = ivf->groups[number];
    const weft_ivf_cell *cell = &group->cells[c];
    const weft_quant *heads = &ivf->space->heads;
    if (!(group->spread[c] >= 0) || isinf(group->spread[c]))
        return weft_fail(err, WEFT_E_FORMAT, "group %zu, cell %zu: a spread of %g", number, c,
                         (double)group->spread[c]);
    for (size_t j = 0; j < heads->dim && cell->n; j++) {
        long sum = 0;
        for (size_t i = 0; i < cell->n; i++) sum += cell->heads[i * heads->stride + j];
        double mean = (double)sum / cell->n;
        if (fabs(mean - group->centroids[c * heads->stride + j]) > TOLERANCE)
            return weft_fail(err, WEFT_E_FORMAT,
                             "group %zu, cell %zu: the centroid is not the mean of its %u rows",
                             number, c, cell->n);
    }
    return WEFT_OK;
}

/* What searches compare first must be what centroids and spreads say. */
static weft_status check_lead(const weft_ivf *ivf, size_t number, size_t c, weft_err *err) {
    const weft_ivf_group *group = ivf->groups[number];
    const int8_t *centroid = group->centroids + c * ivf->space->heads.stride;
    for (size_t j = 0; j < WEFT_IVF_LEAD; j++)
        if (*weft_ivf_lead_at(group, c, j) != (uint8_t)(centroid[j] + 128))
            return weft_fail(err, WEFT_E_FORMAT,
                             "group %zu, cell %zu: the lead is not its centroid's", number, c);
    if (group->spread[c] > group->widest[c / WEFT_DOT_BLOCK])
        return weft_fail(
            err, WEFT_E_FORMAT, "group %zu, cell %zu: a spread of %g, but its block's widest is %g",
            number, c, (double)group->spread[c], (double)group->widest[c / WEFT_DOT_BLOCK]);
    return WEFT_OK;
}

static weft_status check_rows(const weft_ivf *ivf, size_t number, size_t c, size_t *total,
                              weft_err *err) {
    const weft_ivf_cell *cell = &ivf->groups[number]->cells[c];
    if (cell->n > WEFT_IVF_CELL_MAX)
        return weft_fail(err, WEFT_E_FORMAT, "group %zu, cell %zu: %u rows, limit %d", number, c,
                         cell->n, (int)WEFT_IVF_CELL_MAX);
    for (size_t i = 0; i < cell->n; i++) {
        uint32_t row = cell->rows[i];
        if (row >= ivf->base.rows || !weft_bitset_get(&ivf->base.present, row))
            return weft_fail(err, WEFT_E_FORMAT, "group %zu, cell %zu: row %u is not in the index",
                             number, c, row);
        if (*weft_ivf_place_of(ivf, row) != weft_ivf_place(number, c))
            return weft_fail(err, WEFT_E_FORMAT, "row %u is in group %zu, cell %zu and elsewhere",
                             row, number, c);
    }
    *total += cell->n;
    return WEFT_OK;
}

weft_status weft_ivf_verify(const weft_index *index, weft_err *err) {
    const weft_ivf *ivf = (const weft_ivf *)index;
    size_t total = 0, cells = 0;
    for (size_t g = 0; g < ivf->group_count; g++) {
        if (ivf->groups[g]->n > WEFT_IVF_GROUP_CELLS)
            return weft_fail(err, WEFT_E_FORMAT, "group %zu: %u cells, limit %d", g,
                             ivf->groups[g]->n, (int)WEFT_IVF_GROUP_CELLS);
        cells += ivf->groups[g]->n;
        for (size_t c = 0; c < ivf->groups[g]->n; c++) {
            weft_status status = check_rows(ivf, g, c, &total, err);
            if (!status) status = check_centroid(ivf, g, c, err);
            if (!status) status = check_lead(ivf, g, c, err);
            if (status) return status;
        }
    }
    /* No row twice, by their places, and as many as there are: so each is reached once. */
    if (total != index->present_count || total != weft_bitset_popcount(&index->present))
        return weft_fail(err, WEFT_E_FORMAT, "%zu rows in cells, %zu in the index", total,
                         index->present_count);
    if (cells != ivf->cell_count)
        return weft_fail(err, WEFT_E_FORMAT, "%zu cells, counted as %zu", cells, ivf->cell_count);
    return WEFT_OK;
}
