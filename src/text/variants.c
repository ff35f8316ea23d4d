#include "text/variants.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/id_map.h"

struct weft_variants {
    uint32_t *group_of; /* [rows] */
    uint32_t *begins;   /* [groups + 1]: into members */
    uint32_t *members;  /* [rows] */
    size_t rows, groups;
};

/* Names without color words, numbered; and the rows of each. */
typedef struct {
    const weft_catalog *catalog;
    weft_arena arena, scratch;
    weft_id_map color_words;
    weft_id_map names;
    uint32_t *name_of; /* [rows] */
    uint32_t *sharers; /* [names.count], as many as rows at most */
} grouping;

static bool note_color_words(grouping *g) {
    const weft_catalog_facet *colors = weft_catalog_facet_of(g->catalog, WEFT_FACET_base_color);
    for (size_t v = 0; v < colors->value_count; v++) {
        weft_word *words;
        size_t n;
        if (weft_words_split(weft_str_of(colors->values[v]), &g->arena, &words, &n, NULL))
            return false;
        for (size_t w = 0; w < n; w++)
            if (!weft_id_map_get(&g->color_words, words[w].text, NULL) &&
                weft_id_map_add(&g->color_words, words[w].text, 0))
                return false;
    }
    return true;
}

static bool name_row(grouping *g, uint32_t row) {
    const weft_product *p = weft_catalog_product(g->catalog, row);
    weft_word *words;
    size_t n;
    weft_buf key;
    if (weft_words_split(weft_str_of(p->product_display_name), &g->scratch, &words, &n, NULL))
        return false;
    weft_buf_init(&key);
    for (size_t w = 0; w < n; w++)
        if (!weft_id_map_get(&g->color_words, words[w].text, NULL))
            weft_buf_printf(&key, "%s ", words[w].text);
    if (!key.size) weft_buf_printf(&key, "\t%s", p->product_id); /* a name of colors alone */
    weft_buf_printf(&key, "\t%s\t%s", p->article_type, p->gender);
    bool ok = weft_buf_ok(&key);
    if (ok && !weft_id_map_get(&g->names, key.data, &g->name_of[row])) {
        g->name_of[row] = (uint32_t)g->names.count;
        const char *copy = weft_arena_strndup(&g->arena, key.data, key.size);
        ok = copy && !weft_id_map_add(&g->names, copy, g->name_of[row]);
    }
    weft_buf_deinit(&key);
    if (ok) g->sharers[g->name_of[row]]++;
    return ok;
}

/* A row's place among those of its name: the first of each color, the second of each, ... */
typedef struct {
    uint32_t name, color, turn, row;
} place;

static int by_color(const void *a, const void *b) {
    const place *x = a, *y = b;
    if (x->name != y->name) return x->name < y->name ? -1 : 1;
    if (x->color != y->color) return x->color < y->color ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int by_turn(const void *a, const void *b) {
    const place *x = a, *y = b;
    if (x->name != y->name) return x->name < y->name ? -1 : 1;
    if (x->turn != y->turn) return x->turn < y->turn ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void make_groups(weft_variants *v, const grouping *g, place *places) {
    const uint32_t *colors = weft_catalog_facet_of(g->catalog, WEFT_FACET_base_color)->codes;
    for (uint32_t row = 0; row < v->rows; row++)
        places[row] = (place){.name = g->name_of[row], .color = colors[row], .row = row};
    qsort(places, v->rows, sizeof *places, by_color);
    for (size_t i = 0; i < v->rows; i++) {
        bool is_same =
            i && places[i].name == places[i - 1].name && places[i].color == places[i - 1].color;
        bool is_generic = g->sharers[places[i].name] > WEFT_VARIANTS_MAX_SHARERS;
        places[i].turn = is_generic ? places[i].row : is_same ? places[i - 1].turn + 1 : 0;
    }
    qsort(places, v->rows, sizeof *places, by_turn);
    for (size_t i = 0; i < v->rows; i++) {
        bool is_next =
            i == 0 || places[i].name != places[i - 1].name || places[i].turn != places[i - 1].turn;
        if (is_next) v->begins[v->groups++] = (uint32_t)i;
        v->members[i] = places[i].row;
        v->group_of[places[i].row] = (uint32_t)v->groups - 1;
    }
    v->begins[v->groups] = (uint32_t)v->rows;
}

weft_status weft_variants_new(weft_variants **out, const weft_catalog *catalog, weft_err *err) {
    size_t rows = weft_catalog_rows(catalog);
    grouping g = {.catalog = catalog};
    place *places = weft_alloc(rows, sizeof *places);
    weft_variants *v = weft_calloc(1, sizeof *v);
    weft_arena_init(&g.arena, 1 << 16);
    weft_arena_init(&g.scratch, 1 << 16);
    weft_id_map_init(&g.color_words);
    weft_id_map_init(&g.names);
    bool ok = v && places;
    if (ok) {
        v->rows = rows;
        v->group_of = weft_alloc(rows, sizeof *v->group_of);
        v->begins = weft_alloc(rows + 1, sizeof *v->begins);
        v->members = weft_alloc(rows, sizeof *v->members);
        g.name_of = weft_arena_alloc(&g.arena, rows, sizeof *g.name_of);
        g.sharers = weft_arena_calloc(&g.arena, rows, sizeof *g.sharers);
        ok = v->group_of && v->begins && v->members && g.name_of && g.sharers &&
             note_color_words(&g);
    }
    for (uint32_t row = 0; ok && row < rows; row++) {
        ok = name_row(&g, row);
        if (row % 256 == 255) weft_arena_deinit(&g.scratch);
    }
    if (ok) make_groups(v, &g, places);
    weft_arena_deinit(&g.arena);
    weft_arena_deinit(&g.scratch);
    weft_id_map_deinit(&g.color_words);
    weft_id_map_deinit(&g.names);
    weft_free(places);
    if (!ok) {
        weft_variants_free(v);
        return weft_fail(err, WEFT_E_NOMEM, "variants of %zu products", rows);
    }
    *out = v;
    return WEFT_OK;
}

void weft_variants_free(weft_variants *variants) {
    if (!variants) return;
    weft_free(variants->group_of);
    weft_free(variants->begins);
    weft_free(variants->members);
    weft_free(variants);
}

size_t weft_variants_groups(const weft_variants *variants) { return variants->groups; }

uint32_t weft_variants_group(const weft_variants *variants, uint32_t row) {
    return variants->group_of[row];
}

const uint32_t *weft_variants_rows(const weft_variants *variants, uint32_t group, size_t *n) {
    *n = variants->begins[group + 1] - variants->begins[group];
    return variants->members + variants->begins[group];
}
