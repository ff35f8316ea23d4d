/* facet.h - how many of some rows have each value of each attribute: what the
 * filters of a shop's page show. */
#ifndef WEFT_CATALOG_FACET_H
#define WEFT_CATALOG_FACET_H

#include "base/arena.h"
#include "base/bitset.h"
#include "base/status.h"
#include "catalog/catalog.h"

typedef struct {
    const char *value; /* the catalog's string; never "" */
    size_t count;      /* at least 1 */
} weft_facet_value;

typedef struct {
    const char *name;         /* "base_color" */
    weft_facet_value *values; /* [value_count], the most frequent first, then bytewise */
    size_t value_count;
} weft_facet_values;

typedef struct {
    size_t rows; /* how many were counted */
    weft_facet_values facets[WEFT_FACET_COUNT];
    double price_min, price_max; /* 0 when no row was counted */
    int32_t year_min, year_max;  /* of the rows whose year is known; 0 when there is none */
} weft_facet_counts;

/* Counts over rows (NULL: the whole catalog; else a bit for each of its rows).
 * The arrays live in the arena. Fails with WEFT_E_NOMEM. */
weft_status weft_facet_count(weft_facet_counts *counts, const weft_catalog *catalog,
                             const weft_bitset *rows, weft_arena *arena, weft_err *err);

#endif
