/* The rules of weft's own table said once more in plain words of the catalog, and random looks
 * of which both must think the same. */
#include "outfit_shop.h"

enum { CATALOG = 600, LOOKS = 10000, LOOK_MAX = 6 };

static weft_product products[CATALOG];
static weft_outfit_traits traits[CATALOG];

/* ---- the rules in other words ---- */

static bool is_any(const char *value, const char *const *list) {
    while (*list && strcmp(value, *list) != 0) list++;
    return *list;
}
#define ANY(value, ...) is_any(value, (const char *const[]){__VA_ARGS__, NULL})

static const char *slot_of(const weft_product *p) {
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

static bool is_in(const weft_product *p, const char *slot) { return strcmp(slot_of(p), slot) == 0; }

static bool may_wear(const char *a, const char *b) {
    if (!*a || !*b || strcmp(a, b) == 0) return true;
    return (strcmp(a, "Unisex") == 0 && ANY(b, "Men", "Women")) ||
           (strcmp(b, "Unisex") == 0 && ANY(a, "Men", "Women"));
}

static bool is_athletic(const weft_product *p) {
    return strcmp(p->usage, "Sports") == 0 ||
           ANY(p->article_type, "Track Pants", "Tracksuits", "Sports Sandals");
}

/* Is `other` wrong beside a tailored `p`? */
static bool is_too_casual(const weft_product *p, const weft_product *other) {
    if (!ANY(p->article_type, "Blazers", "Waistcoat")) return false;
    if (is_in(other, "footwear")) return !ANY(other->article_type, "Formal Shoes", "Heels");
    return is_in(other, "bottoms") && (!ANY(other->article_type, "Trousers", "Skirts") ||
                                       ANY(other->usage, "Casual", "Sports"));
}

static bool is_red(const char *color) { return ANY(color, "Red", "Maroon"); }
static bool is_neon(const char *color) { return ANY(color, "Lime Green", "Fluorescent Green"); }

static bool clash_with(const char *a, const char *b) {
    return (is_red(a) && ANY(b, "Pink", "Orange", "Green", "Purple")) ||
           (is_neon(a) &&
            (is_red(b) || ANY(b, "Pink", "Orange", "Yellow", "Green", "Teal", "Purple"))) ||
           (strcmp(a, "Orange") == 0 && ANY(b, "Pink", "Purple", "Green")) ||
           (strcmp(a, "Green") == 0 && strcmp(b, "Purple") == 0);
}

static bool pair_breaks(weft_outfit_fault rule, const weft_product *a, const weft_product *b) {
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
static bool has(const weft_product *const *look, size_t n, const char *what) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(look[i]->article_type, what) == 0 || is_in(look[i], what)) return true;
    return false;
}

static bool breaks_needs(const weft_product *const *look, size_t n, bool is_whole) {
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

static bool breaks(weft_outfit_fault rule, const weft_product *const *look, size_t n,
                   bool is_whole) {
    if (rule == WEFT_OUTFIT_NEEDS) return breaks_needs(look, n, is_whole);
    for (size_t i = 0; i < n; i++) {
        if (rule == WEFT_OUTFIT_NEVER && is_in(look[i], "")) return true;
        for (size_t j = 0; j < i; j++)
            if (pair_breaks(rule, look[i], look[j])) return true;
    }
    return false;
}

static weft_outfit_fault first_broken(const weft_product *const *look, size_t n, bool is_whole) {
    for (int rule = WEFT_OUTFIT_FITS + 1; rule < WEFT_OUTFIT_FAULT_COUNT; rule++)
        if (breaks((weft_outfit_fault)rule, look, n, is_whole)) return (weft_outfit_fault)rule;
    return WEFT_OUTFIT_FITS;
}

/* ---- a random catalog ---- */

static uint32_t random_state = 12345;

static uint32_t below(uint32_t n) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * n >> 32);
}
#define ONE_OF(list) (list)[below(sizeof(list) / sizeof *(list))]

static int make_catalog(void **state) {
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
    if (shop_set_up(state)) return 1;
    for (size_t i = 0; i < CATALOG; i++) {
        products[i] = shop_product(ONE_OF(types), ONE_OF(genders), ONE_OF(usages), ONE_OF(colors));
        if (below(60) == 0) products[i].master_category = "Personal Care";
        if (below(60) == 0) products[i].sub_category = "Loungewear and Nightwear";
        traits[i] = weft_outfit_traits_of(rules, &products[i]);
    }
    return 0;
}

typedef struct {
    size_t n;
    const weft_product *products[LOOK_MAX];
    weft_outfit_traits traits[LOOK_MAX];
} look;

