#include "recommend/look.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index/index_float.h"
#include "recommend/look_internal.h"

enum { MANY_PHOTOS = 10 };
/* The seed's weights. */
static const float EDGE = 0.6f, COSINE = 0.4f;
/* What kinds say, beside what photos say; and a user's taste, beside the rest. */
static const float KINDS = 0.5f, TASTE = 0.2f;

float look_probability(float log_odds) { return 1 / (1 + expf(-log_odds)); }

static float edge_of(uint32_t photos, float pairing) {
    float seen = photos < MANY_PHOTOS ? (float)photos / MANY_PHOTOS : 1;
    float kinds = isnan(pairing) ? KINDS / 2 : KINDS * pairing;
    return seen > kinds ? seen : kinds;
}

float look_score(const looking *l, const weft_look_piece *piece) {
    const weft_look_request *q = l->request;
    float cosine = isnan(piece->cosine) || piece->cosine < 0 ? 0 : piece->cosine;
    float score = EDGE * edge_of(piece->photos, piece->pairing) + COSINE * cosine;
    if (!q->profile || !q->profile->count) return score;
    return (1 - TASTE) * score +
           TASTE * weft_attribute_score(q->profile, q->wardrobe->shelf, piece->row, q->budget);
}

/* ---- what is there ---- */

static weft_status find_middle(looking *l, weft_err *err) {
    const weft_look_request *q = l->request;
    const weft_shelf *shelf = q->wardrobe->shelf;
    float *sum = weft_arena_calloc(l->arena, shelf->dim, sizeof *sum);
    float *scratch = weft_arena_alloc(l->arena, shelf->dim, sizeof *scratch);
    if (!sum || !scratch) return weft_fail(err, WEFT_E_NOMEM, "look");
    for (size_t i = 0; i < q->piece_count; i++) {
        const float *vector;
        weft_status status = weft_shelf_vector(shelf, q->pieces[i], scratch, &vector, err);
        if (status || !vector) return status;
        for (size_t d = 0; d < shelf->dim; d++) sum[d] += vector[d];
    }
    float length = sqrtf(weft_float_dot(sum, sum, shelf->dim));
    if (length <= 0) return WEFT_OK;
    for (size_t d = 0; d < shelf->dim; d++) sum[d] /= length;
    l->middle = sum;
    return WEFT_OK;
}

weft_status looking_init(looking *l, const weft_look_request *request, weft_arena *arena,
                         weft_err *err) {
    const weft_wardrobe *w = request->wardrobe;
    *l = (looking){.request = request, .arena = arena};
    for (size_t i = 0; i < request->piece_count; i++) {
        l->traits[i] = w->traits[request->pieces[i]];
        if (l->traits[i].slot >= 0) l->taken |= UINT32_C(1) << l->traits[i].slot;
        l->spent += weft_catalog_product(w->shelf->catalog, request->pieces[i])->price;
        if (weft_wardrobe_kind(w, request->pieces[i], &l->kinds[l->kind_count])) l->kind_count++;
    }
    weft_status status = weft_filter_apply(request->filter, w->shelf->catalog, &l->filtered, err);
    if (!status) status = find_middle(l, err);
    return status;
}

void looking_deinit(looking *l) { weft_bitset_deinit(&l->filtered); }

/* ---- candidates of a slot ---- */

bool look_may_add(const looking *l, uint32_t row) {
    const weft_look_request *q = l->request;
    const weft_wardrobe *w = q->wardrobe;
    const weft_outfit_traits *traits = &w->traits[row];
    if (!weft_bitset_get(&l->filtered, row)) return false;
    if (q->occasion >= 0 && !(traits->occasions >> q->occasion & 1u)) return false;
    if (q->budget > 0 && weft_catalog_product(w->shelf->catalog, row)->price > q->budget)
        return false;
    for (size_t i = 0; i < q->piece_count; i++)
        if (q->pieces[i] == row || !weft_outfit_fits_pair(w->rules, &l->traits[i], traits))
            return false;
    return true;
}

static float pairing_of(const looking *l, uint32_t row) {
    const weft_wardrobe *w = l->request->wardrobe;
    uint32_t kind;
    if (!l->kind_count || !weft_wardrobe_kind(w, row, &kind)) return NAN;
    return look_probability(weft_pairing_addition(w->pairing, l->kinds, l->kind_count, kind));
}

static void describe(const looking *l, weft_look_piece *piece, uint32_t row, float cosine) {
    const weft_look_request *q = l->request;
    *piece = (weft_look_piece){.row = row,
                               .slot = q->wardrobe->traits[row].slot,
                               .cosine = cosine,
                               .pairing = pairing_of(l, row)};
    for (size_t i = 0; i < q->piece_count; i++) {
        uint32_t photos = weft_wardrobe_photos(q->wardrobe, q->pieces[i], row);
        if (photos > piece->photos) piece->photos = photos;
    }
    piece->score = look_score(l, piece);
}

