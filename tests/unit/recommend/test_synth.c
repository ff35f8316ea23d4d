#include "shop.h"

#include <stdlib.h>

#include "recommend/synth.h"

enum { USERS = 800 };

static shop s;

static int set_up(void **state) {
    (void)state;
    shop_open(&s, 600);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    shop_close(&s);
    return 0;
}

static weft_synth make(const weft_catalog *catalog, size_t users, uint64_t seed) {
    weft_synth synth;
    weft_err err = {0};
    const weft_synth_options options = {.users = users, .seed = seed, .until = SHOP_NOW};
    if (weft_synth_make(&synth, catalog, &options, &err)) fail_msg("%s", err.message);
    return synth;
}

static bool are_equal(const weft_synth *a, const weft_synth *b) {
    if (a->event_count != b->event_count || a->user_count != b->user_count) return false;
    for (size_t i = 0; i < a->event_count; i++) {
        const weft_event *x = &a->events[i], *y = &b->events[i];
        if (strcmp(x->user_id, y->user_id) || strcmp(x->product_id, y->product_id) ||
            strcmp(x->event_type, y->event_type) || x->at != y->at)
            return false;
    }
    for (size_t i = 0; i < a->user_count; i++)
        if (strcmp(a->users[i].user_id, b->users[i].user_id) ||
            strcmp(a->users[i].segment, b->users[i].segment))
            return false;
    return true;
}

static void the_same_seed_gives_the_same_users(void **state) {
    (void)state;
    weft_synth a = make(s.catalog, 100, 5), b = make(s.catalog, 100, 5),
               c = make(s.catalog, 100, 6);
    assert_true(are_equal(&a, &b));
    assert_false(are_equal(&a, &c));
    weft_synth_deinit(&a);
    weft_synth_deinit(&b);
    weft_synth_deinit(&c);
}

static size_t number_of(const char *user_id) { return (size_t)atoi(user_id + 5) - 1; }

static void everyone_does_five_to_fifty_things(void **state) {
    (void)state;
    weft_synth synth = make(s.catalog, USERS, 1);
    size_t counts[USERS] = {0}, fewest = SIZE_MAX, most = 0;
    assert_int_equal(synth.user_count, USERS);
    assert_string_equal(synth.users[0].user_id, "user_00001");
    for (size_t i = 0; i < synth.event_count; i++) counts[number_of(synth.events[i].user_id)]++;
    for (size_t user = 0; user < USERS; user++) {
        if (counts[user] < fewest) fewest = counts[user];
        if (counts[user] > most) most = counts[user];
    }
    assert_int_equal(fewest, 5);
    assert_int_equal(most, 50);
    weft_synth_deinit(&synth);
}

static void deeds_are_mixed_as_the_seed_has_them(void **state) {
    (void)state;
    weft_synth synth = make(s.catalog, USERS, 2);
    double views = 0, carts = 0, purchases = 0, all = (double)synth.event_count;
    for (size_t i = 0; i < synth.event_count; i++) {
        const char *type = synth.events[i].event_type;
        views += strcmp(type, "view") == 0;
        carts += strcmp(type, "add_to_cart") == 0;
        purchases += strcmp(type, "purchase") == 0;
    }
    assert_true(views + carts + purchases == all);
    assert_true(fabs(views / all - 0.6) < 0.02);
    assert_true(fabs(carts / all - 0.25) < 0.02);
    assert_true(fabs(purchases / all - 0.15) < 0.02);
    weft_synth_deinit(&synth);
}

static void events_are_in_order_and_not_in_the_future(void **state) {
    (void)state;
    static const double DAY = 24.0 * 60 * 60 * 1000;
    weft_synth synth;
    const weft_synth_options options = {.users = 200, .until = SHOP_NOW, .days = 10};
    assert_int_equal(weft_synth_make(&synth, s.catalog, &options, NULL), WEFT_OK);
    for (size_t i = 0; i < synth.event_count; i++) {
        const weft_event *event = &synth.events[i];
        assert_true(event->at <= SHOP_NOW);
        assert_true((double)(SHOP_NOW - event->at) <= 10 * DAY);
        if (i) assert_true(event->at >= synth.events[i - 1].at);
        assert_string_equal(event->query_id, "");
    }
    assert_true((double)(SHOP_NOW - synth.events[0].at) > 9 * DAY);
    weft_synth_deinit(&synth);
}

