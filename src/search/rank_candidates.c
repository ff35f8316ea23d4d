/* From the rows that match to scored candidates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/index_topk.h"
#include "search/rank_internal.h"

enum {
    DEPTH = 200,     /* candidates of each list */
    ALL_ROWS = 1000, /* as few rows as these are all candidates */
    BACKGROUND = 256,
    BOOSTED = 100, /* of what each boost raises */
};
static const float RRF_K = 60; /* of reciprocal rank fusion */

weft_retrieval weft_rank_retrieval(const weft_ranking *r, weft_embedding_kind kind) {
    const weft_rank_request *q = r->request;
    return (weft_retrieval){.catalog = q->catalog,
                            .index = q->indexes[kind],
                            .engine = q->engine,
                            .kind = kind,
                            .embedding = q->embedding,
                            .filter = r->filter,
                            .allow = &r->allow,
                            .is_narrower = r->is_narrower};
}

/* ---- cosines and vectors of given rows ---- */

/* By an engine: what is asked for is filtered by id, at most ALL_ROWS at a time. */
static weft_status ask_cosines(const weft_ranking *r, weft_embedding_kind kind,
                               const float *embedding, const uint32_t *rows, size_t n,
                               float *cosines, weft_err *err) {
    weft_bitset some;
    weft_hit *hits;
    size_t found;
    weft_status status = weft_bitset_init(&some, weft_catalog_rows(r->request->catalog), err);
    if (status) return status;
    for (size_t i = 0; i < n; i++) weft_bitset_set(&some, rows[i]);
    weft_retrieval from = weft_rank_retrieval(r, kind);
    from.embedding = embedding;
    from.filter = NULL;
    from.allow = &some;
    from.is_narrower = true;
    status = weft_retrieve(&from, n, r->arena, &hits, &found, err);
    for (size_t i = 0; i < n && !status; i++)
        for (size_t h = 0; h < found; h++)
            if (hits[h].row == rows[i]) cosines[i] = hits[h].score;
    weft_bitset_deinit(&some);
    return status;
}

weft_status weft_rank_cosines(const weft_ranking *r, weft_embedding_kind kind,
                              const float *embedding, const uint32_t *rows, size_t n,
                              float *cosines, weft_err *err) {
    const weft_rank_request *q = r->request;
    if (!q->engine) return weft_index_scores(q->indexes[kind], embedding, rows, n, cosines, err);
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < n; i++) cosines[i] = NAN;
    for (size_t i = 0; i < n && !status; i += ALL_ROWS) {
        size_t part = n - i < ALL_ROWS ? n - i : ALL_ROWS;
        status = ask_cosines(r, kind, embedding, rows + i, part, cosines + i, err);
    }
    return status;
}

weft_status weft_rank_vectors(const weft_ranking *r, weft_embedding_kind kind, const uint32_t *rows,
                              size_t n, float *vectors, weft_err *err) {
    const weft_rank_request *q = r->request;
    size_t dim = weft_index_dim(q->indexes[kind]);
    for (size_t i = 0; i < n; i++) {
        bool found;
        weft_status status = WEFT_OK;
        if (q->engine)
            status = weft_engine_vector(q->engine, kind,
                                        weft_catalog_product(q->catalog, rows[i])->product_id,
                                        vectors + i * dim, &found, err);
        else found = weft_index_vector(q->indexes[kind], rows[i], vectors + i * dim);
        if (status) return status;
        if (!found) memset(vectors + i * dim, 0, dim * sizeof *vectors);
    }
    return WEFT_OK;
}

/* ---- the background ---- */

static weft_status measure(const weft_ranking *r, const float *embedding, const uint32_t *rows,
                           size_t n, weft_background *background, weft_err *err) {
    float cosines[BACKGROUND];
    double sum = 0, squares = 0;
    size_t count = 0;
    weft_status status = weft_rank_cosines(r, r->request->kind, embedding, rows, n, cosines, err);
    for (size_t i = 0; i < n && !status; i++) {
        if (isnan(cosines[i])) continue;
        sum += cosines[i];
        squares += (double)cosines[i] * cosines[i];
        count++;
    }
    *background = (weft_background){0};
    if (status || count < 2) return status;
    double mean = sum / (double)count, variance = squares / (double)count - mean * mean;
    *background = (weft_background){(float)mean, (float)sqrt(variance > 0 ? variance : 0)};
    return WEFT_OK;
}

