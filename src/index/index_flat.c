/* Exact search: scan everything in int8, decide in float32.
 *
 * A float32 scan reads 2 KiB per row of 512 dimensions and waits for memory. The
 * scan here reads the int8 codes, a quarter of that, and returns the same hits:
 *
 * 1. Every allowed row gets an integer score. index_quant.h proves that the
 *    true score is base + step * integer, give or take `error`.
 * 2. Let z be the k-th best integer so far. k rows have true scores of at least
 *    base + step * z - error, so a row whose integer is below
 *    z - 2 error / step cannot be among the k best and is dropped. The others
 *    are remembered as candidates; z only grows, so none is dropped wrongly.
 * 3. The k best by integer are scored exactly; they fill the hits. Then each
 *    other candidate whose upper bound can still beat the worst hit is scored.
 *    This is the threshold algorithm of Fagin, Lotem and Naor (PODS 2001) with
 *    a bound in the place of a sorted list.
 *
 * "Exact" is a definition too: the score of a hit is the inner product computed
 * in double in a fixed order and rounded once to float32, so it is the same on
 * every CPU. Rounding is monotonic, so comparing the rounded upper bound with
 * the worst hit's score is safe, ties included: equality is never dropped.
 *
 * The filter acts inside the scan, 64 rows at a time: an empty word of the
 * bitset costs one test, a sparse one only its rows. When few rows are allowed,
 * or most of them are wanted, there is nothing to gain from a first pass and
 * the rows are scored exactly at once. */
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/cpu.h"
#include "base/mem.h"
#include "index/index_flat.h"
#include "index/index_topk.h"

enum {
    BLOCK = 64,           /* rows scored at once: one word of the bitset, 32 KiB of codes at 512 */
    BLOCK_DENSE = 16,     /* from this many rows of a block on, score all of it */
    DIRECT_SHARE = 64,    /* skip the first pass when at most rows / 64 are allowed ... */
    DIRECT_PER_HIT = 4,   /* ... or at most 4 for every hit wanted */
    CANDIDATES_MIN = 1024 /* room for candidates at the start */
};

typedef struct {
    int32_t score;
    uint32_t row;
} candidate;

/* One search: the query made ready, the k best integers and who may be a hit. */
typedef struct {
    const weft_flat *index;
    const weft_bitset *allow;
    double *query;        /* [index->stride] */
    int16_t *query_codes; /* [quant.stride] */
    weft_quant_query quant;
    size_t k;
    int32_t *best; /* [k], a heap with the least at 0 */
    size_t best_count;
    int32_t threshold;     /* a row below this cannot be a hit */
    int64_t window;        /* best[0] - threshold, once there are k */
    candidate *candidates; /* [capacity] */
    size_t count, capacity;
    weft_topk top;
} scan;

static void score_exactly(scan *s, uint32_t row) {
    const weft_flat *index = s->index;
    const float *vector = index->vectors + (size_t)row * index->stride;
    float score = (float)index->dot->floats(vector, s->query, index->stride);
    weft_topk_push(&s->top, (weft_hit){.row = row, .score = score});
}

static void score_all_exactly(scan *s) {
    for (size_t w = 0; w * BLOCK < s->index->base.rows; w++)
        for (uint64_t word = weft_index_allowed_word(&s->index->base, s->allow, w); word;
             word &= word - 1)
            score_exactly(s, (uint32_t)(w * BLOCK + (size_t)__builtin_ctzll(word)));
}

/* Puts score into the heap of the k best and raises the threshold with it. */
static void raise_threshold(scan *s, int32_t score) {
    int32_t *best = s->best;
    size_t i;
    if (s->best_count < s->k) {
        for (i = s->best_count++; i > 0 && best[(i - 1) / 2] > score; i = (i - 1) / 2)
            best[i] = best[(i - 1) / 2];
    } else {
        i = 0;
        for (size_t child = 1; child < s->k; child = 2 * i + 1) {
            if (child + 1 < s->k && best[child + 1] < best[child]) child++;
            if (best[child] >= score) break;
            best[i] = best[child];
            i = child;
        }
    }
    best[i] = score;
    if (s->best_count < s->k) return;
    int64_t threshold = best[0] - s->window;
    s->threshold = threshold < INT32_MIN ? INT32_MIN : (int32_t)threshold;
}

