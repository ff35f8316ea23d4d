/* Learning a space: the mean, the axes along which a sample of the rows varies
 * most, and the steps of the codes. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_float.h"
#include "index/index_random.h"
#include "index/index_space.h"

enum {
    SAMPLE = 16384, /* rows to learn from */
    BLOCK = 1024,   /* of them multiplied at once */
    ITERATIONS = 8,
    HEAD_STEP = 64, /* codes come in rows of a multiple of this */
};

/* The head holds this share of the variance, if WEFT_SPACE_HEAD_MAX axes can. */
static const double HEAD_SHARE = 0.92;

/* Codes of a dimension span what the sample spans and half as much again, for rows that
 * come later, but at most this many deviations: what lies outside is clipped. */
static const float MARGIN = 1.5f;
static const float DEVIATIONS = 10;

/* From this many rows on the tails are known well enough to clip some of a residual for
 * finer steps: of these ranges, in deviations, the one that leaves the least squared error. */
enum { TAILS_KNOWN = 4096, RANGES = 8 };
static const float ranges[RANGES] = {3, 3.5f, 4, 4.5f, 5, 6, 8, 10};

/* Numbers that vary by less, in vectors of length 1, vary by rounding alone. */
static const float NOTHING = 1e-6f;

typedef struct {
    size_t dim, n;
    float *rows;       /* [n][dim], less their mean */
    float *covariance; /* [dim][dim], times n */
    float *axes;       /* [axis_count][dim] */
    size_t axis_count;
    float *mean; /* [dim] */
} learning;

static weft_status take_sample(learning *l, const weft_index_source *source, weft_err *err) {
    size_t have = source->present ? weft_bitset_popcount(source->present) : source->rows;
    size_t every = have > SAMPLE ? have / SAMPLE : 1, seen = 0;
    l->rows = weft_calloc(have / every + 1, l->dim * sizeof *l->rows);
    l->mean = weft_calloc(l->dim, sizeof *l->mean);
    if (!l->rows || !l->mean)
        return weft_fail(err, WEFT_E_NOMEM, "index: a sample of %zu rows", have / every);
    for (size_t row = 0; row < source->rows; row++) {
        if (source->present && !weft_bitset_get(source->present, row)) continue;
        if (seen++ % every) continue;
        memcpy(l->rows + l->n++ * l->dim, source->vectors + row * l->dim, l->dim * sizeof *l->rows);
    }
    for (size_t j = 0; j < l->dim && l->n; j++) {
        double sum = 0;
        for (size_t i = 0; i < l->n; i++) sum += (double)l->rows[i * l->dim + j];
        l->mean[j] = (float)(sum / (double)l->n);
        for (size_t i = 0; i < l->n; i++) l->rows[i * l->dim + j] -= l->mean[j];
    }
    return WEFT_OK;
}

/* c[m][n] (+)= rows[m][k] * weight[n][k]^T */
typedef struct {
    const float *rows, *weight;
    size_t m, n, k;
    float *c;
    weft_store_kind store;
} product;

static weft_status multiply(const product *p, weft_err *err) {
    weft_arena arena;
    weft_gemm_weight *weight;
    weft_gemm_input in = {0};
    weft_arena_init(&arena, 0);
    const weft_gemm_source source = {.weight = p->weight, .n = p->n, .k = p->k};
    weft_status status = weft_gemm_pack(&weight, &source, &arena, err);
    if (!status) status = weft_gemm_input_init(&in, p->m, weft_gemm_row_size(weight), err);
    if (!status) {
        for (size_t i = 0; i < p->m; i++) weft_gemm_put(weight, &in, i, p->rows + i * p->k);
        weft_gemm_run_alone(
            weight, &(weft_gemm_call){
                        .in = &in, .m = p->m, .c = p->c, .c_stride = p->n, .store = p->store});
    }
    weft_gemm_input_deinit(&in);
    weft_arena_deinit(&arena);
    return status;
}

