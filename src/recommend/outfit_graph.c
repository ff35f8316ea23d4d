/* outfit_graph.c - garments come photo by photo from the store and are gathered until there are
 * some hundred, which the index then searches together; then photo by photo the pairs are noted.
 *
 * A product is known here by its rank among all product ids, so that pairs in the order of ranks
 * are pairs in the order of ids. */
#include "recommend/outfit_graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/import_deepfashion2.h"

enum {
    NEAREST = WEFT_OUTFIT_GRAPH_NEAREST,
    MOST = WEFT_OUTFIT_GRAPH_MAX_GARMENTS,
    TOGETHER = 1024, /* garments that are searched together, about */
    CAPACITY = TOGETHER + MOST,
    SLOTS = WEFT_OUTFIT_MAX_SLOTS + 1,                /* the last one: any */
    PAIRS = MOST * (MOST - 1) / 2 * NEAREST * NEAREST /* of one photo, at the most */
};

typedef struct {
    uint32_t a, b; /* ranks, a < b */
    uint32_t photos;
} pair;

typedef struct {
    const weft_outfit_graph_options *options;
    weft_outfit_graph *graph;
    const weft_index *index;
    size_t rows, dim, total;
    const char **ids;         /* [rows]: in order */
    uint32_t *rank;           /* [rows]: of a row of the catalog, its place in ids */
    weft_bitset allow[SLOTS]; /* the rows of each slot; of the last one nothing */
    char *photo;              /* of the garments that come now */
    size_t of_photo;          /* garments of it so far */

    /* Garments that wait: */
    size_t count;
    bool *begins;   /* [CAPACITY]: is the first one of its photo */
    int *slots;     /* [CAPACITY]: 0 <= slot < SLOTS */
    float *vectors; /* [CAPACITY][dim] */
    uint32_t *near; /* [CAPACITY][NEAREST]: ranks */
    size_t *near_count;

    float *queries; /* [CAPACITY][dim]: of one slot */
    size_t *asked;  /* [CAPACITY]: whose these are */
    weft_hit *hits; /* [CAPACITY][NEAREST] */
    size_t *hit_counts;

    uint64_t *keys; /* [PAIRS]: of one photo */
    pair *pairs;    /* [pair_count], of which the first sorted_count are in order and distinct */
    size_t pair_count, pair_capacity;
} building;

/* ---- slots ---- */

const char *weft_outfit_graph_slot(const char *category) {
    static const char *const slots[WEFT_GARMENT_CATEGORIES] = {
        "tops",    "tops",    "outerwear", "outerwear", "tops",  "tops", "bottoms",
        "bottoms", "bottoms", "dress",     "dress",     "dress", "dress"};
    for (uint64_t i = 1; i <= WEFT_GARMENT_CATEGORIES; i++)
        if (strcmp(category, weft_garment_category_name(i)) == 0) return slots[i - 1];
    return NULL;
}

static int slot_of(const building *g, const char *category) {
    const weft_outfit_rules *rules = g->options->rules;
    const char *name = rules ? weft_outfit_graph_slot(category) : NULL;
    int slot = name ? weft_outfit_slot(rules, name) : -1;
    return slot < 0 ? SLOTS - 1 : slot;
}

static weft_status note_slots(building *g, weft_err *err) {
    const weft_outfit_rules *rules = g->options->rules;
    const weft_catalog *catalog = g->options->shelf->catalog;
    weft_status status = WEFT_OK;
    for (size_t slot = 0; slot < SLOTS && !status; slot++)
        status = weft_bitset_init(&g->allow[slot], g->rows, err);
    if (status) return status;
    for (uint32_t row = 0; rules && row < g->rows; row++) {
        int slot = weft_outfit_traits_of(rules, weft_catalog_product(catalog, row)).slot;
        if (slot >= 0) weft_bitset_set(&g->allow[slot], row);
    }
    return WEFT_OK;
}

/* ---- ranks ---- */

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static weft_status note_ranks(building *g, weft_err *err) {
    const weft_catalog *catalog = g->options->shelf->catalog;
    g->ids = weft_alloc(g->rows ? g->rows : 1, sizeof *g->ids);
    g->rank = weft_alloc(g->rows ? g->rows : 1, sizeof *g->rank);
    if (!g->ids || !g->rank) return weft_fail(err, WEFT_E_NOMEM, "graph of outfits");
    for (uint32_t row = 0; row < g->rows; row++)
        g->ids[row] = weft_catalog_product(catalog, row)->product_id;
    if (g->rows) qsort(g->ids, g->rows, sizeof *g->ids, by_text);
    for (uint32_t at = 0; at < g->rows; at++) {
        uint32_t row = 0;
        weft_catalog_find(catalog, g->ids[at], &row);
        g->rank[row] = at;
    }
    return WEFT_OK;
}