int look_by_score(const void *a, const void *b) {
    const weft_look_piece *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The article types of the slot's rows that may be added, those that go best first. */
typedef struct {
    uint32_t type;
    float worth;
} type_worth;

static int by_worth(const void *a, const void *b) {
    const type_worth *x = a, *y = b;
    if (x->worth != y->worth) return x->worth < y->worth ? 1 : -1;
    return (x->type > y->type) - (x->type < y->type);
}

static size_t find_types(const looking *l, const uint32_t *rows, size_t n, type_worth *types,
                         bool *is_met) {
    const weft_shelf *shelf = l->request->wardrobe->shelf;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t type = shelf->values[WEFT_TRAIT_TYPE][rows[i]];
        if (type == UINT32_MAX || is_met[type]) continue;
        float worth = pairing_of(l, rows[i]);
        is_met[type] = true;
        types[count++] = (type_worth){type, isnan(worth) ? 0.25f : worth};
    }
    qsort(types, count, sizeof *types, by_worth);
    return count;
}

/* The rows of one type nearest to the pieces. */
static weft_status add_nearest(looking *l, const uint32_t *rows, size_t n, uint32_t type, size_t k,
                               look_list *list, weft_err *err) {
    const weft_shelf *shelf = l->request->wardrobe->shelf;
    weft_bitset allow;
    weft_hit *hits = weft_arena_alloc(l->arena, k, sizeof *hits);
    size_t found = 0;
    if (!hits) return weft_fail(err, WEFT_E_NOMEM, "look");
    weft_status status = weft_bitset_init(&allow, weft_catalog_rows(shelf->catalog), err);
    if (status) return status;
    for (size_t i = 0; i < n; i++)
        if (shelf->values[WEFT_TRAIT_TYPE][rows[i]] == type) weft_bitset_set(&allow, rows[i]);
    const weft_index_query query = {.query = l->middle, .k = k, .allow = &allow, .reach = 2};
    if (l->middle && !shelf->engine)
        status = weft_index_search(shelf->indexes[WEFT_KIND_HYBRID], &query, hits, &found, err);
    for (size_t i = 0; i < found && !status; i++)
        describe(l, &list->pieces[list->count++], hits[i].row, hits[i].score);
    /* Without an embedding to be near to, or with the vectors elsewhere. */
    for (size_t i = 0; i < n && found < k && !status; i++) {
        if (shelf->values[WEFT_TRAIT_TYPE][rows[i]] != type || (l->middle && !shelf->engine))
            continue;
        describe(l, &list->pieces[list->count++], rows[i], NAN);
        found++;
    }
    weft_bitset_deinit(&allow);
    return status;
}

static bool is_listed(const look_list *list, uint32_t row) {
    for (size_t i = 0; i < list->count; i++)
        if (list->pieces[i].row == row) return true;
    return false;
}

static weft_status cosine_of(const looking *l, uint32_t row, float *scratch, float *cosine,
                             weft_err *err) {
    const float *vector = NULL;
    const weft_shelf *shelf = l->request->wardrobe->shelf;
    *cosine = NAN;
    if (!l->middle) return WEFT_OK;
    weft_status status = weft_shelf_vector(shelf, row, scratch, &vector, err);
    if (!status && vector) *cosine = weft_float_dot(l->middle, vector, shelf->dim);
    return status;
}

/* Those that were seen with a piece. */
static weft_status add_seen(looking *l, int slot, look_list *list, weft_err *err) {
    const weft_look_request *q = l->request;
    const weft_wardrobe *w = q->wardrobe;
    float *scratch = weft_arena_alloc(l->arena, w->shelf->dim, sizeof *scratch), cosine;
    if (!scratch) return weft_fail(err, WEFT_E_NOMEM, "look");
    for (size_t i = 0; i < q->piece_count; i++)
        for (size_t e = w->edge_begin[q->pieces[i]]; e < w->edge_begin[q->pieces[i] + 1]; e++) {
            uint32_t row = w->edge_rows[e];
            if (w->traits[row].slot != slot || list->count >= LOOK_LIST - LOOK_CHEAPEST ||
                is_listed(list, row) || !look_may_add(l, row))
                continue;
            weft_status status = cosine_of(l, row, scratch, &cosine, err);
            if (status) return status;
            describe(l, &list->pieces[list->count++], row, cosine);
        }
    return WEFT_OK;
}

/* For budgets: the cheapest are among the candidates. */
static weft_status add_cheapest(looking *l, const uint32_t *rows, size_t n, look_list *list,
                                weft_err *err) {
    const weft_shelf *shelf = l->request->wardrobe->shelf;
    float *scratch = weft_arena_alloc(l->arena, shelf->dim, sizeof *scratch), cosine;
    if (!scratch) return weft_fail(err, WEFT_E_NOMEM, "look");
    for (size_t taken = 0; taken < LOOK_CHEAPEST && list->count < LOOK_LIST; taken++) {
        uint32_t best = UINT32_MAX;
        double least = INFINITY;
        for (size_t i = 0; i < n; i++) {
            double price = weft_catalog_product(shelf->catalog, rows[i])->price;
            if (price >= least || is_listed(list, rows[i])) continue;
            least = price;
            best = rows[i];
        }
        if (best == UINT32_MAX) return WEFT_OK;
        weft_status status = cosine_of(l, best, scratch, &cosine, err);
        if (status) return status;
        describe(l, &list->pieces[list->count++], best, cosine);
    }
    return WEFT_OK;
}

