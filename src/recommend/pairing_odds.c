/* The last step of learning a pairing: odds that hold for outfits of every size. The weights of
 * the step before tell which piece fits best into an outfit, and say nothing of whether the
 * whole is more likely than chance: any constant could be added to all of them. */
#include <math.h>
#include <string.h>

#include "recommend/kind_draw.h"
#include "recommend/pairing_internal.h"

enum { FEATURES = 4 /* the score; pairs; pieces; 1 */, STEPS = 50, HALVINGS = 30 };

typedef struct {
    double features[FEATURES];
    bool is_real;
} example;

static void describe(const weft_pairing_fit *fit, const uint32_t *outfit, size_t n,
                     double *features) {
    double score = 0, size = (double)n;
    for (size_t i = 0; i < n; i++) {
        score += (double)fit->own[outfit[i]];
        for (size_t j = 0; j < i; j++)
            score += (double)fit->pairs[outfit[i] * fit->kinds + outfit[j]];
    }
    const double all[FEATURES] = {score, size * (size - 1) / 2, size, 1};
    memcpy(features, all, sizeof all);
}

/* Each outfit, and as many kinds drawn. */
static weft_status make_examples(const weft_pairing_fit *fit, uint64_t *state, weft_arena *arena,
                                 example **out, size_t *n, weft_err *err) {
    example *examples = weft_arena_alloc(arena, 2 * fit->outfits + 1, sizeof *examples);
    bool *taken = weft_arena_alloc(arena, fit->kinds, sizeof *taken);
    uint32_t drawn[WEFT_OUTFIT_MAX_PIECES];
    *n = 0;
    *out = examples;
    if (!examples || !taken) return weft_fail(err, WEFT_E_NOMEM, "learning");
    for (size_t i = 0; i < fit->outfits; i++) {
        const uint32_t *outfit = fit->pieces + fit->starts[i];
        size_t size = fit->starts[i + 1] - fit->starts[i];
        memset(taken, 0, fit->kinds * sizeof *taken);
        if (size < 2 || !weft_kind_draw(fit->counts, fit->kinds, taken, size, state, drawn))
            continue;
        describe(fit, outfit, size, examples[*n].features);
        examples[(*n)++].is_real = true;
        describe(fit, drawn, size, examples[*n].features);
        examples[(*n)++].is_real = false;
    }
    return WEFT_OK;
}

static double dot(const double *a, const double *b) {
    double sum = 0;
    for (size_t f = 0; f < FEATURES; f++) sum += a[f] * b[f];
    return sum;
}

/* Weights that change nothing: the score is the log odds already. The fit is pulled towards
 * them a little, as outfits all of one size do not tell the features apart. */
static const double NEUTRAL[FEATURES] = {1, 0, 0, 0};

static double loss(const example *examples, size_t n, const double w[FEATURES]) {
    double sum = 0;
    for (size_t f = 0; f < FEATURES; f++) sum += (w[f] - NEUTRAL[f]) * (w[f] - NEUTRAL[f]) / 2;
    for (size_t i = 0; i < n; i++) {
        double odds = dot(w, examples[i].features);
        if (examples[i].is_real) odds = -odds;
        sum += odds > 0 ? odds + log1p(exp(-odds)) : log1p(exp(odds));
    }
    return sum;
}

/* Solves m x = y, m symmetric and positive, by elimination; both are overwritten, y with x. */
static void solve(double m[FEATURES][FEATURES], double y[FEATURES]) {
    for (size_t i = 0; i < FEATURES; i++)
        for (size_t j = i + 1; j < FEATURES; j++) {
            double factor = m[j][i] / m[i][i];
            for (size_t k = i; k < FEATURES; k++) m[j][k] -= factor * m[i][k];
            y[j] -= factor * y[i];
        }
    for (size_t i = FEATURES; i-- > 0;) {
        for (size_t k = i + 1; k < FEATURES; k++) y[i] -= m[i][k] * y[k];
        y[i] /= m[i][i];
    }
}

/* Where Newton's method would go from w: w - step. */
static void find_step(const example *examples, size_t n, const double w[FEATURES],
                      double step[FEATURES]) {
    double curvature[FEATURES][FEATURES] = {{0}};
    for (size_t f = 0; f < FEATURES; f++) {
        curvature[f][f] = 1;
        step[f] = w[f] - NEUTRAL[f];
    }
    for (size_t i = 0; i < n; i++) {
        const double *x = examples[i].features;
        double chance = 1 / (1 + exp(-dot(w, x)));
        for (size_t f = 0; f < FEATURES; f++) {
            step[f] += (chance - examples[i].is_real) * x[f];
            for (size_t g = 0; g < FEATURES; g++)
                curvature[f][g] += chance * (1 - chance) * x[f] * x[g];
        }
    }
    solve(curvature, step);
}

/* Newton's method; a step that makes matters worse is halved. */
static void fit_logistic(const example *examples, size_t n, double w[FEATURES]) {
    double step[FEATURES], next[FEATURES];
    memcpy(w, NEUTRAL, sizeof NEUTRAL);
    double least = loss(examples, n, w);
    for (int i = 0; i < STEPS; i++) {
        double reached = INFINITY;
        find_step(examples, n, w, step);
        for (int half = 0; half < HALVINGS && !(reached < least); half++) {
            for (size_t f = 0; f < FEATURES; f++) next[f] = w[f] - ldexp(step[f], -half);
            reached = loss(examples, n, next);
        }
        if (!(reached < least)) return;
        memcpy(w, next, sizeof next);
        least = reached;
    }
}

weft_status weft_pairing_fit_odds(const weft_pairing_fit *fit, uint64_t *state, weft_arena *arena,
                                  double *offset, weft_err *err) {
    example *examples;
    size_t n;
    double w[FEATURES];
    weft_status status = make_examples(fit, state, arena, &examples, &n, err);
    if (status) return status;
    fit_logistic(examples, n, w);
    for (size_t i = 0; i < fit->kinds * fit->kinds; i++)
        fit->pairs[i] = (float)(w[0] * (double)fit->pairs[i] + w[1]);
    for (size_t k = 0; k < fit->kinds; k++)
        fit->own[k] = (float)(w[0] * (double)fit->own[k] + w[2]);
    *offset = w[3];
    return WEFT_OK;
}
