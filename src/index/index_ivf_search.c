/* Searching an inverted file: best first, until nothing better can be expected.
 *
 * The leads of all centroids are scored, which gives every block of cells a bound. The few
 * best cells of the best blocks are visited at once; what they hold sets a worst hit that
 * rules out almost all blocks, and most cells of the others. Those left get a bound from
 * their whole centroid and are visited from the highest down. With a filter
 * the worst hit is worse, so more cells are visited, in the limit all of them: k hits
 * come back whenever k rows are allowed. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_float.h"
#include "index/index_ivf.h"
#include "index/index_topk.h"

enum {
    LINE = 64, /* bytes that a processor fetches at once */
    FIRST = 8, /* cells visited before the others are looked at */
    /* So few allowed rows are looked up: 8 for each hit wanted, and 1 of 32 rows. */
    DIRECT_PER_HIT = 8,
    DIRECT_SHARE = 32,
    DIRECT_MOST = 32768,
    SPARSE = 8, /* with at most one of so many rows allowed, cells have few that are */
};

/* A cell that may still hold a hit, but none of a higher score than bound. */
typedef struct {
    float bound;
    uint32_t place;
} promise;

typedef struct {
    const weft_ivf *ivf;
    const weft_bitset *allow;
    float reach;
    bool is_sparse; /* allow has at most one of SPARSE rows */
    weft_topk top;

    int16_t *head_query;     /* [heads.stride] */
    int16_t *residual_query; /* [residuals.stride] */
    float base, head_step, residual_step;
    int8_t lead_query[WEFT_IVF_LEAD];
    float lead_step;
    float lead_base; /* as base, without what the head's axes behind the lead have in it */
    /* Variances of the score: of a row around its cell's centroid, along the head's axes;
     * of what its residual adds to its cell's remainder; of what that remainder adds. */
    float cell_variance, residual_variance, remainder_variance;

    float tail_variance; /* of what the head's axes behind the lead add to a centroid's score */
    float tail;          /* by how much cells were seen to be better than their leads promised */

    float *blocks;         /* [group_count][WEFT_IVF_BLOCKS], bounds from leads */
    uint32_t first[FIRST]; /* cells visited before the others */
    size_t first_count;
    promise *cells; /* [count], a heap with the highest bound at 0 */
    size_t count;
} search;

/* ---- the query ---- */