/* Drops the candidates that the threshold has overtaken; when that frees less
 * than half of the room, doubles it. */
static weft_status make_room(scan *s, weft_err *err) {
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->candidates[i].score >= s->threshold) s->candidates[kept++] = s->candidates[i];
    s->count = kept;
    if (kept <= s->capacity / 2) return WEFT_OK;
    size_t capacity;
    candidate *larger = NULL;
    if (weft_mul_size(s->capacity, 2, &capacity))
        larger = weft_realloc(s->candidates, capacity, sizeof *larger);
    if (!larger)
        return weft_fail(err, WEFT_E_NOMEM, "search: more than %zu candidates", s->capacity);
    s->candidates = larger;
    s->capacity = capacity;
    return WEFT_OK;
}

static inline void consider(scan *s, uint32_t row, int32_t score) {
    if (score < s->threshold) return;
    s->candidates[s->count++] = (candidate){.score = score, .row = row};
    if (s->best_count < s->k || score > s->best[0]) raise_threshold(s, score);
}

/* Scores the rows of one word. There is room for BLOCK candidates. */
static void scan_block(scan *s, size_t first, uint64_t word) {
    const weft_quant *quant = &s->index->quant;
    const int8_t *codes = s->index->codes + first * quant->stride;
    size_t n = s->index->base.rows - first < BLOCK ? s->index->base.rows - first : BLOCK;
    int32_t scores[BLOCK];
    bool dense = __builtin_popcountll(word) >= BLOCK_DENSE;
    if (dense) s->index->dot->codes(codes, quant->stride, s->query_codes, n, scores);
    if (dense && n == BLOCK && word == UINT64_MAX) { /* no filter: the bits need no picking */
        for (size_t i = 0; i < BLOCK; i++) consider(s, (uint32_t)(first + i), scores[i]);
        return;
    }
    for (; word; word &= word - 1) {
        size_t i = (size_t)__builtin_ctzll(word);
        if (!dense)
            s->index->dot->codes(codes + i * quant->stride, quant->stride, s->query_codes, 1,
                                 &scores[i]);
        consider(s, (uint32_t)(first + i), scores[i]);
    }
}

static weft_status scan_all(scan *s, weft_err *err) {
    for (size_t w = 0; w * BLOCK < s->index->base.rows; w++) {
        uint64_t word = weft_index_allowed_word(&s->index->base, s->allow, w);
        if (!word) continue;
        if (s->capacity - s->count < BLOCK) {
            weft_status status = make_room(s, err);
            if (status) return status;
        }
        scan_block(s, w * BLOCK, word);
    }
    return WEFT_OK;
}

/* Step 3: the likely hits first, so that the worst hit soon rules out the rest. */
static void rerank(scan *s) {
    int32_t likely = s->best[0];
    for (size_t i = 0; i < s->count; i++)
        if (s->candidates[i].score >= likely) score_exactly(s, s->candidates[i].row);
    for (size_t i = 0; i < s->count; i++) {
        candidate c = s->candidates[i];
        double bound = s->quant.base + s->quant.step * c.score + s->quant.error;
        if (c.score < likely && weft_topk_admits(&s->top, (float)bound)) score_exactly(s, c.row);
    }
}

static weft_status search_in_two_passes(scan *s, weft_err *err) {
    const weft_quant *quant = &s->index->quant;
    weft_status status = WEFT_OK;
    size_t capacity = s->k > CANDIDATES_MIN / 2 ? 2 * s->k : CANDIDATES_MIN;
    s->query_codes = weft_alloc_aligned(quant->stride, sizeof *s->query_codes);
    s->best = weft_alloc(s->k, sizeof *s->best);
    s->candidates = weft_alloc(capacity, sizeof *s->candidates);
    if (!s->query_codes || !s->best || !s->candidates) {
        status = weft_fail(err, WEFT_E_NOMEM, "search: %zu hits", s->k);
        goto cleanup;
    }
    s->capacity = capacity;
    s->threshold = INT32_MIN;
    s->quant = weft_quant_prepare(quant, s->query, s->query_codes);
    double window = ceil(2 * s->quant.error / s->quant.step) + 1;
    s->window = window < (double)UINT32_MAX ? (int64_t)window : (int64_t)UINT32_MAX;
    status = scan_all(s, err);
    if (!status) rerank(s);
cleanup:
    weft_free(s->query_codes);
    weft_free(s->best);
    weft_free(s->candidates);
    return status;
}

