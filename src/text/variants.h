/* variants.h - which rows are one product in several colors.
 *
 * Products are variants of each other when their names are the same but for color words, and
 * so are article type and gender. Each variant of a product has another color: the second
 * black one under the same name is another product. A name that more than MAX_SHARERS
 * products have says nothing ("Catwalk Women Heels"): they are all products of their own. */
#ifndef WEFT_TEXT_VARIANTS_H
#define WEFT_TEXT_VARIANTS_H

#include "catalog/catalog.h"
#include "text/words.h"

typedef struct weft_variants weft_variants; /* immutable; any number of threads */

enum { WEFT_VARIANTS_MAX_SHARERS = 12 };

/* The catalog is read during the call only. WEFT_E_NOMEM. */
weft_status weft_variants_new(weft_variants **variants, const weft_catalog *catalog, weft_err *err);
void weft_variants_free(weft_variants *variants); /* NULL is fine */

size_t weft_variants_groups(const weft_variants *variants);

/* The group of a row, 0 <= group < groups. */
uint32_t weft_variants_group(const weft_variants *variants, uint32_t row);

/* The rows of a group in ascending order, itself included: [*n], at least 1. */
const uint32_t *weft_variants_rows(const weft_variants *variants, uint32_t group, size_t *n);

#endif
