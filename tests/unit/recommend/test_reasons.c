/* Every reason is held against the user's own deeds and the products, in other words than
 * reasons.c has. */
#include "shop.h"

#include <jansson.h>
#include <stdlib.h>

enum { ROWS = 240, USERS = 60, EVENTS = 2000 };

static shop s;
static weft_event_log events;
static weft_collaborative *model;
static weft_crowd *crowd;
static weft_rule pins_rule;

static int set_up(void **state) {
    (void)state;
    static const weft_rule_pin pins[] = {{"p50", 1}, {"p51", 2}};
    shop_open(&s, ROWS);
    shop_log(&s, &events, USERS, EVENTS, 5);
    crowd = shop_crowd(&s, &events, EVENTS, &model);
    pins_rule = (weft_rule){.pins = pins, .pin_count = 2};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_crowd_free(crowd);
    weft_collaborative_free(model);
    weft_event_log_deinit(&events);
    shop_close(&s);
    return 0;
}

/* ---- what is true ---- */

typedef struct {
    const shop_deed *deeds; /* [n] */
    size_t n;
    uint32_t rows[30]; /* [distinct] */
    size_t distinct;
} user;

static user user_of(const shop_deed *deeds, size_t n) {
    user u = {.deeds = deeds, .n = n};
    for (size_t i = 0; i < n; i++) {
        bool is_new = true;
        for (size_t j = 0; j < i; j++) is_new &= deeds[j].row != deeds[i].row;
        if (is_new) u.rows[u.distinct++] = deeds[i].row;
    }
    return u;
}

static double weight_on(const user *u, const char *(*word)(uint32_t), const char *value) {
    double sum = 0;
    for (size_t i = 0; i < u->n; i++)
        if (strcmp(word(u->deeds[i].row), value) == 0)
            sum += (double)weft_event_weight(u->deeds[i].what);
    return sum;
}

static const char *color_of(uint32_t row) { return shop_product(&s, row)->base_color; }
static const char *type_of(uint32_t row) { return shop_product(&s, row)->article_type; }

/* More than on any other, and more than once. */
static bool is_most(const user *u, const char *(*word)(uint32_t), uint32_t row) {
    size_t times = 0;
    if (!*word(row)) return false;
    for (size_t i = 0; i < u->distinct; i++) {
        const char *other = word(u->rows[i]);
        if (strcmp(other, word(row)) == 0) times++;
        else if (*other && weight_on(u, word, other) >= weight_on(u, word, word(row))) return false;
    }
    return times >= 2;
}

static const char *brand_of(uint32_t row) {
    const char *name = shop_product(&s, row)->product_display_name;
    for (size_t i = 0; i < SHOP_BRANDS; i++)
        if (strncmp(name, shop_brands[i], strlen(shop_brands[i])) == 0) return shop_brands[i];
    return "";
}

static size_t count_of_brand(const user *u, const char *brand) {
    size_t n = 0;
    for (size_t i = 0; i < u->distinct; i++) n += strcmp(brand_of(u->rows[i]), brand) == 0;
    return n;
}

static double cosine(uint32_t a, uint32_t b) {
    double sum = 0;
    for (size_t d = 0; d < SHOP_DIM; d++) sum += (double)s.vectors[a][d] * (double)s.vectors[b][d];
    return sum;
}

/* The likest of what she dealt with, of the same type; -1: none. */
static double nearest(const user *u, uint32_t row) {
    double best = -1;
    for (size_t i = 0; i < u->distinct && *type_of(row); i++)
        if (u->rows[i] != row && strcmp(type_of(u->rows[i]), type_of(row)) == 0)
            best = fmax(best, cosine(u->rows[i], row));
    return best;
}

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool is_between_quartiles(const user *u, double price) {
    double prices[30], quartiles[2];
    if (u->distinct < 3) return false;
    for (size_t i = 0; i < u->distinct; i++) prices[i] = shop_product(&s, u->rows[i])->price;
    qsort(prices, u->distinct, sizeof *prices, by_number);
    for (size_t q = 0; q < 2; q++) {
        double at = (q ? 0.75 : 0.25) * (double)(u->distinct - 1), below = floor(at);
        size_t i = (size_t)below;
        double next = i + 1 < u->distinct ? prices[i + 1] : prices[i];
        quartiles[q] = prices[i] + (at - below) * (next - prices[i]);
    }
    return price >= quartiles[0] && price <= quartiles[1];
}

