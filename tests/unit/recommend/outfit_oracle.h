/* outfit_oracle.h - the rules of weft's own table said once more in plain words of the catalog, and
 * random products to try them on. */
#ifndef WEFT_TESTS_RECOMMEND_OUTFIT_ORACLE_H
#define WEFT_TESTS_RECOMMEND_OUTFIT_ORACLE_H

#include "outfit_shop.h"

/* ---- the rules in other words ---- */

static inline bool is_any(const char *value, const char *const *list) {
    while (*list && strcmp(value, *list) != 0) list++;
    return *list;
}
#define ANY(value, ...) is_any(value, (const char *const[]){__VA_ARGS__, NULL})

static inline const char *slot_of(const weft_product *p) {
    if (strcmp(p->master_category, "Personal Care") == 0) return "";
    if (strcmp(p->sub_category, "Loungewear and Nightwear") == 0) return "";
    const char *type = p->article_type;
    return ANY(type, "Tshirts", "Shirts", "Kurtas", "Sweaters")                   ? "tops"
           : ANY(type, "Jeans", "Trousers", "Skirts", "Leggings", "Track Pants")  ? "bottoms"
           : ANY(type, "Dresses", "Sarees", "Tracksuits")                         ? "dress"
           : ANY(type, "Jackets", "Blazers", "Waistcoat")                         ? "outerwear"
           : ANY(type, "Casual Shoes", "Formal Shoes", "Heels", "Sports Sandals") ? "footwear"
           : ANY(type, "Watches", "Belts", "Socks", "Stockings", "Ties", "Caps")  ? "accessories"
                                                                                  : "";
}

static inline bool is_in(const weft_product *p, const char *slot) {
    return strcmp(slot_of(p), slot) == 0;
}

static inline bool may_wear(const char *a, const char *b) {
    if (!*a || !*b || strcmp(a, b) == 0) return true;
    return (strcmp(a, "Unisex") == 0 && ANY(b, "Men", "Women")) ||
           (strcmp(b, "Unisex") == 0 && ANY(a, "Men", "Women"));
}

static inline bool is_athletic(const weft_product *p) {
    return strcmp(p->usage, "Sports") == 0 ||
           ANY(p->article_type, "Track Pants", "Tracksuits", "Sports Sandals");
}

/* Is `other` wrong beside a tailored `p`? */
static inline bool is_too_casual(const weft_product *p, const weft_product *other) {
    if (!ANY(p->article_type, "Blazers", "Waistcoat")) return false;
    if (is_in(other, "footwear")) return !ANY(other->article_type, "Formal Shoes", "Heels");
    return is_in(other, "bottoms") && (!ANY(other->article_type, "Trousers", "Skirts") ||
                                       ANY(other->usage, "Casual", "Sports"));
}

static inline bool is_red(const char *color) { return ANY(color, "Red", "Maroon"); }
static inline bool is_neon(const char *color) {
    return ANY(color, "Lime Green", "Fluorescent Green");
}

static inline bool clash_with(const char *a, const char *b) {
    return (is_red(a) && ANY(b, "Pink", "Orange", "Green", "Purple")) ||
           (is_neon(a) &&
            (is_red(b) || ANY(b, "Pink", "Orange", "Yellow", "Green", "Teal", "Purple"))) ||
           (strcmp(a, "Orange") == 0 && ANY(b, "Pink", "Purple", "Green")) ||
           (strcmp(a, "Green") == 0 && strcmp(b, "Purple") == 0);
}

static inline bool pair_breaks(weft_outfit_fault rule, const weft_product *a,
                               const weft_product *b) {
    switch (rule) {
    case WEFT_OUTFIT_SAME_SLOT: return is_in(a, slot_of(b));
    case WEFT_OUTFIT_APART:
        return (is_in(a, "dress") && ANY(slot_of(b), "tops", "bottoms")) ||
               (is_in(b, "dress") && ANY(slot_of(a), "tops", "bottoms"));
    case WEFT_OUTFIT_GENDER: return !may_wear(a->gender, b->gender);
    case WEFT_OUTFIT_ATHLETIC: return is_athletic(a) != is_athletic(b);
    case WEFT_OUTFIT_TAKES: return is_too_casual(a, b) || is_too_casual(b, a);
    case WEFT_OUTFIT_COLORS:
        return clash_with(a->base_color, b->base_color) || clash_with(b->base_color, a->base_color);
    default: return false;
    }
}

