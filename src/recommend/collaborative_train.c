/* Alternating least squares: users from items, items from users, and again.
 *
 * Every row of a half is solved by itself from the other side as it stands, and sums over all
 * rows are made of parts, as many as the rows tell, added in order: which thread does what
 * changes nothing. The last half is that of the users, so that the model's user_gram is of the
 * users whom fold_in will have. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_random.h"
#include "index/index_work.h"
#include "recommend/collaborative_internal.h"
#include "recommend/collaborative_table.h"

enum { ITERATIONS = 16, ITERATIONS_MAX = 1000, PIECE = 64, PART = 256, PARTS_MAX = 64 };
static const float UNOBSERVED = 0.1f, REGULARIZATION = 0.1f, SPREAD = 0.1f;

typedef struct {
    weft_collaborative_table known;
    float *factors; /* [rows][dim] */
} side;

typedef struct {
    const weft_collaborative_log *log;
    weft_collaborative *model;
    side users, items;
    float *parts;            /* [PARTS_MAX][dim][dim]: of a sum over the other side */
    float *gram;             /* [dim][dim] */
    const side *own, *other; /* of the half that runs */
    weft_work work;
} training;

/* ---- halves ---- */

static size_t pieces_of(const side *s) { return (s->known.rows + PIECE - 1) / PIECE; }

static size_t parts_of(const side *s) {
    size_t parts = (s->known.rows + PART - 1) / PART;
    return parts < PARTS_MAX ? parts : PARTS_MAX;
}

static weft_status sum_part(void *context, size_t number, weft_err *err) {
    training *t = context;
    size_t rows = t->other->known.rows, parts = parts_of(t->other), dim = t->model->dim;
    size_t first = rows * number / parts, end = rows * (number + 1) / parts;
    (void)err;
    weft_ridge_gram(t->other->factors + first * dim, end - first, dim,
                    t->parts + number * dim * dim);
    return WEFT_OK;
}

/* gram becomes F'F of the other side. */
static weft_status sum_other(training *t, weft_err *err) {
    size_t size = t->model->dim * t->model->dim, parts = parts_of(t->other);
    weft_status status = weft_work_run(&t->work, sum_part, t, parts, err);
    if (status) return status;
    memset(t->gram, 0, size * sizeof *t->gram);
    for (size_t part = 0; part < parts; part++)
        for (size_t i = 0; i < size; i++) t->gram[i] += t->parts[part * size + i];
    return WEFT_OK;
}

static weft_status solve_piece(void *context, size_t number, weft_err *err) {
    const training *t = context;
    const weft_collaborative_table *known = &t->own->known;
    size_t dim = t->model->dim, first = number * PIECE;
    size_t end = known->rows - first < PIECE ? known->rows : first + PIECE;
    const weft_ridge ridge = {.gram = t->gram,
                              .rows = t->other->known.rows,
                              .dim = dim,
                              .unobserved = t->model->unobserved,
                              .regularization = t->model->regularization};
    float *scratch = weft_alloc_aligned(dim, dim * sizeof *scratch);
    if (!scratch) return weft_fail(err, WEFT_E_NOMEM, "a factor of %zu numbers", dim);
    for (size_t row = first; row < end; row++) {
        size_t at = known->first[row];
        const weft_ridge_known mine = {.factors = t->other->factors,
                                       .numbers = known->numbers + at,
                                       .weights = known->weights + at,
                                       .n = known->first[row + 1] - at};
        weft_ridge_solve(&ridge, &mine, scratch, t->own->factors + row * dim);
    }
    weft_free(scratch);
    return WEFT_OK;
}

static weft_status solve_half(training *t, const side *own, const side *other, weft_err *err) {
    t->own = own;
    t->other = other;
    weft_status status = sum_other(t, err);
    return status ? status : weft_work_run(&t->work, solve_piece, t, pieces_of(own), err);
}

/* Small random factors of that standard deviation in every direction together, as Rendle et
 * al. begin; evenly distributed, which needs no library. */
static void fill_random(const side *s, size_t dim, uint64_t seed) {
    float most = SPREAD * sqrtf(3 / (float)dim);
    for (size_t row = 0; row < s->known.rows; row++) {
        bool is_known = s->known.first[row + 1] > s->known.first[row];
        for (size_t j = 0; j < dim; j++) {
            float x = (float)(weft_random_next(&seed) >> 40) / (1 << 23) - 1;
            s->factors[row * dim + j] = is_known ? x * most : 0;
        }
    }
}

static weft_status alternate(training *t, const weft_collaborative_options *options,
                             weft_err *err) {
    fill_random(&t->items, t->model->dim, options->seed);
    weft_status status = solve_half(t, &t->users, &t->items, err);
    for (size_t i = 0; i < options->iterations && !status; i++) {
        status = solve_half(t, &t->items, &t->users, err);
        if (!status) status = solve_half(t, &t->users, &t->items, err);
    }
    if (status) return status;
    t->other = &t->users;
    status = sum_other(t, err);
    if (!status)
        memcpy(t->model->user_gram, t->gram, t->model->dim * t->model->dim * sizeof(float));
    if (!status) weft_collaborative_complete(t->model);
    return status;
}

