/* shop.h - a small shop made by rule, for tests of recommendations: products of every type, color
 * and brand, some of which lack one thing or another, vectors by which products of one type and
 * color are near each other, and users who keep to what they like. */
#ifndef WEFT_TESTS_RECOMMEND_SHOP_H
#define WEFT_TESTS_RECOMMEND_SHOP_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../unit.h"

#include "base/mem.h"
#include "index/index_random.h"
#include "recommend/reasons.h"
#include "recommend/trial.h"

enum { SHOP_TYPES = 6, SHOP_COLORS = 5, SHOP_BRANDS = 4, SHOP_DIM = 16, SHOP_NEWEST = 2017 };

static const char *const shop_types[] = {"Tshirts", "Dresses", "Casual Shoes",
                                         "Watches", "Jeans",   "Handbags"};
static const char *const shop_colors[] = {"Black", "Blue", "Red", "White", "Green"};
static const char *const shop_brands[] = {"Alder", "Birch", "Cedar Hill", "Dune"};

static const int64_t SHOP_NOW = INT64_C(1700000000000); /* milliseconds since 1970 */
static const int64_t SHOP_MINUTE = 60 * 1000;
static const int64_t SHOP_WEEK = INT64_C(7) * 24 * 60 * 60 * 1000;

typedef struct {
    size_t rows;
    weft_catalog *catalog;
    weft_index *indexes[WEFT_KIND_COUNT];
    weft_shelf *shelf;
    float (*vectors)[SHOP_DIM]; /* [rows]; all 0: it has none */
    weft_arena arena;
} shop;

static inline double shop_uniform(uint64_t *random) {
    return (double)(weft_random_next(random) >> 11) * 0x1p-53;
}

/* Row r has type r % SHOP_TYPES and color r / SHOP_TYPES % SHOP_COLORS, but for those that lack
 * them; all else is drawn. */
static inline void shop_add(shop *s, size_t row, uint64_t *random) {
    static const char *const usages[] = {"Casual", "Formal", "Sports"};
    char id[16], name[80];
    const char *type = row % 23 == 22 ? "" : shop_types[row % SHOP_TYPES];
    const char *color = row % 17 == 16 ? "" : shop_colors[row / SHOP_TYPES % SHOP_COLORS];
    const char *gender = weft_random_below(random, 2) ? "Women" : "Men";
    const char *brand = shop_brands[weft_random_below(random, SHOP_BRANDS)];
    snprintf(id, sizeof id, "p%zu", row);
    snprintf(name, sizeof name, "%s %s %s %s %zu", brand, gender, color, type, row);
    if (row % 29 == 28) snprintf(name, sizeof name, "Nameless");
    const weft_product product = {
        .product_id = id,
        .product_display_name = name,
        .master_category = "All",
        .sub_category = "",
        .article_type = type,
        .base_color = color,
        .gender = gender,
        .season = "",
        .usage = usages[weft_random_below(random, 3)],
        .year = row % 13 == 12 ? 0 : SHOP_NEWEST - (int32_t)weft_random_below(random, 6),
        .price = 10 + (double)weft_random_below(random, 190),
        .image_path = "",
        .image_digest = ""};
    assert_int_equal(weft_catalog_add(s->catalog, &product, NULL), WEFT_OK);
    float *vector = s->vectors[row], squares = 0;
    if (row % 19 == 18) return;
    vector[row % SHOP_TYPES] = 1;
    vector[SHOP_TYPES + row / SHOP_TYPES % SHOP_COLORS] = 0.5f;
    for (size_t i = SHOP_TYPES + SHOP_COLORS; i < SHOP_DIM; i++)
        vector[i] = (float)(shop_uniform(random) - 0.5);
    for (size_t i = 0; i < SHOP_DIM; i++) squares += vector[i] * vector[i];
    for (size_t i = 0; i < SHOP_DIM; i++) vector[i] /= sqrtf(squares);
}

static inline void shop_open(shop *s, size_t rows) {
    uint64_t random = 7;
    weft_bitset present;
    *s = (shop){.rows = rows, .vectors = weft_calloc(rows ? rows : 1, sizeof *s->vectors)};
    weft_arena_init(&s->arena, 0);
    assert_int_equal(weft_catalog_new(&s->catalog, NULL), WEFT_OK);
    assert_int_equal(weft_bitset_init(&present, rows, NULL), WEFT_OK);
    for (size_t row = 0; row < rows; row++) {
        shop_add(s, row, &random);
        if (row % 19 != 18) weft_bitset_set(&present, row);
    }
    assert_int_equal(weft_catalog_finish(s->catalog, NULL), WEFT_OK);
    const weft_index_source source = {
        .vectors = s->vectors[0], .rows = rows, .dim = SHOP_DIM, .present = &present, .threads = 1};
    for (int k = 0; k < WEFT_KIND_COUNT; k++)
        assert_int_equal(weft_index_flat_new(&s->indexes[k], &source, NULL), WEFT_OK);
    weft_bitset_deinit(&present);
    assert_int_equal(weft_shelf_new(&s->shelf, s->catalog, s->indexes, NULL, NULL), WEFT_OK);
}

/* What crowds were made with; freed with the shop. */
static weft_tastes *shop_kept[32];
static size_t shop_kept_count;

static inline weft_tastes *shop_tastes(const weft_catalog *catalog,
                                       const weft_collaborative *model) {
    weft_tastes **kept = &shop_kept[shop_kept_count++];
    weft_err err = {0};
    assert_true(shop_kept_count <= sizeof shop_kept / sizeof *shop_kept);
    if (weft_tastes_new(kept, catalog, model, &err)) fail_msg("%s", err.message);
    return *kept;
}

