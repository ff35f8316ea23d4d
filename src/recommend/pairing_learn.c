/* Learning a pairing from outfits (pairing.h says by what steps). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_random.h"
#include "recommend/pairing_internal.h"

/* Chosen on a part of Polyvore's training outfits that was held back. */
static const double SMOOTHING = 5; /* pairs added to those seen and to those expected */
static const double PRIOR = 1;     /* strength of the pull of weights to 0 */
static const float STEP = 0.02f;   /* of Adam, at the beginning; falls to 0 with a cosine */
enum { BATCHES = 64, BATCH_MAX = 256 /* outfits */ };

/* What is learned, with the state of Adam (Kingma and Ba, 2015). */
typedef struct {
    float *value, *gradient, *mean, *square; /* [n] */
    size_t n;
} weights;

typedef struct {
    const weft_outfits *outfits;
    const weft_pairing_options *options;
    weft_arena arena;
    size_t kinds;
    const char **names;   /* [kinds], sorted */
    uint32_t *pieces;     /* kinds of outfit i: pieces[starts[i]] ... */
    size_t *starts;       /* [outfits + 1] */
    uint32_t *counts;     /* [kinds] */
    weights own, pairs;   /* pairs: [kinds][kinds] */
    float *log_shares;    /* [kinds] */
    float *sums, *errors; /* [kinds]; [WEFT_OUTFIT_MAX_PIECES + 1][kinds] */
} learning;

static weft_status fail_memory(weft_err *err) { return weft_fail(err, WEFT_E_NOMEM, "learning"); }

/* ---- kinds ---- */

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static weft_status collect_kinds(learning *l, weft_err *err) {
    const weft_outfits *o = l->outfits;
    size_t pieces = o->starts[o->count];
    l->names = weft_arena_alloc(&l->arena, pieces + 1, sizeof *l->names);
    l->pieces = weft_arena_alloc(&l->arena, pieces + 1, sizeof *l->pieces);
    l->starts = weft_arena_alloc(&l->arena, o->count + 1, sizeof *l->starts);
    if (!l->names || !l->pieces || !l->starts) return fail_memory(err);
    memcpy(l->starts, o->starts, (o->count + 1) * sizeof *l->starts);
    if (pieces) memcpy(l->names, o->kinds, pieces * sizeof *l->names);
    qsort(l->names, pieces, sizeof *l->names, by_text);
    for (size_t i = 0; i < pieces; i++)
        if (!l->kinds || strcmp(l->names[l->kinds - 1], l->names[i]) != 0)
            l->names[l->kinds++] = l->names[i];
    if (l->kinds > WEFT_PAIRING_MAX_KINDS)
        return weft_fail(err, WEFT_E_LIMIT, "%zu kinds, at most %d", l->kinds,
                         WEFT_PAIRING_MAX_KINDS);
    l->counts = weft_arena_calloc(&l->arena, l->kinds + 1, sizeof *l->counts);
    if (!l->counts) return fail_memory(err);
    for (size_t i = 0; i < pieces; i++) {
        const char **found = bsearch(&o->kinds[i], l->names, l->kinds, sizeof *found, by_text);
        l->pieces[i] = (uint32_t)(found - l->names);
        l->counts[l->pieces[i]]++;
    }
    return WEFT_OK;
}

static bool make_weights(weights *w, size_t n, weft_arena *arena) {
    float *all = weft_arena_calloc(arena, 4 * n + 1, sizeof *all);
    if (all) *w = (weights){all, all + n, all + 2 * n, all + 3 * n, n};
    return all;
}

