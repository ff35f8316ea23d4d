#include "search/interleave.h"

#include <stdbool.h>

/* splitmix64 (Steele, Lea and Flood, 2014). */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

typedef struct {
    const uint32_t *rows[2];
    size_t n[2], at[2]; /* at: the next row of each that may be picked */
    weft_draft *draft;
    size_t count;
} drafting;

static bool is_taken(const drafting *d, uint32_t row) {
    for (size_t i = 0; i < d->count; i++)
        if (d->rows[d->draft[i].team][d->draft[i].place] == row) return true;
    return false;
}

/* The team's best row that is not in the list yet; false when it has none. */
static bool pick(drafting *d, int team) {
    while (d->at[team] < d->n[team] && is_taken(d, d->rows[team][d->at[team]])) d->at[team]++;
    if (d->at[team] == d->n[team]) return false;
    d->draft[d->count++] = (weft_draft){.place = d->at[team]++, .team = team};
    return true;
}

size_t weft_interleave(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, uint64_t seed,
                       weft_draft *draft) {
    drafting d = {.rows = {a, b}, .n = {na, nb}, .draft = draft};
    bool goes_on = true;
    while (goes_on) {
        int first = (int)(next_random(&seed) >> 63);
        bool picked = pick(&d, first);
        goes_on = pick(&d, 1 - first) || picked;
    }
    return d.count;
}

/* ---- pages ---- */

/* One ranking, pins taken out. */
typedef struct {
    const weft_ranked **results; /* [n] */
    uint32_t *keys;              /* [n] rows, or collapsed the groups they stand for */
    size_t n, depth;             /* depth: the first so many are drafted */
} list;

static weft_status rank_list(list *l, const weft_rank_request *request, size_t limit,
                             weft_arena *arena, weft_rank_page *page, weft_err *err) {
    weft_rank_request all = *request;
    all.offset = 0;
    all.limit = limit;
    weft_status status = weft_rank_run(&all, arena, page, err);
    if (status) return status;
    l->results = weft_arena_alloc(arena, page->count, sizeof(const weft_ranked *));
    l->keys = weft_arena_alloc(arena, page->count, sizeof *l->keys);
    if (!l->results || !l->keys) return weft_fail(err, WEFT_E_NOMEM, "%zu results", page->count);
    l->n = l->depth = 0;
    for (size_t i = 0; i < page->count; i++) {
        const weft_ranked *result = &page->results[i];
        if (result->pinned_by) continue;
        l->results[l->n] = result;
        l->keys[l->n++] = request->collapse
                              ? weft_variants_group(request->lexicon->variants, result->row)
                              : result->row;
        if (i < WEFT_INTERLEAVE_DEPTH) l->depth = l->n;
    }
    return WEFT_OK;
}

/* The joint list without pins: what is drafted, then the rest of a. Returns how many. */
static size_t join(const list *a, const list *b, const weft_draft *draft, size_t drafted,
                   weft_ranked *joint) {
    size_t n = 0;
    for (; n < drafted; n++) {
        joint[n] = *(draft[n].team ? b : a)->results[draft[n].place];
        joint[n].team = draft[n].team ? 'b' : 'a';
    }
    for (size_t i = a->depth; i < a->n; i++) {
        bool is_drafted = false;
        for (size_t d = 0; d < drafted && !is_drafted; d++)
            is_drafted = draft[d].team && b->keys[draft[d].place] == a->keys[i];
        if (!is_drafted) joint[n++] = *a->results[i];
    }
    return n;
}

weft_status weft_rank_interleaved(const weft_rank_request *a, const weft_rank_request *b,
                                  uint64_t seed, weft_arena *arena, weft_rank_page *page,
                                  weft_err *err) {
    size_t end = a->offset + a->limit;
    if (end < WEFT_INTERLEAVE_DEPTH) end = WEFT_INTERLEAVE_DEPTH;
    list of_a, of_b;
    weft_rank_page other;
    weft_rank_request without_facets = *b;
    without_facets.wants_facets = false;
    weft_status status = rank_list(&of_a, a, end, arena, page, err);
    if (!status)
        status = rank_list(&of_b, &without_facets, WEFT_INTERLEAVE_DEPTH, arena, &other, err);
    if (status) return status;
    weft_draft *draft = weft_arena_alloc(arena, of_a.depth + of_b.depth, sizeof *draft);
    weft_ranked *joint = weft_arena_alloc(arena, of_a.n + of_b.depth, sizeof *joint);
    weft_ranked *results = weft_arena_alloc(arena, a->limit, sizeof *results);
    if (!draft || !joint || !results) return weft_fail(err, WEFT_E_NOMEM, "%zu results", end);
    size_t drafted = weft_interleave(of_a.keys, of_a.depth, of_b.keys, of_b.depth, seed, draft);
    size_t n = join(&of_a, &of_b, draft, drafted, joint), next = 0, count = 0;
    for (size_t i = 0; i < page->count && count < a->limit; i++) {
        const weft_ranked *at = &page->results[i];
        if (!at->pinned_by) {
            if (next == n) break;
            at = &joint[next++];
        }
        if (i >= a->offset) results[count++] = *at;
    }
    page->results = results;
    page->count = count;
    return WEFT_OK;
}