/* Does the look have a product of the type, or of the slot? */
static inline bool has(const weft_product *const *look, size_t n, const char *what) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(look[i]->article_type, what) == 0 || is_in(look[i], what)) return true;
    return false;
}

static inline bool breaks_needs(const weft_product *const *look, size_t n, bool is_whole) {
    bool has_dress = has(look, n, "dress");
    if (has(look, n, "Belts") && !has(look, n, "Jeans") && !has(look, n, "Trousers") &&
        !has(look, n, "Skirts") && (is_whole || has_dress || has(look, n, "bottoms")))
        return true;
    if (has(look, n, "Ties") && !has(look, n, "Shirts") &&
        (is_whole || has_dress || has(look, n, "tops")))
        return true;
    return is_whole && (has(look, n, "Socks") || has(look, n, "Stockings")) &&
           !has(look, n, "footwear");
}

static inline bool breaks(weft_outfit_fault rule, const weft_product *const *look, size_t n,
                          bool is_whole) {
    if (rule == WEFT_OUTFIT_NEEDS) return breaks_needs(look, n, is_whole);
    for (size_t i = 0; i < n; i++) {
        if (rule == WEFT_OUTFIT_NEVER && is_in(look[i], "")) return true;
        for (size_t j = 0; j < i; j++)
            if (pair_breaks(rule, look[i], look[j])) return true;
    }
    return false;
}

static inline weft_outfit_fault first_broken(const weft_product *const *look, size_t n,
                                             bool is_whole) {
    for (int rule = WEFT_OUTFIT_FITS + 1; rule < WEFT_OUTFIT_FAULT_COUNT; rule++)
        if (breaks((weft_outfit_fault)rule, look, n, is_whole)) return (weft_outfit_fault)rule;
    return WEFT_OUTFIT_FITS;
}

/* ---- a random catalog ---- */

static uint32_t random_state = 12345;

static inline uint32_t below(uint32_t n) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * n >> 32);
}
#define ONE_OF(list) (list)[below(sizeof(list) / sizeof *(list))]

static inline weft_product random_product(void) {
    /* What occurs often in shops stands here more than once. */
    static const char *const types[] = {
        "Tshirts",        "Shirts",   "Kurtas",  "Sweaters",    "Jeans",        "Trousers",
        "Skirts",         "Leggings", "Dresses", "Track Pants", "Sarees",       "Tracksuits",
        "Jackets",        "Blazers",  "Blazers", "Waistcoat",   "Casual Shoes", "Formal Shoes",
        "Sports Sandals", "Heels",    "Watches", "Belts",       "Socks",        "Stockings",
        "Ties",           "Caps",     "Bra",     "Water Bottle"};
    static const char *const genders[] = {"Men",   "Women",  "Women",  "Women", "Women",
                                          "Women", "Unisex", "Unisex", "Boys",  ""};
    static const char *const usages[] = {"Casual", "Casual", "Casual", "Formal",       "Formal",
                                         "Formal", "Ethnic", "Sports", "Smart Casual", ""};
    static const char *const colors[] = {
        "Black",  "White", "Navy Blue", "Grey",   "Red",  "Maroon",     "Pink",     "Orange",
        "Yellow", "Green", "Purple",    "Yellow", "Teal", "Lime Green", "Glaucous", ""};
    weft_product product =
        shop_product(ONE_OF(types), ONE_OF(genders), ONE_OF(usages), ONE_OF(colors));
    if (below(60) == 0) product.master_category = "Personal Care";
    if (below(60) == 0) product.sub_category = "Loungewear and Nightwear";
    return product;
}

#endif
