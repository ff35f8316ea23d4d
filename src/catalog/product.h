/* product.h - what a shop sells, as the seed's `products` table has it. */
#ifndef WEFT_CATALOG_PRODUCT_H
#define WEFT_CATALOG_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* Strings are NUL-terminated UTF-8, owned by whoever made the product (an arena
 * as a rule). Every string but product_id may be "" (not known), never NULL. */
typedef struct {
    const char *product_id;
    const char *product_display_name;
    const char *master_category;
    const char *sub_category;
    const char *article_type;
    const char *base_color;
    const char *gender;
    const char *season;
    const char *usage;
    int32_t year;             /* 0: not known */
    double price;             /* in the shop's currency */
    bool price_is_synthetic;  /* derived by weft because the source has none */
    const char *image_path;   /* relative to the data folder; "": no photo */
    const char *image_digest; /* SHA-256 of the photo's bytes in hexadecimal; "": no photo */
} weft_product;

/* The string attributes, in the order of the seed's schema: X(field).
 * Those that form small closed sets, and can be filtered and counted. */
#define WEFT_PRODUCT_FACETS(X)                                                                     \
    X(master_category)                                                                             \
    X(sub_category)                                                                                \
    X(article_type)                                                                                \
    X(base_color)                                                                                  \
    X(gender)                                                                                      \
    X(season)                                                                                      \
    X(usage)

/* A deep copy into the arena. False when out of memory. */
bool weft_product_copy(weft_product *to, const weft_product *from, weft_arena *arena);

/* An attribute as people fill it in: without white space around it, and empty
 * when it says only that nothing is known ("NA", "nan"). */
weft_str weft_product_value(weft_str text);

/* Appends the sentence that is embedded for a product: name and attributes, in
 * the wording that weft-mini was trained on (training/captions.py):
 *   "Alder Women Red Dress. Women Red Dresses, Summer Casual"
 * What is not known is left out with its punctuation. */
void weft_product_text(const weft_product *product, weft_buf *out);

/* A price for a product that comes without one: 24 to 3,500 as in the seed's
 * catalog, plausible for the article type (or the category of one that is not
 * known), and always the same for the same id, article type and category. */
double weft_product_synthetic_price(const weft_product *product);

#endif