static weft_status make_room(learning *l, weft_err *err) {
    size_t pieces = l->outfits->starts[l->outfits->count];
    l->sums = weft_arena_alloc(&l->arena, l->kinds, sizeof *l->sums);
    l->log_shares = weft_arena_alloc(&l->arena, l->kinds, sizeof *l->log_shares);
    l->errors =
        weft_arena_alloc(&l->arena, (WEFT_OUTFIT_MAX_PIECES + 1) * l->kinds, sizeof *l->errors);
    if (!l->sums || !l->log_shares || !l->errors || !make_weights(&l->own, l->kinds, &l->arena) ||
        !make_weights(&l->pairs, l->kinds * l->kinds, &l->arena))
        return fail_memory(err);
    for (size_t k = 0; k < l->kinds; k++)
        l->log_shares[k] = (float)log((double)l->counts[k] / (double)pieces);
    return WEFT_OK;
}

/* ---- step one: more often together than by chance ---- */

static weft_status count_pairs(const learning *l, float *together, double *places, weft_err *err) {
    *places = 0;
    for (size_t i = 0; i < l->outfits->count; i++) {
        const uint32_t *outfit = l->pieces + l->starts[i];
        size_t n = l->starts[i + 1] - l->starts[i];
        if (n > WEFT_OUTFIT_MAX_PIECES)
            return weft_fail(err, WEFT_E_LIMIT, "outfit %zu: %zu pieces, at most %d", i, n,
                             WEFT_OUTFIT_MAX_PIECES);
        *places += (double)n * ((double)n - 1);
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++)
                if (a != b) together[outfit[a] * l->kinds + outfit[b]]++;
    }
    if (*places > 0) return WEFT_OK;
    return weft_fail(err, WEFT_E_INVALID, "there is no outfit of two pieces");
}

static weft_status begin_with_counts(learning *l, weft_err *err) {
    float *together = l->pairs.value;
    double places, pieces = (double)l->outfits->starts[l->outfits->count];
    double twice = 1, twice_by_chance = 1;
    weft_status status = count_pairs(l, together, &places, err);
    if (status) return status;
    for (size_t k = 0; k < l->kinds; k++) {
        twice += (double)together[k * l->kinds + k];
        twice_by_chance += places * l->counts[k] / pieces * l->counts[k] / pieces;
    }
    for (size_t a = 0; a < l->kinds; a++)
        for (size_t b = 0; b < l->kinds; b++) {
            double by_chance = places * l->counts[a] / pieces * l->counts[b] / pieces;
            float *weight = &together[a * l->kinds + b];
            /* What is known of a rare kind: two kinds are together as often as by chance; a kind
             * is with itself as seldom as others are. */
            double added = SMOOTHING * (a == b ? twice / twice_by_chance : 1);
            *weight = (float)log(((double)*weight + added) / (by_chance + SMOOTHING));
        }
    return WEFT_OK;
}

/* From here on an outfit has each of its kinds once: how well a kind goes with itself is known
 * from counts alone. Data sets drop such pieces, and what is never seen as a missing piece
 * cannot be learned as one. */
static void drop_repeats(learning *l) {
    size_t kept = 0, first = 0;
    for (size_t i = 0; i < l->outfits->count; i++) {
        size_t end = l->starts[i + 1], begun = kept;
        for (size_t p = first; p < end; p++) {
            size_t q = begun;
            while (q < kept && l->pieces[q] != l->pieces[p]) q++;
            if (q == kept) l->pieces[kept++] = l->pieces[p];
        }
        first = end;
        l->starts[i + 1] = kept;
    }
}

/* ---- step two: each piece told from the rest of its outfit ---- */

/* sums = log_shares + own + the pairs of all pieces of the outfit. */
static void add_up(learning *l, const uint32_t *outfit, size_t n) {
    for (size_t k = 0; k < l->kinds; k++) l->sums[k] = l->log_shares[k] + l->own.value[k];
    for (size_t i = 0; i < n; i++) {
        const float *row = l->pairs.value + outfit[i] * l->kinds;
        for (size_t k = 0; k < l->kinds; k++) l->sums[k] += row[k];
    }
}

/* errors = for every kind the chance that it is outfit[missing], less 1 for the one it is; 0
 * for the rest of the outfit. */
