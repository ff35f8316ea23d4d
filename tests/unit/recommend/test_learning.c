#include "shop.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "recommend/learning.h"

static shop s;
static char folder[64], blend[96], model_file[96];
static weft_learning learned;

static int set_up(void **state) {
    (void)state;
    weft_event_log events;
    weft_crowd *crowd;
    shop_open(&s, 60);
    shop_log(&s, &events, 10, 200, 1);
    learned = (weft_learning){.weights = {{0.1f, -2.5f, 0, 1e-7f, 3, 0.333333f, 12}},
                              .is_fitted = true,
                              .events = 200,
                              .users = 10,
                              .learned_at = "2026-01-02T03:04:05.678Z"};
    crowd = shop_crowd(&s, &events, 200, &learned.model);
    weft_crowd_free(crowd);
    weft_event_log_deinit(&events);
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(blend, sizeof blend, "%s/blend.json", folder);
    snprintf(model_file, sizeof model_file, "%s/collaborative.bin", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    char command[96];
    weft_learning_deinit(&learned);
    shop_close(&s);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void write_all(void) {
    weft_err err = {0};
    if (weft_learning_write(&learned, folder, &err)) fail_msg("%s", err.message);
}

static void what_was_learned_is_read_back(void **state) {
    (void)state;
    weft_learning back;
    weft_err err = {0};
    write_all();
    if (weft_learning_open(&back, folder, &err)) fail_msg("%s", err.message);
    assert_memory_equal(&back.weights, &learned.weights, sizeof back.weights);
    assert_true(back.is_fitted);
    assert_int_equal(back.events, 200);
    assert_int_equal(back.users, 10);
    assert_string_equal(back.learned_at, learned.learned_at);
    assert_int_equal(weft_collaborative_items(back.model), weft_collaborative_items(learned.model));
    assert_memory_equal(weft_collaborative_factor(back.model, 0),
                        weft_collaborative_factor(learned.model, 0), 16 * sizeof(float));
    weft_learning_deinit(&back);
    weft_learning_deinit(&back); /* once more is fine */
}

static void a_folder_that_is_missing_is_made(void **state) {
    (void)state;
    char inner[96], command[128];
    weft_learning back;
    snprintf(inner, sizeof inner, "%s/made", folder);
    assert_int_equal(weft_learning_write(&learned, inner, NULL), WEFT_OK);
    assert_int_equal(weft_learning_open(&back, inner, NULL), WEFT_OK);
    weft_learning_deinit(&back);
    snprintf(command, sizeof command, "rm -rf %s", inner);
    assert_int_equal(system(command), 0);
}

static void before_the_first_time_there_is_nothing(void **state) {
    (void)state;
    char inner[96];
    weft_learning back;
    snprintf(inner, sizeof inner, "%s/nowhere", folder);
    assert_int_equal(weft_learning_open(&back, inner, NULL), WEFT_E_NOT_FOUND);
    assert_null(back.model);
    assert_true(weft_learning_stamp(inner) == 0);
}

static void the_stamp_is_another_each_time(void **state) {
    (void)state;
    uint64_t stamps[8];
    for (size_t i = 0; i < 8; i++) {
        write_all();
        stamps[i] = weft_learning_stamp(folder);
        assert_true(stamps[i] != 0 && stamps[i] == weft_learning_stamp(folder));
        if (i) assert_true(stamps[i] != stamps[i - 1]);
    }
}

/* Opens a folder whose blend.json is this text. */
static weft_status open_with(const char *text, size_t n, weft_learning *back, weft_err *err) {
    *err = (weft_err){0};
    assert_int_equal(weft_file_write_atomic(blend, text, n, NULL), WEFT_OK);
    return weft_learning_open(back, folder, err);
}

static void damaged_weights_are_refused_by_name(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "{",
        "7",
        "[]",
        "null",
        "{}",
        "\xff\xfe",
        "{\"weights\": 1}",
        "{\"weights\": []}",
        "{\"weights\": null}",
        "{\"weights\": {\"user\": \"1\"}}",
        "{\"weights\": {\"user\": true}}",
        "{\"weights\": {\"user\": null}}",
        "{\"weights\": {\"user\": 1, \"user\": 2}}",
        "{\"weights\": {\"user\": 1e999}}",
        "{\"weights\": {\"user\": 1e39}}",
        "{\"weights\": {\"user\": -1e300}}",
        "{\"weights\": {\"user\": 1}, \"events\": -1}",
        "{\"weights\": {\"user\": 1}, \"users\": -9223372036854775808}",
        "{\"weights\": {\"user\": 1}} {}",
        "{\"weights\": {\"user\": NaN}}",
    };
    write_all();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        weft_learning back;
        weft_err err;
        weft_status status = open_with(texts[i], strlen(texts[i]), &back, &err);
        if (status != WEFT_E_FORMAT || !strstr(err.message, "blend.json"))
            fail_msg("%s: %d, %s", texts[i], status, err.message);
        assert_null(back.model);
    }
    write_all();
}

