#include "../unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "recommend/chance.h"
#include "recommend/explore.h"
#include "recommend/reasons.h"

/* Products in eight types, every second known to everybody, the others to nobody. */
enum { ROWS = 240, TYPES = 8, DIM = 16, LIKED = 6 };

static weft_catalog *catalog;
static weft_index *indexes[WEFT_KIND_COUNT];
static weft_shelf *shelf;
static weft_trends *trends;
static weft_crowd *crowd;
static weft_arena arena;
static weft_profile nobody, somebody;
static weft_interests interests[2];

static bool is_known(uint32_t row) { return row % 2 == 0; }

static void happens(uint32_t row, const char *type) {
    static int64_t number;
    const weft_event event = {.product_id = weft_catalog_product(catalog, row)->product_id,
                              .event_type = type};
    assert_int_equal(weft_trends_visit(trends, ++number, &event, NULL), WEFT_OK);
}

static void renew_crowd(void) {
    weft_crowd_free(crowd);
    assert_int_equal(weft_crowd_new(&crowd, catalog, trends, NULL, 0, NULL), WEFT_OK);
}

static void make_catalog(void) {
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    for (uint32_t row = 0; row < ROWS; row++) {
        char id[8], type[8];
        snprintf(id, sizeof id, "p%03u", (unsigned)row);
        snprintf(type, sizeof type, "type %u", (unsigned)row / 2 % TYPES);
        const weft_product product = {.product_id = id,
                                      .product_display_name = id,
                                      .master_category = "All",
                                      .sub_category = type,
                                      .article_type = type,
                                      .base_color = row % 3 ? "Red" : "Blue",
                                      .gender = "Women",
                                      .season = "Summer",
                                      .usage = "Casual",
                                      .price = 10 + row % 50,
                                      .image_path = "",
                                      .image_digest = ""};
        assert_int_equal(weft_catalog_add(catalog, &product, NULL), WEFT_OK);
    }
    assert_int_equal(weft_catalog_finish(catalog, NULL), WEFT_OK);
}

static int set_up(void **state) {
    (void)state;
    static float vectors[ROWS][DIM];
    uint64_t random = 5;
    make_catalog();
    for (size_t row = 0; row < ROWS; row++) {
        double norm = 0;
        for (size_t i = 0; i < DIM; i++)
            vectors[row][i] = (float)weft_chance_normal(&random) + (i == row / 2 % TYPES ? 2 : 0);
        for (size_t i = 0; i < DIM; i++) norm += (double)vectors[row][i] * (double)vectors[row][i];
        for (size_t i = 0; i < DIM; i++) vectors[row][i] /= (float)sqrt(norm);
    }
    const weft_index_source source = {.vectors = vectors[0], .rows = ROWS, .dim = DIM};
    for (int k = 0; k < WEFT_KIND_COUNT; k++)
        assert_int_equal(weft_index_flat_new(&indexes[k], &source, NULL), WEFT_OK);
    assert_int_equal(weft_shelf_new(&shelf, catalog, indexes, NULL, NULL), WEFT_OK);
    assert_int_equal(weft_trends_new(&trends, 0, NULL), WEFT_OK);
    for (uint32_t row = 0; row < ROWS; row++)
        for (int i = 0; is_known(row) && i <= WEFT_CROWD_FEW; i++)
            happens(row, i ? "view" : "add_to_cart");
    renew_crowd();
    weft_arena_init(&arena, 0);
    interests[0].shelf = interests[1].shelf = shelf;
    for (uint32_t i = 0; i < LIKED; i++) weft_interests_add(&interests[1], 32 * i % ROWS, 2, i);
    assert_int_equal(weft_profile_make(&nobody, shelf, &interests[0], &arena, NULL), WEFT_OK);
    assert_int_equal(weft_profile_make(&somebody, shelf, &interests[1], &arena, NULL), WEFT_OK);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_arena_deinit(&arena);
    weft_crowd_free(crowd);
    weft_trends_free(trends);
    weft_shelf_free(shelf);
    for (int k = 0; k < WEFT_KIND_COUNT; k++) weft_index_free(indexes[k]);
    weft_catalog_free(catalog);
    return 0;
}

