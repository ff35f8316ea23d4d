#include "recommend/collaborative.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_dot.h"
#include "index/index_topk.h"
#include "recommend/collaborative_internal.h"

#define WEIGHT_MAX 1e6f

_Static_assert((int)WEFT_COLLABORATIVE_DIM_MAX == (int)WEFT_RIDGE_DIM_MAX, "room on the stack");
_Static_assert(WEFT_RIDGE_LANES % WEFT_DOT_FLOAT_PAD == 0, "a factor is a row for weft_dot");

/* ---- what is accepted ---- */

bool weft_collaborative_dim_fits(size_t dim) {
    return dim > 0 && dim <= WEFT_COLLABORATIVE_DIM_MAX && dim % WEFT_RIDGE_LANES == 0;
}

bool weft_collaborative_unobserved_fits(float weight) {
    return weight >= WEFT_COLLABORATIVE_UNOBSERVED_MIN &&
           weight <= WEFT_COLLABORATIVE_UNOBSERVED_MAX;
}

bool weft_collaborative_regularization_fits(float regularization) {
    return regularization >= WEFT_COLLABORATIVE_REGULARIZATION_MIN &&
           regularization <= WEFT_COLLABORATIVE_REGULARIZATION_MAX;
}

weft_status weft_collaborative_check_weight(float weight, size_t number, weft_err *err) {
    if (weight > 0 && weight <= WEIGHT_MAX) return WEFT_OK;
    return weft_fail(err, WEFT_E_INVALID, "interaction %zu: weight %g is not in (0, %g]", number,
                     (double)weight, (double)WEIGHT_MAX);
}

bool weft_collaborative_factors_fit(const float *factors, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(factors[i]) <= WEFT_COLLABORATIVE_FACTOR_MAX)) return false;
    return true;
}

/* ---- making one ---- */

static weft_status set_ids(weft_collaborative *model, const char *const *ids, weft_err *err) {
    for (size_t i = 0; i < model->items; i++) model->text_size += strlen(ids[i]) + 1;
    model->text = weft_alloc(model->text_size, 1);
    if (!model->text) return weft_fail(err, WEFT_E_NOMEM, "ids of %zu items", model->items);
    char *at = model->text;
    for (size_t i = 0; i < model->items; i++) {
        size_t size = strlen(ids[i]) + 1;
        if (size == 1) return weft_fail(err, WEFT_E_INVALID, "item %zu has no id", i);
        model->ids[i] = memcpy(at, ids[i], size);
        weft_status status = weft_id_map_add(&model->numbers, model->ids[i], (uint32_t)i);
        if (status == WEFT_E_CONFLICT)
            return weft_fail(err, WEFT_E_INVALID, "item '%.100s' is there twice", ids[i]);
        if (status) return weft_fail(err, status, "ids of %zu items", model->items);
        at += size;
    }
    return WEFT_OK;
}

weft_status weft_collaborative_new(weft_collaborative **out, const weft_collaborative *shape,
                                   const char *const *ids, weft_err *err) {
    size_t dim = shape->dim, items = shape->items;
    *out = NULL;
    if (items >= UINT32_MAX) return weft_fail(err, WEFT_E_LIMIT, "%zu items", items);
    weft_collaborative *model = weft_calloc(1, sizeof *model);
    if (!model) return weft_fail(err, WEFT_E_NOMEM, "model");
    *model = (weft_collaborative){.dim = dim,
                                  .items = items,
                                  .users = shape->users,
                                  .unobserved = shape->unobserved,
                                  .regularization = shape->regularization};
    weft_id_map_init(&model->numbers);
    model->factors = weft_alloc_aligned(items, dim * sizeof *model->factors);
    model->norms = weft_alloc(items, sizeof *model->norms);
    model->item_gram = weft_alloc_aligned(dim, dim * sizeof *model->item_gram);
    model->user_gram = weft_alloc_aligned(dim, dim * sizeof *model->user_gram);
    model->ids = weft_alloc(items, sizeof *model->ids);
    weft_status status = WEFT_OK;
    if (!model->factors || !model->norms || !model->item_gram || !model->user_gram || !model->ids)
        status = weft_fail(err, WEFT_E_NOMEM, "factors of %zu items", items);
    if (!status) status = set_ids(model, ids, err);
    if (status) weft_collaborative_free(model);
    else *out = model;
    return status;
}