/* The file as it is written, cut short or with a byte changed: it is refused, or says something. */
static void bytes_that_are_changed_do_no_harm(void **state) {
    (void)state;
    weft_buf whole;
    uint64_t random = 51;
    size_t refused = 0;
    write_all();
    weft_buf_init(&whole);
    assert_int_equal(weft_file_read(blend, 65536, &whole, NULL), WEFT_OK);
    for (size_t round = 0; round < 300; round++) {
        weft_learning back;
        weft_err err;
        char text[1024];
        size_t n = whole.size < sizeof text ? whole.size : sizeof text;
        memcpy(text, whole.data, n);
        if (round % 2) n = weft_random_below(&random, n - 2);
        else text[weft_random_below(&random, n)] = (char)weft_random_below(&random, 256);
        weft_status status = open_with(text, n, &back, &err);
        if (status) {
            assert_int_equal(status, WEFT_E_FORMAT);
            assert_non_null(strstr(err.message, "blend.json"));
            refused++;
        } else {
            for (size_t p = 0; p < WEFT_PART_COUNT; p++) assert_true(isfinite(back.weights.of[p]));
            weft_learning_deinit(&back);
        }
    }
    assert_true(refused > 150);
    weft_buf_deinit(&whole);
    write_all();
}

static void weights_of_parts_that_came_later_are_none(void **state) {
    (void)state;
    static const char text[] = "{\"weights\": {\"taste\": 2, \"of another version\": 9}}";
    weft_learning back;
    weft_err err;
    write_all();
    assert_int_equal(open_with(text, sizeof text - 1, &back, &err), WEFT_OK);
    for (int part = 0; part < WEFT_PART_COUNT; part++)
        assert_true(back.weights.of[part] == (part == WEFT_PART_TASTE ? 2.0f : 0.0f));
    assert_false(back.is_fitted);
    assert_int_equal(back.events, 0);
    assert_string_equal(back.learned_at, "");
    weft_learning_deinit(&back);
    write_all();
}

static void a_damaged_model_is_refused_by_name(void **state) {
    (void)state;
    weft_learning back;
    weft_err err = {0};
    write_all();
    assert_int_equal(truncate(model_file, 100), 0);
    assert_int_equal(weft_learning_open(&back, folder, &err), WEFT_E_FORMAT);
    assert_non_null(strstr(err.message, "collaborative.bin"));
    assert_null(back.model);
    write_all();
}

static void a_folder_that_cannot_be_is_said(void **state) {
    (void)state;
    char inside[128];
    weft_learning back;
    weft_err err = {0};
    write_all();
    snprintf(inside, sizeof inside, "%s/inside", blend); /* a file, and no folder */
    assert_int_not_equal(weft_learning_write(&learned, inside, &err), WEFT_OK);
    assert_true(*err.message);
    assert_int_not_equal(weft_learning_open(&back, inside, NULL), WEFT_OK);
    char *longer = weft_alloc(10000, 1);
    memset(longer, 'x', 9999);
    longer[9999] = '\0';
    assert_int_equal(weft_learning_write(&learned, longer, NULL), WEFT_E_LIMIT);
    assert_int_equal(weft_learning_open(&back, longer, NULL), WEFT_E_LIMIT);
    assert_true(weft_learning_stamp(longer) == 0);
    weft_free(longer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_learned_is_read_back),
        cmocka_unit_test(a_folder_that_is_missing_is_made),
        cmocka_unit_test(before_the_first_time_there_is_nothing),
        cmocka_unit_test(the_stamp_is_another_each_time),
        cmocka_unit_test(damaged_weights_are_refused_by_name),
        cmocka_unit_test(bytes_that_are_changed_do_no_harm),
        cmocka_unit_test(weights_of_parts_that_came_later_are_none),
        cmocka_unit_test(a_damaged_model_is_refused_by_name),
        cmocka_unit_test(a_folder_that_cannot_be_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
