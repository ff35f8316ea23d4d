/* Whole outfits: a beam search over the slots of a look (Lowerre, "The HARPY Speech Recognition
 * System", 1976): of all that can be made of the slots so far the best few go on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index/index_float.h"
#include "recommend/look_internal.h"

enum { BEAM = 24, SLOTS = WEFT_OUTFIT_MAX_SLOTS };

typedef struct {
    weft_outfit outfit;
    weft_outfit_traits traits[WEFT_LOOK_SIZE]; /* of its rows */
    float sum;                                 /* of the scores of its pairs */
    size_t pairs;
    float gain; /* what it is ranked by: the score, and in a slot that may be empty how well the
                 * piece there goes with the rest */
} state;

typedef struct {
    looking *looking;
    look_list lists[SLOTS]; /* candidates, made when a look first has the slot */
    bool is_made[SLOTS];
    state now[BEAM], next[BEAM]; /* [now_count], [next_count] best first */
    size_t now_count, next_count;
    float *scratch; /* [2][dim] */
} composing;

/* How well two pieces of an outfit go together. */
static weft_status pair_score(composing *c, uint32_t a, uint32_t b, float *score, weft_err *err) {
    const weft_wardrobe *w = c->looking->request->wardrobe;
    const weft_shelf *shelf = w->shelf;
    uint32_t kinds[2];
    const float *x, *y = NULL;
    float pairing = 0.25f, cosine = 0;
    weft_status status = weft_shelf_vector(shelf, a, c->scratch, &x, err);
    if (!status) status = weft_shelf_vector(shelf, b, c->scratch + shelf->dim, &y, err);
    if (status) return status;
    if (x && y) cosine = weft_float_dot(x, y, shelf->dim);
    if (weft_wardrobe_kind(w, a, &kinds[0]) && weft_wardrobe_kind(w, b, &kinds[1]))
        pairing = look_probability(weft_pairing_addition(w->pairing, kinds, 1, kinds[1]));
    uint32_t photos = weft_wardrobe_photos(w, a, b);
    float seen = photos < 10 ? (float)photos / 10 : 1;
    *score = 0.5f * (seen > pairing ? seen : pairing) + 0.5f * (cosine > 0 ? cosine : 0);
    return WEFT_OK;
}

static void keep(composing *c, const state *s) {
    size_t at = c->next_count;
    if (at == BEAM && c->next[BEAM - 1].gain >= s->gain) return;
    if (at == BEAM) at--;
    else c->next_count++;
    while (at > 0 && c->next[at - 1].gain < s->gain) {
        c->next[at] = c->next[at - 1];
        at--;
    }
    c->next[at] = *s;
}

/* The state with one more piece, when rules and budget allow it. */
static weft_status extend(composing *c, const state *from, const weft_look_piece *piece,
                          bool may_miss, weft_err *err) {
    const weft_look_request *q = c->looking->request;
    const weft_wardrobe *w = q->wardrobe;
    state s = *from;
    weft_outfit *o = &s.outfit;
    double price = o->price + weft_catalog_product(w->shelf->catalog, piece->row)->price;
    if (o->count == WEFT_LOOK_SIZE || (q->budget > 0 && price > q->budget)) return WEFT_OK;
    s.traits[o->count] = w->traits[piece->row];
    if (weft_outfit_check(w->rules, s.traits, o->count + 1, false).fault) return WEFT_OK;
    float added = 0;
    for (size_t i = 0; i < o->count; i++) {
        float score;
        weft_status status = pair_score(c, o->rows[i], piece->row, &score, err);
        if (status) return status;
        added += score;
    }
    if (may_miss) {
        s.gain = from->outfit.score + 0.01f * added / (float)o->count;
    } else {
        s.sum += added;
        s.pairs += o->count;
        s.gain = o->score = s.pairs ? s.sum / (float)s.pairs : piece->score;
    }
    o->rows[o->count++] = piece->row;
    o->price = price;
    keep(c, &s);
    return WEFT_OK;
}

static weft_status fill_slot(composing *c, int slot, bool may_miss, weft_err *err) {
    weft_status status = WEFT_OK;
    if (!c->is_made[slot]) {
        bool is_cheap = c->looking->request->budget > 0;
        status = look_candidates(c->looking, slot, is_cheap, &c->lists[slot], err);
        c->is_made[slot] = true;
    }
    c->next_count = 0;
    for (size_t i = 0; i < c->now_count && !status; i++) {
        state without = c->now[i];
        without.gain = without.outfit.score;
        if (may_miss) keep(c, &without);
        for (size_t p = 0; p < c->lists[slot].count && !status; p++)
            status = extend(c, &c->now[i], &c->lists[slot].pieces[p], may_miss, err);
    }
    memcpy(c->now, c->next, c->next_count * sizeof *c->now);
    c->now_count = c->next_count;
    return status;
}