static inline void shop_close(shop *s) {
    while (shop_kept_count) weft_tastes_free(shop_kept[--shop_kept_count]);
    weft_shelf_free(s->shelf);
    for (int k = 0; k < WEFT_KIND_COUNT; k++) weft_index_free(s->indexes[k]);
    weft_catalog_free(s->catalog);
    weft_arena_deinit(&s->arena);
    weft_free(s->vectors);
}

static inline const weft_product *shop_product(const shop *s, uint32_t row) {
    return weft_catalog_product(s->catalog, row);
}

/* ---- users ---- */

typedef struct {
    const char *what; /* "view" */
    uint32_t row;
} shop_deed;

/* Of deeds[n], the newest first, a minute apart; in the shop's arena. */
static inline weft_profile *shop_profile(shop *s, const shop_deed *deeds, size_t n) {
    weft_profile *profile = weft_arena_calloc(&s->arena, 1, sizeof *profile);
    weft_interests *interests = weft_arena_calloc(&s->arena, 1, sizeof *interests);
    weft_err err = {0};
    interests->shelf = s->shelf;
    for (size_t i = 0; i < n; i++) {
        const weft_event event = {.user_id = "u",
                                  .product_id = shop_product(s, deeds[i].row)->product_id,
                                  .event_type = deeds[i].what,
                                  .query_id = "",
                                  .at = SHOP_NOW - (int64_t)i * SHOP_MINUTE};
        assert_int_equal(weft_interests_visit(interests, (int64_t)(n - i), &event, NULL), WEFT_OK);
    }
    if (weft_profile_make(profile, s->shelf, interests, &s->arena, &err))
        fail_msg("%s", err.message);
    return profile;
}

static const char *const shop_deeds[] = {"view", "view", "click", "add_to_cart", "purchase"};

/* Up to 30 deeds, most of them with one type. */
static inline size_t shop_draw_deeds(const shop *s, shop_deed deeds[30], uint64_t *random) {
    size_t n = weft_random_below(random, 31), type = weft_random_below(random, SHOP_TYPES);
    for (size_t i = 0; i < n; i++) {
        uint32_t row = (uint32_t)weft_random_below(random, s->rows);
        if (weft_random_below(random, 3)) row = (uint32_t)(row - row % SHOP_TYPES + type);
        deeds[i] = (shop_deed){shop_deeds[weft_random_below(random, 5)],
                               row < s->rows ? row : (uint32_t)(s->rows - 1)};
    }
    return n;
}

static inline weft_profile *shop_draw_profile(shop *s, uint64_t *random) {
    shop_deed deeds[30];
    size_t n = shop_draw_deeds(s, deeds, random);
    return shop_profile(s, deeds, n);
}

/* ---- what everyone does ---- */

/* User u keeps to type u % SHOP_TYPES for four of five events, and there to what comes first in
 * the catalog. Entries are a minute apart; deinit as one that was read. */
static inline void shop_log(const shop *s, weft_event_log *log, size_t users, size_t events,
                            uint64_t random) {
    *log = (weft_event_log){.count = events, .users = users};
    weft_arena_init(&log->arena, 0);
    log->entries = weft_calloc(events, sizeof *log->entries);
    log->user_ids = weft_calloc(users, sizeof *log->user_ids);
    for (size_t user = 0; user < users; user++)
        log->user_ids[user] = weft_arena_printf(&log->arena, "u%zu", user);
    for (size_t i = 0; i < events; i++) {
        uint32_t user = (uint32_t)weft_random_below(&random, users);
        double skewed = shop_uniform(&random) * shop_uniform(&random);
        uint32_t row = (uint32_t)(skewed * (double)s->rows);
        if (weft_random_below(&random, 5)) row += (uint32_t)(user % SHOP_TYPES) - row % SHOP_TYPES;
        if (row >= s->rows) row = (uint32_t)s->rows - 1;
        log->entries[i] =
            (weft_log_entry){.user = user,
                             .row = row,
                             .weight = weft_event_weight(shop_deeds[weft_random_below(&random, 5)]),
                             .at = SHOP_NOW - (int64_t)(events - i) * SHOP_MINUTE};
    }
}

/* Trends of the first n entries; *model, which may be NULL, is trained on them too. */
static inline weft_crowd *shop_crowd(const shop *s, const weft_event_log *log, size_t n,
                                     weft_collaborative **model) {
    static const weft_collaborative_options options = {.dim = 16, .iterations = 6, .threads = 1};
    weft_trends *trends;
    weft_crowd *crowd;
    weft_err err = {0};
    assert_int_equal(weft_trends_new(&trends, SHOP_NOW, NULL), WEFT_OK);
    for (size_t i = 0; i < n; i++) {
        const weft_log_entry *entry = &log->entries[i];
        const weft_event event = {.user_id = log->user_ids[entry->user],
                                  .product_id = shop_product(s, entry->row)->product_id,
                                  .event_type = entry->weight >= 3   ? "purchase"
                                                : entry->weight >= 2 ? "add_to_cart"
                                                : entry->weight >= 1 ? "view"
                                                                     : "click",
                                  .query_id = "",
                                  .at = entry->at};
        assert_int_equal(weft_trends_visit(trends, (int64_t)i + 1, &event, NULL), WEFT_OK);
    }
    if (model && weft_event_log_train(log, n, s->catalog, &options, model, &err))
        fail_msg("%s", err.message);
    if (weft_crowd_new(&crowd, s->catalog, trends, model ? shop_tastes(s->catalog, *model) : NULL,
                       SHOP_NOW, &err))
        fail_msg("%s", err.message);
    weft_trends_free(trends);
    return crowd;
}

#endif
