#include "shop.h"

#include <pthread.h>
#include <stdlib.h>

#include "recommend/user_features.h"

static shop s;
static char folder[64], url[96];
static weft_store *store;

static int set_up(void **state) {
    (void)state;
    weft_store_put_result result = {0};
    weft_product products[60];
    shop_open(&s, 60);
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(url, sizeof url, "sqlite:%s/weft.db", folder);
    if (weft_store_open(&store, url, NULL)) return -1;
    for (uint32_t row = 0; row < s.rows; row++) products[row] = *shop_product(&s, row);
    return weft_store_put_products(store, products, s.rows, &result, NULL) ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    char command[96];
    weft_store_close(store);
    shop_close(&s);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void put(const char *user, uint32_t row, const char *what) {
    const weft_event event = {user, shop_product(&s, row)->product_id, what, "", SHOP_NOW};
    weft_err err = {0};
    if (weft_store_put_event(store, &event, &err)) fail_msg("%s", err.message);
}

static weft_features_step follow(weft_store *by, size_t limit) {
    weft_features_step step;
    weft_err err = {0};
    if (weft_features_follow(by, s.shelf, "mini", limit, &step, &err)) fail_msg("%s", err.message);
    return step;
}

static int64_t position(void) {
    int64_t number;
    assert_int_equal(weft_store_features_position(store, &number, NULL), WEFT_OK);
    return number;
}

static int64_t last_event(void) {
    int64_t number;
    assert_int_equal(weft_store_last_event(store, &number, NULL), WEFT_OK);
    return number;
}

/* The features that are stored are those that all of the user's events make. */
static void check_features(const char *user) {
    weft_profile profile;
    weft_store_features stored, made;
    weft_err err = {0};
    if (weft_store_get_features(store, user, &s.arena, &stored, &err)) fail_msg("%s", err.message);
    assert_int_equal(weft_profile_load(&profile, s.shelf, store, user, &s.arena, NULL), WEFT_OK);
    assert_int_equal(weft_profile_features(&profile, s.shelf, user, "mini", &s.arena, &made, NULL),
                     WEFT_OK);
    assert_string_equal(stored.user_id, user);
    assert_string_equal(stored.embedding_model, "mini");
    assert_int_equal(stored.interactions, made.interactions);
    assert_string_equal(stored.category_prefs, made.category_prefs);
    assert_string_equal(stored.color_prefs, made.color_prefs);
    assert_string_equal(stored.preferred_brands, made.preferred_brands);
    assert_true((stored.embedding != NULL) == (made.embedding != NULL));
    if (made.embedding)
        assert_memory_equal(stored.embedding, made.embedding, SHOP_DIM * sizeof(float));
    if (profile.count) {
        assert_true(fabs(stored.avg_price - made.avg_price) < 1e-9);
        assert_true(fabs(stored.p75_price - made.p75_price) < 1e-9);
    } else {
        assert_true(isnan(stored.avg_price));
    }
}

static void what_users_did_becomes_their_features(void **state) {
    (void)state;
    weft_store_user user;
    assert_int_equal(follow(store, 100).events, 0);
    assert_int_equal(position(), 0);
    put("anna", 3, "view");
    put("bea", 4, "purchase");
    put("anna", 9, "add_to_cart");
    put("cleo", 18, "view"); /* which has no vector */
    weft_features_step step = follow(store, 100);
    assert_int_equal(step.events, 4);
    assert_int_equal(step.users, 3);
    assert_int_equal(position(), last_event());
    check_features("anna");
    check_features("bea");
    check_features("cleo");
    assert_int_equal(weft_store_get_user(store, "anna", &s.arena, &user, NULL), WEFT_OK);
    step = follow(store, 100);
    assert_int_equal(step.events, 0);
    assert_int_equal(step.users, 0);
}

static void what_comes_later_is_followed(void **state) {
    (void)state;
    put("anna", 20, "purchase");
    const weft_features_step step = follow(store, 100);
    assert_int_equal(step.events, 1);
    assert_int_equal(step.users, 1);
    check_features("anna");
    check_features("bea");
}

static void many_events_are_followed_in_steps(void **state) {
    (void)state;
    size_t events = 0, steps = 0;
    for (uint32_t i = 0; i < 23; i++) {
        char user[16];
        snprintf(user, sizeof user, "many%u", i % 7);
        put(user, i, "view");
    }
    for (weft_features_step step; (step = follow(store, 5)).events; steps++) {
        assert_true(step.events <= 5);
        events += step.events;
    }
    assert_int_equal(events, 23);
    assert_int_equal(steps, 5);
    for (uint32_t i = 0; i < 7; i++) {
        char user[16];
        snprintf(user, sizeof user, "many%u", i);
        check_features(user);
    }
}

/* ---- of several processes ---- */

/* As another process with its own connection, which follows until it is told that all is there. */
typedef struct {
    const atomic_bool *is_all;
    size_t written, dropped;
    bool failed;
} follower;

static void *run_follower(void *context) {
    follower *f = context;
    weft_store *own;
    if (weft_store_open(&own, url, NULL)) return f->failed = true, NULL;
    for (bool was_all = false;;) {
        weft_features_step step;
        bool is_all = atomic_load(f->is_all);
        if (weft_features_follow(own, s.shelf, "mini", 3, &step, NULL)) {
            f->failed = true;
            break;
        }
        if (step.users) f->written++;
        else if (step.events) f->dropped++;
        else if (was_all) break;
        was_all = is_all;
    }
    weft_store_close(own);
    return NULL;
}

static void racing_followers_lose_nothing(void **state) {
    (void)state;
    atomic_bool is_all = false;
    follower followers[2] = {{.is_all = &is_all}, {.is_all = &is_all}};
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_follower, &followers[i]), 0);
    for (uint32_t i = 0; i < 120; i++) {
        char user[16];
        snprintf(user, sizeof user, "racer%u", i % 9);
        put(user, i % 60, "view");
    }
    atomic_store(&is_all, true);
    for (size_t i = 0; i < 2; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_false(followers[0].failed || followers[1].failed);
    assert_true(followers[0].written + followers[1].written >= 40);
    assert_int_equal(position(), last_event());
    for (uint32_t i = 0; i < 9; i++) {
        char user[16];
        snprintf(user, sizeof user, "racer%u", i);
        check_features(user);
    }
}

static void no_memory_is_said_and_nothing_lost(void **state) {
    (void)state;
    size_t nth = 0;
    weft_status status;
    int64_t before = position();
    put("dora", 3, "view");
    put("emma", 4, "view");
    do {
        weft_features_step step;
        weft_mem_fail_after(++nth);
        status = weft_features_follow(store, s.shelf, "mini", 100, &step, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        if (status) assert_int_equal(position(), before);
        else assert_int_equal(step.events, 2);
    } while (status);
    assert_true(nth > 8);
    check_features("dora");
    check_features("emma");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_users_did_becomes_their_features),
        cmocka_unit_test(what_comes_later_is_followed),
        cmocka_unit_test(many_events_are_followed_in_steps),
        cmocka_unit_test(racing_followers_lose_nothing),
        cmocka_unit_test(no_memory_is_said_and_nothing_lost),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
