#include "search/rank.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "search/mmr.h"
#include "search/rank_internal.h"

enum {
    MMR_WINDOW = 200,      /* the best so many are moved apart */
    MMR_WINDOW_ENGINE = 60 /* whose vectors another process must be asked for one by one */
};

static weft_status check_page(const weft_rank_request *request, weft_err *err) {
    if (request->offset > WEFT_RANK_MAX_OFFSET)
        return weft_fail(err, WEFT_E_LIMIT, "cursor: %zu results deep, at most %d", request->offset,
                         WEFT_RANK_MAX_OFFSET);
    return WEFT_OK;
}

/* BM25 of every row, when there are words to compare. */
static weft_status compare_words(weft_ranking *r, weft_err *err) {
    const weft_rank_request *q = r->request;
    bool has_words = q->query && q->query->asked_idf > 0;
    bool has_terms = q->query && q->query->term_count;
    r->question =
        (weft_score_question){.has_words = has_words,
                              .has_terms_alone = has_terms && !has_words && !q->embedding,
                              .known = !has_terms   ? 0
                                       : !has_words ? 1
                                                    : q->query->known_idf / q->query->asked_idf,
                              .kind = q->kind};
    if (!q->query || !q->query->word_count) return WEFT_OK;
    r->words = weft_calloc(weft_catalog_rows(q->catalog) + 1, sizeof *r->words);
    if (!r->words) return weft_fail(err, WEFT_E_NOMEM, "words of the query");
    weft_text_index_score(q->lexicon->texts, q->query->words, q->query->word_count, r->words);
    r->words_most = q->query->asked_idf > 0 ? q->query->asked_idf : 1;
    return WEFT_OK;
}

/* ---- collapsing variants ---- */

/* Has the row's group been met? If not, it has now. */
static bool meet(weft_ranking *r, uint32_t row) {
    if (!r->request->collapse) return false;
    uint32_t group = weft_variants_group(r->request->lexicon->variants, row);
    if (weft_bitset_get(&r->met_groups, group)) return true;
    weft_bitset_set(&r->met_groups, group);
    return false;
}

static void collapse_head(weft_ranking *r) {
    size_t kept = 0;
    for (size_t i = 0; i < r->head_count; i++) {
        weft_bitset_set(&r->in_head, r->head[i].row);
        if (!meet(r, r->head[i].row)) r->head[kept++] = r->head[i];
    }
    r->head_count = kept;
}

static void mark_groups(const weft_ranking *r, const weft_bitset *rows, weft_bitset *groups) {
    for (uint32_t row = 0; rows->words && row < rows->count; row++)
        if (weft_bitset_get(rows, row))
            weft_bitset_set(groups, weft_variants_group(r->request->lexicon->variants, row));
}

/* What is ranked, what is buried, and what is pinned, whether it matches or not; collapsed,
 * the variants of what is pinned count for themselves. */
static weft_status count_total(weft_ranking *r, weft_err *err) {
    r->ranked = weft_bitset_popcount(&r->allow);
    size_t buried = r->effects.buried.words ? weft_bitset_popcount(&r->effects.buried) : 0;
    r->total = r->ranked + buried + r->effects.pin_count;
    if (!r->request->collapse) return WEFT_OK;
    size_t n = weft_variants_groups(r->request->lexicon->variants);
    weft_status status = weft_bitset_init(&r->met_groups, n, err);
    if (!status) status = weft_bitset_init(&r->groups, n, err);
    if (status) return status;
    mark_groups(r, &r->allow, &r->groups);
    r->ranked = weft_bitset_popcount(&r->groups);
    weft_bitset all;
    status = weft_bitset_init(&all, n, err);
    if (status) return status;
    weft_bitset_copy(&all, &r->groups);
    mark_groups(r, &r->effects.buried, &all);
    r->total = weft_bitset_popcount(&all) + r->effects.pin_count;
    weft_bitset_deinit(&all);
    return WEFT_OK;
}