/* sum of q_j^2 variance_j */
static float variance_along(const float *query, const float *variance, size_t n) {
    enum { LANES = 8 };
    float sums[LANES] = {0};
    size_t whole = n / LANES * LANES;
    for (size_t j = 0; j < whole; j += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            sums[lane] += query[j + lane] * query[j + lane] * variance[j + lane];
    for (size_t j = whole; j < n; j++) sums[0] += query[j] * query[j] * variance[j];
    for (size_t lane = 1; lane < LANES; lane++) sums[0] += sums[lane];
    return sums[0];
}

/* The lead's part of head_query, in the steps that dot->blocks takes. */
static void prepare_lead(search *s) {
    int largest = 1, sum = 0;
    for (size_t j = 0; j < WEFT_IVF_LEAD; j++)
        if (abs(s->head_query[j]) > largest) largest = abs(s->head_query[j]);
    float scale = (float)WEFT_DOT_BLOCK_QUERY / (float)largest;
    for (size_t j = 0; j < WEFT_IVF_LEAD; j++) {
        s->lead_query[j] = (int8_t)lrintf((float)s->head_query[j] * scale);
        sum += s->lead_query[j];
    }
    s->lead_step = s->head_step / scale;
    s->lead_base -= s->lead_step * 128 * (float)sum;
}

static weft_status prepare_query(search *s, const float *query, weft_err *err) {
    const weft_space *space = s->ivf->space;
    float head[WEFT_SPACE_HEAD_MAX];
    weft_gemm_input in;
    weft_status status = weft_gemm_input_init(&in, 1, weft_gemm_row_size(space->to_query), err);
    if (status) return status;
    weft_gemm_put(space->to_query, &in, 0, query);
    weft_gemm_run_alone(space->to_query,
                        &(weft_gemm_call){.in = &in, .m = 1, .c = head, .c_stride = space->head});
    weft_gemm_input_deinit(&in);

    weft_quant_query heads = weft_quant_prepare_fast(&space->heads, head, s->head_query);
    weft_quant_query rest = weft_quant_prepare_fast(&space->residuals, query, s->residual_query);
    s->base = weft_float_dot(query, space->mean, space->dim) + (float)(heads.base + rest.base);
    s->head_step = (float)heads.step;
    size_t lead = space->head < WEFT_IVF_LEAD ? space->head : WEFT_IVF_LEAD;
    s->lead_base =
        s->base - weft_float_dot(head + lead, space->heads.offset + lead, space->head - lead);
    prepare_lead(s);
    s->tail_variance =
        variance_along(head + lead, space->centroid_variance + lead, space->head - lead);
    s->residual_step = (float)rest.step;
    s->cell_variance = variance_along(head, space->head_variance, space->head);
    s->residual_variance = variance_along(query, space->residual_variance, space->dim);
    s->remainder_variance = variance_along(query, space->remainder_variance, space->dim);
    return WEFT_OK;
}

/* The score that a row must beat. */
static float worst_hit(const search *s) {
    return s->top.n < s->top.k ? -INFINITY : s->top.hits[0].score;
}

/* ---- rows ---- */

static bool is_allowed(const search *s, uint32_t row) { return weft_index_allows(s->allow, row); }

static void score_row(search *s, const weft_ivf_cell *cell, size_t slot, int32_t head_score) {
    const weft_space *space = s->ivf->space;
    int32_t rest;
    s->ivf->dot->codes(cell->residuals + slot * space->residuals.stride, space->residuals.stride,
                       s->residual_query, 1, &rest);
    float score = s->base + s->head_step * (float)head_score + s->residual_step * (float)rest;
    weft_topk_push(&s->top, (weft_hit){.row = cell->rows[slot], .score = score});
}

/* The least head score with which a row can still become a hit when residuals are
 * expected to add `remainder`. */
static int32_t least_useful(const search *s, float remainder) {
    float open = s->reach * sqrtf(s->residual_variance);
    float least = (worst_hit(s) - open - remainder - s->base) / s->head_step;
    if (least <= (float)INT32_MIN) return INT32_MIN;
    return least < -(float)INT32_MIN ? (int32_t)floorf(least) : INT32_MAX;
}

/* What the cell's mean residual adds to a score. */
static float remainder_of(const search *s, const weft_ivf_group *group, size_t cell) {
    size_t stride = s->ivf->space->residuals.stride;
    int32_t score;
    s->ivf->dot->codes(group->remainders + cell * stride, stride, s->residual_query, 1, &score);
    return s->residual_step * (float)score;
}

/* Few rows are allowed, so those are looked for before any is scored. */
static void visit_sparse_cell(search *s, uint32_t place) {
    const weft_space *space = s->ivf->space;
    const weft_ivf_group *group = s->ivf->groups[place >> 16];
    const weft_ivf_cell *cell = &group->cells[place & 0xffff];
    size_t seen = 0;
    float remainder = 0;
    for (size_t i = 0; i < cell->n; i++) {
        if (!is_allowed(s, cell->rows[i])) continue;
        int32_t score;
        s->ivf->dot->codes(cell->heads + i * space->heads.stride, space->heads.stride,
                           s->head_query, 1, &score);
        if (seen++ == 0) remainder = remainder_of(s, group, place & 0xffff);
        if (score >= least_useful(s, remainder)) score_row(s, cell, i, score);
    }
}

static void visit_cell(search *s, uint32_t place) {
    if (s->is_sparse) {
        visit_sparse_cell(s, place);
        return;
    }
    const weft_space *space = s->ivf->space;
    const weft_ivf_group *group = s->ivf->groups[place >> 16];
    const weft_ivf_cell *cell = &group->cells[place & 0xffff];
    int32_t scores[WEFT_IVF_CELL_MAX];
    float remainder = remainder_of(s, group, place & 0xffff);
    s->ivf->dot->codes(cell->heads, space->heads.stride, s->head_query, cell->n, scores);
    int32_t least = least_useful(s, remainder);
    for (size_t i = 0; i < cell->n; i++) {
        if (scores[i] < least || !is_allowed(s, cell->rows[i])) continue;
        score_row(s, cell, i, scores[i]);
        least = least_useful(s, remainder);
    }
}

/* ---- cells ---- */

static void sift_down(promise *heap, size_t n, size_t i) {
    promise moving = heap[i];
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && heap[child + 1].bound > heap[child].bound) child++;
        if (heap[child].bound <= moving.bound) break;
        heap[i] = heap[child];
    }
    heap[i] = moving;
}

/* How much the best row of a cell can be expected to score above its centroid. */
static inline float open_above(const search *s, float spread, float more) {
    float variance =
        s->cell_variance * spread + s->residual_variance + s->remainder_variance + more;
    return s->reach * sqrtf(variance);
}

static inline float lead_bound(const search *s, int32_t score, float spread) {
    return s->lead_base + s->lead_step * (float)score + open_above(s, spread, s->tail_variance);
}