static void guess(const learning *l, const uint32_t *outfit, size_t n, size_t missing,
                  float *errors) {
    const float *row = l->pairs.value + outfit[missing] * l->kinds;
    float most = -INFINITY, sum = 0;
    for (size_t k = 0; k < l->kinds; k++) errors[k] = l->sums[k] - row[k];
    for (size_t i = 0; i < n; i++)
        if (i != missing) errors[outfit[i]] = -INFINITY;
    for (size_t k = 0; k < l->kinds; k++)
        if (errors[k] > most) most = errors[k];
    for (size_t k = 0; k < l->kinds; k++) {
        errors[k] = expf(errors[k] - most);
        sum += errors[k];
    }
    for (size_t k = 0; k < l->kinds; k++) errors[k] /= sum;
    errors[outfit[missing]] -= 1;
}

/* Adds the outfit's part to the gradients. The gradient of pairs is that of row and column
 * apart; it is made symmetric once a batch. */
static void learn_outfit(learning *l, const uint32_t *outfit, size_t n) {
    float *all = l->errors + n * l->kinds;
    memset(all, 0, l->kinds * sizeof *all);
    add_up(l, outfit, n);
    for (size_t i = 0; i < n; i++) {
        float *errors = l->errors + i * l->kinds;
        guess(l, outfit, n, i, errors);
        for (size_t k = 0; k < l->kinds; k++) all[k] += errors[k];
    }
    for (size_t k = 0; k < l->kinds; k++) l->own.gradient[k] += all[k];
    for (size_t i = 0; i < n; i++) {
        /* Piece i was among the rest for all guesses but its own. */
        const float *errors = l->errors + i * l->kinds;
        float *row = l->pairs.gradient + outfit[i] * l->kinds;
        for (size_t k = 0; k < l->kinds; k++) row[k] += all[k] - errors[k];
    }
}

static void adam(weights *w, float step, size_t t) {
    const float mean_part = 1 - powf(0.9f, (float)t), square_part = 1 - powf(0.99f, (float)t);
    for (size_t i = 0; i < w->n; i++) {
        float g = w->gradient[i];
        w->mean[i] = 0.9f * w->mean[i] + 0.1f * g;
        w->square[i] = 0.99f * w->square[i] + 0.01f * g * g;
        w->value[i] -= step * w->mean[i] / mean_part / (sqrtf(w->square[i] / square_part) + 1e-8f);
    }
}

static void take_step(learning *l, size_t pieces, float step, size_t t) {
    const float pull = (float)(2 * PRIOR / (double)l->starts[l->outfits->count]);
    float *g = l->pairs.gradient;
    for (size_t a = 0; a < l->kinds; a++)
        for (size_t b = 0; b < a; b++) {
            size_t ab = a * l->kinds + b, ba = b * l->kinds + a;
            g[ab] = g[ba] = (g[ab] + g[ba]) / (float)pieces + pull * l->pairs.value[ab];
        }
    for (size_t k = 0; k < l->kinds; k++) l->own.gradient[k] /= (float)pieces;
    adam(&l->pairs, step, t);
    adam(&l->own, step, t);
    memset(g, 0, l->pairs.n * sizeof *g);
    memset(l->own.gradient, 0, l->own.n * sizeof *g);
}