/* The other rows of each result's product that match. */
static weft_status list_variants(const weft_ranking *r, weft_ranked *results, size_t n,
                                 weft_err *err) {
    const weft_variants *variants = r->request->lexicon ? r->request->lexicon->variants : NULL;
    for (size_t i = 0; i < n && variants; i++) {
        size_t count, kept = 0;
        const uint32_t *rows =
            weft_variants_rows(variants, weft_variants_group(variants, results[i].row), &count);
        uint32_t *others = weft_arena_alloc(r->arena, count, sizeof *others);
        if (!others) return weft_fail(err, WEFT_E_NOMEM, "variants");
        for (size_t v = 0; v < count; v++)
            if (rows[v] != results[i].row && weft_bitset_get(&r->allow, rows[v]))
                others[kept++] = rows[v];
        results[i].variants = others;
        results[i].variant_count = kept;
    }
    return WEFT_OK;
}

/* ---- moving apart ---- */

static weft_status move_apart(weft_ranking *r, weft_err *err) {
    const weft_rank_request *q = r->request;
    size_t window = q->engine ? MMR_WINDOW_ENGINE : MMR_WINDOW;
    size_t n = r->head_count < window ? r->head_count : window;
    size_t dim = weft_index_dim(q->indexes[q->kind]);
    float *scores = weft_arena_alloc(r->arena, n, sizeof *scores);
    float *vectors = weft_arena_alloc(r->arena, n * dim, sizeof *vectors);
    uint32_t *rows = weft_arena_alloc(r->arena, n, sizeof *rows);
    uint32_t *looks = weft_arena_alloc(r->arena, n, sizeof *looks);
    uint32_t *order = weft_arena_alloc(r->arena, n, sizeof *order);
    weft_ranked *before = weft_arena_alloc(r->arena, n, sizeof *before);
    if (!scores || !vectors || !rows || !looks || !order || !before)
        return weft_fail(err, WEFT_E_NOMEM, "diversity of %zu results", n);
    const weft_catalog_facet *colors = weft_catalog_facet_of(q->catalog, WEFT_FACET_base_color);
    const weft_catalog_facet *types = weft_catalog_facet_of(q->catalog, WEFT_FACET_article_type);
    for (size_t i = 0; i < n; i++) {
        before[i] = r->head[i];
        rows[i] = before[i].row;
        scores[i] = before[i].score.fused;
        looks[i] = types->codes[rows[i]] * (uint32_t)colors->value_count + colors->codes[rows[i]];
    }
    weft_status status = weft_rank_vectors(r, q->kind, rows, n, vectors, err);
    const weft_mmr_list list = {.scores = scores,
                                .vectors = vectors,
                                .looks = looks,
                                .n = n,
                                .dim = dim,
                                .lambda = 1 - q->diversity};
    if (!status) status = weft_mmr_order(&list, r->arena, order, err);
    for (size_t i = 0; i < n && !status; i++) r->head[i] = before[order[i]];
    return status;
}

/* ---- the page ---- */

/* Rows in the order of the embedding alone (without one, of the catalog): those of `from` that
 * were not met before, from `skip` on. */
typedef struct {
    const weft_bitset *from;
    const weft_bitset *met_rows;   /* candidates; NULL: none */
    const weft_bitset *met_groups; /* collapsed: of what came before */
    size_t skip, wanted;
} tail;

static weft_status add_tail(weft_ranking *r, const tail *t, weft_ranked *results, size_t *count,
                            weft_err *err) {
    const weft_rank_request *q = r->request;
    size_t allowed = weft_bitset_popcount(t->from), n = 0;
    weft_hit *hits = NULL;
    weft_bitset met = {0};
    weft_status status = WEFT_OK;
    weft_retrieval from = weft_rank_retrieval(r, q->kind);
    from.allow = t->from;
    *count = 0;
    if (q->collapse) status = weft_bitset_init(&met, t->met_groups->count, err);
    for (size_t k = r->head_count + t->skip + t->wanted; !status; k *= 2) {
        size_t found = 0, passed = 0;
        if (k > allowed) k = allowed;
        if (q->collapse) weft_bitset_copy(&met, t->met_groups);
        if (q->embedding) status = weft_retrieve(&from, k, r->arena, &hits, &n, err);
        else n = t->from->count;
        for (size_t i = 0; i < n && found < t->wanted && !status; i++) {
            uint32_t row = q->embedding ? hits[i].row : (uint32_t)i;
            if (!weft_bitset_get(t->from, row)) continue;
            if (t->met_rows && weft_bitset_get(t->met_rows, row)) continue;
            if (q->collapse) {
                uint32_t group = weft_variants_group(q->lexicon->variants, row);
                if (weft_bitset_get(&met, group)) continue;
                weft_bitset_set(&met, group);
            }
            if (passed++ < t->skip) continue;
            results[found].row = row;
            weft_rank_score(r, row, q->embedding ? hits[i].score : NAN, &results[found].score);
            found++;
        }
        *count = found;
        if (found == t->wanted || k >= allowed || !q->embedding) break;
    }
    weft_bitset_deinit(&met);
    return status;
}