/* The sum of x x^T over the sample, a block of rows at a time. */
static weft_status sum_covariance(learning *l, weft_err *err) {
    weft_status status = WEFT_OK;
    size_t dim = l->dim;
    float *columns = weft_alloc(dim, BLOCK * sizeof *columns); /* [dim][n] */
    l->covariance = weft_calloc(dim * dim, sizeof *l->covariance);
    if (!columns || !l->covariance)
        status = weft_fail(err, WEFT_E_NOMEM, "index: covariance of %zu dimensions", dim);
    for (size_t first = 0; first < l->n && !status; first += BLOCK) {
        size_t n = l->n - first < BLOCK ? l->n - first : BLOCK;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < dim; j++) columns[j * n + i] = l->rows[(first + i) * dim + j];
        const product p = {.rows = columns,
                           .weight = columns,
                           .m = dim,
                           .n = dim,
                           .k = n,
                           .c = l->covariance,
                           .store = WEFT_STORE_ADD};
        status = multiply(&p, err);
    }
    weft_free(columns);
    return status;
}

/* Takes out of x what it shares with the axes before it, twice, because once
 * leaves rounding errors ("twice is enough", Parlett after Kahan). Returns the
 * length left over. */
static float orthogonalize(const float *axes, size_t count, float *x, size_t dim) {
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < count; i++) {
            const float *axis = axes + i * dim;
            float shared = weft_float_dot(axis, x, dim);
            for (size_t j = 0; j < dim; j++) x[j] -= shared * axis[j];
        }
    return sqrtf(weft_float_dot(x, x, dim));
}

static void make_random(float *x, size_t dim, uint64_t *random) {
    for (size_t j = 0; j < dim; j++)
        x[j] = (float)(weft_random_next(random) >> 40) / (float)(1 << 23) - 1;
}

/* Gram-Schmidt. Axes along which the sample does not vary become any others that
 * are orthogonal to the rest. */
static void orthonormalize(learning *l, uint64_t *random) {
    for (size_t i = 0; i < l->axis_count; i++) {
        float *x = l->axes + i * l->dim;
        float before = sqrtf(weft_float_dot(x, x, l->dim));
        float left = orthogonalize(l->axes, i, x, l->dim);
        while (!(left > 1e-4f * before) || left < 1e-30f) {
            make_random(x, l->dim, random);
            before = sqrtf(weft_float_dot(x, x, l->dim));
            left = orthogonalize(l->axes, i, x, l->dim);
        }
        for (size_t j = 0; j < l->dim; j++) x[j] /= left;
    }
}

/* Orthogonal iteration: axes <- orthonormalize(axes * covariance), again and again;
 * the first m of them close in on the m directions of most variance, for every m. */
static weft_status find_axes(learning *l, weft_err *err) {
    size_t most = l->dim < WEFT_SPACE_HEAD_MAX ? l->dim : WEFT_SPACE_HEAD_MAX;
    size_t useful = (l->n / HEAD_STEP + 1) * HEAD_STEP; /* n rows span no more axes than n */
    l->axis_count = useful < most ? useful : most;
    l->axes = weft_alloc(l->axis_count, l->dim * sizeof *l->axes);
    float *moved = weft_alloc(l->axis_count, l->dim * sizeof *moved);
    weft_status status = WEFT_OK;
    uint64_t random = 1;
    if (!l->axes || !moved) status = weft_fail(err, WEFT_E_NOMEM, "index: %zu axes", l->axis_count);
    if (!status) {
        make_random(l->axes, l->axis_count * l->dim, &random);
        orthonormalize(l, &random);
    }
    for (int i = 0; i < ITERATIONS && !status; i++) {
        const product p = {.rows = l->axes,
                           .weight = l->covariance,
                           .m = l->axis_count,
                           .n = l->dim,
                           .k = l->dim,
                           .c = moved};
        status = multiply(&p, err);
        if (status) break;
        memcpy(l->axes, moved, l->axis_count * l->dim * sizeof *moved);
        orthonormalize(l, &random);
    }
    weft_free(moved);
    return status;
}

