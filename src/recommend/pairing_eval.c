#include "recommend/pairing_eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_random.h"
#include "recommend/kind_draw.h"

/* ---- scorers ---- */

static double score_pairing(void *context, const char *const *kinds, size_t n) {
    const weft_pairing *pairing = context;
    uint32_t known[WEFT_OUTFIT_MAX_PIECES];
    size_t known_count = 0;
    for (size_t i = 0; i < n; i++)
        known_count += weft_pairing_find(pairing, kinds[i], &known[known_count]);
    return (double)weft_pairing_outfit(pairing, known, known_count);
}

static double score_popularity(void *context, const char *const *kinds, size_t n) {
    const weft_pairing *pairing = context;
    double sum = 0;
    uint32_t kind;
    for (size_t i = 0; i < n; i++) {
        double share =
            weft_pairing_find(pairing, kinds[i], &kind) ? weft_pairing_share(pairing, kind) : 0;
        if (share > 0) sum += log(share);
    }
    return sum;
}

static double score_random(void *context, const char *const *kinds, size_t n) {
    (void)kinds;
    (void)n;
    return (double)(weft_random_next(context) >> 11);
}

weft_outfit_scorer weft_scorer_pairing(const weft_pairing *pairing) {
    return (weft_outfit_scorer){score_pairing, (void *)(uintptr_t)pairing};
}
weft_outfit_scorer weft_scorer_popularity(const weft_pairing *pairing) {
    return (weft_outfit_scorer){score_popularity, (void *)(uintptr_t)pairing};
}
weft_outfit_scorer weft_scorer_random(uint64_t *state) {
    return (weft_outfit_scorer){score_random, state};
}

/* ---- the exam ---- */

typedef struct {
    weft_arena *arena;
    weft_err *err;
    const char **names; /* [kinds], sorted */
    size_t kinds;
    uint32_t *counts; /* [kinds] */
    bool *taken;      /* [kinds] */
    uint64_t state;
} making;

static weft_status fail_memory(weft_err *err) { return weft_fail(err, WEFT_E_NOMEM, "exam"); }

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static uint32_t number_of(const making *m, const char *name) {
    const char **found = bsearch(&name, m->names, m->kinds, sizeof *found, by_text);
    return (uint32_t)(found - m->names);
}

static weft_status count_kinds(making *m, const weft_outfits *o) {
    size_t pieces = o->starts[o->count];
    m->names = weft_arena_alloc(m->arena, pieces + 1, sizeof *m->names);
    m->counts = weft_arena_calloc(m->arena, pieces + 1, sizeof *m->counts);
    m->taken = weft_arena_calloc(m->arena, pieces + 1, sizeof *m->taken);
    if (!m->names || !m->counts || !m->taken) return fail_memory(m->err);
    if (pieces) memcpy(m->names, o->kinds, pieces * sizeof *m->names);
    qsort(m->names, pieces, sizeof *m->names, by_text);
    for (size_t i = 0; i < pieces; i++) {
        if (!m->kinds || strcmp(m->names[m->kinds - 1], m->names[i]) != 0)
            m->names[m->kinds++] = m->names[i];
        m->counts[m->kinds - 1]++;
    }
    return WEFT_OK;
}

/* The outfit's kinds, each once, marked as taken. */
static weft_status copy_distinct(making *m, const char *const *kinds, size_t n,
                                 weft_exam_outfit *out) {
    if (n > WEFT_OUTFIT_MAX_PIECES)
        return weft_fail(m->err, WEFT_E_LIMIT, "an outfit of %zu pieces, at most %d", n,
                         WEFT_OUTFIT_MAX_PIECES);
    const char **distinct = weft_arena_alloc(m->arena, n + 1, sizeof *distinct);
    if (!distinct) return fail_memory(m->err);
    *out = (weft_exam_outfit){.kinds = distinct};
    memset(m->taken, 0, m->kinds * sizeof *m->taken);
    for (size_t i = 0; i < n; i++) {
        uint32_t kind = number_of(m, kinds[i]);
        if (!m->taken[kind]) distinct[out->n++] = m->names[kind];
        m->taken[kind] = true;
    }
    return WEFT_OK;
}

