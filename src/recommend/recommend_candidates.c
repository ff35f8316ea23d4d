/* Which products may be recommended, and which of them are worth a look. */
#include <math.h>
#include <string.h>

#include "recommend/recommend_internal.h"
#include "search/retrieve.h"

/* How many candidates each way of looking brings. */
enum { NEAR = 80, BY_CROWD = 100, POPULAR = 40, BOOSTED = 30 };
/* How many candidates ahead the processor fetches what is known of them. */
enum { AHEAD = 6 };
/* How often others are looked for, `limit` at a time, when too many are of one category. */
enum { ROUNDS = 4 };

/* ---- what may come back ---- */

/* Has she chosen the row's value before, or is nothing known of what she chooses? */
static bool was_chosen(const weft_recommend_request *q, weft_trait trait, uint32_t row) {
    const weft_preference *preference = &q->profile->preferences[trait];
    uint32_t value = q->shelf->values[trait][row];
    if (preference->most <= 0) return true;
    return value != UINT32_MAX && preference->share[value] > 0;
}

static bool may_come(const weft_recommend_request *q, uint32_t row) {
    const weft_profile *p = q->profile;
    double price = weft_catalog_product(q->shelf->catalog, row)->price;
    if (q->budget > 0 && price > q->budget) return false;
    if (q->restrict_price && !isnan(p->min_price) && (price < p->min_price || price > p->max_price))
        return false;
    if (q->restrict_category && !was_chosen(q, WEFT_TRAIT_TYPE, row)) return false;
    return !q->restrict_color || was_chosen(q, WEFT_TRAIT_COLOR, row);
}

static bool is_restricted(const weft_recommend_request *q) {
    return q->budget > 0 || q->restrict_price || q->restrict_category || q->restrict_color;
}

/* What is pinned or buried takes no part in the ranking. */
static weft_status apply_rules(weft_recommending *r, weft_err *err) {
    const weft_recommend_request *q = r->request;
    if (!q->rule_count) return WEFT_OK;
    weft_status status = weft_rule_effects_init(&r->effects, q->rules, q->rule_count,
                                                q->shelf->catalog, &r->allow, r->arena, err);
    if (status) return status;
    for (size_t p = 0; p < r->effects.pin_count; p++)
        weft_bitset_unset(&r->allow, r->effects.pins[p].row);
    if (!r->effects.buried.words) return WEFT_OK;
    weft_bitset_and(&r->effects.buried, &r->allow);
    for (size_t word = 0; word < (r->allow.count + 63) / 64; word++)
        r->allow.words[word] &= ~r->effects.buried.words[word];
    return WEFT_OK;
}

weft_status weft_recommend_allow(weft_recommending *r, weft_err *err) {
    const weft_recommend_request *q = r->request;
    weft_status status = weft_filter_apply(q->filter, q->shelf->catalog, &r->allow, err);
    if (status) return status;
    for (uint32_t row = 0; is_restricted(q) && row < r->allow.count; row++)
        if (weft_bitset_get(&r->allow, row) && !may_come(q, row)) weft_bitset_unset(&r->allow, row);
    for (size_t i = 0; i < q->profile->count && !q->includes_seen; i++)
        weft_bitset_unset(&r->allow, q->profile->interests[i].row);
    r->total = weft_bitset_popcount(&r->allow);
    return apply_rules(r, err);
}

/* ---- candidates ---- */

static void add(weft_recommending *r, uint32_t row) {
    if (r->count == r->capacity || weft_bitset_get(&r->in_pool, row)) return;
    weft_bitset_set(&r->in_pool, row);
    r->pool[r->count++] = (weft_recommended){.row = row, .parts = WEFT_NO_PARTS};
}

weft_status weft_recommend_near(const weft_recommending *r, const float *embedding, size_t wanted,
                                const weft_bitset *allow, weft_hit **hits, size_t *n,
                                weft_err *err) {
    const weft_shelf *shelf = r->request->shelf;
    const weft_index *index = shelf->indexes[WEFT_KIND_HYBRID];
    if (shelf->engine) {
        const weft_retrieval from = {.catalog = shelf->catalog,
                                     .index = index,
                                     .engine = shelf->engine,
                                     .kind = WEFT_KIND_HYBRID,
                                     .embedding = embedding,
                                     .filter = r->request->filter,
                                     .allow = allow,
                                     .is_narrower = true};
        return weft_retrieve(&from, wanted, r->arena, hits, n, err);
    }
    const weft_index_query query = {
        .query = embedding, .k = wanted, .allow = allow, .reach = WEFT_RECOMMEND_REACH};
    *hits = weft_arena_alloc(r->arena, wanted, sizeof **hits);
    if (!*hits) return weft_fail(err, WEFT_E_NOMEM, "candidates");
    return weft_index_search(index, &query, *hits, n, err);
}