/* Up to five pieces; most looks are made with some sense, or hardly one would fit. */
static look random_look(void) {
    look l = {0};
    const size_t n = 1 + below(LOOK_MAX - 1);
    const bool has_sense = below(4) > 0;
    while (l.n < n) {
        uint32_t at = below(CATALOG);
        l.products[l.n] = &products[at];
        l.traits[l.n] = traits[at];
        if (has_sense && below(5) > 0 && first_broken(l.products, l.n + 1, false)) continue;
        l.n++;
    }
    return l;
}

static void turn(look *l) {
    for (size_t i = l->n; i > 1; i--) {
        const size_t j = below((uint32_t)i);
        const look was = *l;
        l->products[i - 1] = was.products[j], l->products[j] = was.products[i - 1];
        l->traits[i - 1] = was.traits[j], l->traits[j] = was.traits[i - 1];
    }
}

static void fail_look(const look *l, weft_outfit_fault says, weft_outfit_fault expected) {
    for (size_t i = 0; i < l->n; i++)
        print_message("%s, %s, %s, %s\n", l->products[i]->article_type, l->products[i]->gender,
                      l->products[i]->usage, l->products[i]->base_color);
    fail_msg("%s, expected %s", weft_outfit_fault_name(says), weft_outfit_fault_name(expected));
}

/* ---- tests ---- */

static void looks_are_judged_as_the_plain_words_say(void **state) {
    (void)state;
    size_t seen[2][WEFT_OUTFIT_FAULT_COUNT] = {0};
    for (size_t k = 0; k < 2 * LOOKS; k++) {
        const look l = random_look();
        const bool is_whole = k % 2;
        const weft_outfit_fault expected = first_broken(l.products, l.n, is_whole);
        weft_outfit_verdict verdict = weft_outfit_check(rules, l.traits, l.n, is_whole);
        if (verdict.fault != expected) fail_look(&l, verdict.fault, expected);
        seen[is_whole][expected]++;
    }
    for (int f = 0; f < WEFT_OUTFIT_FAULT_COUNT; f++) /* or the test would show little */
        assert_true(seen[0][f] > 20 && seen[1][f] > 20);
}

/* Whichever way round: the same fault, and a pair that has it by itself. */
static void the_order_of_pieces_does_not_matter(void **state) {
    (void)state;
    for (size_t k = 0; k < LOOKS; k++) {
        look l = random_look();
        const bool is_whole = k % 2;
        const weft_outfit_fault fault = weft_outfit_check(rules, l.traits, l.n, is_whole).fault;
        turn(&l);
        weft_outfit_verdict turned = weft_outfit_check(rules, l.traits, l.n, is_whole);
        if (turned.fault != fault) fail_look(&l, turned.fault, fault);
        assert_true(turned.piece < l.n && turned.other < l.n);
        if (fault == WEFT_OUTFIT_NEVER) assert_int_equal(l.traits[turned.piece].slot, -1);
        if (fault > WEFT_OUTFIT_NEVER && fault < WEFT_OUTFIT_NEEDS)
            assert_true(pair_breaks(fault, l.products[turned.piece], l.products[turned.other]));
        if (fault == WEFT_OUTFIT_NEEDS)
            assert_true(
                ANY(l.products[turned.piece]->article_type, "Belts", "Ties", "Socks", "Stockings"));
    }
}

/* One may stop at the first fault while a look is put together. */
static void what_is_wrong_stays_wrong(void **state) {
    (void)state;
    for (size_t k = 0; k < LOOKS; k++) {
        const look l = random_look();
        bool was_wrong = false, is_wrong = false;
        for (size_t n = 1; n <= l.n; n++, was_wrong = is_wrong) {
            is_wrong = weft_outfit_check(rules, l.traits, n, false).fault != WEFT_OUTFIT_FITS;
            assert_true(is_wrong || !was_wrong);
        }
        if (is_wrong) assert_true(weft_outfit_check(rules, l.traits, l.n, true).fault);
    }
}

static void pairs_fit_as_looks_of_two(void **state) {
    (void)state;
    for (size_t a = 0; a < CATALOG; a += 3)
        for (size_t b = 0; b < CATALOG; b += 7) {
            const weft_product *const two[] = {&products[a], &products[b]};
            assert_int_equal(weft_outfit_fits_pair(rules, &traits[a], &traits[b]),
                             first_broken(two, 2, false) == WEFT_OUTFIT_FITS);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_are_judged_as_the_plain_words_say),
        cmocka_unit_test(the_order_of_pieces_does_not_matter),
        cmocka_unit_test(what_is_wrong_stays_wrong),
        cmocka_unit_test(pairs_fit_as_looks_of_two),
    };
    return cmocka_run_group_tests(tests, make_catalog, shop_tear_down);
}
