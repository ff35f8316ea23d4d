#include "../unit.h"

#include <string.h>

#include "search/rules.h"

static weft_arena arena;

static int set_up(void **state) {
    (void)state;
    weft_arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_arena_deinit(&arena);
    return 0;
}

static weft_status parse(const char *text, weft_rule *rule, weft_err *err) {
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    weft_status status = weft_rule_parse(rule, "r", json, &arena, err);
    json_decref(json);
    return status;
}

static void a_rule_is_read(void **state) {
    (void)state;
    weft_rule rule;
    assert_int_equal(
        parse("{\"name\":\"n\",\"queries\":[\"Summer Dresses\",\"shirt\"],"
              "\"from\":\"1970-01-02T00:00:00Z\",\"pin\":[{\"product_id\":\"7\",\"position\":3}],"
              "\"boost\":[{\"filter\":{\"base_color\":\"Red\"},\"by\":-2}],"
              "\"bury\":{\"gender\":\"Men\"}}",
              &rule, NULL),
        WEFT_OK);
    assert_string_equal(rule.name, "n");
    assert_true(rule.is_enabled && !rule.is_exact);
    assert_int_equal(rule.query_count, 2);
    assert_string_equal(rule.queries[0], "summer dress");
    assert_int_equal(rule.from, 86400);
    assert_true(rule.until == INT64_MAX);
    assert_string_equal(rule.pins[0].product_id, "7");
    assert_int_equal(rule.pins[0].position, 3);
    assert_true(rule.boosts[0].by == -2);
    assert_non_null(rule.bury);
}

static void what_is_wrong_is_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"7", "a rule is an object"},
        {"{}", "pins, boosts or buries"},
        {"{\"bury\":{\"colour\":1}}", "bury: filter: unknown field"},
        {"{\"pin\":[{\"product_id\":\"\",\"position\":1}]}", "pin:"},
        {"{\"pin\":[{\"product_id\":\"1\",\"position\":0}]}", "pin:"},
        {"{\"boost\":[{\"filter\":{},\"by\":11}]}", "boost:"},
        {"{\"bury\":{\"gender\":\"Men\"},\"until\":\"2026-13-01T00:00:00Z\"}", "until:"},
        {"{\"bury\":{\"gender\":\"Men\"},\"enabled\":1}", "enabled:"},
        {"{\"bury\":{\"gender\":\"Men\"},\"speed\":1}", "speed: no such field"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        weft_rule rule;
        weft_err err = {0};
        assert_int_equal(parse(wrong[i].text, &rule, &err), WEFT_E_INVALID);
        if (!strstr(err.message, wrong[i].says)) fail_msg("%s: %s", wrong[i].text, err.message);
    }
}

/* Does the rule act on the query at the time? */
static bool acts(const char *rule_text, const char *query, int64_t now) {
    weft_rule rule;
    const weft_rule **acting;
    size_t n;
    assert_int_equal(parse(rule_text, &rule, NULL), WEFT_OK);
    assert_int_equal(weft_rules_select(&rule, 1, query, now, &arena, &acting, &n, NULL), WEFT_OK);
    return n == 1;
}

static void rules_act_on_their_queries_in_their_time(void **state) {
    (void)state;
    static const char everywhere[] = "{\"bury\":{\"gender\":\"Men\"}}",
                      words[] = "{\"queries\":[\"red dress\"],\"bury\":{\"gender\":\"Men\"}}",
                      exact[] = "{\"queries\":[\"red dress\"],\"match\":\"exact\",\"bury\":"
                                "{\"gender\":\"Men\"}}",
                      timed[] = "{\"from\":\"1970-01-01T00:01:40Z\",\"until\":"
                                "\"1970-01-01T00:03:20Z\",\"bury\":{\"gender\":\"Men\"}}",
                      off[] = "{\"enabled\":false,\"bury\":{\"gender\":\"Men\"}}";
    assert_true(acts(everywhere, "anything", 0));
    assert_true(acts(everywhere, NULL, 0)); /* a photo */
    assert_true(acts(words, "long DRESSES in red", 0));
    assert_false(acts(words, "dress", 0));
    assert_false(acts(words, "reddish dress", 0));
    assert_false(acts(words, NULL, 0));
    assert_true(acts(exact, "Red dresses", 0));
    assert_false(acts(exact, "red dress long", 0));
    assert_false(acts(timed, "x", 99));
    assert_true(acts(timed, "x", 100));
    assert_false(acts(timed, "x", 200));
    assert_false(acts(off, "x", 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_read),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(rules_act_on_their_queries_in_their_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