/* Of an engine the cosines of what it finds are all that is known: the part. */
static weft_status add_near(weft_recommending *r, const float *embedding, size_t wanted,
                            weft_recommend_part part, const weft_bitset *allow, weft_err *err) {
    weft_hit *hits;
    size_t n;
    if (!embedding) return WEFT_OK;
    weft_status status = weft_recommend_near(r, embedding, wanted, allow, &hits, &n, err);
    for (size_t i = 0; i < n && !status; i++) {
        size_t before = r->count;
        add(r, hits[i].row);
        if (r->request->shelf->engine && r->count > before)
            r->pool[before].parts[part] = hits[i].score;
    }
    return status;
}

static weft_status add_liked(weft_recommending *r, weft_err *err) {
    weft_hit *hits;
    size_t n;
    bool found;
    float *factor;
    const weft_crowd *crowd = r->request->crowd;
    weft_status status =
        weft_crowd_factor(crowd, r->request->profile, r->arena, &factor, &found, err);
    if (status || !found) return status;
    r->factor = factor;
    status = weft_crowd_nearest(crowd, factor, BY_CROWD, &r->allow, r->arena, &hits, &n, err);
    for (size_t i = 0; i < n && !status; i++) add(r, hits[i].row);
    return status;
}

/* The most popular, and, so that no page stays empty, any rows at all. */
static void add_popular(weft_recommending *r, size_t wanted, size_t at_least) {
    const weft_crowd *crowd = r->request->crowd;
    size_t taken = 0;
    for (size_t i = 0; i < crowd->trending_count && taken < wanted; i++) {
        if (!weft_bitset_get(&r->allow, crowd->trending[i])) continue;
        add(r, crowd->trending[i]);
        taken++;
    }
    for (uint32_t row = 0; row < r->allow.count && r->count < at_least; row++)
        if (weft_bitset_get(&r->allow, row)) add(r, row);
}

/* `wanted` rows more, the most popular of some. */
static void add_popular_of(weft_recommending *r, const weft_bitset *rows, size_t wanted) {
    const weft_crowd *crowd = r->request->crowd;
    size_t enough = r->count + wanted;
    for (size_t i = 0; i < crowd->trending_count && r->count < enough; i++)
        if (weft_bitset_get(rows, crowd->trending[i])) add(r, crowd->trending[i]);
    for (uint32_t row = 0; row < rows->count && r->count < enough; row++)
        if (weft_bitset_get(rows, row)) add(r, row);
}

static weft_status add_boosted(weft_recommending *r, weft_err *err) {
    const weft_profile *p = r->request->profile;
    weft_status status = WEFT_OK;
    for (size_t b = 0; b < r->effects.boost_count && !status; b++) {
        weft_bitset rows;
        if (r->effects.boosts[b].by <= 0) continue;
        status = weft_bitset_init(&rows, r->allow.count, err);
        if (status) return status;
        weft_bitset_copy(&rows, &r->effects.boosts[b].rows);
        weft_bitset_and(&rows, &r->allow);
        if (p->embedding) status = add_near(r, p->embedding, BOOSTED, WEFT_PART_USER, &rows, err);
        else add_popular_of(r, &rows, BOOSTED);
        weft_bitset_deinit(&rows);
    }
    return status;
}

/* How many candidates may stand in the list before a category has more than its share. */
static size_t count_within_share(const weft_recommending *r, size_t *used) {
    const weft_recommend_request *q = r->request;
    size_t most = weft_recommending_category_most(q), within = 0;
    memset(used, 0, q->shelf->value_count[WEFT_TRAIT_TYPE] * sizeof *used);
    for (size_t i = 0; i < r->count; i++) {
        uint32_t type = q->shelf->values[WEFT_TRAIT_TYPE][r->pool[i].row];
        within += type == UINT32_MAX || used[type]++ < most;
    }
    return within;
}

/* Those of rows that are no candidates yet, and of no category that has its share. */
static void keep_others(const weft_recommending *r, const size_t *used, weft_bitset *rows) {
    const uint32_t *types = r->request->shelf->values[WEFT_TRAIT_TYPE];
    size_t most = weft_recommending_category_most(r->request);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (!weft_bitset_get(rows, row)) continue;
        bool is_full = types[row] != UINT32_MAX && used[types[row]] >= most;
        if (is_full || weft_bitset_get(&r->in_pool, row)) weft_bitset_unset(rows, row);
    }
}

/* Of someone who likes one category all candidates may be of that one. */
static weft_status add_others(weft_recommending *r, weft_err *err) {
    const weft_recommend_request *q = r->request;
    size_t *used = weft_arena_alloc(r->arena, q->shelf->value_count[WEFT_TRAIT_TYPE], sizeof *used);
    weft_status status = used ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "candidates");
    for (int round = 0; round < ROUNDS && !status; round++) {
        weft_bitset rows;
        size_t before = r->count;
        if (count_within_share(r, used) >= q->limit) break;
        status = weft_bitset_init(&rows, r->allow.count, err);
        if (status) break;
        weft_bitset_copy(&rows, &r->allow);
        keep_others(r, used, &rows);
        status = add_near(r, q->profile->embedding, q->limit, WEFT_PART_USER, &rows, err);
        if (r->count == before) add_popular_of(r, &rows, q->limit);
        weft_bitset_deinit(&rows);
        if (r->count == before) break; /* there are no others */
    }
    return status;
}