/* In a shop whose types no segment names, so that each user has four of her own. */
static void four_of_five_looks_are_within_what_is_preferred(void **state) {
    (void)state;
    enum { TYPES = 40, EACH = 12 };
    weft_catalog *catalog;
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    for (int i = 0; i < TYPES * EACH; i++) {
        char id[16], type[16];
        snprintf(id, sizeof id, "x%d", i);
        snprintf(type, sizeof type, "Type %02d", i % TYPES);
        const weft_product product = {id, "", "", "",      type,  "", "",
                                      "", "", 0,  5.0 + i, false, "", ""};
        assert_int_equal(weft_catalog_add(catalog, &product, NULL), WEFT_OK);
    }
    assert_int_equal(weft_catalog_finish(catalog, NULL), WEFT_OK);
    weft_synth synth = make(catalog, USERS, 4);
    static size_t counts[USERS][TYPES];
    double within = 0, all = 0;
    memset(counts, 0, sizeof counts);
    for (size_t i = 0; i < synth.event_count; i++)
        counts[number_of(synth.events[i].user_id)][atoi(synth.events[i].product_id + 1) % TYPES]++;
    for (size_t user = 0; user < USERS; user++) {
        size_t sum = 0, best = 0;
        for (size_t t = 0; t < TYPES; t++) sum += counts[user][t];
        if (sum < 30) continue;
        for (int pick = 0; pick < 4; pick++) {
            size_t most = 0;
            for (size_t t = 1; t < TYPES; t++)
                if (counts[user][t] > counts[user][most]) most = t;
            best += counts[user][most];
            counts[user][most] = 0;
        }
        within += (double)best;
        all += (double)sum;
    }
    assert_true(all > 1000);
    if (!(within / all > 0.75 && within / all < 0.92)) fail_msg("%g", within / all);
    weft_synth_deinit(&synth);
    weft_catalog_free(catalog);
}

static void nobody_buys_for_the_other_gender_alone(void **state) {
    (void)state;
    weft_synth synth = make(s.catalog, USERS, 7);
    static size_t counts[USERS][2];
    size_t one = 0, both = 0;
    memset(counts, 0, sizeof counts);
    for (size_t i = 0; i < synth.event_count; i++) {
        uint32_t row;
        assert_true(weft_catalog_find(s.catalog, synth.events[i].product_id, &row));
        counts[number_of(synth.events[i].user_id)][*shop_product(&s, row)->gender == 'M']++;
    }
    for (size_t user = 0; user < USERS; user++) {
        if (counts[user][0] && counts[user][1]) both++;
        else one++;
    }
    /* 92 of 100 buy for one. */
    assert_true(one > 7 * both);
    weft_synth_deinit(&synth);
}

/* ---- odd catalogs ---- */

static weft_catalog *catalog_of(size_t n, const char *type, const char *color, const char *gender) {
    weft_catalog *catalog;
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    for (size_t i = 0; i < n; i++) {
        char id[24];
        snprintf(id, sizeof id, "o%zu", i);
        const weft_product product = {id, "Thing", "", "", type,  color, gender,
                                      "", "",      0,  9,  false, "",    ""};
        assert_int_equal(weft_catalog_add(catalog, &product, NULL), WEFT_OK);
    }
    assert_int_equal(weft_catalog_finish(catalog, NULL), WEFT_OK);
    return catalog;
}

static void any_catalog_with_types_will_do(void **state) {
    (void)state;
    static const struct {
        size_t n;
        const char *type, *color, *gender;
    } odd[] = {{1, "Tshirts", "Blue", "Men"},
               {1, "Gadget", "", ""},
               {3, "Gadget", "Mauve", "Pets"},
               {50, "Tshirts", "", "Women"},
               {50, "tshirts", "BLUE", "men"}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        weft_catalog *catalog = catalog_of(odd[i].n, odd[i].type, odd[i].color, odd[i].gender);
        weft_synth synth = make(catalog, 40, 1);
        assert_int_equal(synth.user_count, 40);
        assert_true(synth.event_count >= 40 * 5);
        for (size_t e = 0; e < synth.event_count; e++) {
            uint32_t row;
            assert_true(weft_catalog_find(catalog, synth.events[e].product_id, &row));
        }
        weft_synth_deinit(&synth);
        weft_catalog_free(catalog);
    }
}

static void without_anything_to_buy_there_are_no_users(void **state) {
    (void)state;
    for (size_t n = 0; n < 3; n++) {
        weft_catalog *catalog = catalog_of(n, "", "Blue", "Men");
        weft_synth synth;
        weft_err err = {0};
        const weft_synth_options options = {.users = 10, .until = SHOP_NOW};
        assert_int_equal(weft_synth_make(&synth, catalog, &options, &err), WEFT_E_INVALID);
        assert_non_null(strstr(err.message, n ? "article_type" : "no products"));
        weft_synth_deinit(&synth);
        weft_catalog_free(catalog);
    }
}

static void making_can_be_stopped_and_runs_out_of_memory(void **state) {
    (void)state;
    weft_synth synth;
    weft_status status;
    size_t nth = 0;
    atomic_bool stop = true;
    weft_synth_options options = {.users = 20, .until = SHOP_NOW, .cancel = &stop};
    assert_int_equal(weft_synth_make(&synth, s.catalog, &options, NULL), WEFT_E_CANCELLED);
    weft_synth_deinit(&synth);
    options.cancel = NULL;
    do {
        weft_mem_fail_after(++nth);
        status = weft_synth_make(&synth, s.catalog, &options, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        weft_synth_deinit(&synth);
    } while (status);
    assert_true(nth > 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_users),
        cmocka_unit_test(everyone_does_five_to_fifty_things),
        cmocka_unit_test(deeds_are_mixed_as_the_seed_has_them),
        cmocka_unit_test(events_are_in_order_and_not_in_the_future),
        cmocka_unit_test(four_of_five_looks_are_within_what_is_preferred),
        cmocka_unit_test(nobody_buys_for_the_other_gender_alone),
        cmocka_unit_test(any_catalog_with_types_will_do),
        cmocka_unit_test(without_anything_to_buy_there_are_no_users),
        cmocka_unit_test(making_can_be_stopped_and_runs_out_of_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