/* The results from `begin` on, pins left out: candidates, what lies beyond them, what is
 * buried. */
static weft_status list_ranked(weft_ranking *r, size_t begin, weft_ranked *results, size_t wanted,
                               size_t *count, weft_err *err) {
    size_t n = 0, more = 0;
    weft_status status = WEFT_OK;
    for (; n < wanted && begin + n < r->head_count; n++) results[n] = r->head[begin + n];
    if (n < wanted && begin + n < r->ranked) {
        const tail beyond = {.from = &r->allow,
                             .met_rows = &r->in_head,
                             .met_groups = &r->met_groups,
                             .skip = begin + n - r->head_count,
                             .wanted = wanted - n};
        status = add_tail(r, &beyond, results + n, &more, err);
        n += more;
    }
    if (!status && n < wanted && begin + n >= r->ranked && r->effects.buried.words) {
        const tail last = {.from = &r->effects.buried,
                           .met_groups = &r->groups,
                           .skip = begin + n - r->ranked,
                           .wanted = wanted - n};
        status = add_tail(r, &last, results + n, &more, err);
        n += more;
    }
    *count = n;
    return status;
}

static weft_status put_pin(weft_ranking *r, const weft_rule_place *pin, weft_ranked *result,
                           weft_err *err) {
    float cosine = NAN;
    weft_status status = WEFT_OK;
    if (r->request->embedding)
        status = weft_rank_cosines(r, r->request->kind, r->request->embedding, &pin->row, 1,
                                   &cosine, err);
    *result = (weft_ranked){.row = pin->row, .pinned_by = pin->rule};
    if (!status) weft_rank_score(r, pin->row, cosine, &result->score);
    return status;
}

/* Pins stand at their positions, or at the end when the results do not reach so far. */
static weft_status put_page(weft_ranking *r, weft_ranked *results, size_t *count, weft_err *err) {
    const weft_rank_request *q = r->request;
    size_t before = 0, ranked = r->total - r->effects.pin_count, n = 0, listed = 0,
           wanted = q->limit;
    /* The places of pins: the i-th stands after at most `ranked` others and i pins. */
    while (before < r->effects.pin_count) {
        size_t latest = ranked + before + 1;
        size_t place =
            r->effects.pins[before].position < latest ? r->effects.pins[before].position : latest;
        if (place > q->offset) break;
        before++;
    }
    weft_ranked *others = weft_arena_calloc(r->arena, wanted, sizeof *others);
    if (!others) return weft_fail(err, WEFT_E_NOMEM, "%zu results", wanted);
    weft_status status = list_ranked(r, q->offset - before, others, wanted, &listed, err);
    for (size_t pin = before, other = 0; n < wanted && !status;) {
        size_t place = q->offset + n + 1;
        bool is_pin = pin < r->effects.pin_count &&
                      (r->effects.pins[pin].position <= place || other == listed);
        if (is_pin) status = put_pin(r, &r->effects.pins[pin++], &results[n], err);
        else if (other < listed) results[n] = others[other++];
        else break;
        n++;
    }
    *count = n;
    return status;
}

