/* outfit_shop.h - weft's own rules of outfits, and products in a word or two. */
#ifndef WEFT_TESTS_RECOMMEND_OUTFIT_SHOP_H
#define WEFT_TESTS_RECOMMEND_OUTFIT_SHOP_H

#include "../unit.h"

#include <string.h>

#include "recommend/outfit_rules.h"

static weft_outfit_rules *rules; /* the default ones */

static inline int shop_set_up(void **state) {
    (void)state;
    weft_err err = {0};
    if (weft_outfit_rules_parse(&rules, weft_outfit_rules_default(), &err))
        fail_msg("%s", err.message);
    return 0;
}

static inline int shop_tear_down(void **state) {
    (void)state;
    weft_outfit_rules_free(rules);
    return 0;
}

/* In the order in which tests vary them. */
static inline weft_product shop_product(const char *article_type, const char *gender,
                                        const char *usage, const char *base_color) {
    return (weft_product){.product_id = "p",
                          .product_display_name = "",
                          .master_category = "",
                          .sub_category = "",
                          .article_type = article_type,
                          .base_color = base_color,
                          .gender = gender,
                          .season = "",
                          .usage = usage,
                          .image_path = "",
                          .image_digest = ""};
}

#endif