void weft_collaborative_complete(weft_collaborative *model) {
    weft_ridge_gram(model->factors, model->items, model->dim, model->item_gram);
    for (size_t i = 0; i < model->items; i++) {
        const float *factor = model->factors + i * model->dim;
        double sum = 0;
        for (size_t j = 0; j < model->dim; j++) sum += (double)factor[j] * (double)factor[j];
        model->norms[i] = (float)sqrt(sum);
    }
}

void weft_collaborative_free(weft_collaborative *model) {
    if (!model) return;
    weft_id_map_deinit(&model->numbers);
    weft_free(model->factors);
    weft_free(model->norms);
    weft_free(model->item_gram);
    weft_free(model->user_gram);
    weft_free(model->text);
    weft_free(model->ids);
    weft_free(model);
}

/* ---- what it knows ---- */

size_t weft_collaborative_dim(const weft_collaborative *model) { return model->dim; }
size_t weft_collaborative_items(const weft_collaborative *model) { return model->items; }

bool weft_collaborative_find(const weft_collaborative *model, const char *id, uint32_t *item) {
    return weft_id_map_get(&model->numbers, id, item);
}

const char *weft_collaborative_id(const weft_collaborative *model, uint32_t item) {
    return model->ids[item];
}

const float *weft_collaborative_factor(const weft_collaborative *model, uint32_t item) {
    return model->factors + item * model->dim;
}

/* ---- asking ---- */

static weft_status solve(const weft_ridge *ridge, const weft_ridge_known *known, float *factor,
                         weft_err *err) {
    for (size_t i = 0; i < known->n; i++) {
        weft_status status = weft_collaborative_check_weight(known->weights[i], i, err);
        if (status) return status;
    }
    float *scratch = weft_alloc_aligned(ridge->dim, ridge->dim * sizeof *scratch);
    if (!scratch) return weft_fail(err, WEFT_E_NOMEM, "a factor of %zu numbers", ridge->dim);
    weft_ridge_solve(ridge, known, scratch, factor);
    weft_free(scratch);
    return WEFT_OK;
}

weft_status weft_collaborative_fold_in(const weft_collaborative *model, const uint32_t *items,
                                       const float *weights, size_t n, float *factor,
                                       weft_err *err) {
    for (size_t i = 0; i < n; i++)
        if (items[i] >= model->items)
            return weft_fail(err, WEFT_E_INVALID, "interaction %zu: item %u of %zu", i, items[i],
                             model->items);
    const weft_ridge ridge = {.gram = model->item_gram,
                              .rows = model->items,
                              .dim = model->dim,
                              .unobserved = model->unobserved,
                              .regularization = model->regularization};
    return solve(&ridge,
                 &(weft_ridge_known){
                     .factors = model->factors, .numbers = items, .weights = weights, .n = n},
                 factor, err);
}

static float score(const weft_collaborative *model, const weft_dot *dot, const double *query,
                   size_t item) {
    return (float)dot->floats(model->factors + item * model->dim, query, model->dim);
}

void weft_collaborative_scores(const weft_collaborative *model, const float *factor,
                               const uint32_t *items, size_t n, float *scores) {
    _Alignas(64) double query[WEFT_COLLABORATIVE_DIM_MAX];
    const weft_dot *dot = weft_dot_for(weft_cpu_level());
    for (size_t j = 0; j < model->dim; j++) query[j] = (double)factor[j];
    for (size_t i = 0; i < n; i++) scores[i] = score(model, dot, query, items ? items[i] : i);
}

