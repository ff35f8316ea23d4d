/* filter.h - which products a search may return.
 *
 *   {"base_color": ["Red","Blue"], "price": {"$gte": 20, "$lt": 80},
 *    "gender": {"$ne": "Men"}, "year >=": 2015}
 *
 * All fields must hold (and). A string field takes a value, an array (any of),
 * or an object of $eq $ne $in $nin; a number field (price, year) takes a number,
 * an array, or $eq $ne $in $nin $lt $lte $gt $gte. "field OP" with one of
 * < <= > >= = != is the other spelling. Strings compare without regard to ASCII
 * case; "" is what is not known. product_id can be filtered too, compares
 * exactly, and may be given as a whole number. A year that is not known passes
 * $ne and $nin only. */
#ifndef WEFT_CATALOG_FILTER_H
#define WEFT_CATALOG_FILTER_H

#include <jansson.h>

#include "base/arena.h"
#include "base/bitset.h"
#include "base/status.h"
#include "catalog/catalog.h"

typedef struct weft_filter weft_filter; /* opaque; lives in its arena; immutable */

enum { WEFT_FILTER_MAX_VALUES = 1000, WEFT_FILTER_MAX_CONDITIONS = 64 };

/* Reads a filter object (json NULL or {}: everything passes). Fails with
 * WEFT_E_INVALID naming the field or operator, WEFT_E_LIMIT, WEFT_E_NOMEM. */
weft_status weft_filter_parse(const weft_filter **filter, const json_t *json, weft_arena *arena,
                              weft_err *err);

/* As weft_filter_parse from JSON text. */
weft_status weft_filter_parse_text(const weft_filter **filter, const char *text, size_t n,
                                   weft_arena *arena, weft_err *err);

bool weft_filter_is_empty(const weft_filter *filter); /* also for NULL */

/* What a filter says, for engines that put it in a language of their own. */
typedef enum {
    WEFT_IS_ANY_OF,
    WEFT_IS_NONE_OF,
    WEFT_IS_LESS,
    WEFT_IS_AT_MOST,
    WEFT_IS_GREATER,
    WEFT_IS_AT_LEAST
} weft_comparison;

typedef enum {
    WEFT_FIELD_FACET,      /* text without regard to ASCII case */
    WEFT_FIELD_PRODUCT_ID, /* text, exactly */
    WEFT_FIELD_PRICE,
    WEFT_FIELD_YEAR /* 0 is not known, and no number */
} weft_field_kind;

typedef struct {
    const char *name; /* as the product's column: "base_color", "price" */
    weft_field_kind kind;
    weft_facet facet; /* of WEFT_FIELD_FACET */
} weft_filter_field;

typedef struct {
    weft_filter_field field;
    weft_comparison comparison;
    size_t value_count;       /* 1 for those that order; "any of" none passes nothing */
    const char *const *texts; /* [value_count] of a text field, else NULL */
    const double *numbers;    /* [value_count] of a number field, else NULL */
} weft_filter_condition;

/* All of them must hold. They live as long as the filter; *n is 0 for NULL. */
const weft_filter_condition *weft_filter_conditions(const weft_filter *filter, size_t *n);

/* Both of them must hold; either may be NULL. Fails with WEFT_E_LIMIT (conditions) or
 * WEFT_E_NOMEM. What it holds lives as long as the two. */
weft_status weft_filter_join(const weft_filter *a, const weft_filter *b, weft_arena *arena,
                             const weft_filter **joined, weft_err *err);

/* The filter but for what it says of one facet; NULL stays NULL. WEFT_E_NOMEM. */
weft_status weft_filter_without(const weft_filter *filter, weft_facet facet, weft_arena *arena,
                                const weft_filter **rest, weft_err *err);

/* rows (uninitialised) becomes the set of rows that pass; free it with
 * weft_bitset_deinit. Fails with WEFT_E_NOMEM. */
weft_status weft_filter_apply(const weft_filter *filter, const weft_catalog *catalog,
                              weft_bitset *rows, weft_err *err);

#endif