double *weft_flat_widen(const weft_flat *index, const float *query, weft_err *err) {
    double *wide = weft_alloc_aligned(index->stride, sizeof *wide);
    if (!wide) {
        weft_fail(err, WEFT_E_NOMEM, "search: query of %zu", index->base.dim);
        return NULL;
    }
    memset(wide, 0, index->stride * sizeof *wide);
    for (size_t j = 0; j < index->base.dim; j++) wide[j] = (double)query[j];
    return wide;
}

static weft_status flat_search(const weft_index *index, const weft_index_query *query,
                               weft_hit *hits, size_t *n, weft_err *err) {
    size_t allowed = weft_index_count_allowed(index, query->allow, SIZE_MAX);
    size_t k = query->k < allowed ? query->k : allowed;
    if (k == 0) return WEFT_OK;
    scan s = {.index = (const weft_flat *)index,
              .allow = query->allow,
              .k = k,
              .top = {.hits = hits, .k = k}};
    weft_status status = WEFT_OK;
    if (!(s.query = weft_flat_widen(s.index, query->query, err))) return WEFT_E_NOMEM;
    if (allowed <= index->rows / DIRECT_SHARE || allowed / DIRECT_PER_HIT <= k)
        score_all_exactly(&s);
    else status = search_in_two_passes(&s, err);
    if (status) goto cleanup;
    weft_topk_sort(&s.top);
    *n = s.top.n;
cleanup:
    weft_free(s.query);
    return status;
}

/* ---- building ---- */

static void flat_vector(const weft_index *index, uint32_t row, float *out) {
    const weft_flat *f = (const weft_flat *)index;
    memcpy(out, f->vectors + (size_t)row * f->stride, index->dim * sizeof *out);
}

static weft_status flat_scores(const weft_index *index, const float *query, const uint32_t *rows,
                               size_t n, float *scores, weft_err *err) {
    const weft_flat *f = (const weft_flat *)index;
    double *wide = weft_flat_widen(f, query, err);
    if (!wide) return WEFT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        scores[i] =
            (float)f->dot->floats(f->vectors + (size_t)rows[i] * f->stride, wide, f->stride);
    weft_free(wide);
    return WEFT_OK;
}

static void flat_free(weft_index *index) {
    weft_flat *f = (weft_flat *)index;
    weft_quant_deinit(&f->quant);
    weft_bitset_deinit(&f->base.present);
    weft_free(f->vectors);
    weft_free(f->codes);
    weft_free(f);
}

/* Few rows: all are copied, and the steps of the codes fit again. */
static weft_status flat_apply(weft_index **fresh, const weft_index *old,
                              const weft_index_change *changes, size_t n, weft_err *err) {
    size_t rows = old->rows, dim = old->dim;
    for (size_t i = 0; i < n; i++)
        if ((changes[i].vector || changes[i].moves) && changes[i].row >= rows)
            rows = (size_t)changes[i].row + 1;
    weft_bitset present;
    weft_status status = weft_bitset_init(&present, rows, err);
    if (status) return status;
    float *vectors = weft_alloc(rows, dim * sizeof *vectors);
    if (!vectors) status = weft_fail(err, WEFT_E_NOMEM, "index of %zu rows", rows);
    for (uint32_t row = 0; row < old->rows && !status; row++)
        if (weft_index_vector(old, row, vectors + row * dim)) weft_bitset_set(&present, row);
    for (size_t i = 0; i < n && !status; i++) {
        const float *vector = changes[i].vector;
        uint32_t from = changes[i].from;
        if (changes[i].moves && from < rows && weft_bitset_get(&present, from)) {
            vector = vectors + from * dim;
            weft_bitset_unset(&present, from);
        }
        if (vector) {
            weft_bitset_set(&present, changes[i].row);
            memmove(vectors + changes[i].row * dim, vector, dim * sizeof *vectors);
        } else if (changes[i].row < rows) {
            weft_bitset_unset(&present, changes[i].row);
        }
    }
    const weft_index_source source = {
        .vectors = vectors, .rows = rows, .dim = dim, .present = &present};
    if (!status) status = weft_index_flat_new(fresh, &source, err);
    weft_bitset_deinit(&present);
    weft_free(vectors);
    return status;
}