static weft_status draw_outfit(making *m, size_t n, weft_exam_outfit *out) {
    uint32_t drawn[WEFT_OUTFIT_MAX_PIECES];
    const char **kinds = weft_arena_alloc(m->arena, n, sizeof *kinds);
    if (!kinds) return fail_memory(m->err);
    memset(m->taken, 0, m->kinds * sizeof *m->taken);
    /* There are kinds enough: the real outfit has as many. */
    (void)weft_kind_draw(m->counts, m->kinds, m->taken, n, &m->state, drawn);
    for (size_t i = 0; i < n; i++) kinds[i] = m->names[drawn[i]];
    *out = (weft_exam_outfit){kinds, n};
    return WEFT_OK;
}

/* Takes one kind out; the outfit's kinds must be marked as taken, and stay so. */
static weft_status draw_question(making *m, const weft_exam_outfit *real,
                                 weft_exam_question *question) {
    uint32_t others[WEFT_EXAM_CHOICES - 1];
    size_t blank = weft_random_below(&m->state, real->n);
    if (!weft_kind_draw(m->counts, m->kinds, m->taken, WEFT_EXAM_CHOICES - 1, &m->state, others))
        return weft_fail(m->err, WEFT_E_INVALID, "there are too few kinds to choose from");
    for (size_t c = 0; c < WEFT_EXAM_CHOICES; c++) {
        const char **kinds = weft_arena_alloc(m->arena, real->n, sizeof *kinds);
        if (!kinds) return fail_memory(m->err);
        memcpy(kinds, real->kinds, real->n * sizeof *kinds);
        kinds[blank] = kinds[real->n - 1];
        kinds[real->n - 1] = c ? m->names[others[c - 1]] : real->kinds[blank];
        question->outfits[c] = (weft_exam_outfit){kinds, real->n};
        if (c) m->taken[others[c - 1]] = false;
    }
    return WEFT_OK;
}

weft_status weft_outfit_exam_make(weft_outfit_exam *exam, const weft_outfits *outfits, size_t draws,
                                  uint64_t seed, weft_arena *arena, weft_err *err) {
    making m = {.arena = arena, .err = err, .state = seed};
    size_t n = outfits->count, real_count = 0, made = 0;
    if (draws < 1 || draws > WEFT_EXAM_MAX_DRAWS)
        return weft_fail(err, WEFT_E_INVALID, "draws: 1 to %d, not %zu", WEFT_EXAM_MAX_DRAWS,
                         draws);
    weft_exam_outfit *real = weft_arena_alloc(arena, n + 1, sizeof *real);
    weft_exam_outfit *drawn = weft_arena_alloc(arena, n * draws + 1, sizeof *drawn);
    weft_exam_question *questions = weft_arena_alloc(arena, n * draws + 1, sizeof *questions);
    if (!real || !drawn || !questions) return fail_memory(err);
    weft_status status = count_kinds(&m, outfits);
    for (size_t i = 0; i < n && !status; i++) {
        weft_exam_outfit *outfit = &real[real_count];
        const char *const *kinds = outfits->kinds + outfits->starts[i];
        status = copy_distinct(&m, kinds, outfits->starts[i + 1] - outfits->starts[i], outfit);
        if (status || outfit->n < 2) continue;
        real_count++;
        for (size_t d = 0; d < draws && !status; d++)
            status = draw_question(&m, outfit, &questions[made + d]);
        for (size_t d = 0; d < draws && !status; d++)
            status = draw_outfit(&m, outfit->n, &drawn[made + d]);
        made += draws;
    }
    if (!status && !real_count)
        status = weft_fail(err, WEFT_E_INVALID, "there is no outfit of two kinds");
    *exam = (weft_outfit_exam){real, drawn, real_count, made, questions, made};
    return status;
}

