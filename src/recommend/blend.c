#include "recommend/blend.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { PARTS = WEFT_PART_COUNT, ROUNDS = 25, SHOWN = 10 };
static const double RIDGE = 1;       /* keeps weights of what never differs at 0 */
static const double LONGEST = 1;     /* of a step, in any weight */
static const double NOTABLE = 1.002; /* gains below are chance */
static const double SMALL = 1e-5;    /* a step that ends the search */

void weft_blend_choices_deinit(weft_blend_choices *choices) {
    weft_free(choices->z);
    weft_free(choices->is_chosen);
    weft_free(choices->sets);
    *choices = (weft_blend_choices){0};
}

static bool reserve(weft_blend_choices *c, size_t candidates) {
    if (c->count + candidates > c->capacity) {
        size_t capacity = (c->count + candidates) * 2;
        float(*z)[PARTS] = weft_realloc(c->z, capacity, sizeof *z);
        if (z) c->z = z;
        bool *is_chosen = weft_realloc(c->is_chosen, capacity, sizeof *is_chosen);
        if (is_chosen) c->is_chosen = is_chosen;
        if (!z || !is_chosen) return false;
        c->capacity = capacity;
    }
    if (c->set_count == c->set_capacity) {
        size_t capacity = c->set_capacity ? c->set_capacity * 2 : 256;
        weft_blend_set *sets = weft_realloc(c->sets, capacity, sizeof *sets);
        if (!sets) return false;
        c->sets = sets;
        c->set_capacity = capacity;
    }
    return true;
}

weft_status weft_blend_choices_add(weft_blend_choices *c, const float (*z)[WEFT_PART_COUNT],
                                   const bool *is_chosen, size_t n, weft_err *err) {
    size_t chosen = 0;
    for (size_t i = 0; i < n; i++) chosen += is_chosen[i];
    if (!chosen || chosen == n) return WEFT_OK;
    if (!reserve(c, n)) return weft_fail(err, WEFT_E_NOMEM, "choices of users");
    memcpy(c->z + c->count, z, n * sizeof *z);
    memcpy(c->is_chosen + c->count, is_chosen, n * sizeof *is_chosen);
    c->sets[c->set_count++] = (weft_blend_set){c->count, n};
    c->count += n;
    return WEFT_OK;
}

/* ---- the conditional logit ---- */

static double dot(const double *w, const float *z) {
    double sum = 0;
    for (size_t p = 0; p < PARTS; p++) sum += w[p] * (double)z[p];
    return sum;
}

/* Adds the gradient of one set's log likelihood, and its curvature (negated): the covariance of
 * z under the probabilities that w gives, once for each thing chosen. */
static void add_set(const weft_blend_choices *c, const weft_blend_set *set, const double *w,
                    double *gradient, double (*curvature)[PARTS]) {
    double highest = -INFINITY, sum = 0, chosen = 0;
    double mean[PARTS] = {0}, product[PARTS][PARTS] = {{0}};
    for (size_t i = set->first; i < set->first + set->count; i++)
        highest = fmax(highest, dot(w, c->z[i]));
    for (size_t i = set->first; i < set->first + set->count; i++) {
        double p = exp(dot(w, c->z[i]) - highest);
        sum += p;
        chosen += c->is_chosen[i];
        for (size_t a = 0; a < PARTS; a++) {
            if (c->is_chosen[i]) gradient[a] += (double)c->z[i][a];
            mean[a] += p * (double)c->z[i][a];
            for (size_t b = 0; b <= a; b++)
                product[a][b] += p * (double)c->z[i][a] * (double)c->z[i][b];
        }
    }
    for (size_t a = 0; a < PARTS; a++) mean[a] /= sum;
    for (size_t a = 0; a < PARTS; a++) {
        gradient[a] -= chosen * mean[a];
        for (size_t b = 0; b <= a; b++)
            curvature[a][b] += chosen * (product[a][b] / sum - mean[a] * mean[b]);
    }
}

