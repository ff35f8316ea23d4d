#include "catalog/catalog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "catalog/id_map.h"

/* A facet while products come in: values are numbered as they appear; finish
 * renumbers them in sorted order. The strings live in the catalog's arena. */
typedef struct {
    weft_id_map numbers; /* value -> number */
    const char **values; /* [numbers.count], by number */
    size_t value_capacity;
    uint32_t *codes; /* [row_capacity] */
} column;

struct weft_catalog {
    weft_arena arena;
    weft_product *products; /* [row_capacity] */
    size_t rows, row_capacity;
    weft_id_map row_of;
    column columns[WEFT_FACET_COUNT];
    weft_catalog_facet facets[WEFT_FACET_COUNT]; /* views of the columns, since finish */
    bool is_finished;
};

static const char *const facet_names[] = {
#define NAME(field) #field,
    WEFT_PRODUCT_FACETS(NAME)
#undef NAME
};

/* Where a product keeps each facet's string. */
static const char **facet_field(weft_product *product, int facet) {
    const char **const fields[] = {
#define FIELD(field) &product->field,
        WEFT_PRODUCT_FACETS(FIELD)
#undef FIELD
    };
    return fields[facet];
}

weft_status weft_catalog_new(weft_catalog **out, weft_err *err) {
    weft_catalog *catalog = weft_calloc(1, sizeof *catalog);
    if (!catalog) return weft_fail(err, WEFT_E_NOMEM, "catalog");
    weft_arena_init(&catalog->arena, 256 * 1024);
    weft_id_map_init(&catalog->row_of);
    for (int f = 0; f < WEFT_FACET_COUNT; f++) weft_id_map_init(&catalog->columns[f].numbers);
    *out = catalog;
    return WEFT_OK;
}

void weft_catalog_free(weft_catalog *catalog) {
    if (!catalog) return;
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        weft_id_map_deinit(&catalog->columns[f].numbers);
        weft_free(catalog->columns[f].values);
        weft_free(catalog->columns[f].codes);
    }
    weft_id_map_deinit(&catalog->row_of);
    weft_free(catalog->products);
    weft_arena_deinit(&catalog->arena);
    weft_free(catalog);
}

static bool reserve_row(weft_catalog *catalog) {
    if (catalog->rows < catalog->row_capacity) return true;
    size_t capacity = catalog->row_capacity ? catalog->row_capacity * 2 : 256;
    if (capacity > UINT32_MAX) return false;
    weft_product *products = weft_realloc(catalog->products, capacity, sizeof *products);
    if (!products) return false;
    catalog->products = products;
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        uint32_t *codes = weft_realloc(catalog->columns[f].codes, capacity, sizeof *codes);
        if (!codes) return false;
        catalog->columns[f].codes = codes;
    }
    catalog->row_capacity = capacity;
    return true;
}

/* The number of a value, a new one at its first appearance. */
static bool number_value(weft_catalog *catalog, column *col, const char *value, uint32_t *number) {
    if (weft_id_map_get(&col->numbers, value, number)) return true;
    *number = (uint32_t)col->numbers.count;
    if (*number == col->value_capacity) {
        size_t capacity = col->value_capacity ? col->value_capacity * 2 : 16;
        const char **values = weft_realloc(col->values, capacity, sizeof *values);
        if (!values) return false;
        col->values = values;
        col->value_capacity = capacity;
    }
    char *copy = weft_arena_strdup(&catalog->arena, value);
    if (!copy || weft_id_map_add(&col->numbers, copy, *number)) return false;
    col->values[*number] = copy;
    return true;
}

/* Copies a product into row catalog->rows; its facets share one string a value. */
static bool store_row(weft_catalog *catalog, const weft_product *from) {
    size_t row = catalog->rows;
    weft_product *to = &catalog->products[row];
    *to = *from;
    to->product_id = weft_arena_strdup(&catalog->arena, from->product_id);
    to->product_display_name = weft_arena_strdup(&catalog->arena, from->product_display_name);
    to->image_path = weft_arena_strdup(&catalog->arena, from->image_path);
    to->image_digest = weft_arena_strdup(&catalog->arena, from->image_digest);
    if (!to->product_id || !to->product_display_name || !to->image_path || !to->image_digest)
        return false;
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        column *col = &catalog->columns[f];
        const char **value = facet_field(to, f);
        if (!number_value(catalog, col, *value, &col->codes[row])) return false;
        *value = col->values[col->codes[row]];
    }
    return true;
}

weft_status weft_catalog_add(weft_catalog *catalog, const weft_product *product, weft_err *err) {
    assert(!catalog->is_finished);
    const char *id = product->product_id;
    if (weft_id_map_get(&catalog->row_of, id, NULL))
        return weft_fail(err, WEFT_E_CONFLICT, "product %s: in the catalog already", id);
    if (!reserve_row(catalog) || !store_row(catalog, product) ||
        weft_id_map_add(&catalog->row_of, catalog->products[catalog->rows].product_id,
                        (uint32_t)catalog->rows))
        return weft_fail(err, WEFT_E_NOMEM, "product %s: no memory for row %zu of the catalog", id,
                         catalog->rows);
    catalog->rows++;
    return WEFT_OK;
}

static int by_value(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the values and renumbers the codes to match. */
static bool sort_column(column *col, size_t rows) {
    size_t n = col->numbers.count;
    uint32_t *renumbered = weft_alloc(n, sizeof *renumbered);
    if (!renumbered) return false;
    if (n) qsort(col->values, n, sizeof *col->values, by_value);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t before = 0;
        weft_id_map_get(&col->numbers, col->values[i], &before);
        renumbered[before] = i;
    }
    for (size_t row = 0; row < rows; row++) col->codes[row] = renumbered[col->codes[row]];
    weft_free(renumbered);
    return true;
}

weft_status weft_catalog_finish(weft_catalog *catalog, weft_err *err) {
    assert(!catalog->is_finished);
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        column *col = &catalog->columns[f];
        if (!sort_column(col, catalog->rows))
            return weft_fail(err, WEFT_E_NOMEM, "values of %s", facet_names[f]);
        catalog->facets[f] = (weft_catalog_facet){.name = facet_names[f],
                                                  .values = col->values,
                                                  .value_count = col->numbers.count,
                                                  .codes = col->codes};
        weft_id_map_deinit(&col->numbers); /* its numbers are the old ones */
    }
    catalog->is_finished = true;
    return WEFT_OK;
}

size_t weft_catalog_rows(const weft_catalog *catalog) { return catalog->rows; }

const weft_product *weft_catalog_product(const weft_catalog *catalog, uint32_t row) {
    assert(row < catalog->rows);
    return &catalog->products[row];
}

bool weft_catalog_find(const weft_catalog *catalog, const char *product_id, uint32_t *row) {
    return weft_id_map_get(&catalog->row_of, product_id, row);
}

const weft_catalog_facet *weft_catalog_facet_of(const weft_catalog *catalog, weft_facet facet) {
    assert(catalog->is_finished && facet < WEFT_FACET_COUNT);
    return &catalog->facets[facet];
}

bool weft_catalog_facet_named(const char *name, weft_facet *facet) {
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        if (strcmp(name, facet_names[f]) != 0) continue;
        *facet = (weft_facet)f;
        return true;
    }
    return false;
}