/* ---- the whole ---- */

static weft_status run(training *t, const weft_collaborative_options *options, weft_err *err) {
    size_t dim = options->dim;
    const weft_index_source source = {.threads = options->threads,
                                      .on_progress = options->on_progress,
                                      .context = options->context,
                                      .cancel = options->cancel};
    size_t round =
        parts_of(&t->users) + parts_of(&t->items) + pieces_of(&t->users) + pieces_of(&t->items);
    size_t total = round * (options->iterations + 1) - pieces_of(&t->items);
    double limit;
    weft_status status = weft_collaborative_table_limit(&t->users.known, &t->items.known,
                                                        options->unobserved, &limit, err);
    if (status) return status;
    t->model->regularization = fmaxf((float)(limit * (double)options->regularization),
                                     WEFT_COLLABORATIVE_REGULARIZATION_MIN);
    t->items.factors = t->model->factors;
    t->users.factors = weft_alloc_aligned(t->log->users, dim * sizeof(float));
    t->parts = weft_alloc_aligned(PARTS_MAX * dim, dim * sizeof(float));
    t->gram = weft_alloc_aligned(dim, dim * sizeof(float));
    if (!t->users.factors || !t->parts || !t->gram)
        return weft_fail(err, WEFT_E_NOMEM, "factors of %zu users", t->log->users);
    status = weft_work_init(&t->work, &source, total, err);
    if (!status) status = alternate(t, options, err);
    weft_work_deinit(&t->work);
    return status == WEFT_E_CANCELLED ? weft_fail(err, status, "training stopped") : status;
}

static weft_status check_log(const weft_collaborative_log *log, weft_err *err) {
    if (log->users >= UINT32_MAX) return weft_fail(err, WEFT_E_LIMIT, "%zu users", log->users);
    for (size_t i = 0; i < log->n; i++) {
        const weft_interaction *x = &log->interactions[i];
        if (x->user >= log->users || x->item >= log->items)
            return weft_fail(err, WEFT_E_INVALID, "interaction %zu: user %u of %zu, item %u of %zu",
                             i, x->user, log->users, x->item, log->items);
        weft_status status = weft_collaborative_check_weight(x->weight, i, err);
        if (status) return status;
    }
    return WEFT_OK;
}

static weft_status complete_options(weft_collaborative_options *options, weft_err *err) {
    if (options->dim == 0) options->dim = WEFT_COLLABORATIVE_DIM;
    if (options->iterations == 0) options->iterations = ITERATIONS;
    if (!(options->unobserved != 0)) options->unobserved = UNOBSERVED;
    if (!(options->regularization != 0)) options->regularization = REGULARIZATION;
    if (!weft_collaborative_dim_fits(options->dim))
        return weft_fail(err, WEFT_E_INVALID, "dim %zu is no multiple of %d up to %d", options->dim,
                         (int)WEFT_RIDGE_LANES, (int)WEFT_COLLABORATIVE_DIM_MAX);
    if (options->iterations > ITERATIONS_MAX)
        return weft_fail(err, WEFT_E_INVALID, "%zu iterations, limit %d", options->iterations,
                         (int)ITERATIONS_MAX);
    if (!weft_collaborative_unobserved_fits(options->unobserved))
        return weft_fail(err, WEFT_E_INVALID, "unobserved weight %g is not %g to %g",
                         (double)options->unobserved, (double)WEFT_COLLABORATIVE_UNOBSERVED_MIN,
                         (double)WEFT_COLLABORATIVE_UNOBSERVED_MAX);
    if (!(options->regularization > 0 && options->regularization <= 1))
        return weft_fail(err, WEFT_E_INVALID, "regularization %g is not in (0, 1]",
                         (double)options->regularization);
    return WEFT_OK;
}

weft_status weft_collaborative_train(weft_collaborative **model, const weft_collaborative_log *log,
                                     const weft_collaborative_options *wishes, weft_err *err) {
    weft_collaborative_options options = wishes ? *wishes : (weft_collaborative_options){0};
    training t = {.log = log};
    *model = NULL;
    weft_status status = complete_options(&options, err);
    if (!status) status = check_log(log, err);
    if (status) return status;
    const weft_collaborative shape = {.dim = options.dim,
                                      .items = log->items,
                                      .users = log->users,
                                      .unobserved = options.unobserved};
    status = weft_collaborative_new(&t.model, &shape, log->item_ids, err);
    if (!status) status = weft_collaborative_tables_init(&t.users.known, &t.items.known, log, err);
    if (!status) status = run(&t, &options, err);
    if (status) weft_collaborative_free(t.model);
    else *model = t.model;
    weft_collaborative_table_deinit(&t.users.known);
    weft_collaborative_table_deinit(&t.items.known);
    weft_free(t.users.factors);
    weft_free(t.parts);
    weft_free(t.gram);
    return status;
}