/* Rows lie where their numbers say: nothing can be out of joint. */
static weft_status flat_verify(const weft_index *index, weft_err *err) {
    (void)index;
    (void)err;
    return WEFT_OK;
}

static double flat_wear(const weft_index *index) {
    (void)index;
    return 0;
}

static const weft_index_engine engine = {"flat",      flat_search, weft_flat_search_batch,
                                         flat_apply,  flat_verify, flat_scores,
                                         flat_vector, flat_wear,   flat_free};

static weft_status measure_ranges(weft_flat *f, weft_err *err) {
    size_t dim = f->base.dim;
    float *min = weft_alloc(dim, 2 * sizeof *min);
    if (!min) return weft_fail(err, WEFT_E_NOMEM, "index: ranges of %zu dimensions", dim);
    float *max = min + dim;
    for (size_t j = 0; j < dim; j++) min[j] = INFINITY, max[j] = -INFINITY;
    for (size_t row = 0; row < f->base.rows; row++) {
        if (!weft_bitset_get(&f->base.present, row)) continue;
        const float *x = f->vectors + row * f->stride;
        for (size_t j = 0; j < dim; j++) {
            min[j] = x[j] < min[j] ? x[j] : min[j];
            max[j] = x[j] > max[j] ? x[j] : max[j];
        }
    }
    weft_quant_set_range(&f->quant, min, max);
    weft_free(min);
    return WEFT_OK;
}

static weft_status copy_rows(weft_flat *f, const weft_index_source *source, weft_err *err) {
    size_t rows = source->rows, dim = source->dim;
    f->stride = (dim + WEFT_DOT_FLOAT_PAD - 1) / WEFT_DOT_FLOAT_PAD * WEFT_DOT_FLOAT_PAD;
    f->vectors = weft_alloc_aligned(rows, f->stride * sizeof *f->vectors);
    f->codes = weft_alloc_aligned(rows, f->quant.stride);
    if (!f->vectors || !f->codes)
        return weft_fail(err, WEFT_E_NOMEM, "index: %zu vectors of %zu float32", rows, dim);
    memset(f->vectors, 0, rows * f->stride * sizeof *f->vectors);
    memset(f->codes, 0, rows * f->quant.stride);
    for (size_t row = 0; row < rows; row++)
        if (weft_bitset_get(&f->base.present, row))
            memcpy(f->vectors + row * f->stride, source->vectors + row * dim, dim * sizeof(float));
    return WEFT_OK;
}

static void encode_rows(weft_flat *f) {
    for (size_t row = 0; row < f->base.rows; row++) {
        if (!weft_bitset_get(&f->base.present, row)) continue;
        const float *x = f->vectors + row * f->stride;
        int8_t *codes = f->codes + row * f->quant.stride;
        weft_quant_encode(&f->quant, x, codes);
        weft_quant_note(&f->quant, x, codes);
    }
}

weft_status weft_index_flat_new(weft_index **out, const weft_index_source *source, weft_err *err) {
    *out = NULL;
    weft_status status = weft_index_check_source(source, err);
    if (status) return status;
    weft_flat *f = weft_calloc(1, sizeof *f);
    if (!f) return weft_fail(err, WEFT_E_NOMEM, "index of %zu rows", source->rows);
    f->dot = weft_dot_for(weft_cpu_level());
    if ((status = weft_index_init(&f->base, &engine, source, err))) goto cleanup;
    if ((status = weft_quant_init(&f->quant, source->dim, err))) goto cleanup;
    if ((status = copy_rows(f, source, err))) goto cleanup;
    if ((status = measure_ranges(f, err))) goto cleanup;
    encode_rows(f);
cleanup:
    if (status) flat_free(&f->base);
    else *out = &f->base;
    return status;
}