/* ---- taking it ---- */

typedef struct {
    double score;
    bool is_real;
} scored;

static int by_score(const void *a, const void *b) {
    double x = ((const scored *)a)->score, y = ((const scored *)b)->score;
    return (x > y) - (x < y);
}

/* Scores rising. The share of pairs of real and drawn in which the real one is higher. */
static double find_auc(const scored *all, size_t n, double real, double drawn) {
    double drawn_below = 0, won = 0;
    for (size_t i = 0; i < n;) {
        double tied_real = 0, tied_drawn = 0;
        size_t j = i;
        for (; j < n && all[j].score == all[i].score; j++)
            *(all[j].is_real ? &tied_real : &tied_drawn) += 1;
        won += tied_real * (drawn_below + tied_drawn / 2);
        drawn_below += tied_drawn;
        i = j;
    }
    return won / (real * drawn);
}

/* Hanley and McNeil, "The meaning and use of the area under a ROC curve", 1982. */
static double auc_error(double auc, double n) {
    double q1 = auc / (2 - auc), q2 = 2 * auc * auc / (1 + auc), square = auc * auc;
    return sqrt((auc * (1 - auc) + (n - 1) * (q1 + q2 - 2 * square)) / (n * n));
}

static void fill_bins(const scored *all, size_t n, weft_exam_result *result) {
    result->low = all[n / 100].score;
    result->high = all[n - 1 - n / 100].score;
    double width = (result->high - result->low) / WEFT_EXAM_BINS;
    for (size_t i = 0; i < n; i++) {
        double at = width > 0 ? (all[i].score - result->low) / width : 0;
        size_t bin = at <= 0 ? 0 : at >= WEFT_EXAM_BINS ? WEFT_EXAM_BINS - 1 : (size_t)at;
        (all[i].is_real ? result->real_bins : result->drawn_bins)[bin]++;
    }
}

static double answer(const weft_exam_question *question, const weft_outfit_scorer *scorer) {
    double scores[WEFT_EXAM_CHOICES], best = -INFINITY;
    size_t tied = 0;
    for (size_t c = 0; c < WEFT_EXAM_CHOICES; c++) {
        const weft_exam_outfit *o = &question->outfits[c];
        scores[c] = scorer->score(scorer->context, o->kinds, o->n);
        if (scores[c] > best) best = scores[c];
    }
    for (size_t c = 0; c < WEFT_EXAM_CHOICES; c++) tied += scores[c] == best;
    return scores[0] == best ? 1 / (double)tied : 0;
}

weft_status weft_outfit_exam_take(const weft_outfit_exam *exam, const weft_outfit_scorer *scorer,
                                  weft_exam_result *result, weft_err *err) {
    size_t n = exam->real_count + exam->drawn_count;
    double outfits = (double)exam->real_count, right = 0;
    scored *all = weft_alloc(n, sizeof *all);
    if (!all) return fail_memory(err);
    for (size_t i = 0; i < n; i++) {
        bool is_real = i < exam->real_count;
        const weft_exam_outfit *o = is_real ? &exam->real[i] : &exam->drawn[i - exam->real_count];
        all[i] = (scored){scorer->score(scorer->context, o->kinds, o->n), is_real};
    }
    qsort(all, n, sizeof *all, by_score);
    *result = (weft_exam_result){0};
    result->auc = find_auc(all, n, outfits, (double)exam->drawn_count);
    result->auc_error = auc_error(result->auc, outfits);
    fill_bins(all, n, result);
    weft_free(all);
    for (size_t i = 0; i < exam->question_count; i++) right += answer(&exam->questions[i], scorer);
    result->fitb = right / (double)exam->question_count;
    result->fitb_error = sqrt(result->fitb * (1 - result->fitb) / outfits);
    return WEFT_OK;
}
