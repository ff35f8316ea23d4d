/* source_spec.h - which table of a shop's own is followed, and what its columns mean.
 *
 *   {"table": "shop.articles",
 *    "columns": {"product_id": "sku", "product_display_name": "title", "price": "cents"},
 *    "constants": {"gender": "Women"}, "price_divisor": 100, "photos": "/srv/photos"}
 *
 * A field of a product comes from a column or is a constant; what is neither is not known. */
#ifndef WEFT_SYNC_SOURCE_SPEC_H
#define WEFT_SYNC_SOURCE_SPEC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"
#include "catalog/product.h"

/* What a table can say of a product. */
typedef enum {
    WEFT_SOURCE_product_id,
    WEFT_SOURCE_product_display_name,
#define WEFT_SOURCE_ENUM(field) WEFT_SOURCE_##field,
    WEFT_PRODUCT_FACETS(WEFT_SOURCE_ENUM)
#undef WEFT_SOURCE_ENUM
        WEFT_SOURCE_year,
    WEFT_SOURCE_price,
    WEFT_SOURCE_image, /* the file name of its photo; without, photos go by the product's id */
    WEFT_SOURCE_FIELD_COUNT
} weft_source_field;

const char *weft_source_field_name(weft_source_field field); /* "base_color" */
bool weft_source_field_named(weft_str name, weft_source_field *field);

typedef struct {
    const char *schema, *table;
    const char *columns[WEFT_SOURCE_FIELD_COUNT];   /* NULL: from none */
    const char *constants[WEFT_SOURCE_FIELD_COUNT]; /* NULL: none */
    double price_divisor;                           /* the column's unit in the currency's */
    const char *photos; /* a folder or .zip as photo_source.h has it; NULL: there are none, and
                         * products keep the photos they have */
} weft_source_spec;

/* Splits "TABLE" or "SCHEMA.TABLE" into the spec; the schema is public by default. */
weft_status weft_source_spec_set_table(weft_source_spec *spec, const char *name, weft_arena *arena,
                                       weft_err *err);

/* Is it whole: a table, a column for the id, no field twice, a divisor above 0? WEFT_E_INVALID
 * says what is wrong. */
weft_status weft_source_spec_check(const weft_source_spec *spec, weft_err *err);

/* Reads and checks; strings live in the arena. WEFT_E_INVALID names the key. */
weft_status weft_source_spec_parse(weft_source_spec *spec, const char *json, weft_arena *arena,
                                   weft_err *err);
void weft_source_spec_write(const weft_source_spec *spec, weft_buf *json);

/* A row's values by field; data NULL: NULL, or no column. */
typedef struct {
    weft_str values[WEFT_SOURCE_FIELD_COUNT];
} weft_source_row;

/* The id that a row's product has: the column's text without white space around it, in the
 * arena. WEFT_E_INVALID when it is empty, longer than 128 bytes or not one line of UTF-8. */
weft_status weft_source_row_id(const weft_source_row *row, const char **product_id,
                               weft_arena *arena, weft_err *err);

/* Makes the product, without its photo: image_path and image_digest are NULL. Text that is not
 * UTF-8 is not known, nor is a year that is none; without a price above 0 there is a synthetic
 * one, as in an import. Strings are in the arena. Fails as weft_source_row_id. */
weft_status weft_source_row_product(const weft_source_spec *spec, const weft_source_row *row,
                                    weft_product *product, weft_arena *arena, weft_err *err);

/* Fields by their bits (1 << field) become what `old` has. */
void weft_source_keep_fields(weft_product *product, const weft_product *old, unsigned fields);

#endif
