/* Outfits from nothing: which product each begins with. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recommend/look_internal.h"

enum { SEEDS = 12 /* for each look in the table */, EACH = 2 /* outfits of a seed */ };

typedef struct {
    uint32_t row;
    float worth;
} seed;

static int by_worth(const void *a, const void *b) {
    const seed *x = a, *y = b;
    if (x->worth != y->worth) return x->worth < y->worth ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static float worth_of(const weft_look_request *q, const float *popularity, uint32_t row) {
    float liked = log1pf(popularity[row]);
    if (!q->profile || !q->profile->count) return liked;
    return weft_taste_score(q->profile, q->wardrobe->shelf, row) + liked;
}

/* The best rows of a slot, each of another type and color than those before it. */
static size_t choose_seeds(const looking *l, int slot, const float *popularity, seed *all,
                           uint32_t *seeds) {
    const weft_wardrobe *w = l->request->wardrobe;
    size_t n = 0, count = 0;
    for (size_t i = w->slot_begin[slot]; i < w->slot_begin[slot + 1]; i++)
        if (look_may_add(l, w->by_slot[i]))
            all[n++] = (seed){w->by_slot[i], worth_of(l->request, popularity, w->by_slot[i])};
    if (n) qsort(all, n, sizeof *all, by_worth);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n && count < SEEDS; i++) {
            const weft_shelf *shelf = w->shelf;
            uint32_t row = all[i].row;
            bool is_alike = false;
            for (size_t j = 0; j < count && !is_alike; j++)
                is_alike = seeds[j] == row || (pass == 0 &&
                                               shelf->values[WEFT_TRAIT_TYPE][row] ==
                                                   shelf->values[WEFT_TRAIT_TYPE][seeds[j]] &&
                                               shelf->values[WEFT_TRAIT_COLOR][row] ==
                                                   shelf->values[WEFT_TRAIT_COLOR][seeds[j]]);
            if (!is_alike) seeds[count++] = row;
        }
    return count;
}

static int first_slot(uint32_t slots) {
    int slot = 0;
    while (slot < WEFT_OUTFIT_MAX_SLOTS && !(slots >> slot & 1u)) slot++;
    return slot < WEFT_OUTFIT_MAX_SLOTS ? slot : -1;
}

static bool is_there(const weft_outfit *all, size_t n, const weft_outfit *one) {
    for (size_t i = 0; i < n; i++)
        if (all[i].count == one->count &&
            memcmp(all[i].rows, one->rows, one->count * sizeof *one->rows) == 0)
            return true;
    return false;
}

static weft_status compose_from(const weft_look_request *request, const uint32_t *seeds, size_t n,
                                weft_arena *arena, weft_outfit *all, size_t *count, weft_err *err) {
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < n && !status; i++) {
        weft_look_request around = *request;
        weft_outfit *some;
        size_t found;
        around.pieces = &seeds[i];
        around.piece_count = 1;
        around.limit = EACH;
        status = weft_look_compose(&around, arena, &some, &found, err);
        for (size_t j = 0; j < found && !status; j++)
            if (!is_there(all, *count, &some[j])) all[(*count)++] = some[j];
    }
    return status;
}

static int by_score(const void *a, const void *b) {
    const weft_outfit *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->rows[0] > y->rows[0]) - (x->rows[0] < y->rows[0]);
}

weft_status weft_look_begin(const weft_look_request *request, const float *popularity,
                            weft_arena *arena, weft_outfit **out, size_t *n, weft_err *err) {
    const weft_wardrobe *w = request->wardrobe;
    size_t looks = weft_outfit_look_count(w->rules), count = 0;
    uint32_t tried = 0; /* slots */
    looking l;
    seed *all = weft_arena_alloc(arena, w->rows, sizeof *all);
    weft_outfit *outfits = weft_arena_alloc(arena, looks * SEEDS * EACH, sizeof *outfits);
    *n = 0;
    weft_status status = looking_init(&l, request, arena, err);
    if (!status && (!all || !outfits)) status = weft_fail(err, WEFT_E_NOMEM, "outfits");
    for (size_t i = 0; i < looks && !status; i++) {
        uint32_t seeds[SEEDS];
        int slot = first_slot(weft_outfit_look_at(w->rules, i).must);
        if (slot < 0 || tried >> slot & 1u) continue; /* a seed is tried in every look */
        tried |= UINT32_C(1) << slot;
        size_t found = choose_seeds(&l, slot, popularity, all, seeds);
        status = compose_from(request, seeds, found, arena, outfits, &count, err);
    }
    looking_deinit(&l);
    if (status) return status;
    if (count) qsort(outfits, count, sizeof *outfits, by_score);
    *out = outfits;
    /* One of each seed first, then the others. */
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_new = true;
        for (size_t j = 0; j < kept && is_new; j++)
            is_new = outfits[j].rows[0] != outfits[i].rows[0];
        if (!is_new) continue;
        weft_outfit one = outfits[i];
        memmove(&outfits[kept + 1], &outfits[kept], (i - kept) * sizeof one);
        outfits[kept++] = one;
    }
    *n = count < request->limit ? count : request->limit;
    return WEFT_OK;
}