static void shuffle(size_t *order, size_t n, uint64_t *state) {
    for (size_t i = n; i > 1; i--) {
        size_t j = weft_random_below(state, i), kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

static weft_status tell_pieces(learning *l, uint64_t *state, weft_err *err) {
    const weft_outfits *o = l->outfits;
    size_t *order = weft_arena_alloc(&l->arena, o->count, sizeof *order), t = 0;
    if (!order) return fail_memory(err);
    for (size_t i = 0; i < o->count; i++) order[i] = i;
    size_t batch = o->count / BATCHES + 1;
    if (batch > BATCH_MAX) batch = BATCH_MAX;
    size_t steps = l->options->rounds * ((o->count + batch - 1) / batch);
    for (size_t round = 0; round < l->options->rounds; round++) {
        shuffle(order, o->count, state);
        for (size_t at = 0; at < o->count; at += batch) {
            size_t pieces = 0;
            for (size_t i = at; i < at + batch && i < o->count; i++) {
                size_t first = l->starts[order[i]], n = l->starts[order[i] + 1] - first;
                if (n < 2) continue;
                learn_outfit(l, l->pieces + first, n);
                pieces += n;
            }
            float step = STEP * 0.5f * (1 + cosf((float)M_PI * (float)t / (float)steps));
            t++;
            if (pieces) take_step(l, pieces, step, t);
        }
    }
    return WEFT_OK;
}

/* ---- the pairing ---- */

static int16_t hundredths(double weight) {
    double n = round(100 * weight);
    if (n > WEFT_PAIRING_WEIGHT_MAX) return WEFT_PAIRING_WEIGHT_MAX;
    return n < -WEFT_PAIRING_WEIGHT_MAX ? -WEFT_PAIRING_WEIGHT_MAX : (int16_t)n;
}

/* What else the kind is called, by the names that the outfits were given. */
static weft_status name_kind(weft_pairing *p, uint32_t kind, const char *name,
                             const weft_kind_names *names, weft_err *err) {
    weft_buf others;
    weft_buf_init(&others);
    for (size_t i = 0; names && i < names->count; i++) {
        const weft_kind_name *n = &names->names[i];
        for (size_t j = 0; n->kind && j < n->other_count && strcmp(n->kind, name) == 0; j++)
            weft_buf_printf(&others, "%s%s", others.size ? ", " : "", n->others[j]);
    }
    weft_status status = weft_buf_ok(&others)
                             ? weft_pairing_name_kind(p, kind, weft_str_of(name),
                                                      (weft_str){others.data, others.size}, err)
                             : fail_memory(err);
    weft_buf_deinit(&others);
    if (status == WEFT_E_FORMAT) return weft_fail_in(err, WEFT_E_INVALID, "kind %s", name);
    return status;
}

static weft_status make_pairing(const learning *l, double offset, weft_pairing **out,
                                weft_err *err) {
    weft_pairing *p;
    weft_status status = weft_pairing_new(&p, l->kinds, err);
    if (status) return status;
    p->outfits = l->outfits->count;
    p->offset = hundredths(offset);
    for (uint32_t k = 0; k < l->kinds && !status; k++) {
        status = name_kind(p, k, l->names[k], l->outfits->names, err);
        p->pieces[k] = l->counts[k];
        p->all_pieces += l->counts[k];
        p->own[k] = hundredths((double)l->own.value[k]);
    }
    for (size_t i = 0; i < l->pairs.n; i++) p->pairs[i] = hundredths((double)l->pairs.value[i]);
    if (status) weft_pairing_free(p);
    else *out = p;
    return status;
}

weft_status weft_pairing_learn(weft_pairing **pairing, const weft_outfits *outfits,
                               const weft_pairing_options *options, weft_err *err) {
    learning l = {.outfits = outfits, .options = options ? options : &WEFT_PAIRING_OPTIONS_DEFAULT};
    uint64_t state = l.options->seed;
    double offset = 0;
    *pairing = NULL;
    weft_arena_init(&l.arena, 1 << 16);
    weft_status status = collect_kinds(&l, err);
    if (!status) status = make_room(&l, err);
    if (!status) status = begin_with_counts(&l, err);
    if (!status && l.options->rounds) {
        drop_repeats(&l);
        status = tell_pieces(&l, &state, err);
        const weft_pairing_fit fit = {.pieces = l.pieces,
                                      .starts = l.starts,
                                      .outfits = outfits->count,
                                      .counts = l.counts,
                                      .kinds = l.kinds,
                                      .own = l.own.value,
                                      .pairs = l.pairs.value};
        if (!status) status = weft_pairing_fit_odds(&fit, &state, &l.arena, &offset, err);
    }
    if (!status) status = make_pairing(&l, offset, pairing, err);
    weft_arena_deinit(&l.arena);
    return status;
}