weft_status weft_rank_look_around(weft_ranking *r, weft_err *err) {
    const weft_rank_request *q = r->request;
    size_t rows = weft_catalog_rows(q->catalog), n = 0;
    uint32_t sample[BACKGROUND];
    const weft_bitset *present = weft_index_present(q->indexes[q->kind]);
    /* Evenly from the catalog: the same rows for every question. */
    for (size_t i = 0; i < BACKGROUND && i < rows; i++) {
        uint32_t row = (uint32_t)(rows <= BACKGROUND ? i : i * rows / BACKGROUND);
        if (row < present->count && weft_bitset_get(present, row)) sample[n++] = row;
    }
    weft_status status = WEFT_OK;
    if (q->embedding) status = measure(r, q->embedding, sample, n, &r->background, err);
    r->unwanted = weft_arena_alloc(r->arena, q->unwanted_count, sizeof *r->unwanted);
    if (!status && !r->unwanted) status = weft_fail(err, WEFT_E_NOMEM, "background");
    for (size_t i = 0; i < q->unwanted_count && !status; i++)
        status = measure(r, q->unwanted[i], sample, n, &r->unwanted[i], err);
    return status;
}

/* ---- scores ---- */

void weft_rank_score(const weft_ranking *r, uint32_t row, float cosine, weft_score *score) {
    const weft_rank_request *q = r->request;
    weft_signals *s = &score->signals;
    *score = (weft_score){0};
    for (int kind = 0; kind < WEFT_KIND_COUNT; kind++) s->cosine[kind] = NAN;
    s->nearness = NAN;
    if (q->embedding && !isnan(cosine)) {
        s->cosine[q->kind] = cosine;
        s->nearness = weft_background_nearness(&r->background, cosine);
    }
    s->words = r->words ? fminf(r->words[row] / r->words_most, 1) : 0;
    score->rules = weft_rule_effects_boost(&r->effects, row);
    s->match = q->query ? weft_query_match(q->query, q->catalog, q->lexicon, row) : 1;
    weft_score_add_up(score, &r->question);
}

/* How near each candidate is to what is not wanted. */
static weft_status keep_away(weft_ranking *r, const uint32_t *rows, weft_err *err) {
    const weft_rank_request *q = r->request;
    float *cosines = weft_arena_alloc(r->arena, r->head_count, sizeof *cosines);
    if (!cosines) return weft_fail(err, WEFT_E_NOMEM, "%zu candidates", r->head_count);
    for (size_t u = 0; u < q->unwanted_count; u++) {
        weft_status status =
            weft_rank_cosines(r, q->kind, q->unwanted[u], rows, r->head_count, cosines, err);
        if (status) return status;
        for (size_t i = 0; i < r->head_count; i++) {
            float near = weft_background_nearness(&r->unwanted[u], cosines[i]);
            weft_score *score = &r->head[i].score;
            near *= q->unwanted_weights ? q->unwanted_weights[u] : 1;
            if (near > score->signals.unwanted) score->signals.unwanted = near;
        }
    }
    for (size_t i = 0; i < r->head_count; i++) weft_score_add_up(&r->head[i].score, &r->question);
    return WEFT_OK;
}

/* ---- the cut-off ---- */

weft_status weft_rank_cut_off(const weft_ranking *r, weft_bitset *rows, weft_err *err) {
    const weft_rank_request *q = r->request;
    size_t allowed = weft_bitset_popcount(rows), n = 0;
    weft_hit *hits = NULL;
    weft_bitset kept;
    weft_status status = weft_bitset_init(&kept, rows->count, err);
    weft_retrieval from = weft_rank_retrieval(r, q->kind);
    if (rows != &r->allow) from.filter = NULL; /* they are more than pass it */
    from.allow = rows;
    from.is_narrower = true;
    /* Until no row further away can be relevant enough, whatever its words. */
    for (size_t k = ALL_ROWS; !status && q->embedding; k *= 4) {
        status = weft_retrieve(&from, k, r->arena, &hits, &n, err);
        if (status || n >= allowed || n < k) break;
        float last = weft_background_nearness(&r->background, hits[n - 1].score);
        if (weft_score_best_relevance(last, &r->question) < q->min_relevance) break;
    }
    for (size_t i = 0; i < n && !status; i++) {
        weft_score score;
        weft_rank_score(r, hits[i].row, hits[i].score, &score);
        if (score.relevance >= q->min_relevance) weft_bitset_set(&kept, hits[i].row);
    }
    for (uint32_t row = 0; row < kept.count && !status && !q->embedding; row++) {
        weft_score score;
        if (!weft_bitset_get(rows, row)) continue;
        weft_rank_score(r, row, NAN, &score);
        if (score.relevance >= q->min_relevance) weft_bitset_set(&kept, row);
    }
    if (!status) weft_bitset_copy(rows, &kept);
    weft_bitset_deinit(&kept);
    return status;
}

