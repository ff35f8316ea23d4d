#include "catalog/facet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool is_counted(const weft_bitset *rows, size_t row) {
    return !rows || weft_bitset_get(rows, row);
}

static int by_count(const void *a, const void *b) {
    const weft_facet_value *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return strcmp(x->value, y->value);
}

static bool count_facet(weft_facet_values *out, const weft_catalog_facet *facet, size_t row_count,
                        const weft_bitset *rows, weft_arena *arena) {
    *out = (weft_facet_values){.name = facet->name};
    out->values = weft_arena_calloc(arena, facet->value_count, sizeof *out->values);
    if (!out->values) return false;
    for (size_t row = 0; row < row_count; row++)
        if (is_counted(rows, row)) out->values[facet->codes[row]].count++;
    for (size_t i = 0; i < facet->value_count; i++) {
        size_t count = out->values[i].count;
        if (!count || !facet->values[i][0]) continue;
        out->values[out->value_count++] = (weft_facet_value){facet->values[i], count};
    }
    qsort(out->values, out->value_count, sizeof *out->values, by_count);
    return true;
}

static void count_ranges(weft_facet_counts *out, const weft_catalog *catalog,
                         const weft_bitset *rows) {
    for (uint32_t row = 0; row < weft_catalog_rows(catalog); row++) {
        if (!is_counted(rows, row)) continue;
        const weft_product *p = weft_catalog_product(catalog, row);
        if (!out->rows || p->price < out->price_min) out->price_min = p->price;
        if (!out->rows || p->price > out->price_max) out->price_max = p->price;
        if (p->year && (!out->year_min || p->year < out->year_min)) out->year_min = p->year;
        if (p->year && (!out->year_max || p->year > out->year_max)) out->year_max = p->year;
        out->rows++;
    }
}

weft_status weft_facet_count(weft_facet_counts *counts, const weft_catalog *catalog,
                             const weft_bitset *rows, weft_arena *arena, weft_err *err) {
    assert(!rows || rows->count == weft_catalog_rows(catalog));
    *counts = (weft_facet_counts){0};
    count_ranges(counts, catalog, rows);
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        const weft_catalog_facet *facet = weft_catalog_facet_of(catalog, (weft_facet)f);
        if (!count_facet(&counts->facets[f], facet, weft_catalog_rows(catalog), rows, arena))
            return weft_fail(err, WEFT_E_NOMEM, "counting the values of %s", facet->name);
    }
    return WEFT_OK;
}
