#include "shop.h"

#include <jansson.h>
#include <stdlib.h>

static shop s;

static int set_up(void **state) {
    (void)state;
    shop_open(&s, 240);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    shop_close(&s);
    return 0;
}

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) <= 1e-5 * fmax(1, fabs(expected))))
        fail_msg("%g is not %g", value, expected);
}

static double weight_of(const char *what) {
    return strcmp(what, "view") == 0          ? 1
           : strcmp(what, "click") == 0       ? 0.5
           : strcmp(what, "add_to_cart") == 0 ? 2
           : strcmp(what, "purchase") == 0    ? 3
                                              : 0;
}

static void deeds_weigh_as_the_seed_says(void **state) {
    (void)state;
    static const char *const types[] = {"view", "click", "add_to_cart", "purchase",
                                        "",     "View",  "wishlist",    "purchases"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_true((double)weft_event_weight(types[i]) == weight_of(types[i]));
}

/* ---- interests ---- */

static void a_product_is_one_interest(void **state) {
    (void)state;
    static const shop_deed deeds[] = {{"view", 4},        {"purchase", 9}, {"view", 4},
                                      {"add_to_cart", 4}, {"click", 9},    {"view", 2}};
    const weft_profile *p = shop_profile(&s, deeds, 6);
    assert_int_equal(p->interactions, 6);
    assert_int_equal(p->count, 3);
    static const weft_interest expected[] = {{4, 4, 2, 0}, {9, 3.5f, 3, 1}, {2, 1, 1, 5}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(p->interests[i].row, expected[i].row);
        assert_true(p->interests[i].weight == expected[i].weight);
        assert_true(p->interests[i].most == expected[i].most);
        assert_true(p->interests[i].at == SHOP_NOW - expected[i].at * SHOP_MINUTE);
    }
}

static void what_is_not_in_the_catalog_is_left_out(void **state) {
    (void)state;
    weft_interests interests = {.shelf = s.shelf};
    static const char *const ids[] = {"gone", "p3", "p9999", "P3", ""};
    for (size_t i = 0; i < 5; i++) {
        const weft_event event = {.product_id = ids[i], .event_type = "view", .at = SHOP_NOW};
        assert_int_equal(weft_interests_visit(&interests, 1, &event, NULL), WEFT_OK);
    }
    assert_int_equal(interests.count, 1);
    assert_int_equal(interests.interactions, 1);
    assert_int_equal(interests.interests[0].row, 3);
}

static void what_is_no_deed_is_no_interest(void **state) {
    (void)state;
    weft_interests interests = {.shelf = s.shelf};
    const weft_event event = {.product_id = "p3", .event_type = "wishlist", .at = SHOP_NOW};
    assert_int_equal(weft_interests_visit(&interests, 1, &event, NULL), WEFT_OK);
    assert_int_equal(interests.count, 0);
    assert_int_equal(interests.interactions, 0);
}

static void beyond_the_room_for_interests_only_known_ones_grow(void **state) {
    (void)state;
    weft_interests interests = {.shelf = s.shelf};
    for (uint32_t row = 0; row < WEFT_PROFILE_EVENTS + 30; row++)
        weft_interests_add(&interests, row, 1, SHOP_NOW);
    assert_int_equal(interests.count, WEFT_PROFILE_EVENTS);
    assert_int_equal(interests.interactions, WEFT_PROFILE_EVENTS);
    weft_interests_add(&interests, 7, 3, SHOP_NOW);
    assert_int_equal(interests.interactions, WEFT_PROFILE_EVENTS + 1);
    assert_true(interests.interests[7].weight == 4 && interests.interests[7].most == 3);
    assert_int_equal(interests.interests[WEFT_PROFILE_EVENTS - 1].row, WEFT_PROFILE_EVENTS - 1);
}

/* ---- embeddings ---- */

static void the_embedding_is_the_weighted_mean(void **state) {
    (void)state;
    uint64_t random = 11;
    size_t with = 0;
    for (int user = 0; user < 200; user++) {
        shop_deed deeds[30];
        double sum[SHOP_DIM] = {0}, squares = 0;
        size_t n = shop_draw_deeds(&s, deeds, &random);
        const weft_profile *p = shop_profile(&s, deeds, n);
        for (size_t i = 0; i < n; i++)
            for (size_t d = 0; d < SHOP_DIM; d++)
                sum[d] += weight_of(deeds[i].what) * (double)s.vectors[deeds[i].row][d];
        for (size_t d = 0; d < SHOP_DIM; d++) squares += sum[d] * sum[d];
        assert_true((p->embedding != NULL) == (squares > 0));
        assert_true((p->recent != NULL) <= (squares > 0));
        assert_int_equal(p->dim, SHOP_DIM);
        for (size_t d = 0; d < SHOP_DIM && p->embedding; d++)
            assert_near((double)p->embedding[d], sum[d] / sqrt(squares));
        with += p->embedding != NULL;
    }
    assert_true(with > 150);
}

static void recent_is_of_the_last_few_alone(void **state) {
    (void)state;
    shop_deed deeds[12];
    for (uint32_t i = 0; i < 12; i++) deeds[i] = (shop_deed){"view", i < 6 ? i * 6 : i * 6 + 1};
    const weft_profile *whole = shop_profile(&s, deeds, 12), *few = shop_profile(&s, deeds, 6);
    assert_memory_equal(whole->recent, few->recent, SHOP_DIM * sizeof(float));
    assert_memory_not_equal(whole->embedding, few->embedding, SHOP_DIM * sizeof(float));
    /* Of two that were looked at alike, the later one weighs more. */
    const weft_profile *two = shop_profile(&s, deeds + 5, 2);
    double later = 0, before = 0;
    for (size_t d = 0; d < SHOP_DIM; d++) {
        later += (double)(two->recent[d] * s.vectors[deeds[5].row][d]);
        before += (double)(two->recent[d] * s.vectors[deeds[6].row][d]);
    }
    assert_true(later > before);
}

static void products_without_vectors_make_no_embedding(void **state) {
    (void)state;
    static const shop_deed deeds[] = {{"purchase", 18}, {"view", 37}};
    const weft_profile *p = shop_profile(&s, deeds, 2);
    assert_int_equal(p->count, 2);
    assert_null(p->embedding);
    assert_null(p->recent);
    assert_true(p->preferences[WEFT_TRAIT_TYPE].most > 0);
}

static void nobody_is_a_profile_too(void **state) {
    (void)state;
    const weft_profile *p = shop_profile(&s, NULL, 0);
    assert_null(p->embedding);
    assert_null(p->recent);
    assert_true(isnan(p->min_price) && isnan(p->max_price) && isnan(p->avg_price));
    assert_true(isnan(p->p25_price) && isnan(p->p75_price));
    for (uint32_t row = 0; row < s.rows; row++) {
        assert_true(weft_attribute_score(p, s.shelf, row, 0) == 0.5f);
        assert_true(weft_taste_score(p, s.shelf, row) == 0);
    }
    for (int trait = 0; trait < WEFT_TRAIT_COUNT; trait++) {
        float score;
        assert_true(p->preferences[trait].most == 0);
        assert_false(weft_preference_score(&p->preferences[trait], 0, &score));
    }
}

/* ---- preferences ---- */

static const char *type_of(uint32_t row) { return shop_product(&s, row)->article_type; }

static void shares_are_of_the_weight_of_what_is_known(void **state) {
    (void)state;
    uint64_t random = 12;
    for (int user = 0; user < 100; user++) {
        shop_deed deeds[30];
        double all = 0, most = 0;
        size_t n = shop_draw_deeds(&s, deeds, &random);
        const weft_profile *p = shop_profile(&s, deeds, n);
        const weft_preference *types = &p->preferences[WEFT_TRAIT_TYPE];
        for (size_t i = 0; i < n; i++)
            if (*type_of(deeds[i].row)) all += weight_of(deeds[i].what);
        for (uint32_t v = 0; v < types->count; v++) {
            const char *name = weft_shelf_name(s.shelf, WEFT_TRAIT_TYPE, v);
            double hers = 0, everyone = (double)s.shelf->share[WEFT_TRAIT_TYPE][v];
            for (size_t i = 0; i < n; i++)
                if (*name && strcmp(type_of(deeds[i].row), name) == 0)
                    hers += weight_of(deeds[i].what);
            assert_near((double)types->share[v], all > 0 ? hers / all : 0);
            most = fmax(most, (double)types->share[v]);
            /* Above 0 just when she takes more of it than everyone does. */
            double more = all > 0 ? hers / all - everyone : 0;
            if (everyone > 0 && fabs(more) > 1e-4)
                assert_true(more > 0 ? types->liking[v] > 0 : types->liking[v] < 0);
        }
        assert_true((double)types->most == most);
    }
}

static void a_taste_is_for_what_was_chosen(void **state) {
    (void)state;
    shop_deed deeds[10]; /* all Tshirts in black */
    double hers = 0, others = 0;
    size_t n = 0, m = 0;
    for (uint32_t i = 0; i < 10; i++) deeds[i] = (shop_deed){"add_to_cart", i * 30 % 240};
    const weft_profile *p = shop_profile(&s, deeds, 10);
    for (uint32_t row = 0; row < s.rows; row++) {
        const weft_product *product = shop_product(&s, row);
        double score = (double)weft_taste_score(p, s.shelf, row), sum = 0;
        for (int trait = 0; trait < WEFT_TRAIT_COUNT; trait++) {
            uint32_t value = s.shelf->values[trait][row];
            if (value != UINT32_MAX) sum += (double)p->preferences[trait].liking[value];
        }
        assert_near(score, sum);
        if (strcmp(product->article_type, "Tshirts") == 0) hers += score, n++;
        else others += score, m++;
    }
    assert_true(hers / (double)n > others / (double)m + 1);
}

/* ---- prices ---- */

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void prices_are_told_by_quartiles(void **state) {
    (void)state;
    for (size_t n = 1; n <= 21; n += 4) { /* the quartiles are prices themselves */
        shop_deed deeds[21];
        double prices[21], sum = 0;
        for (size_t i = 0; i < n; i++) {
            deeds[i] = (shop_deed){"view", (uint32_t)(i * 7)};
            prices[i] = shop_product(&s, deeds[i].row)->price;
            sum += prices[i];
        }
        const weft_profile *p = shop_profile(&s, deeds, n);
        qsort(prices, n, sizeof *prices, by_number);
        assert_near(p->min_price, prices[0]);
        assert_near(p->max_price, prices[n - 1]);
        assert_near(p->p25_price, prices[(n - 1) / 4]);
        assert_near(p->p75_price, prices[3 * ((n - 1) / 4)]);
        assert_near(p->avg_price, sum / (double)n);
    }
    /* Between two, in proportion. */
    static const shop_deed two[] = {{"view", 1}, {"view", 2}};
    const weft_profile *p = shop_profile(&s, two, 2);
    assert_near(p->p25_price, p->min_price + 0.25 * (p->max_price - p->min_price));
    assert_near(p->p75_price, p->min_price + 0.75 * (p->max_price - p->min_price));
}

static void price_scores_have_the_seeds_borders(void **state) {
    (void)state;
    weft_profile p = {.min_price = 50, .max_price = 100};
    static const struct {
        double price, budget, score;
    } cases[] = {
        {0, 0, 0.7},    {49.99, 0, 0.7}, {50, 0, 1},      {75, 0, 1},      {100, 0, 1},
        {101, 0, 0.99}, {120, 0, 0.8},   {150, 0, 0.5},   {170, 0, 0.3},   {171, 0, 0.3},
        {9999, 0, 0.3}, {75, 75, 1},     {75, 74.99, 0},  {75.01, 75, 0},  {10, 5, 0},
        {10, 10, 0.7},  {120, 119, 0},   {120, 120, 0.8}, {120, 1e9, 0.8}, {75, -1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_near((double)weft_price_score(&p, cases[i].price, cases[i].budget), cases[i].score);
    p = (weft_profile){.min_price = 0, .max_price = 0}; /* she took what is free */
    assert_true(weft_price_score(&p, 0, 0) == 1);
    assert_near((double)weft_price_score(&p, 1, 0), 0.3);
    p = (weft_profile){.min_price = NAN, .max_price = NAN};
    assert_true(weft_price_score(&p, 75, 0) == 0.5f);
    assert_true(weft_price_score(&p, 75, 74) == 0);
}

static void attributes_are_the_mean_of_what_is_known(void **state) {
    (void)state;
    uint64_t random = 13;
    static const weft_trait traits[] = {WEFT_TRAIT_TYPE, WEFT_TRAIT_COLOR, WEFT_TRAIT_BRAND};
    for (int user = 0; user < 30; user++) {
        const weft_profile *p = shop_draw_profile(&s, &random);
        for (uint32_t row = 0; row < s.rows && p->count; row++) {
            double budget = user % 2 ? 60 : 0, n = 1;
            double sum = (double)weft_price_score(p, shop_product(&s, row)->price, budget);
            for (size_t t = 0; t < 3; t++) {
                uint32_t value = s.shelf->values[traits[t]][row];
                const weft_preference *hers = &p->preferences[traits[t]];
                if (value == UINT32_MAX || hers->most <= 0) continue;
                sum += (double)(hers->share[value] / hers->most);
                n++;
            }
            double score = (double)weft_attribute_score(p, s.shelf, row, budget);
            assert_near(score, sum / n);
            assert_true(score >= 0 && score <= 1);
        }
    }
}

/* ---- features ---- */

static json_t *names_of(const char *text) {
    json_t *json = json_loads(text, 0, NULL);
    assert_true(json_is_array(json));
    return json;
}

static void features_name_what_is_liked_most_first(void **state) {
    (void)state;
    static const shop_deed deeds[] = {
        {"purchase", 1}, {"view", 0}, {"view", 6}, {"purchase", 7}, {"click", 3}};
    const weft_profile *p = shop_profile(&s, deeds, 5);
    weft_store_features f;
    assert_int_equal(weft_profile_features(p, s.shelf, "anna", "mini", &s.arena, &f, NULL),
                     WEFT_OK);
    assert_string_equal(f.user_id, "anna");
    assert_string_equal(f.embedding_model, "mini");
    assert_ptr_equal(f.embedding, p->embedding);
    assert_int_equal(f.dim, SHOP_DIM);
    assert_int_equal(f.interactions, 5);
    assert_string_equal(f.category_prefs, "[\"Dresses\",\"Tshirts\",\"Watches\"]");
    assert_string_equal(f.color_prefs, "[\"Black\",\"Blue\"]");
    assert_true(f.min_price == p->min_price && f.max_price == p->max_price);
    assert_true(f.avg_price == p->avg_price);
    assert_true(f.p25_price == p->p25_price && f.p75_price == p->p75_price);
    json_t *brands = names_of(f.preferred_brands);
    for (size_t i = 0; i < json_array_size(brands); i++) {
        const char *name = json_string_value(json_array_get(brands, i));
        bool is_hers = false;
        for (size_t d = 0; d < 5; d++)
            is_hers |= strncmp(shop_product(&s, deeds[d].row)->product_display_name, name,
                               strlen(name)) == 0;
        assert_true(is_hers);
    }
    assert_true(json_array_size(brands) > 0);
    json_decref(brands);
}

static void features_of_nobody_are_empty(void **state) {
    (void)state;
    weft_store_features f;
    assert_int_equal(
        weft_profile_features(shop_profile(&s, NULL, 0), s.shelf, "x", "m", &s.arena, &f, NULL),
        WEFT_OK);
    assert_string_equal(f.category_prefs, "[]");
    assert_string_equal(f.color_prefs, "[]");
    assert_string_equal(f.preferred_brands, "[]");
    assert_null(f.embedding);
    assert_true(isnan(f.avg_price));
}

static void features_name_ten_at_most(void **state) {
    (void)state;
    weft_catalog *catalog;
    weft_shelf *shelf;
    weft_profile profile;
    weft_store_features f;
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    for (int i = 0; i < 25; i++) {
        char id[8], type[16];
        snprintf(id, sizeof id, "t%d", i);
        snprintf(type, sizeof type, "\"Type\" %02d", i);
        const weft_product product = {id, "", "", "", type, "", "", "", "", 0, 1, false, "", ""};
        assert_int_equal(weft_catalog_add(catalog, &product, NULL), WEFT_OK);
    }
    assert_int_equal(weft_catalog_finish(catalog, NULL), WEFT_OK);
    weft_index *indexes[WEFT_KIND_COUNT] = {s.indexes[0], s.indexes[1], s.indexes[2]};
    assert_int_equal(weft_shelf_new(&shelf, catalog, indexes, NULL, NULL), WEFT_OK);
    weft_interests interests = {.shelf = shelf};
    for (uint32_t row = 0; row < 25; row++)
        weft_interests_add(&interests, row, row == 20 ? 3 : 1, SHOP_NOW);
    assert_int_equal(weft_profile_make(&profile, shelf, &interests, &s.arena, NULL), WEFT_OK);
    assert_int_equal(weft_profile_features(&profile, shelf, "x", "m", &s.arena, &f, NULL), WEFT_OK);
    json_t *types = names_of(f.category_prefs);
    assert_int_equal(json_array_size(types), 10);
    assert_string_equal(json_string_value(json_array_get(types, 0)), "\"Type\" 20");
    assert_string_equal(f.color_prefs, "[]"); /* no product has one */
    json_decref(types);
    weft_shelf_free(shelf);
    weft_catalog_free(catalog);
}

/* ---- from a store ---- */

static void a_profile_is_of_the_newest_events(void **state) {
    (void)state;
    char folder[] = "/tmp/weft-test-XXXXXX", url[64], command[64];
    weft_store *store;
    weft_store_put_result result = {0};
    weft_profile p;
    assert_non_null(mkdtemp(folder));
    snprintf(url, sizeof url, "sqlite:%s/weft.db", folder);
    assert_int_equal(weft_store_open(&store, url, NULL), WEFT_OK);
    for (uint32_t row = 0; row < s.rows; row++)
        assert_int_equal(weft_store_put_products(store, shop_product(&s, row), 1, &result, NULL),
                         WEFT_OK);
    weft_event events[300];
    for (size_t i = 0; i < 300; i++)
        events[i] = (weft_event){.user_id = i % 100 == 99 ? "someone else" : "anna",
                                 .product_id = shop_product(&s, (uint32_t)(i % s.rows))->product_id,
                                 .event_type = "view",
                                 .query_id = "",
                                 .at = SHOP_NOW + (int64_t)i * SHOP_MINUTE};
    assert_int_equal(weft_store_put_events(store, events, 300, NULL, NULL), WEFT_OK);
    assert_int_equal(weft_profile_load(&p, s.shelf, store, "anna", &s.arena, NULL), WEFT_OK);
    assert_int_equal(p.interactions, WEFT_PROFILE_EVENTS);
    assert_int_equal(p.interests[0].row, 298 % 240);
    assert_true(p.interests[0].at == SHOP_NOW + 298 * SHOP_MINUTE);
    for (size_t i = 1; i < p.count; i++) assert_true(p.interests[i].at < p.interests[i - 1].at);
    assert_int_equal(weft_profile_load(&p, s.shelf, store, "nobody", &s.arena, NULL), WEFT_OK);
    assert_int_equal(p.count, 0);
    assert_null(p.embedding);
    weft_store_close(store);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

static void no_memory_is_said(void **state) {
    (void)state;
    shop_deed deeds[20];
    size_t nth = 0;
    weft_status status;
    for (uint32_t i = 0; i < 20; i++) deeds[i] = (shop_deed){"view", i};
    const weft_profile *whole = shop_profile(&s, deeds, 20);
    weft_interests interests = {.shelf = s.shelf, .count = 20, .interactions = 20};
    memcpy(interests.interests, whole->interests, 20 * sizeof *whole->interests);
    do {
        weft_arena arena;
        weft_profile p;
        weft_store_features f;
        weft_arena_init(&arena, 64); /* so that most of it asks for memory */
        weft_mem_fail_after(++nth);
        status = weft_profile_make(&p, s.shelf, &interests, &arena, NULL);
        if (!status) status = weft_profile_features(&p, s.shelf, "u", "m", &arena, &f, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        weft_arena_deinit(&arena);
    } while (status);
    assert_true(nth > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deeds_weigh_as_the_seed_says),
        cmocka_unit_test(a_product_is_one_interest),
        cmocka_unit_test(what_is_not_in_the_catalog_is_left_out),
        cmocka_unit_test(what_is_no_deed_is_no_interest),
        cmocka_unit_test(beyond_the_room_for_interests_only_known_ones_grow),
        cmocka_unit_test(the_embedding_is_the_weighted_mean),
        cmocka_unit_test(recent_is_of_the_last_few_alone),
        cmocka_unit_test(products_without_vectors_make_no_embedding),
        cmocka_unit_test(nobody_is_a_profile_too),
        cmocka_unit_test(shares_are_of_the_weight_of_what_is_known),
        cmocka_unit_test(a_taste_is_for_what_was_chosen),
        cmocka_unit_test(prices_are_told_by_quartiles),
        cmocka_unit_test(price_scores_have_the_seeds_borders),
        cmocka_unit_test(attributes_are_the_mean_of_what_is_known),
        cmocka_unit_test(features_name_what_is_liked_most_first),
        cmocka_unit_test(features_of_nobody_are_empty),
        cmocka_unit_test(features_name_ten_at_most),
        cmocka_unit_test(a_profile_is_of_the_newest_events),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