/* How many axes hold HEAD_SHARE of the variance. */
static size_t choose_head(const learning *l) {
    double total = 0, held = 0;
    for (size_t j = 0; j < l->dim; j++) total += (double)l->covariance[j * l->dim + j];
    size_t head = 0;
    for (; head < l->axis_count && (held < HEAD_SHARE * total || head % HEAD_STEP); head++) {
        const float *axis = l->axes + head * l->dim;
        for (size_t j = 0; j < l->dim; j++)
            held += (double)(axis[j] * weft_float_dot(l->covariance + j * l->dim, axis, l->dim));
    }
    return head ? head : l->axis_count < HEAD_STEP ? l->axis_count : HEAD_STEP;
}

/* ---- steps of the codes ---- */

/* Least, greatest, sum and sum of squares of each dimension; from spread_finish on the mean
 * and the deviation too. */
typedef struct {
    size_t dim, n;
    float *min, *max, *sum, *squares, *mean, *deviation; /* [dim] each, in one block */
} spread;

static weft_status spread_init(spread *s, size_t dim, weft_err *err) {
    *s = (spread){.dim = dim, .min = weft_calloc(dim, 6 * sizeof(float))};
    if (!s->min) return weft_fail(err, WEFT_E_NOMEM, "index: ranges of %zu dimensions", dim);
    s->max = s->min + dim, s->sum = s->max + dim, s->squares = s->sum + dim;
    s->mean = s->squares + dim, s->deviation = s->mean + dim;
    return WEFT_OK;
}

static void spread_add(spread *s, const float *x) {
    bool first = s->n++ == 0;
    for (size_t j = 0; j < s->dim; j++) {
        s->min[j] = first || x[j] < s->min[j] ? x[j] : s->min[j];
        s->max[j] = first || x[j] > s->max[j] ? x[j] : s->max[j];
        s->sum[j] += x[j];
        s->squares[j] += x[j] * x[j];
    }
}

static void spread_finish(spread *s) {
    for (size_t j = 0; j < s->dim && s->n; j++) {
        s->mean[j] = s->sum[j] / (float)s->n;
        s->deviation[j] = sqrtf(fmaxf(s->squares[j] / (float)s->n - s->mean[j] * s->mean[j], 0));
    }
}

/* Squares of what each range cuts off a row, added to cut[dim][RANGES]. */
static void add_cuts(const spread *s, const float *x, float *cut) {
    for (size_t j = 0; j < s->dim; j++) {
        float away = fabsf(x[j] - s->mean[j]);
        for (size_t r = 0; r < RANGES && away > ranges[r] * s->deviation[j]; r++) {
            float beyond = away - ranges[r] * s->deviation[j];
            cut[j * RANGES + r] += beyond * beyond;
        }
    }
}

/* The range with the least squared error: rounding to one of 254 steps has a variance of a
 * twelfth of a step's square. */
static float best_reach(const spread *s, size_t j, const float *cut) {
    float best = INFINITY, reach = 0;
    for (size_t r = 0; r < RANGES; r++) {
        float step = ranges[r] * s->deviation[j] / 127;
        float error = step * step / 12 + cut[j * RANGES + r] / (float)s->n;
        if (error < best) best = error, reach = ranges[r] * s->deviation[j];
    }
    return reach;
}

static float safe_reach(const spread *s, size_t j) {
    float farthest = fmaxf(s->max[j] - s->mean[j], s->mean[j] - s->min[j]);
    return fminf(DEVIATIONS * s->deviation[j], MARGIN * farthest);
}

/* Ranges lie evenly around the mean, so that a code of 0 is the best guess. cut NULL: what
 * they cut off is not known. */