void weft_collaborative_similar(const weft_collaborative *model, uint32_t item, size_t k,
                                weft_hit *hits, size_t *n) {
    _Alignas(64) double query[WEFT_COLLABORATIVE_DIM_MAX];
    const weft_dot *dot = weft_dot_for(weft_cpu_level());
    const float *factor = weft_collaborative_factor(model, item);
    weft_topk top = {.hits = hits, .k = k};
    *n = 0;
    if (k == 0 || !(model->norms[item] > 0)) return;
    for (size_t j = 0; j < model->dim; j++)
        query[j] = (double)factor[j] / (double)model->norms[item];
    for (size_t i = 0; i < model->items; i++) {
        if (i == item || !(model->norms[i] > 0)) continue;
        float cosine = score(model, dot, query, i) / model->norms[i];
        if (weft_topk_admits(&top, cosine))
            weft_topk_push(&top, (weft_hit){.row = (uint32_t)i, .score = cosine});
    }
    weft_topk_sort(&top);
    *n = top.n;
}

/* ---- new items ---- */

weft_status weft_collaborative_learn(const weft_collaborative *model, const float *users,
                                     const float *weights, size_t n, float *factor, weft_err *err) {
    for (size_t i = 0; i < n; i++)
        if (!weft_collaborative_factors_fit(users + i * model->dim, model->dim))
            return weft_fail(err, WEFT_E_INVALID, "interaction %zu: this is no user's factor", i);
    const weft_ridge ridge = {.gram = model->user_gram,
                              .rows = model->users,
                              .dim = model->dim,
                              .unobserved = model->unobserved,
                              .regularization = model->regularization};
    return solve(&ridge, &(weft_ridge_known){.factors = users, .weights = weights, .n = n}, factor,
                 err);
}

/* ids[] becomes the old ids and the new ones after them, *count how many. */
static weft_status join_ids(const weft_collaborative *old, const weft_collaborative_item *items,
                            size_t n, const char **ids, size_t *count, weft_err *err) {
    if (old->items) memcpy(ids, old->ids, old->items * sizeof *ids);
    *count = old->items;
    for (size_t i = 0; i < n; i++) {
        if (!weft_collaborative_factors_fit(items[i].factor, old->dim))
            return weft_fail(err, WEFT_E_INVALID, "item '%.100s': this is no factor", items[i].id);
        if (!weft_collaborative_find(old, items[i].id, NULL)) ids[(*count)++] = items[i].id;
    }
    return WEFT_OK;
}

static void set_factors(weft_collaborative *model, const weft_collaborative *old,
                        const weft_collaborative_item *items, size_t n) {
    size_t size = model->dim * sizeof *model->factors;
    memcpy(model->user_gram, old->user_gram, model->dim * size);
    memcpy(model->factors, old->factors, old->items * size);
    for (size_t i = 0; i < n; i++) {
        uint32_t number = 0;
        weft_collaborative_find(model, items[i].id, &number); /* it is there by now */
        memcpy(model->factors + number * model->dim, items[i].factor, size);
    }
    weft_collaborative_complete(model);
}

weft_status weft_collaborative_apply(weft_collaborative **fresh, const weft_collaborative *old,
                                     const weft_collaborative_item *items, size_t n,
                                     weft_err *err) {
    weft_collaborative shape = *old;
    size_t most;
    *fresh = NULL;
    if (!weft_add_size(old->items, n, &most)) return weft_fail(err, WEFT_E_LIMIT, "%zu items", n);
    const char **ids = weft_alloc(most, sizeof *ids);
    if (!ids) return weft_fail(err, WEFT_E_NOMEM, "%zu items", most);
    weft_status status = join_ids(old, items, n, ids, &shape.items, err);
    if (!status) status = weft_collaborative_new(fresh, &shape, ids, err);
    if (!status) set_factors(*fresh, old, items, n);
    weft_free(ids);
    return status;
}