/* From the best lead of each block of a group's cells, what any cell of the block can be
 * expected to reach. */
static void bound_blocks(search *s, size_t number) {
    const weft_ivf *ivf = s->ivf;
    const weft_ivf_group *group = ivf->groups[number];
    const weft_ivf_group *next = ivf->groups[number + 1 < ivf->group_count ? number + 1 : 0];
    __builtin_prefetch(ivf->groups[number + 2 < ivf->group_count ? number + 2 : 0]);
    size_t n = (group->n + WEFT_DOT_BLOCK - 1) / WEFT_DOT_BLOCK;
    float *blocks = s->blocks + number * WEFT_IVF_BLOCKS;
    int32_t scores[WEFT_IVF_GROUP_CELLS], best[WEFT_IVF_BLOCKS];
    ivf->dot->blocks(group->leads, WEFT_IVF_LEAD, s->lead_query, n, scores, best, next->leads);
    for (size_t b = 0; b < WEFT_IVF_BLOCKS; b++)
        blocks[b] = b < n ? lead_bound(s, best[b], group->widest[b]) : -INFINITY;
}

/* The bound of a cell from all axes of its centroid. */
static float whole_bound(const search *s, uint32_t place) {
    const weft_ivf_group *group = s->ivf->groups[place >> 16];
    size_t cell = place & 0xffff, stride = s->ivf->space->heads.stride;
    int32_t score;
    s->ivf->dot->codes(group->centroids + cell * stride, stride, s->head_query, 1, &score);
    return s->base + s->head_step * (float)score + open_above(s, group->spread[cell], 0);
}

/* The cells of a block that may reach `least`; returns how many. */
static size_t promising_cells(const search *s, size_t block, float least, promise *found) {
    size_t number = block / WEFT_IVF_BLOCKS, begin = block % WEFT_IVF_BLOCKS * WEFT_DOT_BLOCK;
    const weft_ivf_group *group = s->ivf->groups[number];
    size_t end = begin + WEFT_DOT_BLOCK < group->n ? begin + WEFT_DOT_BLOCK : group->n, n = 0;
    const uint8_t *leads = group->leads + begin * WEFT_IVF_LEAD;
    int32_t scores[WEFT_DOT_BLOCK], best;
    s->ivf->dot->blocks(leads, WEFT_IVF_LEAD, s->lead_query, 1, scores, &best, leads);
    for (size_t c = begin; c < end; c++) {
        float bound = lead_bound(s, scores[c - begin], group->spread[c]);
        if (bound >= least) found[n++] = (promise){bound, weft_ivf_place(number, c)};
    }
    return n;
}

/* Puts one among the best few, best first; returns how many there are now. */
static size_t keep_best(promise best[FIRST], size_t kept, promise one) {
    if (kept == FIRST && one.bound <= best[FIRST - 1].bound) return kept;
    size_t at = kept < FIRST ? kept++ : FIRST - 1;
    for (; at > 0 && best[at - 1].bound < one.bound; at--) best[at] = best[at - 1];
    best[at] = one;
    return kept;
}

/* The best cells, by their leads, of the best blocks. */
static size_t choose_first(const search *s, promise best[FIRST]) {
    promise blocks[FIRST], cells[WEFT_DOT_BLOCK];
    size_t block_count = 0, kept = 0;
    for (size_t b = 0; b < s->ivf->group_count * WEFT_IVF_BLOCKS; b++)
        block_count = keep_best(blocks, block_count, (promise){s->blocks[b], (uint32_t)b});
    for (size_t b = 0; b < block_count; b++) {
        if (blocks[b].bound == -INFINITY) break;
        size_t n = promising_cells(s, blocks[b].place, -FLT_MAX, cells);
        for (size_t i = 0; i < n; i++) kept = keep_best(best, kept, cells[i]);
    }
    return kept;
}

/* Visits these, and learns from them what a tail can add: a photo resembles its best
 * cells along all axes, and far more than an average cell varies. */
static void visit_first(search *s) {
    promise best[FIRST];
    s->first_count = choose_first(s, best);
    for (size_t i = 0; i < s->first_count; i++) {
        float bound = whole_bound(s, best[i].place);
        s->tail = fmaxf(s->tail, bound - best[i].bound);
        s->first[i] = best[i].place;
        if (bound >= worst_hit(s)) visit_cell(s, best[i].place);
    }
}

static bool is_first(const search *s, uint32_t place) {
    bool found = false;
    for (size_t i = 0; i < s->first_count; i++) found |= s->first[i] == place;
    return found;
}