/* ---- what is known of them ---- */

static weft_status compare(const weft_recommending *r, weft_recommended *list, size_t n,
                           const float *embedding, weft_recommend_part part, weft_err *err) {
    const weft_shelf *shelf = r->request->shelf;
    uint32_t *rows = weft_arena_alloc(r->arena, n, sizeof *rows);
    float *scores = weft_arena_alloc(r->arena, n, sizeof *scores);
    if (!embedding || shelf->engine) return WEFT_OK;
    if (!rows || !scores) return weft_fail(err, WEFT_E_NOMEM, "candidates");
    for (size_t i = 0; i < n; i++) rows[i] = list[i].row;
    weft_status status =
        weft_index_scores(shelf->indexes[WEFT_KIND_HYBRID], embedding, rows, n, scores, err);
    for (size_t i = 0; i < n && !status; i++) list[i].parts[part] = scores[i];
    return status;
}

/* What is known of candidates lies all over the memory. */
static void prefetch(const weft_recommending *r, uint32_t row) {
    const weft_shelf *shelf = r->request->shelf;
    const weft_product *product = weft_catalog_product(shelf->catalog, row);
    __builtin_prefetch(&product->year);
    __builtin_prefetch(&product->price);
    for (size_t trait = 0; trait < WEFT_TRAIT_COUNT; trait++)
        __builtin_prefetch(&shelf->values[trait][row]);
    if (r->factor) weft_crowd_prefetch(r->request->crowd, row);
}

weft_status weft_recommend_note_parts(const weft_recommending *r, weft_recommended *list, size_t n,
                                      weft_err *err) {
    const weft_recommend_request *q = r->request;
    const weft_profile *p = q->profile;
    for (size_t i = 0; i < n; i++) {
        float *parts = list[i].parts;
        uint32_t row = list[i].row;
        if (i + AHEAD < n) prefetch(r, list[i + AHEAD].row);
        int32_t year = weft_catalog_product(q->shelf->catalog, row)->year;
        parts[WEFT_PART_ATTRIBUTE] = weft_attribute_score(p, q->shelf, row, q->budget);
        parts[WEFT_PART_TASTE] = weft_taste_score(p, q->shelf, row);
        parts[WEFT_PART_POPULARITY] = log1pf(q->crowd->popularity[row]);
        if (year > 0) parts[WEFT_PART_RECENCY] = exp2f((float)(year - q->shelf->newest_year));
        float liked;
        if (r->factor && weft_crowd_score(q->crowd, r->factor, row, &liked))
            parts[WEFT_PART_COLLABORATIVE] = logf((liked > 0 ? liked : 0) + WEFT_LIKED_FLOOR);
    }
    weft_status status = compare(r, list, n, p->embedding, WEFT_PART_USER, err);
    return status ? status : compare(r, list, n, p->recent, WEFT_PART_RECENT, err);
}

/* Between all of her taste and what she is after now: one search serves for both. NULL when there
 * is neither, or no memory to tell. */
static const float *middle_of(const weft_recommending *r) {
    const weft_profile *p = r->request->profile;
    float squares = 0, *middle = weft_arena_alloc(r->arena, p->dim, sizeof *middle);
    if (!p->embedding || !p->recent || !middle) return p->embedding;
    for (size_t i = 0; i < p->dim; i++) {
        middle[i] = p->embedding[i] + p->recent[i];
        squares += middle[i] * middle[i];
    }
    if (squares <= 0) return p->embedding;
    for (size_t i = 0; i < p->dim; i++) middle[i] /= sqrtf(squares);
    return middle;
}

weft_status weft_recommend_candidates(weft_recommending *r, weft_err *err) {
    const weft_recommend_request *q = r->request;
    size_t at_least = 4 * q->limit;
    r->capacity =
        NEAR + BY_CROWD + POPULAR + at_least + r->effects.boost_count * BOOSTED + ROUNDS * q->limit;
    r->pool = weft_arena_alloc(r->arena, r->capacity, sizeof *r->pool);
    if (!r->pool) return weft_fail(err, WEFT_E_NOMEM, "candidates");
    weft_status status = weft_bitset_init(&r->in_pool, r->allow.count, err);
    if (!status) status = add_near(r, middle_of(r), NEAR, WEFT_PART_USER, &r->allow, err);
    if (!status) status = add_liked(r, err);
    if (!status) status = add_boosted(r, err);
    if (status) return status;
    add_popular(r, POPULAR, at_least);
    if (q->category_share > 0) status = add_others(r, err);
    return status ? status : weft_recommend_note_parts(r, r->pool, r->count, err);
}