/* Solves curvature x = gradient by Cholesky's method; only the lower triangle is read. */
static void solve(double (*l)[PARTS], double *x) {
    for (size_t a = 0; a < PARTS; a++) {
        for (size_t b = 0; b <= a; b++) {
            double sum = l[a][b];
            for (size_t k = 0; k < b; k++) sum -= l[a][k] * l[b][k];
            l[a][b] = a == b ? sqrt(sum) : sum / l[b][b];
        }
        for (size_t k = 0; k < a; k++) x[a] -= l[a][k] * x[k];
        x[a] /= l[a][a];
    }
    for (size_t a = PARTS; a-- > 0;) {
        for (size_t k = a + 1; k < PARTS; k++) x[a] -= l[k][a] * x[k];
        x[a] /= l[a][a];
    }
}

static void fit_logit(const weft_blend_choices *choices, double *w) {
    for (int round = 0; round < ROUNDS; round++) {
        double step[PARTS], curvature[PARTS][PARTS] = {{0}}, longest = 0;
        for (size_t p = 0; p < PARTS; p++) {
            step[p] = -RIDGE * w[p];
            curvature[p][p] = RIDGE;
        }
        for (size_t i = 0; i < choices->set_count; i++)
            add_set(choices, &choices->sets[i], w, step, curvature);
        solve(curvature, step);
        for (size_t p = 0; p < PARTS; p++) longest = fmax(longest, fabs(step[p]));
        for (size_t p = 0; p < PARTS; p++)
            w[p] += longest > LONGEST ? step[p] * LONGEST / longest : step[p];
        if (longest < SMALL) break;
    }
}

/* ---- the pattern search ---- */

/* nDCG of a set's first ten; of equal scores the one that was not chosen comes first. */
static double set_gain(const weft_blend_choices *c, const weft_blend_set *set, const double *w) {
    double gain = 0, ideal = 0;
    size_t targets = 0;
    for (size_t i = set->first; i < set->first + set->count; i++) {
        if (!c->is_chosen[i]) continue;
        double score = dot(w, c->z[i]);
        size_t before = 0;
        for (size_t j = set->first; j < set->first + set->count && before < SHOWN; j++) {
            double other = dot(w, c->z[j]);
            before += j != i && (other > score || (!c->is_chosen[j] && other == score));
        }
        if (before < SHOWN) gain += 1 / log2((double)before + 2);
        if (targets < SHOWN) ideal += 1 / log2((double)targets + 2);
        targets++;
    }
    return gain / ideal;
}

static double gain_of(const weft_blend_choices *c, const double *w) {
    double sum = 0;
    for (size_t i = 0; i < c->set_count; i++) sum += set_gain(c, &c->sets[i], w);
    return c->set_count ? sum / (double)c->set_count : 0;
}

double weft_blend_gain(const weft_blend_choices *choices, const weft_recommend_weights *weights) {
    double w[PARTS];
    for (size_t p = 0; p < PARTS; p++) w[p] = (double)weights->of[p];
    return gain_of(choices, w);
}

/* Goes up and down with one weight after the other, by ever smaller steps. */
static double search(const weft_blend_choices *c, double *w) {
    double best = gain_of(c, w);
    for (double step = 0.4; step > 0.04; step /= 2) {
        for (size_t p = 0; p < 2 * PARTS; p++) {
            double before = w[p / 2];
            w[p / 2] += p % 2 ? -step : step;
            double gain = gain_of(c, w);
            if (gain > best * NOTABLE) best = gain;
            else w[p / 2] = before;
        }
    }
    return best;
}

weft_status weft_blend_fit(const weft_blend_choices *choices, weft_recommend_weights *weights,
                           weft_err *err) {
    double best[PARTS] = {0}, best_gain = -1;
    if (choices->set_count < WEFT_BLEND_MIN_SETS)
        return weft_fail(err, WEFT_E_INVALID,
                         "%zu users purchased what could have been recommended: at least %d are "
                         "needed to learn from",
                         choices->set_count, WEFT_BLEND_MIN_SETS);
    for (size_t start = 0; start <= PARTS; start++) {
        double w[PARTS] = {0};
        if (start == PARTS) fit_logit(choices, w);
        else w[start] = 1;
        double gain = search(choices, w);
        if (gain <= best_gain) continue;
        best_gain = gain;
        memcpy(best, w, sizeof best);
    }
    for (size_t p = 0; p < PARTS; p++) weights->of[p] = (float)best[p];
    return WEFT_OK;
}
