#include "recommend/explore.h"

#include <math.h>
#include <stdlib.h>

#include "recommend/chance.h"
#include "recommend/recommend_internal.h"

enum { CANDIDATES = 40, ALWAYS_FROM = 5 /* places of a list that has one explored */ };

/* ---- what is drawn ---- */

size_t weft_explore_places(float share, size_t limit) {
    if (!(share > 0) || limit < 2) return 0;
    /* 0.39 of 100 is 39, however a float has it. */
    size_t places = (size_t)((double)share * (double)limit + 1e-4);
    if (places < 1 && limit >= ALWAYS_FROM) places = 1;
    return places < limit ? places : limit - 1;
}

/* Selection sampling (Knuth, The Art of Computer Programming 3.4.2, algorithm S). */
bool weft_explore_is_place(size_t place, size_t places, size_t *left, uint64_t *state) {
    if (weft_random_below(state, places - place) >= *left) return false;
    --*left;
    return true;
}

typedef struct {
    double likes, others; /* of the posterior, a and b */
} belief;

static belief believe(double rate, double views, double likes) {
    return (belief){WEFT_EXPLORE_PRIOR * rate + likes,
                    WEFT_EXPLORE_PRIOR * (1 - rate) + fmax(views - likes, 0)};
}

double weft_explore_mean(double rate, double views, double likes) {
    belief b = believe(rate, views, likes);
    return b.likes / (b.likes + b.others);
}

double weft_explore_draw(double rate, double views, double likes, uint64_t *state) {
    belief b = believe(rate, views, likes);
    return weft_chance_beta(b.likes, b.others, state);
}

/* ---- candidates ---- */

typedef struct {
    uint32_t row;
    float cosine; /* of an engine: all that is known of its vector */
    double drawn;
} candidate;

typedef struct {
    weft_recommending *r;
    size_t places;         /* of the pool in the list: the rest is pinned */
    candidate *candidates; /* [count], the highest drawn first */
    size_t count;
    size_t *chosen;  /* of candidates */
    bool *gives_way; /* [places]: of the pool */
} exploring;

/* As put_together has it. */
static size_t count_places(const weft_recommending *r) {
    const weft_rule_effects *e = &r->effects;
    size_t limit = r->request->limit, pin = 0;
    for (size_t place = 1; place <= limit; place++)
        pin += pin < e->pin_count && e->pins[pin].position <= place;
    return limit - pin;
}

/* What she tends to avoid is not tried on her. */
static bool suits(const weft_recommend_request *q, uint32_t row) {
    return !q->profile->count || weft_taste_score(q->profile, q->shelf, row) >= 0;
}

/* A part of its own for each product: what is drawn of one does not change with the others. */
static uint64_t seed_of(const weft_recommend_request *q, uint32_t row) {
    uint64_t seed = q->explore_seed ^ row;
    return weft_random_next(&seed);
}

static void add(exploring *x, uint32_t row, float cosine) {
    const weft_recommend_request *q = x->r->request;
    if (!suits(q, row)) return;
    uint64_t state = seed_of(q, row);
    x->candidates[x->count++] = (candidate){
        .row = row,
        .cosine = cosine,
        .drawn = weft_explore_draw((double)q->crowd->like_rate, (double)q->crowd->views[row],
                                   (double)q->crowd->likes[row], &state)};
}

/* Any, for someone of whom nothing is known. */
static void add_any(exploring *x, const weft_bitset *fresh) {
    size_t left = weft_bitset_popcount(fresh), wanted = left < CANDIDATES ? left : CANDIDATES;
    uint64_t state = x->r->request->explore_seed;
    for (uint32_t row = 0; row < fresh->count && wanted; row++) {
        if (!weft_bitset_get(fresh, row)) continue;
        if (weft_random_below(&state, left--) >= wanted) continue;
        add(x, row, NAN);
        wanted--;
    }
}

static int by_drawn(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->drawn != y->drawn) return x->drawn < y->drawn ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Those that are not in the list anyway. */
static weft_status find_candidates(exploring *x, weft_err *err) {
    const weft_recommend_request *q = x->r->request;
    weft_bitset fresh;
    weft_status status = weft_bitset_init(&fresh, x->r->allow.count, err);
    if (status) return status;
    weft_bitset_copy(&fresh, &q->crowd->fresh);
    weft_bitset_and(&fresh, &x->r->allow);
    for (size_t i = 0; i < x->places; i++) weft_bitset_unset(&fresh, x->r->pool[i].row);
    if (q->profile->embedding) {
        weft_hit *hits;
        size_t n;
        status =
            weft_recommend_near(x->r, q->profile->embedding, CANDIDATES, &fresh, &hits, &n, err);
        for (size_t i = 0; i < n && !status; i++) add(x, hits[i].row, hits[i].score);
    } else {
        add_any(x, &fresh);
    }
    weft_bitset_deinit(&fresh);
    qsort(x->candidates, x->count, sizeof *x->candidates, by_drawn);
    return status;
}

