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

/* rows (uninitialised) becomes the set of rows that pass; free it with
 * weft_bitset_deinit. Fails with WEFT_E_NOMEM. */
weft_status weft_filter_apply(const weft_filter *filter, const weft_catalog *catalog,
                              weft_bitset *rows, weft_err *err);

#endif
