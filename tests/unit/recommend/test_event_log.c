#include "shop.h"

#include <stdlib.h>

static shop s;
static char folder[64];
static weft_store *store;

static int set_up(void **state) {
    (void)state;
    char url[96];
    weft_store_put_result result = {0};
    shop_open(&s, 60);
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(url, sizeof url, "sqlite:%s/weft.db", folder);
    if (weft_store_open(&store, url, NULL)) return -1;
    for (uint32_t row = 0; row < s.rows; row++)
        if (weft_store_put_products(store, shop_product(&s, row), 1, &result, NULL)) return -1;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    char command[96];
    weft_store_close(store);
    shop_close(&s);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void put(const char *user, const char *product, const char *what, int64_t minute) {
    const weft_event event = {user, product, what, "", SHOP_NOW + minute * SHOP_MINUTE};
    weft_err err = {0};
    if (weft_store_put_event(store, &event, &err)) fail_msg("%s", err.message);
}

static void a_log_is_in_order_of_time(void **state) {
    (void)state;
    weft_event_log log;
    weft_store_put_result result = {0};
    weft_product extra = *shop_product(&s, 0);
    extra.product_id = "not in the catalog";
    assert_int_equal(weft_event_log_read(&log, store, s.catalog, NULL), WEFT_OK);
    assert_int_equal(log.count, 0);
    assert_int_equal(log.users, 0);
    weft_event_log_deinit(&log);

    assert_int_equal(weft_store_put_products(store, &extra, 1, &result, NULL), WEFT_OK);
    put("anna", "p5", "purchase", 9);
    put("bea", "p6", "view", 3);
    put("anna", "not in the catalog", "purchase", 1);
    put("cleo", "not in the catalog", "view", 2);
    put("bea", "p7", "click", 1);
    put("anna", "p8", "add_to_cart", 5);
    assert_int_equal(weft_event_log_read(&log, store, s.catalog, NULL), WEFT_OK);
    static const struct {
        const char *user;
        weft_log_entry entry;
    } expected[] = {{"bea", {0, 7, 0.5f, 1}},
                    {"bea", {0, 6, 1, 3}},
                    {"anna", {0, 8, 2, 5}},
                    {"anna", {0, 5, 3, 9}}};
    assert_int_equal(log.count, 4);
    assert_int_equal(log.users, 2); /* cleo did nothing with what is there */
    for (size_t i = 0; i < 4; i++) {
        const weft_log_entry *entry = &log.entries[i];
        assert_string_equal(log.user_ids[entry->user], expected[i].user);
        assert_int_equal(entry->row, expected[i].entry.row);
        assert_true(entry->weight == expected[i].entry.weight);
        assert_true(entry->at == SHOP_NOW + expected[i].entry.at * SHOP_MINUTE);
    }
    weft_event_log_deinit(&log);
}

static void no_memory_is_said(void **state) {
    (void)state;
    weft_status status;
    size_t nth = 0;
    put("anna", "p5", "purchase", 9);
    do {
        weft_event_log log;
        weft_mem_fail_after(++nth);
        status = weft_event_log_read(&log, store, s.catalog, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
        weft_event_log_deinit(&log);
    } while (status);
    assert_true(nth > 3);
}

/* Users of one half of the shop, and of the other. */
static void a_model_learns_from_the_first_entries_alone(void **state) {
    (void)state;
    static const weft_collaborative_options options = {.dim = 16, .iterations = 4, .threads = 1};
    weft_event_log log;
    weft_collaborative *model;
    shop_log(&s, &log, 10, 400, 2);
    bool is_known[60] = {false};
    for (size_t i = 0; i < 100; i++) is_known[log.entries[i].row] = true;
    assert_int_equal(weft_event_log_train(&log, 100, s.catalog, &options, &model, NULL), WEFT_OK);
    assert_int_equal(weft_collaborative_items(model), 60);
    for (uint32_t row = 0; row < 60; row++) {
        uint32_t item;
        float length = 0;
        assert_true(weft_collaborative_find(model, shop_product(&s, row)->product_id, &item));
        for (size_t d = 0; d < 16; d++) length += fabsf(weft_collaborative_factor(model, item)[d]);
        assert_true((length > 0) == is_known[row]);
    }
    weft_collaborative_free(model);
    weft_event_log_deinit(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_in_order_of_time),
        cmocka_unit_test(no_memory_is_said),
        cmocka_unit_test(a_model_learns_from_the_first_entries_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
