#include "recommend/collaborative_table.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { ROUNDS = 30 };

typedef weft_collaborative_table table;

/* ---- sorting ---- */

void weft_collaborative_table_deinit(table *t) {
    weft_free(t->first);
    weft_free(t->numbers);
    weft_free(t->weights);
}

/* Room for n entries; first[row + 1] is for counting. */
static weft_status reserve(table *t, size_t rows, size_t n, weft_err *err) {
    *t = (table){.rows = rows,
                 .first = weft_calloc(rows + 1, sizeof *t->first),
                 .numbers = weft_alloc(n, sizeof *t->numbers),
                 .weights = weft_alloc(n, sizeof *t->weights)};
    if (t->first && t->numbers && t->weights) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOMEM, "%zu interactions", n);
}

/* Counts become where each row begins; put moves these on and settle back. */
static void add_counts(table *t) {
    for (size_t row = 0; row < t->rows; row++) t->first[row + 1] += t->first[row];
}

static void put(table *t, size_t row, size_t number, float weight) {
    size_t at = t->first[row]++;
    t->numbers[at] = (uint32_t)number;
    t->weights[at] = weight;
}

static void settle(table *t) {
    memmove(t->first + 1, t->first, t->rows * sizeof *t->first);
    t->first[0] = 0;
}

static weft_status sort_by_item(table *t, const weft_collaborative_log *log, weft_err *err) {
    const weft_interaction *x = log->interactions;
    weft_status status = reserve(t, log->items, log->n, err);
    if (status) return status;
    for (size_t i = 0; i < log->n; i++) t->first[x[i].item + 1]++;
    add_counts(t);
    for (size_t i = 0; i < log->n; i++) put(t, x[i].item, x[i].user, x[i].weight);
    settle(t);
    return WEFT_OK;
}

/* The same by the other side, whose entries come in the order of this one's rows. */
static weft_status turn(table *t, const table *from, size_t rows, weft_err *err) {
    size_t n = from->first[from->rows];
    weft_status status = reserve(t, rows, n, err);
    if (status) return status;
    for (size_t i = 0; i < n; i++) t->first[from->numbers[i] + 1]++;
    add_counts(t);
    for (size_t row = 0; row < from->rows; row++)
        for (size_t i = from->first[row]; i < from->first[row + 1]; i++)
            put(t, from->numbers[i], row, from->weights[i]);
    settle(t);
    return WEFT_OK;
}

weft_status weft_collaborative_tables_init(table *users, table *items,
                                           const weft_collaborative_log *log, weft_err *err) {
    table unsorted;
    *users = *items = (table){0};
    weft_status status = sort_by_item(&unsorted, log, err);
    if (!status) status = turn(users, &unsorted, log->users, err); /* items ascend within */
    if (!status) status = turn(items, users, log->items, err);
    weft_collaborative_table_deinit(&unsorted);
    return status;
}

/* ---- how strong what happened is ---- */

/* scale[rows]: 1 / the root of what each row's penalty is in proportion to (ridge.h). */
static void fill_scales(const table *t, double unobserved, double *scale) {
    for (size_t row = 0; row < t->rows; row++) {
        double sum = unobserved;
        for (size_t i = t->first[row]; i < t->first[row + 1]; i++) sum += (double)t->weights[i];
        scale[row] = sum > 0 ? 1 / sqrt(sum) : 0;
    }
}

/* out[rows] = scale . table . x, and of that the length. */
static double multiply(const table *t, const double *scale, const double *x, double *out) {
    double length = 0;
    for (size_t row = 0; row < t->rows; row++) {
        double sum = 0;
        for (size_t i = t->first[row]; i < t->first[row + 1]; i++)
            sum += (double)t->weights[i] * x[t->numbers[i]];
        out[row] = sum * scale[row];
        length += out[row] * out[row];
    }
    return sqrt(length);
}

static void rescale(double *x, const double *scale, size_t n, double length) {
    for (size_t i = 0; i < n; i++) x[i] *= scale[i] / length;
}

/* Near 0 the objective is that of x_u = w y_i / (regularization mass_u) and the other way round:
 * factors grow out of it if, and only if, the regularization is below the largest singular value
 * of the table whose entries are divided by the roots of both masses. Found by power iteration;
 * no entry is negative, so that it can begin with ones. */
weft_status weft_collaborative_table_limit(const table *users, const table *items, float unobserved,
                                           double *limit, weft_err *err) {
    size_t n = users->rows + items->rows;
    double *x = weft_alloc(n, 2 * sizeof *x);
    *limit = 0;
    if (!x) return weft_fail(err, WEFT_E_NOMEM, "%zu users and items", n);
    double *y = x + items->rows, *item_scale = y + users->rows;
    double *user_scale = item_scale + items->rows, length = 1;
    fill_scales(users, (double)unobserved * (double)items->rows, user_scale);
    fill_scales(items, (double)unobserved * (double)users->rows, item_scale);
    for (size_t i = 0; i < items->rows; i++) x[i] = 1;
    for (size_t round = 0; round < ROUNDS && length > 0; round++) {
        rescale(x, item_scale, items->rows, length);
        double grown = multiply(users, user_scale, x, y);
        rescale(y, user_scale, users->rows, 1);
        length = multiply(items, item_scale, y, x);
        if (grown > 0) *limit = length / grown;
    }
    weft_free(x);
    return WEFT_OK;
}