static bool is_trending(uint32_t row) {
    size_t before = 0;
    for (uint32_t other = 0; other < ROWS; other++)
        before += crowd->popularity[other] > crowd->popularity[row] ||
                  (crowd->popularity[other] == crowd->popularity[row] && other < row);
    return crowd->popularity[row] > 0 && before < 100;
}

static bool has(const user *u, uint32_t row) {
    for (size_t i = 0; i < u->distinct; i++)
        if (u->rows[i] == row) return true;
    return false;
}

static double liking_of(const weft_profile *p, uint32_t row) {
    float *factor, score;
    bool found;
    assert_int_equal(weft_crowd_factor(crowd, p, &s.arena, &factor, &found, NULL), WEFT_OK);
    return found && weft_crowd_score(crowd, factor, row, &score) ? (double)score : -1;
}

static bool is_true(const user *u, const weft_profile *p, const weft_recommended *one,
                    weft_reason_kind kind) {
    const weft_product *product = shop_product(&s, one->row);
    switch (kind) {
    case WEFT_REASON_PINNED: return one->pinned_by == &pins_rule;
    case WEFT_REASON_LIKE: return nearest(u, one->row) >= 0.8;
    case WEFT_REASON_CROWD:
        return !one->pinned_by && !has(u, one->row) && crowd->popularity[one->row] > 0 &&
               liking_of(p, one->row) >= 0.2;
    case WEFT_REASON_BRAND:
        return *brand_of(one->row) && count_of_brand(u, brand_of(one->row)) >= 2;
    case WEFT_REASON_COLOR: return is_most(u, color_of, one->row);
    case WEFT_REASON_CATEGORY: return is_most(u, type_of, one->row);
    case WEFT_REASON_TRENDING: return is_trending(one->row);
    case WEFT_REASON_PRICE: return is_between_quartiles(u, product->price);
    case WEFT_REASON_EXPLORE: return one->is_explored;
    case WEFT_REASON_NEW: return product->year == SHOP_NEWEST;
    default: return false;
    }
}

/* Rounding may fall to either side here. */
static bool is_borderline(const user *u, const weft_profile *p, uint32_t row) {
    return fabs(nearest(u, row) - 0.8) < 1e-4 || fabs(liking_of(p, row) - 0.2) < 1e-4;
}

/* ---- what is said ---- */

static const char *deed_on(const user *u, uint32_t row) {
    float most = 0;
    for (size_t i = 0; i < u->n; i++)
        if (u->deeds[i].row == row) most = fmaxf(most, weft_event_weight(u->deeds[i].what));
    return most == 3 ? "bought" : most == 2 ? "put into your cart" : most > 0 ? "looked at" : NULL;
}

static void check_words(const user *u, uint32_t row, const weft_reason *reason) {
    char expected[200] = "";
    const weft_product *product = shop_product(&s, row);
    uint32_t other;
    if (reason->kind == WEFT_REASON_LIKE) {
        assert_true(weft_catalog_find(s.catalog, reason->product_id, &other));
        assert_true(has(u, other) && other != row);
        assert_string_equal(type_of(other), product->article_type);
        assert_true(fabs(cosine(other, row) - nearest(u, row)) < 1e-6);
        snprintf(expected, sizeof expected, "Like the %s that you %s",
                 shop_product(&s, other)->product_display_name, deed_on(u, other));
    } else {
        assert_null(reason->product_id);
    }
    if (reason->kind == WEFT_REASON_BRAND)
        snprintf(expected, sizeof expected, "From %s, a brand that you choose", brand_of(row));
    if (reason->kind == WEFT_REASON_COLOR)
        snprintf(expected, sizeof expected, "In %s, the color that you choose most",
                 product->base_color);
    if (reason->kind == WEFT_REASON_CATEGORY)
        snprintf(expected, sizeof expected, "You look at %s more than at anything else",
                 product->article_type);
    if (*expected) assert_string_equal(reason->text, expected);
    else assert_true(*reason->text);
}

