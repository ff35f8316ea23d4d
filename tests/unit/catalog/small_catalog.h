/* small_catalog.h - six products for the tests of filters and facets. */
#ifndef WEFT_TESTS_SMALL_CATALOG_H
#define WEFT_TESTS_SMALL_CATALOG_H

#include "../unit.h"
#include "catalog/catalog.h"

/*  row id  color       gender  type     season  year  price */
static inline weft_catalog *small_catalog(void) {
    static const struct {
        const char *id, *color, *gender, *type, *season;
        int32_t year;
        double price;
    } rows[] = {
        {"10", "Red", "Women", "Dresses", "Summer", 2012, 79.99},
        {"11", "Blue", "Men", "Shirts", "Summer", 2011, 20},
        {"12", "Navy Blue", "Men", "Shirts", "", 2016, 80},
        {"13", "Red", "Unisex", "Caps", "Winter", 0, 24},
        {"a-1", "Blue", "Women", "Shirts", "Fall", 2012, 55.5},
        {"A-1", "", "Girls", "Dresses", "Summer", 2015, 3500},
    };
    weft_catalog *catalog;
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weft_product p = {.product_id = rows[i].id,
                          .product_display_name = "Alder",
                          .master_category = "Apparel",
                          .sub_category = "",
                          .usage = "Casual",
                          .article_type = rows[i].type,
                          .base_color = rows[i].color,
                          .gender = rows[i].gender,
                          .season = rows[i].season,
                          .year = rows[i].year,
                          .price = rows[i].price,
                          .image_path = "",
                          .image_digest = ""};
        assert_int_equal(weft_catalog_add(catalog, &p, NULL), WEFT_OK);
    }
    assert_int_equal(weft_catalog_finish(catalog, NULL), WEFT_OK);
    return catalog;
}

#endif
