/* brands.h - the brands of a catalog that has no column for them: what names begin with. */
#ifndef WEFT_TEXT_BRANDS_H
#define WEFT_TEXT_BRANDS_H

#include "catalog/catalog.h"
#include "text/words.h"

typedef struct {
    const char **names;   /* [count], as the catalog writes them */
    const char **phrases; /* [count]: their stems, apart by single spaces */
    size_t count;
    uint32_t *row_brand; /* [rows]: UINT32_MAX: none is known */
} weft_brands;

/* A brand is what at least MIN_PRODUCTS names have before the first word that says for whom,
 * what or of which color the product is. Lives in the arena. WEFT_E_NOMEM. */
weft_status weft_brands_find(weft_brands *brands, const weft_catalog *catalog,
                             weft_stemmer *stemmer, weft_arena *arena, weft_err *err);

#endif