static size_t find(const weft_recommend_request *q, const weft_recommended *one,
                   weft_reason reasons[WEFT_REASONS_MAX]) {
    size_t n;
    weft_err err = {0};
    if (weft_reasons_find(q, one, &s.arena, reasons, &n, &err)) fail_msg("%s", err.message);
    return n;
}

static void every_reason_is_true_and_none_is_missing(void **state) {
    (void)state;
    const weft_rule *rules[] = {&pins_rule};
    uint64_t random = 31;
    size_t given[WEFT_REASON_COUNT] = {0};
    for (int round = 0; round < 500; round++) {
        shop_deed deeds[30];
        weft_recommended *list;
        size_t n, total, m = shop_draw_deeds(&s, deeds, &random);
        const user u = user_of(deeds, m);
        const weft_profile *p = shop_profile(&s, deeds, m);
        const weft_recommend_request q = {.shelf = s.shelf,
                                          .crowd = crowd,
                                          .profile = p,
                                          .includes_seen = round % 3 == 0,
                                          .rules = rules,
                                          .rule_count = round % 2 ? 1 : 0,
                                          .limit = 30};
        assert_int_equal(weft_recommend(&q, &s.arena, &list, &n, &total, NULL), WEFT_OK);
        for (size_t i = 0; i < n; i++) {
            weft_reason reasons[WEFT_REASONS_MAX];
            size_t count = find(&q, &list[i], reasons), at = 0;
            if (is_borderline(&u, p, list[i].row)) continue;
            for (int k = 0; k < WEFT_REASON_COUNT && at < WEFT_REASONS_MAX; k++) {
                weft_reason_kind kind = (weft_reason_kind)k;
                if (!is_true(&u, p, &list[i], kind)) continue;
                if (at == count || reasons[at].kind != kind)
                    fail_msg("round %d, row %u: %s is true and not given", round, list[i].row,
                             weft_reason_name(kind));
                check_words(&u, list[i].row, &reasons[at++]);
                given[kind]++;
            }
            if (at < count)
                fail_msg("round %d, row %u: %s is given and not true", round, list[i].row,
                         weft_reason_name(reasons[at].kind));
        }
    }
    for (int kind = 0; kind < WEFT_REASON_COUNT; kind++)
        if (given[kind] < 20 && kind != WEFT_REASON_EXPLORE) /* test_explore.c */
            fail_msg("%s: %zu", weft_reason_name((weft_reason_kind)kind), given[kind]);
}

/* ---- one by one ---- */

static bool gives(const weft_recommend_request *q, uint32_t row, weft_reason_kind kind) {
    weft_reason reasons[WEFT_REASONS_MAX];
    const weft_recommended one = {.row = row, .parts = {NAN, NAN, NAN, NAN, NAN, NAN, NAN}};
    size_t n = find(q, &one, reasons);
    for (size_t i = 0; i < n; i++)
        if (reasons[i].kind == kind) return true;
    return false;
}

static weft_recommend_request ask(const shop_deed *deeds, size_t n) {
    return (weft_recommend_request){
        .shelf = s.shelf, .crowd = crowd, .profile = shop_profile(&s, deeds, n), .limit = 10};
}

static void of_two_as_often_chosen_none_is_most(void **state) {
    (void)state;
    /* Rows 33 and 63 are Watches in black that nobody else made, 31 and 61 Dresses in black. */
    static const shop_deed deeds[] = {{"view", 31}, {"view", 63}, {"view", 33}, {"view", 61}};
    weft_recommend_request q = ask(deeds, 3);
    uint32_t watch = 93, dress = 121;
    assert_string_equal(type_of(watch), "Watches");
    assert_string_equal(type_of(dress), "Dresses");
    while (watch + 30 < ROWS && nearest(&(user){.rows = {63, 33}, .distinct = 2}, watch) >= 0.8)
        watch += 30;
    assert_true(gives(&q, watch, WEFT_REASON_CATEGORY) ||
                gives(&q, watch, WEFT_REASON_COLOR)); /* two of three */
    q = ask(deeds, 4);
    assert_false(gives(&q, watch, WEFT_REASON_CATEGORY));
    assert_false(gives(&q, dress, WEFT_REASON_CATEGORY));
}