static void set_steps(weft_quant *quant, spread *s, const float *cut) {
    for (size_t j = 0; j < s->dim && s->n; j++) {
        float reach = cut ? best_reach(s, j, cut) : safe_reach(s, j);
        if (reach < NOTHING) reach = 0;
        s->min[j] = s->mean[j] - reach;
        s->max[j] = s->mean[j] + reach;
    }
    weft_quant_set_range(quant, s->min, s->max);
}

/* Walks the sample: heads first, then the residuals that their codes leave, then what
 * ranges would cut off these. */
static weft_status learn_steps(weft_space *space, learning *l, weft_err *err) {
    spread heads = {0}, residuals = {0};
    weft_space_bench bench = {0};
    size_t dim = space->dim, head = space->head;
    float *cut = weft_calloc(dim * RANGES, sizeof *cut);
    float *projected = weft_alloc(WEFT_SPACE_BLOCK, head * sizeof *projected);
    int8_t *codes = weft_alloc_aligned(WEFT_SPACE_BLOCK, space->heads.stride);
    weft_status status = weft_space_bench_init(&bench, space, err);
    if (!status && (!projected || !codes || !cut))
        status = weft_fail(err, WEFT_E_NOMEM, "index: heads of %zu dimensions", head);
    if (!status) status = spread_init(&heads, head, err);
    if (!status) status = spread_init(&residuals, dim, err);
    if (status) goto cleanup;

    for (size_t i = 0; i < l->n; i++) /* projecting wants the vectors themselves */
        for (size_t j = 0; j < dim; j++) l->rows[i * dim + j] += l->mean[j];
    for (int pass = 0; pass < (l->n < TAILS_KNOWN ? 2 : 3); pass++) {
        for (size_t first = 0; first < l->n; first += WEFT_SPACE_BLOCK) {
            size_t n = l->n - first < WEFT_SPACE_BLOCK ? l->n - first : WEFT_SPACE_BLOCK;
            const weft_space_rows rows = {
                .vectors = l->rows + first * dim, .heads = projected, .n = n, .head_codes = codes};
            weft_space_project(space, &bench, rows.vectors, n, projected);
            if (pass >= 1) weft_space_encode_heads(space, &bench, &rows);
            for (size_t i = 0; i < n; i++)
                if (pass == 0) spread_add(&heads, projected + i * head);
                else if (pass == 1) spread_add(&residuals, bench.products + i * dim);
                else add_cuts(&residuals, bench.products + i * dim, cut);
        }
        if (pass < 2) spread_finish(pass == 0 ? &heads : &residuals);
        if (pass == 0) set_steps(&space->heads, &heads, NULL);
        else set_steps(&space->residuals, &residuals, pass == 1 ? NULL : cut);
    }
cleanup:
    weft_free(heads.min);
    weft_free(residuals.min);
    weft_space_bench_deinit(&bench);
    weft_free(projected);
    weft_free(codes);
    weft_free(cut);
    return status;
}

weft_status weft_space_learn(weft_space **out, const weft_index_source *source, weft_err *err) {
    learning l = {.dim = source->dim};
    weft_space *space = NULL;
    weft_status status = take_sample(&l, source, err);
    if (!status) status = sum_covariance(&l, err);
    if (!status) status = find_axes(&l, err);
    if (!status) status = weft_space_new(&space, l.dim, choose_head(&l), err);
    if (!status) {
        memcpy(space->mean, l.mean, l.dim * sizeof *l.mean);
        memcpy(space->axes, l.axes, space->head * l.dim * sizeof *l.axes);
        status = weft_space_pack(space, err);
    }
    if (!status) status = learn_steps(space, &l, err);
    weft_free(l.rows);
    weft_free(l.mean);
    weft_free(l.covariance);
    weft_free(l.axes);
    if (status) weft_space_release(space);
    *out = status ? NULL : space;
    return status;
}