/* Makes a heap of the cells that may still hold a hit: first by their leads, and while these
 * are looked through the whole centroids of those that pass are fetched. */
static void keep_promising(search *s) {
    float worst = worst_hit(s), least = fmaxf(worst - s->tail, -FLT_MAX);
    size_t found = 0, stride = s->ivf->space->heads.stride;
    for (size_t b = 0; b < s->ivf->group_count * WEFT_IVF_BLOCKS; b++) {
        if (s->blocks[b] < least) continue;
        const int8_t *centroids = s->ivf->groups[b / WEFT_IVF_BLOCKS]->centroids;
        size_t end = found + promising_cells(s, b, least, s->cells + found);
        for (; found < end; found++)
            for (size_t i = 0; i < stride; i += LINE)
                __builtin_prefetch(centroids + (s->cells[found].place & 0xffff) * stride + i);
    }
    for (size_t i = 0; i < found; i++) {
        uint32_t place = s->cells[i].place;
        float bound = whole_bound(s, place);
        if (bound >= worst && !is_first(s, place)) s->cells[s->count++] = (promise){bound, place};
    }
    for (size_t i = s->count / 2; i-- > 0;) sift_down(s->cells, s->count, i);
}

static promise take_best(search *s) {
    promise best = s->cells[0];
    s->cells[0] = s->cells[--s->count];
    if (s->count) sift_down(s->cells, s->count, 0);
    return best;
}

/* Cells lie anywhere in memory: what is read of the next one is fetched while the present
 * one is scored. */
static void fetch_cell(const search *s, uint32_t place) {
    const weft_space *space = s->ivf->space;
    const weft_ivf_group *group = s->ivf->groups[place >> 16];
    const weft_ivf_cell *cell = &group->cells[place & 0xffff];
    const int8_t *remainder = group->remainders + (place & 0xffff) * space->residuals.stride;
    __builtin_prefetch(cell->rows);
    __builtin_prefetch((const char *)cell->rows + LINE);
    if (s->is_sparse) return;
    for (size_t i = 0; i < space->residuals.stride; i += LINE) __builtin_prefetch(remainder + i);
    for (size_t i = 0; i < cell->n * space->heads.stride; i += LINE)
        __builtin_prefetch(cell->heads + i);
}

static void visit_rest(search *s) {
    promise next = {.bound = -INFINITY};
    if (s->count) next = take_best(s);
    while (next.bound >= worst_hit(s) && next.bound > -INFINITY) {
        promise present = next;
        next.bound = -INFINITY;
        if (s->count) {
            next = take_best(s);
            fetch_cell(s, next.place);
        }
        visit_cell(s, present.place);
    }
}

static void search_best_first(search *s) {
    for (size_t g = 0; g < s->ivf->group_count; g++) bound_blocks(s, g);
    visit_first(s);
    keep_promising(s);
    visit_rest(s);
}

/* ---- few rows are allowed: look them up instead of looking for them ---- */

/* Rows lie anywhere in memory, so BATCH of them take each step together, and what a step
 * reads has been fetched during the one before. */
enum { BATCH = 32 };

typedef struct {
    const weft_ivf_cell *cells[BATCH];
    const int8_t *heads[BATCH], *residuals[BATCH];
    uint32_t rows[BATCH];
    size_t n;
} batch;

static void find_rows(const search *s, batch *b) {
    const weft_space *space = s->ivf->space;
    for (size_t i = 0; i < b->n; i++) {
        b->cells[i] = weft_ivf_cell_of(s->ivf, b->rows[i]);
        __builtin_prefetch(b->cells[i]);
    }
    for (size_t i = 0; i < b->n; i++)
        for (size_t line = 0; line < b->cells[i]->n * sizeof(uint32_t); line += LINE)
            __builtin_prefetch((const char *)b->cells[i]->rows + line);
    for (size_t i = 0; i < b->n; i++) {
        size_t slot = weft_ivf_slot_of(b->cells[i], b->rows[i]);
        b->heads[i] = b->cells[i]->heads + slot * space->heads.stride;
        b->residuals[i] = b->cells[i]->residuals + slot * space->residuals.stride;
        for (size_t line = 0; line < space->heads.stride; line += LINE)
            __builtin_prefetch(b->heads[i] + line);
    }
}

