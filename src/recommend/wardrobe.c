#include "recommend/wardrobe.h"

#include <stdlib.h>

#include "base/mem.h"

/* ---- slots ---- */

static void sort_by_slot(weft_wardrobe *w) {
    size_t next[WEFT_OUTFIT_MAX_SLOTS + 1] = {0}, at = 0;
    for (size_t row = 0; row < w->rows; row++)
        if (w->traits[row].slot >= 0) next[w->traits[row].slot]++;
    for (size_t slot = 0; slot <= WEFT_OUTFIT_MAX_SLOTS; slot++) {
        size_t count = next[slot];
        w->slot_begin[slot] = next[slot] = at;
        at += count;
    }
    for (uint32_t row = 0; row < w->rows; row++) {
        int slot = w->traits[row].slot;
        w->by_slot[next[slot >= 0 ? slot : WEFT_OUTFIT_MAX_SLOTS]++] = row;
    }
}

static void find_kinds(weft_wardrobe *w) {
    for (uint32_t type = 0; type < w->shelf->value_count[WEFT_TRAIT_TYPE]; type++)
        if (!weft_pairing_find(w->pairing, weft_shelf_name(w->shelf, WEFT_TRAIT_TYPE, type),
                               &w->kinds[type]))
            w->kinds[type] = UINT32_MAX;
}

bool weft_wardrobe_kind(const weft_wardrobe *w, uint32_t row, uint32_t *kind) {
    uint32_t type = w->shelf->values[WEFT_TRAIT_TYPE][row];
    if (type == UINT32_MAX || w->kinds[type] == UINT32_MAX) return false;
    *kind = w->kinds[type];
    return true;
}

/* ---- edges ---- */

typedef struct {
    uint32_t from, to, photos;
} arc;

static int by_ends(const void *a, const void *b) {
    const arc *x = a, *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

/* Both ways, sorted, those of one pair added up; returns how many. */
static size_t make_arcs(const weft_wardrobe *w, const weft_outfit_edge *edges, size_t n,
                        arc *arcs) {
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t a, b;
        if (!weft_catalog_find(w->shelf->catalog, edges[i].a, &a) ||
            !weft_catalog_find(w->shelf->catalog, edges[i].b, &b) || a == b)
            continue;
        arcs[count++] = (arc){a, b, edges[i].photos};
        arcs[count++] = (arc){b, a, edges[i].photos};
    }
    if (count) qsort(arcs, count, sizeof *arcs, by_ends);
    for (size_t i = 0; i < count; i++) {
        if (kept && by_ends(&arcs[kept - 1], &arcs[i]) == 0)
            arcs[kept - 1].photos += arcs[i].photos;
        else arcs[kept++] = arcs[i];
    }
    return kept;
}

static weft_status note_edges(weft_wardrobe *w, const weft_outfit_edge *edges, size_t n,
                              weft_err *err) {
    arc *arcs = weft_alloc(n, 2 * sizeof *arcs);
    size_t count = arcs ? make_arcs(w, edges, n, arcs) : 0;
    w->edge_begin = weft_calloc(w->rows + 1, sizeof *w->edge_begin);
    w->edge_rows = weft_alloc(count, sizeof *w->edge_rows);
    w->edge_photos = weft_alloc(count, sizeof *w->edge_photos);
    bool is_whole = arcs && w->edge_begin && w->edge_rows && w->edge_photos;
    for (size_t i = 0; i < count && is_whole; i++) {
        w->edge_begin[arcs[i].from + 1]++;
        w->edge_rows[i] = arcs[i].to;
        w->edge_photos[i] = arcs[i].photos;
    }
    for (size_t row = 0; row < w->rows && is_whole; row++)
        w->edge_begin[row + 1] += w->edge_begin[row];
    weft_free(arcs);
    return is_whole ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "wardrobe");
}

uint32_t weft_wardrobe_photos(const weft_wardrobe *w, uint32_t a, uint32_t b) {
    size_t low = w->edge_begin[a], high = w->edge_begin[a + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->edge_rows[middle] == b) return w->edge_photos[middle];
        if (w->edge_rows[middle] < b) low = middle + 1;
        else high = middle;
    }
    return 0;
}

/* ---- all of it ---- */

weft_status weft_wardrobe_new(weft_wardrobe **out, const weft_shelf *shelf,
                              const weft_outfit_rules *rules, const weft_pairing *pairing,
                              const weft_outfit_edge *edges, size_t n, weft_err *err) {
    weft_wardrobe *w = weft_calloc(1, sizeof *w);
    *out = NULL;
    if (!w) return weft_fail(err, WEFT_E_NOMEM, "wardrobe");
    w->shelf = shelf;
    w->rules = rules;
    w->pairing = pairing;
    w->rows = weft_catalog_rows(shelf->catalog);
    w->traits = weft_alloc(w->rows, sizeof *w->traits);
    w->kinds = weft_alloc(shelf->value_count[WEFT_TRAIT_TYPE], sizeof *w->kinds);
    w->by_slot = weft_alloc(w->rows, sizeof *w->by_slot);
    weft_status status =
        w->traits && w->kinds && w->by_slot ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "wardrobe");
    for (uint32_t row = 0; row < w->rows && !status; row++)
        w->traits[row] = weft_outfit_traits_of(rules, weft_catalog_product(shelf->catalog, row));
    if (!status) {
        sort_by_slot(w);
        find_kinds(w);
        status = note_edges(w, edges, n, err);
    }
    if (status) weft_wardrobe_free(w);
    else *out = w;
    return status;
}

void weft_wardrobe_free(weft_wardrobe *w) {
    if (!w) return;
    weft_free(w->traits);
    weft_free(w->kinds);
    weft_free(w->by_slot);
    weft_free(w->edge_begin);
    weft_free(w->edge_rows);
    weft_free(w->edge_photos);
    weft_free(w);
}