/* ---- pairs ---- */

static int by_key(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int by_ends(const void *a, const void *b) {
    const pair *x = a, *y = b;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

/* Sorts the pairs and adds up those that are the same. */
static void merge_pairs(building *g) {
    size_t kept = 0;
    if (g->pair_count) qsort(g->pairs, g->pair_count, sizeof *g->pairs, by_ends);
    for (size_t i = 0; i < g->pair_count; i++) {
        if (kept && by_ends(&g->pairs[kept - 1], &g->pairs[i]) == 0)
            g->pairs[kept - 1].photos += g->pairs[i].photos;
        else g->pairs[kept++] = g->pairs[i];
    }
    g->pair_count = kept;
}

/* Room for so many more: what is the same is added up first, so that memory is that of the distinct
 * pairs. */
static weft_status reserve_pairs(building *g, size_t more, weft_err *err) {
    if (g->pair_count + more <= g->pair_capacity) return WEFT_OK;
    merge_pairs(g);
    if (g->pair_count + more <= g->pair_capacity / 2) return WEFT_OK;
    size_t capacity = 2 * (g->pair_count + more) + 65536;
    pair *larger = weft_realloc(g->pairs, capacity, sizeof *larger);
    if (!larger) return weft_fail(err, WEFT_E_NOMEM, "%zu pairs of products", g->pair_count);
    g->pairs = larger;
    g->pair_capacity = capacity;
    return WEFT_OK;
}

/* The pairs of products that two garments stand for, behind those that are there. */
static size_t add_keys(building *g, size_t one, size_t other, size_t n) {
    for (size_t i = 0; i < g->near_count[one]; i++)
        for (size_t j = 0; j < g->near_count[other]; j++) {
            uint64_t a = g->near[one * NEAREST + i], b = g->near[other * NEAREST + j];
            if (a != b) g->keys[n++] = a < b ? a << 32 | b : b << 32 | a;
        }
    return n;
}

/* The photo of garments `first` and on counts once for each pair. */
static weft_status note_photo(building *g, size_t first, size_t count, weft_err *err) {
    size_t n = 0;
    for (size_t i = first; i < first + count; i++)
        for (size_t j = i + 1; j < first + count; j++) n = add_keys(g, i, j, n);
    g->graph->photos++;
    g->graph->paired += n > 0;
    weft_status status = reserve_pairs(g, n, err);
    if (status || !n) return status;
    qsort(g->keys, n, sizeof *g->keys, by_key);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || g->keys[i] != g->keys[i - 1])
            g->pairs[g->pair_count++] =
                (pair){(uint32_t)(g->keys[i] >> 32), (uint32_t)g->keys[i], 1};
    return WEFT_OK;
}

/* ---- garments ---- */

static weft_status search_slot(building *g, int slot, weft_err *err) {
    size_t n = 0;
    for (size_t i = 0; i < g->count; i++) {
        if (g->slots[i] != slot) continue;
        memcpy(g->queries + n * g->dim, g->vectors + i * g->dim, g->dim * sizeof *g->queries);
        g->asked[n++] = i;
    }
    if (!n) return WEFT_OK;
    const weft_index_batch batch = {.queries = g->queries,
                                    .n = n,
                                    .k = NEAREST,
                                    .allow = slot == SLOTS - 1 ? NULL : &g->allow[slot]};
    weft_status status = weft_index_search_batch(g->index, &batch, g->hits, g->hit_counts, err);
    for (size_t i = 0; i < n && !status; i++) {
        g->near_count[g->asked[i]] = g->hit_counts[i];
        for (size_t k = 0; k < g->hit_counts[i]; k++)
            g->near[g->asked[i] * NEAREST + k] = g->rank[g->hits[i * NEAREST + k].row];
    }
    return status;
}

/* Searches for the garments that wait, all of whose photos are whole, and notes their pairs. */
static weft_status work_off(building *g, weft_err *err) {
    const weft_outfit_graph_options *o = g->options;
    weft_status status = WEFT_OK;
    if (o->cancel && atomic_load(o->cancel)) return weft_fail(err, WEFT_E_CANCELLED, "stopped");
    for (int slot = 0; slot < SLOTS && !status; slot++) status = search_slot(g, slot, err);
    for (size_t first = 0, end; first < g->count && !status; first = end) {
        for (end = first + 1; end < g->count && !g->begins[end];) end++;
        status = note_photo(g, first, end - first, err);
    }
    g->count = 0;
    if (!status && o->on_progress && g->total)
        o->on_progress(o->context, (double)g->graph->garments / (double)g->total);
    return status;
}

static weft_status begin_photo(building *g, const char *photo, weft_err *err) {
    weft_status status = g->count >= TOGETHER ? work_off(g, err) : WEFT_OK;
    if (status) return status;
    size_t size = strlen(photo) + 1;
    char *copy = weft_realloc(g->photo, size, 1);
    if (!copy) return weft_fail(err, WEFT_E_NOMEM, "graph of outfits");
    g->photo = memcpy(copy, photo, size);
    g->of_photo = 0;
    return WEFT_OK;
}

static weft_status visit_garment(void *context, const weft_store_item *item, weft_err *err) {
    building *g = context;
    weft_status status = WEFT_OK;
    if (item->dim != g->dim)
        return weft_fail(err, WEFT_E_INVALID, "garment %s: an embedding of %zu values, not %zu",
                         item->item_id, item->dim, g->dim);
    if (!g->photo || strcmp(g->photo, item->image_path) != 0)
        status = begin_photo(g, item->image_path, err);
    if (status) return status;
    g->graph->garments++;
    if (g->of_photo == MOST) return WEFT_OK;
    g->begins[g->count] = g->of_photo++ == 0;
    g->slots[g->count] = slot_of(g, item->category);
    memcpy(g->vectors + g->count * g->dim, item->embedding, g->dim * sizeof *g->vectors);
    g->near_count[g->count++] = 0;
    return WEFT_OK;
}

/* ---- all of it ---- */

static weft_status open_building(building *g, weft_err *err) {
    g->begins = weft_alloc(CAPACITY, sizeof *g->begins);
    g->slots = weft_alloc(CAPACITY, sizeof *g->slots);
    g->vectors = weft_alloc(CAPACITY * g->dim, sizeof *g->vectors);
    g->near = weft_alloc((size_t)CAPACITY * NEAREST, sizeof *g->near);
    g->near_count = weft_alloc(CAPACITY, sizeof *g->near_count);
    g->queries = weft_alloc(CAPACITY * g->dim, sizeof *g->queries);
    g->asked = weft_alloc(CAPACITY, sizeof *g->asked);
    g->hits = weft_alloc((size_t)CAPACITY * NEAREST, sizeof *g->hits);
    g->hit_counts = weft_alloc(CAPACITY, sizeof *g->hit_counts);
    g->keys = weft_alloc(PAIRS, sizeof *g->keys);
    if (!g->begins || !g->slots || !g->vectors || !g->near || !g->near_count || !g->queries ||
        !g->asked || !g->hits || !g->hit_counts || !g->keys)
        return weft_fail(err, WEFT_E_NOMEM, "graph of outfits");
    weft_status status = note_slots(g, err);
    return status ? status : note_ranks(g, err);
}

static void close_building(building *g) {
    for (size_t slot = 0; slot < SLOTS; slot++) weft_bitset_deinit(&g->allow[slot]);
    weft_free(g->ids);
    weft_free(g->rank);
    weft_free(g->photo);
    weft_free(g->begins);
    weft_free(g->slots);
    weft_free(g->vectors);
    weft_free(g->near);
    weft_free(g->near_count);
    weft_free(g->queries);
    weft_free(g->asked);
    weft_free(g->hits);
    weft_free(g->hit_counts);
    weft_free(g->keys);
    weft_free(g->pairs);
}

static weft_status write_edges(building *g, weft_err *err) {
    merge_pairs(g);
    weft_outfit_graph *graph = g->graph;
    graph->edges = weft_alloc(g->pair_count ? g->pair_count : 1, sizeof *graph->edges);
    if (!graph->edges) return weft_fail(err, WEFT_E_NOMEM, "%zu edges", g->pair_count);
    graph->count = g->pair_count;
    for (size_t i = 0; i < g->pair_count; i++)
        graph->edges[i] = (weft_store_outfit_edge){g->ids[g->pairs[i].a], g->ids[g->pairs[i].b],
                                                   g->pairs[i].photos};
    return WEFT_OK;
}

weft_status weft_outfit_graph_build(weft_outfit_graph *graph,
                                    const weft_outfit_graph_options *options, weft_err *err) {
    const weft_index *index = options->shelf->indexes[WEFT_KIND_IMAGE];
    building g = {.options = options,
                  .graph = graph,
                  .index = index,
                  .rows = weft_catalog_rows(options->shelf->catalog),
                  .dim = weft_index_dim(index)};
    *graph = (weft_outfit_graph){0};
    weft_status status =
        weft_store_count_items(options->store, options->embedding_model, &g.total, err);
    if (!status) status = open_building(&g, err);
    if (!status)
        status =
            weft_store_each_item(options->store, options->embedding_model, visit_garment, &g, err);
    if (!status) status = work_off(&g, err);
    if (!status) status = write_edges(&g, err);
    close_building(&g);
    return status;
}

void weft_outfit_graph_deinit(weft_outfit_graph *graph) {
    weft_free(graph->edges);
    *graph = (weft_outfit_graph){0};
}