static void begin(composing *c, const weft_outfit_look *look) {
    const weft_look_request *q = c->looking->request;
    state *s = &c->now[0];
    *s = (state){.outfit = {.name = look->name, .price = c->looking->spent}};
    for (size_t i = 0; i < q->piece_count; i++) {
        s->traits[i] = c->looking->traits[i];
        s->outfit.rows[s->outfit.count++] = q->pieces[i];
    }
    c->now_count = 1;
}

static bool is_within_budget(const weft_look_request *q, const weft_outfit *o) {
    return q->budget <= 0 || o->price <= q->budget;
}

static int by_score(const void *a, const void *b) {
    const weft_outfit *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->rows[x->count - 1] > y->rows[y->count - 1]) -
           (x->rows[x->count - 1] < y->rows[y->count - 1]);
}

/* All outfits of one look in the table. */
static weft_status compose_look(composing *c, const weft_outfit_look *look, weft_outfit *all,
                                size_t *n, weft_err *err) {
    const weft_look_request *q = c->looking->request;
    uint32_t slots = look->must | look->may;
    weft_status status = WEFT_OK;
    if (c->looking->taken & ~slots) return WEFT_OK; /* a piece has no place in it */
    begin(c, look);
    for (int pass = 0; pass < 2 && !status; pass++)
        for (int slot = 0; slot < SLOTS && !status; slot++) {
            uint32_t of_pass = pass ? look->may : look->must;
            if (of_pass >> slot & 1u && !(c->looking->taken >> slot & 1u))
                status = fill_slot(c, slot, pass == 1, err);
        }
    for (size_t i = 0; i < c->now_count && !status; i++) {
        const state *s = &c->now[i];
        bool is_whole =
            !weft_outfit_check(q->wardrobe->rules, s->traits, s->outfit.count, true).fault;
        if (is_whole && s->outfit.count > 1 && is_within_budget(q, &s->outfit))
            all[(*n)++] = s->outfit;
    }
    return status;
}

/* How many of the added pieces two outfits share. */
static size_t count_shared(const weft_outfit *a, const weft_outfit *b, size_t given) {
    size_t n = 0;
    for (size_t i = given; i < a->count; i++)
        for (size_t j = given; j < b->count; j++) n += a->rows[i] == b->rows[j];
    return n;
}

/* The best, each with at least half of what it adds unlike all before it; then the rest. */
static size_t choose(const weft_outfit *all, size_t n, size_t given, weft_outfit *out, size_t limit,
                     bool *is_taken) {
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n && count < limit; i++) {
            bool is_alike = is_taken[i];
            for (size_t j = 0; j < count && !is_alike && pass == 0; j++)
                is_alike = 2 * count_shared(&all[i], &out[j], given) > all[i].count - given;
            if (is_alike) continue;
            is_taken[i] = true;
            out[count++] = all[i];
        }
    return count;
}

weft_status weft_look_compose(const weft_look_request *request, weft_arena *arena,
                              weft_outfit **out, size_t *n, weft_err *err) {
    const weft_outfit_rules *rules = request->wardrobe->rules;
    size_t looks = weft_outfit_look_count(rules), count = 0;
    looking l;
    composing *c = weft_arena_calloc(arena, 1, sizeof *c);
    weft_outfit *all = weft_arena_alloc(arena, looks * BEAM, sizeof *all);
    bool *is_taken = weft_arena_calloc(arena, looks * BEAM, sizeof *is_taken);
    *n = 0;
    *out = weft_arena_alloc(arena, request->limit, sizeof **out);
    weft_status status = looking_init(&l, request, arena, err);
    if (!status && (!c || !all || !is_taken || !*out))
        status = weft_fail(err, WEFT_E_NOMEM, "outfits");
    if (!status) {
        c->looking = &l;
        c->scratch = weft_arena_alloc(arena, 2 * request->wardrobe->shelf->dim, sizeof(float));
        if (!c->scratch) status = weft_fail(err, WEFT_E_NOMEM, "outfits");
    }
    for (size_t i = 0; i < looks && !status; i++) {
        const weft_outfit_look look = weft_outfit_look_at(rules, i);
        status = compose_look(c, &look, all, &count, err);
    }
    if (!status) {
        qsort(all, count, sizeof *all, by_score);
        *n = choose(all, count, request->piece_count, *out, request->limit, is_taken);
    }
    looking_deinit(&l);
    return status;
}
