/* shelf.h - what recommendations read of the catalog at one moment. */
#ifndef WEFT_RECOMMEND_SHELF_H
#define WEFT_RECOMMEND_SHELF_H

#include "catalog/catalog.h"
#include "catalog/embedding_kind.h"
#include "engine/engine.h"
#include "index/index.h"
#include "text/brands.h"

/* What a product is, in a word: X(code). By these a user's taste is told. */
#define WEFT_TRAITS(X)                                                                             \
    X(TYPE)  /* article_type */                                                                    \
    X(COLOR) /* base_color */                                                                      \
    X(GENDER)                                                                                      \
    X(USAGE)                                                                                       \
    X(BRAND)                                                                                       \
    X(PRICE) /* which tenth of the catalog's prices */

typedef enum {
#define WEFT_TRAIT_ENUM(code) WEFT_TRAIT_##code,
    WEFT_TRAITS(WEFT_TRAIT_ENUM)
#undef WEFT_TRAIT_ENUM
        WEFT_TRAIT_COUNT
} weft_trait;

/* Immutable (what it keeps in `kept` changes no answer), any number of threads. */
typedef struct {
    const weft_catalog *catalog; /* these three are not owned */
    weft_index *const *indexes;  /* [WEFT_KIND_COUNT]; rows are the catalog's */
    weft_engine *engine;         /* holds the vectors in their place; NULL: none */
    weft_brands brands;
    const uint32_t *values[WEFT_TRAIT_COUNT]; /* [rows]: of each row; UINT32_MAX: not known */
    size_t value_count[WEFT_TRAIT_COUNT];
    const float *share[WEFT_TRAIT_COUNT]; /* [value_count]: of the rows whose value is known */
    int32_t newest_year;                  /* 0: none is known */
    size_t dim;                           /* of hybrid vectors */
    struct weft_shelf_kept *kept;         /* vectors that were asked for */
    weft_arena arena;
} weft_shelf;

/* Takes some tens of milliseconds for 40,000 products. WEFT_E_NOMEM. */
weft_status weft_shelf_new(weft_shelf **shelf, const weft_catalog *catalog,
                           weft_index *const *indexes, weft_engine *engine, weft_err *err);
void weft_shelf_free(weft_shelf *shelf); /* NULL is fine */

/* The name of a value of TYPE, COLOR, GENDER, USAGE or BRAND. */
const char *weft_shelf_name(const weft_shelf *shelf, weft_trait trait, uint32_t value);

/* The hybrid vector of a row, [dim]: the shelf's own or in scratch[dim]; NULL when it has none.
 * Indexes hold codes, and engines are elsewhere: what was asked for once is kept, up to 64 MiB.
 * Fails as weft_engine_vector. */
weft_status weft_shelf_vector(const weft_shelf *shelf, uint32_t row, float *scratch,
                              const float **vector, weft_err *err);

#endif