/* ---- candidates ---- */

/* Rows that are candidates so far, each with its cosine (NAN: not known) and the sum of its
 * reciprocal ranks. */
typedef struct {
    uint32_t *rows;
    float *cosines, *ranks;
    size_t n, capacity;
    uint32_t *place; /* [catalog rows]: in rows, from 1; 0: not among them */
} pool;

static weft_status pool_init(pool *p, const weft_ranking *r, size_t capacity, weft_err *err) {
    *p = (pool){.capacity = capacity};
    p->rows = weft_arena_alloc(r->arena, capacity, sizeof *p->rows);
    p->cosines = weft_arena_alloc(r->arena, capacity, sizeof *p->cosines);
    p->ranks = weft_arena_alloc(r->arena, capacity, sizeof *p->ranks);
    p->place = weft_calloc(weft_catalog_rows(r->request->catalog) + 1, sizeof *p->place);
    return p->rows && p->cosines && p->ranks && p->place
               ? WEFT_OK
               : weft_fail(err, WEFT_E_NOMEM, "%zu candidates", capacity);
}

/* The candidate `row`, found at place `rank` of a list (from 1; 0: of none). */
static void pool_add(pool *p, uint32_t row, float cosine, size_t rank) {
    if (!p->place[row]) {
        if (p->n == p->capacity) return;
        p->rows[p->n] = row;
        p->cosines[p->n] = NAN;
        p->ranks[p->n] = 0;
        p->place[row] = (uint32_t)++p->n;
    }
    size_t at = p->place[row] - 1;
    if (!isnan(cosine)) p->cosines[at] = cosine;
    if (rank) p->ranks[at] += 1 / (RRF_K + (float)rank);
}

/* The best by words among the rows that match: a heap whose worst is at 0. */
static void add_by_words(const weft_ranking *r, pool *p) {
    weft_hit hits[DEPTH];
    weft_topk top = {.hits = hits, .k = DEPTH};
    for (size_t word = 0; word < (r->allow.count + 63) / 64; word++)
        for (uint64_t bits = r->allow.words[word]; bits; bits &= bits - 1) {
            uint32_t row = (uint32_t)(word * 64 + (size_t)__builtin_ctzll(bits));
            if (r->words[row] > 0) weft_topk_push(&top, (weft_hit){row, r->words[row]});
        }
    weft_topk_sort(&top);
    for (size_t i = 0; i < top.n; i++) pool_add(p, hits[i].row, NAN, i + 1);
}

static weft_status add_by_embedding(const weft_ranking *r, pool *p, weft_embedding_kind kind,
                                    size_t depth, weft_err *err) {
    weft_hit *hits;
    size_t n;
    const weft_retrieval from = weft_rank_retrieval(r, kind);
    weft_status status = weft_retrieve(&from, depth, r->arena, &hits, &n, err);
    for (size_t i = 0; i < n && !status; i++)
        pool_add(p, hits[i].row, kind == r->request->kind ? hits[i].score : NAN, i + 1);
    return status;
}

/* The nearest of those that a rule raises: they may be too far away for the other lists. */
static weft_status add_boosted(const weft_ranking *r, pool *p, const weft_bitset *boosted,
                               weft_err *err) {
    weft_hit *hits;
    size_t n;
    weft_bitset both;
    weft_retrieval from = weft_rank_retrieval(r, r->request->kind);
    weft_status status = weft_bitset_init(&both, r->allow.count, err);
    if (status) return status;
    weft_bitset_copy(&both, &r->allow);
    weft_bitset_and(&both, boosted);
    from.allow = &both;
    from.is_narrower = true;
    status = weft_retrieve(&from, BOOSTED, r->arena, &hits, &n, err);
    for (size_t i = 0; i < n && !status; i++) pool_add(p, hits[i].row, hits[i].score, 0);
    weft_bitset_deinit(&both);
    return status;
}