static void score_batch(search *s, batch *b) {
    const weft_space *space = s->ivf->space;
    float open = s->reach * sqrtf(s->residual_variance + s->remainder_variance);
    float scores[BATCH], worst = worst_hit(s);
    size_t kept = 0;
    find_rows(s, b);
    for (size_t i = 0; i < b->n; i++) {
        int32_t head;
        s->ivf->dot->codes(b->heads[i], space->heads.stride, s->head_query, 1, &head);
        float score = s->base + s->head_step * (float)head;
        if (score + open < worst) continue;
        scores[kept] = score;
        b->rows[kept] = b->rows[i];
        b->residuals[kept] = b->residuals[i];
        for (size_t line = 0; line < space->residuals.stride; line += LINE)
            __builtin_prefetch(b->residuals[kept] + line);
        kept++;
    }
    for (size_t i = 0; i < kept; i++) {
        int32_t rest;
        s->ivf->dot->codes(b->residuals[i], space->residuals.stride, s->residual_query, 1, &rest);
        float score = scores[i] + s->residual_step * (float)rest;
        weft_topk_push(&s->top, (weft_hit){.row = b->rows[i], .score = score});
    }
    b->n = 0;
}

static void score_allowed(search *s) {
    const weft_index *index = &s->ivf->base;
    batch b = {.n = 0};
    for (size_t w = 0; w * 64 < index->rows; w++)
        for (uint64_t word = weft_index_allowed_word(index, s->allow, w); word; word &= word - 1) {
            b.rows[b.n++] = (uint32_t)(w * 64 + (size_t)__builtin_ctzll(word));
            if (b.n == BATCH) score_batch(s, &b);
        }
    score_batch(s, &b);
}

weft_status weft_ivf_scores(const weft_index *index, const float *query, const uint32_t *rows,
                            size_t n, float *scores, weft_err *err) {
    const weft_ivf *ivf = (const weft_ivf *)index;
    const weft_space *space = ivf->space;
    search s = {.ivf = ivf};
    s.head_query = weft_alloc_aligned(space->heads.stride, sizeof(int16_t));
    s.residual_query = weft_alloc_aligned(space->residuals.stride, sizeof(int16_t));
    weft_status status = s.head_query && s.residual_query
                             ? prepare_query(&s, query, err)
                             : weft_fail(err, WEFT_E_NOMEM, "search: query of %zu", index->dim);
    for (size_t begin = 0; begin < n && !status; begin += BATCH) {
        batch b = {.n = n - begin < BATCH ? n - begin : BATCH};
        memcpy(b.rows, rows + begin, b.n * sizeof *rows);
        find_rows(&s, &b);
        for (size_t i = 0; i < b.n; i++) {
            int32_t head, rest;
            ivf->dot->codes(b.heads[i], space->heads.stride, s.head_query, 1, &head);
            ivf->dot->codes(b.residuals[i], space->residuals.stride, s.residual_query, 1, &rest);
            scores[begin + i] = s.base + s.head_step * (float)head + s.residual_step * (float)rest;
        }
    }
    weft_free(s.head_query);
    weft_free(s.residual_query);
    return status;
}

weft_status weft_ivf_search(const weft_index *index, const weft_index_query *query, weft_hit *hits,
                            size_t *n, weft_err *err) {
    const weft_ivf *ivf = (const weft_ivf *)index;
    size_t share = index->rows / DIRECT_SHARE;
    size_t direct = query->k * DIRECT_PER_HIT + (share < DIRECT_MOST ? share : DIRECT_MOST);
    size_t sparse = index->present_count / SPARSE;
    size_t allowed =
        weft_index_count_allowed(index, query->allow, (direct > sparse ? direct : sparse) + 1);
    search s = {.ivf = ivf,
                .allow = query->allow,
                .reach = query->reach,
                .is_sparse = allowed <= sparse,
                .top = {.hits = hits, .k = query->k}};
    s.head_query = weft_alloc_aligned(ivf->space->heads.stride, sizeof(int16_t));
    s.residual_query = weft_alloc_aligned(ivf->space->residuals.stride, sizeof(int16_t));
    s.cells = weft_alloc(ivf->cell_count, sizeof *s.cells);
    s.blocks = weft_alloc(ivf->group_count * WEFT_IVF_BLOCKS, sizeof *s.blocks);
    weft_status status = WEFT_OK;
    if (!s.head_query || !s.residual_query || !s.cells || !s.blocks)
        status = weft_fail(err, WEFT_E_NOMEM, "search: query of %zu", index->dim);
    if (!status) status = prepare_query(&s, query->query, err);
    if (!status && allowed <= direct) score_allowed(&s);
    else if (!status) search_best_first(&s);
    if (!status) {
        weft_topk_sort(&s.top);
        *n = s.top.n;
    }
    weft_free(s.head_query);
    weft_free(s.residual_query);
    weft_free(s.cells);
    weft_free(s.blocks);
    return status;
}
