/* catalog.h - all products in memory, by row: the side of a search that knows
 * what the rows of the indexes are.
 *
 * Built once from the store, then immutable and shared by any number of
 * threads. The small closed attributes are dictionary-encoded columns, so that
 * filters and facets run over integers. */
#ifndef WEFT_CATALOG_CATALOG_H
#define WEFT_CATALOG_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "catalog/product.h"

typedef struct weft_catalog weft_catalog;

/* An attribute with few values: its dictionary and one code a row. */
typedef struct {
    const char *name;          /* "base_color" */
    const char *const *values; /* [value_count], sorted bytewise; "" (not known) where it occurs */
    size_t value_count;
    const uint32_t *codes; /* [rows], each < value_count */
} weft_catalog_facet;

typedef enum {
#define WEFT_FACET_ENUM(field) WEFT_FACET_##field,
    WEFT_PRODUCT_FACETS(WEFT_FACET_ENUM)
#undef WEFT_FACET_ENUM
        WEFT_FACET_COUNT
} weft_facet;

/* Start empty, add every product (rows are numbered in that order; the product
 * is copied), then finish. Adding fails with WEFT_E_NOMEM or WEFT_E_CONFLICT (an id twice). */
weft_status weft_catalog_new(weft_catalog **catalog, weft_err *err);
weft_status weft_catalog_add(weft_catalog *catalog, const weft_product *product, weft_err *err);
weft_status weft_catalog_finish(weft_catalog *catalog, weft_err *err);
void weft_catalog_free(weft_catalog *catalog); /* NULL is fine */

size_t weft_catalog_rows(const weft_catalog *catalog);
const weft_product *weft_catalog_product(const weft_catalog *catalog, uint32_t row);

/* The row of an id; false when there is none. */
bool weft_catalog_find(const weft_catalog *catalog, const char *product_id, uint32_t *row);

/* After finish. */
const weft_catalog_facet *weft_catalog_facet_of(const weft_catalog *catalog, weft_facet facet);

/* The facet called name ("base_color"); false when there is none. */
bool weft_catalog_facet_named(const char *name, weft_facet *facet);

#endif