static weft_status gather(const weft_ranking *r, pool *p, weft_err *err) {
    const weft_rank_request *q = r->request;
    size_t allowed = weft_bitset_popcount(&r->allow);
    bool takes_words = r->words && q->fusion != WEFT_FUSE_NONE;
    weft_status status = WEFT_OK;
    if (q->embedding) {
        size_t depth = allowed <= ALL_ROWS ? allowed : DEPTH;
        status = add_by_embedding(r, p, q->kind, depth, err);
        for (int kind = 0; kind < WEFT_KIND_COUNT && !status; kind++)
            if (q->fusion == WEFT_FUSE_RANKS && q->kind == WEFT_KIND_HYBRID &&
                kind != WEFT_KIND_HYBRID)
                status = add_by_embedding(r, p, (weft_embedding_kind)kind, depth, err);
    }
    if (!status && takes_words) add_by_words(r, p);
    for (size_t b = 0; b < r->effects.boost_count && !status; b++)
        if (q->embedding && r->effects.boosts[b].by > 0)
            status = add_boosted(r, p, &r->effects.boosts[b].rows, err);
    for (uint32_t row = 0; row < r->allow.count && !status && allowed <= ALL_ROWS; row++)
        if (weft_bitset_get(&r->allow, row)) pool_add(p, row, NAN, 0);
    return status;
}

/* The cosines of those that only words found. */
static weft_status complete(const weft_ranking *r, pool *p, weft_err *err) {
    uint32_t *rows = weft_arena_alloc(r->arena, p->n, sizeof *rows);
    float *cosines = weft_arena_alloc(r->arena, p->n, sizeof *cosines);
    size_t n = 0;
    if (!rows || !cosines) return weft_fail(err, WEFT_E_NOMEM, "%zu candidates", p->n);
    for (size_t i = 0; i < p->n; i++)
        if (isnan(p->cosines[i])) rows[n++] = p->rows[i];
    if (n == 0 || !r->request->embedding) return WEFT_OK;
    weft_status status =
        weft_rank_cosines(r, r->request->kind, r->request->embedding, rows, n, cosines, err);
    for (size_t i = 0; i < n && !status; i++) p->cosines[p->place[rows[i]] - 1] = cosines[i];
    return status;
}

/* What was learned ranks the candidates; rules add to it as to other scores. */
static weft_status score_learned(weft_ranking *r, weft_err *err) {
    size_t n = r->head_count;
    float *features = weft_arena_alloc(r->arena, n * WEFT_LEARNED_FEATURES, sizeof *features);
    float *scores = weft_arena_alloc(r->arena, n, sizeof *scores);
    if (!features || !scores) return weft_fail(err, WEFT_E_NOMEM, "%zu candidates", n);
    for (size_t i = 0; i < n; i++)
        weft_learned_features(&r->head[i].score.signals,
                              weft_catalog_product(r->request->catalog, r->head[i].row),
                              features + i * WEFT_LEARNED_FEATURES);
    weft_status status = weft_learned_score(r->request->learned, features, n, scores, err);
    for (size_t i = 0; i < n && !status; i++)
        r->head[i].score.fused = scores[i] + r->head[i].score.rules;
    return status;
}

static int by_score(const void *a, const void *b) {
    const weft_ranked *x = a, *y = b;
    if (x->score.fused != y->score.fused) return x->score.fused > y->score.fused ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

weft_status weft_rank_candidates(weft_ranking *r, weft_err *err) {
    const weft_rank_request *q = r->request;
    pool p;
    weft_status status =
        pool_init(&p, r, ALL_ROWS + 4 * DEPTH + r->effects.boost_count * BOOSTED, err);
    if (!status) status = gather(r, &p, err);
    if (!status) status = complete(r, &p, err);
    if (status) goto cleanup;
    r->head_count = p.n;
    r->head = weft_arena_calloc(r->arena, p.n, sizeof *r->head);
    if (!r->head) {
        status = weft_fail(err, WEFT_E_NOMEM, "%zu candidates", p.n);
        goto cleanup;
    }
    for (size_t i = 0; i < p.n; i++) {
        r->head[i].row = p.rows[i];
        weft_rank_score(r, p.rows[i], p.cosines[i], &r->head[i].score);
    }
    if (q->unwanted_count) status = keep_away(r, p.rows, err);
    for (size_t i = 0; i < p.n; i++) {
        weft_score *score = &r->head[i].score;
        if (q->fusion == WEFT_FUSE_RANKS) score->fused = p.ranks[i] + score->rules;
        if (q->fusion == WEFT_FUSE_NONE)
            score->fused = isnan(p.cosines[i]) ? -1 : p.cosines[i] + score->rules;
    }
    if (q->fusion == WEFT_FUSE_LEARNED && q->learned) status = score_learned(r, err);
    if (!status && p.n) qsort(r->head, p.n, sizeof *r->head, by_score);

cleanup:
    weft_free(p.place);
    return status;
}