/* The image's and the text's part of a hybrid cosine. */
static weft_status tell_apart(const weft_ranking *r, weft_ranked *results, size_t n,
                              weft_err *err) {
    static const weft_embedding_kind kinds[] = {WEFT_KIND_IMAGE, WEFT_KIND_TEXT};
    uint32_t *rows = weft_arena_alloc(r->arena, n, sizeof *rows);
    float *cosines = weft_arena_alloc(r->arena, n, sizeof *cosines);
    if (!rows || !cosines) return weft_fail(err, WEFT_E_NOMEM, "%zu results", n);
    for (size_t i = 0; i < n; i++) rows[i] = results[i].row;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        weft_status status =
            weft_rank_cosines(r, kinds[k], r->request->embedding, rows, n, cosines, err);
        if (status) return status;
        for (size_t i = 0; i < n; i++) results[i].score.signals.cosine[kinds[k]] = cosines[i];
    }
    for (size_t i = 0; i < n; i++) {
        float fused = results[i].score.fused;
        weft_score_add_up(&results[i].score, &r->question);
        results[i].score.fused = fused;
    }
    return WEFT_OK;
}

static weft_status cut_page(weft_ranking *r, weft_rank_page *page, weft_err *err) {
    const weft_rank_request *q = r->request;
    weft_ranked *results = weft_arena_calloc(r->arena, q->limit, sizeof *results);
    if (!results) return weft_fail(err, WEFT_E_NOMEM, "%zu results", q->limit);
    size_t n = 0;
    weft_status status = q->offset < r->total ? put_page(r, results, &n, err) : WEFT_OK;
    if (!status) status = list_variants(r, results, n, err);
    if (!status && q->explains && q->embedding && q->kind == WEFT_KIND_HYBRID)
        status = tell_apart(r, results, n, err);
    page->results = results;
    page->count = n;
    page->total = r->total;
    return status;
}

/* What is pinned or buried is ranked on its own. */
static weft_status apply_rules(weft_ranking *r, weft_err *err) {
    const weft_rank_request *q = r->request;
    weft_bitset filtered, *buried = &r->effects.buried;
    if (!q->rule_count) return WEFT_OK;
    weft_status status = weft_filter_apply(q->filter, q->catalog, &filtered, err);
    if (status) return status;
    if (q->exclude) weft_bitset_unset(&filtered, *q->exclude);
    status = weft_rule_effects_init(&r->effects, q->rules, q->rule_count, q->catalog, &filtered,
                                    r->arena, err);
    weft_bitset_deinit(&filtered);
    if (status) return status;
    for (size_t p = 0; p < r->effects.pin_count; p++)
        if (r->effects.pins[p].row < r->allow.count)
            weft_bitset_unset(&r->allow, r->effects.pins[p].row);
    if (!buried->words) return WEFT_OK;
    weft_bitset_and(buried, &r->allow);
    for (size_t word = 0; word < (r->allow.count + 63) / 64; word++)
        r->allow.words[word] &= ~buried->words[word];
    return WEFT_OK;
}

weft_status weft_rank_run(const weft_rank_request *request, weft_arena *arena, weft_rank_page *page,
                          weft_err *err) {
    weft_ranking r = {.request = request, .arena = arena};
    *page = (weft_rank_page){0};
    weft_status status = check_page(request, err);
    if (!status) status = weft_rank_match(&r, err);
    if (!status) status = compare_words(&r, err);
    if (!status) status = weft_rank_look_around(&r, err);
    if (!status && request->min_relevance > 0) {
        status = weft_rank_cut_off(&r, &r.allow, err);
        r.is_narrower = true;
    }
    if (!status) status = apply_rules(&r, err);
    if (!status) status = count_total(&r, err);
    if (!status) status = weft_rank_candidates(&r, err);
    if (!status) status = weft_bitset_init(&r.in_head, r.allow.count, err);
    if (!status) {
        collapse_head(&r);
        if (request->diversity > 0) status = move_apart(&r, err);
    }
    if (!status) status = cut_page(&r, page, err);
    if (!status && request->wants_facets) status = weft_rank_count(&r, page, err);
    weft_bitset_deinit(&r.allow);
    weft_bitset_deinit(&r.in_head);
    weft_bitset_deinit(&r.met_groups);
    weft_bitset_deinit(&r.groups);
    weft_rule_effects_deinit(&r.effects);
    weft_free(r.words);
    return status;
}