/* ---- places ---- */

/* The last of the list that makes room for one of a type: any, or one of that type when it has its
 * share already. Never the first; 0: none. */
static size_t find_room(const exploring *x, uint32_t type, const size_t *used, size_t most) {
    const uint32_t *types = x->r->request->shelf->values[WEFT_TRAIT_TYPE];
    bool is_full = type != UINT32_MAX && used[type] >= most;
    size_t place = x->places - 1;
    while (place > 0 && (x->gives_way[place] || (is_full && types[x->r->pool[place].row] != type)))
        place--;
    return place;
}

/* Chooses up to `wanted` candidates in the order drawn, and what gives way to each. Returns how
 * many there are. */
static size_t choose(exploring *x, size_t wanted, size_t *used) {
    const weft_recommend_request *q = x->r->request;
    const uint32_t *types = q->shelf->values[WEFT_TRAIT_TYPE];
    size_t most = q->category_share > 0 ? weft_recommending_category_most(q) : SIZE_MAX, n = 0;
    for (size_t i = 0; i < x->places; i++)
        if (types[x->r->pool[i].row] != UINT32_MAX) used[types[x->r->pool[i].row]]++;
    for (size_t i = 0; i < x->count && n < wanted; i++) {
        uint32_t type = types[x->candidates[i].row];
        size_t room = find_room(x, type, used, most);
        if (!room) continue;
        uint32_t gone = types[x->r->pool[room].row];
        if (gone != UINT32_MAX) used[gone]--;
        if (type != UINT32_MAX) used[type]++;
        x->gives_way[room] = true;
        x->chosen[n++] = i;
    }
    return n;
}

static weft_status describe(const exploring *x, weft_recommended *explored, size_t n,
                            weft_err *err) {
    for (size_t i = 0; i < n; i++) {
        const candidate *c = &x->candidates[x->chosen[i]];
        explored[i] = (weft_recommended){
            .row = c->row, .score = NAN, .parts = WEFT_NO_PARTS, .is_explored = true};
        explored[i].parts[WEFT_PART_USER] = c->cosine;
    }
    return weft_recommend_note_parts(x->r, explored, n, err);
}

/* Puts explored[n] among the first of the pool. */
static weft_status mingle(exploring *x, const weft_recommended *explored, size_t n, weft_err *err) {
    weft_recommending *r = x->r;
    uint64_t state = r->request->explore_seed;
    size_t left = n, next = 0;
    weft_recommended *head = weft_arena_alloc(r->arena, x->places, sizeof *head);
    if (!head) return weft_fail(err, WEFT_E_NOMEM, "exploration");
    for (size_t place = 0; place < x->places; place++) {
        bool is_explored = place > 0 && weft_explore_is_place(place, x->places, &left, &state);
        while (!is_explored && x->gives_way[next]) next++;
        head[place] = is_explored ? explored[n - left - 1] : r->pool[next++];
    }
    r->pool = head;
    r->count = x->places;
    return WEFT_OK;
}

weft_status weft_recommend_explore(weft_recommending *r, weft_err *err) {
    const weft_recommend_request *q = r->request;
    exploring x = {.r = r, .places = count_places(r)};
    size_t wanted = weft_explore_places(q->explore, q->limit);
    if (wanted >= x.places) wanted = x.places ? x.places - 1 : 0;
    /* A pool that does not fill the list holds all that may come back. */
    if (!wanted || r->count <= x.places) return WEFT_OK;
    size_t types = q->shelf->value_count[WEFT_TRAIT_TYPE];
    size_t *used = weft_arena_calloc(r->arena, types ? types : 1, sizeof *used);
    weft_recommended *explored = weft_arena_alloc(r->arena, wanted, sizeof *explored);
    x.chosen = weft_arena_alloc(r->arena, wanted, sizeof *x.chosen);
    x.gives_way = weft_arena_calloc(r->arena, x.places, sizeof *x.gives_way);
    x.candidates = weft_arena_alloc(r->arena, CANDIDATES, sizeof *x.candidates);
    if (!used || !explored || !x.chosen || !x.gives_way || !x.candidates)
        return weft_fail(err, WEFT_E_NOMEM, "exploration");
    weft_status status = find_candidates(&x, err);
    size_t n = status ? 0 : choose(&x, wanted, used);
    if (!n) return status;
    status = describe(&x, explored, n, err);
    return status ? status : mingle(&x, explored, n, err);
}
