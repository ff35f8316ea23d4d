/* shop.h - a small catalog with a word for every rule of the vocabulary. */
#ifndef WEFT_TESTS_TEXT_SHOP_H
#define WEFT_TESTS_TEXT_SHOP_H

#include <stdio.h>

#include "catalog/catalog.h"

typedef struct {
    const char *name, *article_type, *base_color, *gender, *usage;
    double price;
} shop_row;

/* sub_category and master_category follow from the article type. */
static const shop_row shop_rows[] = {
    {"Alder Women Red Dress", "Dresses", "Red", "Women", "Casual", 40},
    {"Alder Women Blue Dress", "Dresses", "Blue", "Women", "Casual", 45},
    {"Alder Women Navy Blue Dress", "Dresses", "Navy Blue", "Women", "Party", 90},
    {"Alder Women Floral Red Dress", "Dresses", "Red", "Women", "Casual", 55},
    {"Birch Men Black Running Shoes", "Sports Shoes", "Black", "Men", "Sports", 80},
    {"Birch Men Brown Leather Shoes", "Formal Shoes", "Brown", "Men", "Formal", 120},
    {"Birch Men White Canvas Shoes", "Casual Shoes", "White", "Men", "Casual", 60},
    {"Birch Women Black Flip Flops", "Flip Flops", "Black", "Women", "Casual", 15},
    {"Cedar Hill Men White Striped Tshirt", "Tshirts", "White", "Men", "Casual", 20},
    {"Cedar Hill Men Black Striped Tshirt", "Tshirts", "Black", "Men", "Casual", 20},
    {"Cedar Hill Men Black Logo Tshirt", "Tshirts", "Black", "Men", "Casual", 22},
    {"Cedar Hill Women Gold Necklace", "Necklace and Chains", "Gold", "Women", "Party", 200},
    {"Cedar Hill Women Black Sunglasses", "Sunglasses", "Black", "Women", "Casual", 70},
    {"Cedar Hill Women Brown Sunglasses", "Sunglasses", "Brown", "Women", "Casual", 70},
    {"Birch Men Brown Leather Belt", "Belts", "Brown", "Men", "Formal", 35},
    {"Birch Men Leather Watch", "Watches", "Brown", "Men", "Formal", 150},
};
enum { SHOP_ROWS = sizeof shop_rows / sizeof *shop_rows };

static inline const char *shop_sub_category(const char *type) {
    static const char *const shoes[] = {"Sports Shoes", "Formal Shoes", "Casual Shoes"};
    for (size_t i = 0; i < 3; i++)
        if (strcmp(type, shoes[i]) == 0) return "Shoes";
    return type;
}

static inline weft_catalog *shop_catalog(void) {
    weft_catalog *catalog;
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    for (size_t i = 0; i < SHOP_ROWS; i++) {
        char id[8];
        const shop_row *r = &shop_rows[i];
        snprintf(id, sizeof id, "p%02zu", i);
        const weft_product product = {.product_id = id,
                                      .product_display_name = r->name,
                                      .master_category = "All",
                                      .sub_category = shop_sub_category(r->article_type),
                                      .article_type = r->article_type,
                                      .base_color = r->base_color,
                                      .gender = r->gender,
                                      .season = "Summer",
                                      .usage = r->usage,
                                      .price = r->price,
                                      .image_path = "",
                                      .image_digest = ""};
        assert_int_equal(weft_catalog_add(catalog, &product, NULL), WEFT_OK);
    }
    assert_int_equal(weft_catalog_finish(catalog, NULL), WEFT_OK);
    return catalog;
}

#endif