weft_status look_candidates(looking *l, int slot, bool wants_cheap, look_list *list,
                            weft_err *err) {
    const weft_wardrobe *w = l->request->wardrobe;
    size_t all = w->slot_begin[slot + 1] - w->slot_begin[slot], n = 0;
    size_t type_count = w->shelf->value_count[WEFT_TRAIT_TYPE];
    uint32_t *rows = weft_arena_alloc(l->arena, all, sizeof *rows);
    type_worth *types = weft_arena_alloc(l->arena, type_count, sizeof *types);
    bool *is_met = weft_arena_calloc(l->arena, type_count, sizeof *is_met);
    if (!rows || !types || !is_met) return weft_fail(err, WEFT_E_NOMEM, "look");
    for (size_t i = 0; i < all; i++)
        if (look_may_add(l, w->by_slot[w->slot_begin[slot] + i]))
            rows[n++] = w->by_slot[w->slot_begin[slot] + i];
    list->count = 0;
    size_t count = find_types(l, rows, n, types, is_met);
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < count && i < LOOK_TYPES && !status; i++)
        status = add_nearest(l, rows, n, types[i].type, LOOK_PER_TYPE, list, err);
    if (!status) status = add_seen(l, slot, list, err);
    if (!status && wants_cheap) status = add_cheapest(l, rows, n, list, err);
    if (!status) qsort(list->pieces, list->count, sizeof *list->pieces, look_by_score);
    return status;
}

/* ---- completing ---- */

weft_status weft_look_complete(const weft_look_request *request, weft_arena *arena,
                               weft_look_piece **out, size_t *n, weft_err *err) {
    const weft_outfit_rules *rules = request->wardrobe->rules;
    size_t slots = weft_outfit_slot_count(rules), order[WEFT_OUTFIT_MAX_SLOTS], used = 0;
    looking l;
    look_list *lists = weft_arena_calloc(arena, slots, sizeof *lists);
    *n = 0;
    *out = weft_arena_alloc(arena, request->limit, sizeof **out);
    weft_status status = looking_init(&l, request, arena, err);
    if (!status && (!lists || !*out)) status = weft_fail(err, WEFT_E_NOMEM, "look");
    for (size_t slot = 0; slot < slots && !status; slot++) {
        if (l.taken >> slot & 1u) continue;
        status = look_candidates(&l, (int)slot, false, &lists[slot], err);
        if (!status && lists[slot].count) order[used++] = slot;
    }
    /* The slot with the best candidate begins. */
    for (size_t i = 0; i < used && !status; i++)
        for (size_t j = i + 1; j < used; j++)
            if (look_by_score(&lists[order[j]].pieces[0], &lists[order[i]].pieces[0]) < 0) {
                size_t swapped = order[i];
                order[i] = order[j];
                order[j] = swapped;
            }
    for (size_t round = 0; round < LOOK_LIST && !status; round++)
        for (size_t i = 0; i < used && *n < request->limit; i++)
            if (round < lists[order[i]].count) (*out)[(*n)++] = lists[order[i]].pieces[round];
    looking_deinit(&l);
    return status;
}

/* ---- two products ---- */

weft_status weft_look_compare(const weft_wardrobe *w, uint32_t a, uint32_t b, weft_arena *arena,
                              weft_look_match *match, weft_err *err) {
    uint32_t kinds[2];
    float *scratch = weft_arena_alloc(arena, 2 * w->shelf->dim, sizeof *scratch);
    const float *x, *y = NULL;
    if (!scratch) return weft_fail(err, WEFT_E_NOMEM, "look");
    *match =
        (weft_look_match){.cosine = NAN, .pairing = NAN, .photos = weft_wardrobe_photos(w, a, b)};
    weft_status status = weft_shelf_vector(w->shelf, a, scratch, &x, err);
    if (!status) status = weft_shelf_vector(w->shelf, b, scratch + w->shelf->dim, &y, err);
    if (status) return status;
    if (x && y) match->cosine = weft_float_dot(x, y, w->shelf->dim);
    if (weft_wardrobe_kind(w, a, &kinds[0]) && weft_wardrobe_kind(w, b, &kinds[1]))
        match->pairing = look_probability(weft_pairing_addition(w->pairing, kinds, 1, kinds[1]));
    float cosine = match->cosine > 0 ? match->cosine : 0; /* also when it is not known */
    float seen = match->photos < MANY_PHOTOS ? (float)match->photos / MANY_PHOTOS : 1;
    match->score = 0.5f * seen + 0.5f * cosine;
    return WEFT_OK;
}