typedef struct {
    weft_recommended *products;
    size_t n, total, explored;
} list;

static list ask(const weft_recommend_request *request) {
    list l = {0};
    weft_err err = {0};
    if (weft_recommend(request, &arena, &l.products, &l.n, &l.total, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < l.n; i++) l.explored += l.products[i].is_explored;
    return l;
}

static weft_recommend_request request_of(const weft_profile *profile, size_t limit, float explore) {
    return (weft_recommend_request){.shelf = shelf,
                                    .crowd = crowd,
                                    .profile = profile,
                                    .diversity = 0.3f,
                                    .category_share = 0.4f,
                                    .limit = limit,
                                    .explore = explore,
                                    .explore_seed = limit};
}

static void assert_same(const weft_recommended *a, const weft_recommended *b) {
    assert_int_equal(a->row, b->row);
    assert_memory_equal(&a->score, &b->score, sizeof a->score);
    assert_memory_equal(a->parts, b->parts, sizeof a->parts);
    assert_ptr_equal(a->pinned_by, b->pinned_by);
    assert_int_equal(a->is_explored, b->is_explored);
}

/* Beside what is explored and pinned a list is in the order that it would have without, and nothing
 * is there twice. */
static void assert_well_made(const weft_recommend_request *request, const list *l) {
    weft_recommend_request without = *request;
    bool is_there[ROWS] = {false};
    size_t next = 0;
    without.explore = 0;
    const list plain = ask(&without);
    assert_int_equal(plain.explored, 0);
    assert_int_equal(l->n, plain.n);
    assert_int_equal(l->total, plain.total);
    for (size_t i = 0; i < l->n; i++) {
        const weft_recommended *one = &l->products[i];
        assert_false(is_there[one->row]);
        is_there[one->row] = true;
        if (one->is_explored) {
            assert_true(i > 0 && weft_bitset_get(&crowd->fresh, one->row));
            continue;
        }
        if (one->pinned_by) {
            assert_same(one, &plain.products[i]);
            continue;
        }
        while (next < plain.n && plain.products[next].row != one->row) next++;
        assert_true(next < plain.n); /* else it is out of its order */
        assert_same(one, &plain.products[next++]);
    }
}

/* ---- what is drawn ---- */

static void places_are_a_share(void **state) {
    (void)state;
    for (size_t limit = 0; limit <= 200; limit++) {
        assert_int_equal(weft_explore_places(0, limit), 0);
        assert_int_equal(weft_explore_places(NAN, limit), 0);
        for (int percent = 1; percent <= 100; percent++) {
            size_t places = weft_explore_places((float)percent / 100, limit);
            size_t most = (size_t)percent * limit / 100;
            if (most < 1 && limit >= 5) most = 1;
            if (limit && most == limit) most--;
            assert_int_equal(places, most);
        }
    }
}

static void chosen_places_are_as_many_as_wanted(void **state) {
    (void)state;
    size_t counts[10] = {0};
    uint64_t random = 1;
    for (int i = 0; i < 3000; i++) {
        size_t left = 3;
        for (size_t place = 1; place < 10; place++)
            counts[place] += weft_explore_is_place(place, 10, &left, &random);
        assert_int_equal(left, 0);
    }
    for (size_t place = 1; place < 10; place++)
        assert_true(counts[place] > 850 && counts[place] < 1150);
}

static void draws_are_of_the_posterior(void **state) {
    (void)state;
    static const double cases[][3] = {{0.05, 0, 0}, {0.05, 20, 4}, {0.3, 0, 2}, {0.02, 900, 90}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double sum = 0, squares = 0;
        uint64_t random = c;
        enum { DRAWS = 20000 };
        double a = WEFT_EXPLORE_PRIOR * cases[c][0] + cases[c][2];
        double b = WEFT_EXPLORE_PRIOR + fmax(cases[c][1], cases[c][2]) - a;
        for (int i = 0; i < DRAWS; i++) {
            double drawn = weft_explore_draw(cases[c][0], cases[c][1], cases[c][2], &random);
            assert_true(drawn >= 0 && drawn <= 1);
            sum += drawn;
            squares += drawn * drawn;
        }
        double mean = a / (a + b), variance = mean * (1 - mean) / (a + b + 1);
        assert_true(fabs(weft_explore_mean(cases[c][0], cases[c][1], cases[c][2]) - mean) < 1e-12);
        assert_true(fabs(sum / DRAWS - mean) < 5 * sqrt(variance / DRAWS));
        assert_true(fabs(squares / DRAWS - mean * mean - variance) < 0.1 * variance);
    }
}

static void looks_are_counted(void **state) {
    (void)state;
    const int64_t week = INT64_C(7) * 24 * 60 * 60 * 1000;
    static float views[ROWS], likes[ROWS];
    static uint32_t events[ROWS];
    weft_trends *fresh;
    static const char *const types[] = {"view", "click", "add_to_cart", "purchase", "view"};
    assert_int_equal(weft_trends_new(&fresh, 0, NULL), WEFT_OK);
    for (int i = 0; i < 5; i++) {
        const weft_event event = {
            .product_id = "p007", .event_type = types[i], .at = i == 4 ? week : 0};
        assert_int_equal(weft_trends_visit(fresh, i + 1, &event, NULL), WEFT_OK);
    }
    weft_trends_looks(fresh, catalog, week, views, likes, events);
    assert_float_equal(views[7], 1.5f, 1e-6f);
    assert_float_equal(likes[7], 1, 1e-6f);
    assert_int_equal(events[7], 5);
    assert_true(views[8] == 0 && likes[8] == 0 && events[8] == 0);
    weft_trends_free(fresh);
}

/* ---- lists ---- */

static void the_share_holds(void **state) {
    (void)state;
    const weft_profile *const profiles[] = {&nobody, &somebody};
    static const float shares[] = {0.01f, 0.1f, 0.25f, 0.5f};
    size_t explored = 0;
    for (size_t i = 0; i < 2 * 4 * 60; i++) {
        weft_recommend_request request = request_of(profiles[i % 2], 1 + i / 8, shares[i / 2 % 4]);
        const list l = ask(&request);
        assert_true(l.explored <= weft_explore_places(request.explore, request.limit));
        assert_well_made(&request, &l);
        explored += l.explored;
    }
    assert_true(explored > 1000);
}

static void off_nothing_changes(void **state) {
    (void)state;
    weft_recommend_request request = request_of(&somebody, 20, 0);
    const list first = ask(&request);
    request.explore_seed = 99;
    const list second = ask(&request);
    assert_int_equal(first.n, second.n);
    for (size_t i = 0; i < first.n; i++) assert_same(&first.products[i], &second.products[i]);
    assert_int_equal(first.explored, 0);
}

static void a_seed_decides(void **state) {
    (void)state;
    size_t different = 0;
    for (uint64_t seed = 0; seed < 10; seed++) {
        weft_recommend_request request = request_of(&somebody, 20, 0.2f);
        request.explore_seed = seed;
        const list a = ask(&request), b = ask(&request);
        request.explore_seed = seed + 1;
        const list c = ask(&request);
        for (size_t i = 0; i < a.n; i++) {
            assert_same(&a.products[i], &b.products[i]);
            different += a.products[i].row != c.products[i].row;
        }
    }
    assert_true(different > 20);
}

static void what_holds_for_all_holds(void **state) {
    (void)state;
    weft_rule rule;
    const weft_rule *const rules[] = {&rule};
    json_t *json = json_loads("{\"pin\":[{\"product_id\":\"p001\",\"position\":1},{\"product_id\":"
                              "\"p003\",\"position\":4}],\"bury\":{\"base_color\":\"Blue\"}}",
                              0, NULL);
    assert_int_equal(weft_rule_parse(&rule, "r", json, &arena, NULL), WEFT_OK);
    json_decref(json);
    for (uint64_t seed = 0; seed < 50; seed++) {
        weft_recommend_request request = request_of(&somebody, 20, 0.5f);
        size_t types[TYPES] = {0};
        request.budget = 40;
        request.rules = rules;
        request.rule_count = 1;
        request.explore_seed = seed;
        const list l = ask(&request);
        assert_well_made(&request, &l);
        assert_true(l.explored > 0);
        assert_int_equal(l.products[0].row, 1);
        assert_int_equal(l.products[3].row, 3);
        for (size_t i = 0; i < l.n; i++) {
            const weft_product *product = weft_catalog_product(catalog, l.products[i].row);
            assert_true(product->price <= 40);
            if (l.products[i].pinned_by) continue;
            assert_string_equal(product->base_color, "Red");
            assert_true(++types[shelf->values[WEFT_TRAIT_TYPE][l.products[i].row]] <= 8);
            for (size_t k = 0; k < somebody.count; k++)
                assert_int_not_equal(l.products[i].row, somebody.interests[k].row);
        }
    }
}

static void reasons_say_so(void **state) {
    (void)state;
    const weft_recommend_request request = request_of(&somebody, 20, 0.2f);
    const list l = ask(&request);
    assert_int_equal(l.explored, 4);
    for (size_t i = 0; i < l.n; i++) {
        weft_reason reasons[WEFT_REASONS_MAX];
        size_t n;
        assert_int_equal(weft_reasons_find(&request, &l.products[i], &arena, reasons, &n, NULL),
                         WEFT_OK);
        bool says = n && reasons[0].kind == WEFT_REASON_EXPLORE;
        assert_int_equal(says, l.products[i].is_explored);
    }
}

static bool is_shown(uint32_t row) {
    const weft_recommend_request request = request_of(&nobody, 10, 0);
    const list l = ask(&request);
    for (size_t i = 0; i < l.n; i++)
        if (l.products[i].row == row) return true;
    return false;
}

/* Changes the crowd: the last test. */
static void good_products_are_found(void **state) {
    (void)state;
    static const uint32_t good = 121;
    size_t looks[ROWS] = {0}, others = 0;
    uint64_t random = 3;
    for (int round = 0; !is_shown(good); round++) {
        weft_recommend_request request = request_of(&nobody, 10, 0.5f);
        request.explore_seed = weft_random_next(&random);
        assert_true(round < 500);
        const list l = ask(&request);
        for (size_t i = 0; i < l.n; i++) {
            uint32_t row = l.products[i].row;
            if (!l.products[i].is_explored) continue;
            looks[row]++;
            happens(row, "view");
            if (weft_chance_unit(&random) < (row == good ? 0.8 : 0.02)) happens(row, "purchase");
        }
        renew_crowd();
    }
    for (uint32_t row = 1; row < ROWS; row += 2) others += row == good ? 0 : looks[row];
    assert_true((double)looks[good] > 1.5 * (double)others / (ROWS / 2 - 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_a_share),
        cmocka_unit_test(chosen_places_are_as_many_as_wanted),
        cmocka_unit_test(draws_are_of_the_posterior),
        cmocka_unit_test(looks_are_counted),
        cmocka_unit_test(the_share_holds),
        cmocka_unit_test(off_nothing_changes),
        cmocka_unit_test(a_seed_decides),
        cmocka_unit_test(what_holds_for_all_holds),
        cmocka_unit_test(reasons_say_so),
        cmocka_unit_test(good_products_are_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