static void who_chose_alone_is_no_crowd(void **state) {
    (void)state;
    /* Of a shop where one user alone did anything. */
    weft_log_entry entries[6];
    const char *ids[] = {"anna"};
    shop_deed deeds[6];
    for (uint32_t i = 0; i < 6; i++) {
        deeds[i] = (shop_deed){"purchase", i * SHOP_TYPES};
        entries[i] = (weft_log_entry){0, i * SHOP_TYPES, 3, SHOP_NOW - SHOP_MINUTE};
    }
    const weft_event_log hers = {.entries = entries, .count = 6, .user_ids = ids, .users = 1};
    weft_collaborative *learned;
    weft_crowd *alone = shop_crowd(&s, &hers, 6, &learned);
    weft_recommend_request q = ask(deeds, 6);
    weft_recommended *list;
    size_t n, total, liked = 0;
    q.crowd = alone;
    q.includes_seen = true;
    q.way = WEFT_RECOMMEND_COLLABORATIVE;
    assert_int_equal(weft_recommend(&q, &s.arena, &list, &n, &total, NULL), WEFT_OK);
    for (size_t i = 0; i < n; i++) {
        weft_reason reasons[WEFT_REASONS_MAX];
        size_t count = find(&q, &list[i], reasons);
        liked += list[i].parts[WEFT_PART_COLLABORATIVE] > logf(0.3f);
        for (size_t r = 0; r < count; r++) assert_int_not_equal(reasons[r].kind, WEFT_REASON_CROWD);
    }
    assert_true(liked > 0);
    weft_crowd_free(alone);
    weft_collaborative_free(learned);
}

static void nobody_is_told_nothing_of_herself(void **state) {
    (void)state;
    weft_recommend_request q = ask(NULL, 0);
    for (uint32_t row = 0; row < ROWS; row++) {
        const weft_recommended one = {.row = row, .parts = {NAN, NAN, NAN, NAN, NAN, NAN, NAN}};
        weft_reason reasons[WEFT_REASONS_MAX];
        size_t n = find(&q, &one, reasons);
        for (size_t i = 0; i < n; i++)
            assert_true(reasons[i].kind == WEFT_REASON_TRENDING ||
                        reasons[i].kind == WEFT_REASON_NEW);
    }
}

static void reasons_have_names(void **state) {
    (void)state;
    for (int i = 0; i < WEFT_REASON_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(weft_reason_name((weft_reason_kind)i),
                                    weft_reason_name((weft_reason_kind)j));
}

static void no_memory_is_said(void **state) {
    (void)state;
    static const shop_deed deeds[] = {{"purchase", 0}, {"view", 30}, {"view", 60}, {"view", 90}};
    const weft_recommend_request q = ask(deeds, 4);
    const weft_recommended one = {.row = 120, .parts = {NAN, NAN, NAN, NAN, NAN, NAN, NAN}};
    weft_status status;
    size_t nth = 0;
    do {
        weft_reason reasons[WEFT_REASONS_MAX];
        weft_arena arena;
        size_t n;
        weft_arena_init(&arena, 32);
        weft_mem_fail_after(++nth);
        status = weft_reasons_find(&q, &one, &arena, reasons, &n, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        assert_true(n <= WEFT_REASONS_MAX);
        for (size_t i = 0; i < n; i++) assert_non_null(reasons[i].text);
        weft_arena_deinit(&arena);
    } while (status);
    assert_true(nth > 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_is_true_and_none_is_missing),
        cmocka_unit_test(of_two_as_often_chosen_none_is_most),
        cmocka_unit_test(who_chose_alone_is_no_crowd),
        cmocka_unit_test(nobody_is_told_nothing_of_herself),
        cmocka_unit_test(reasons_have_names),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
