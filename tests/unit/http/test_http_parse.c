#include "http/http_parse.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "unit.h"

static weft_arena arena;

static int setup(void **state) {
    (void)state;
    weft_arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    weft_mem_fail_after(0);
    weft_arena_deinit(&arena);
    return 0;
}

static void percent_decoding(void **state) {
    (void)state;
    const char *out;
    assert_int_equal(weft_http_decode(weft_str_of("a%20b+c%2Fd%c3%A9"), false, &arena, &out, NULL),
                     0);
    assert_string_equal(out, "a b+c/d\xc3\xa9");
    assert_int_equal(weft_http_decode(weft_str_of("a+b%2B"), true, &arena, &out, NULL), 0);
    assert_string_equal(out, "a b+");
    static const char *const bad[] = {"%",   "%2",  "a%",     "%zz",      "%2g",
                                      "%00", "%ff", "%c0%af", "%ed%a0%80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(weft_http_decode(weft_str_of(bad[i]), false, &arena, &out, NULL),
                         WEFT_E_FORMAT);
}

static void queries(void **state) {
    (void)state;
    weft_http_query *q;
    size_t n;
    assert_int_equal(
        weft_http_query_parse(weft_str_of("a=1&&b=x%26y&a=2&flag&=v&c=d=e"), &arena, &q, &n, NULL),
        0);
    static const weft_http_query want[] = {{"a", "1"},   {"b", "x&y"}, {"a", "2"},
                                           {"flag", ""}, {"", "v"},    {"c", "d=e"}};
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(q[i].name, want[i].name);
        assert_string_equal(q[i].value, want[i].value);
    }
    weft_err err;
    assert_int_equal(weft_http_query_parse(weft_str_of("ok=1&b=%"), &arena, &q, &n, &err),
                     WEFT_E_FORMAT);
    assert_non_null(strstr(err.message, "parameter 2"));
    assert_int_equal(n, 0);

    char many[2 * (WEFT_HTTP_QUERIES_MAX + 1) + 1] = "";
    for (int i = 0; i <= WEFT_HTTP_QUERIES_MAX; i++) strcat(many, "a&");
    assert_int_equal(weft_http_query_parse(weft_str_of(many), &arena, &q, &n, NULL), WEFT_E_LIMIT);
    many[2 * WEFT_HTTP_QUERIES_MAX] = '\0';
    assert_int_equal(weft_http_query_parse(weft_str_of(many), &arena, &q, &n, NULL), 0);
    weft_mem_fail_after(1);
    weft_arena empty;
    weft_arena_init(&empty, 0);
    assert_int_equal(weft_http_query_parse(weft_str_of("a=1"), &empty, &q, &n, NULL), WEFT_E_NOMEM);
}

static void paths(void **state) {
    (void)state;
    weft_http_path p;
    assert_int_equal(weft_http_path_parse(weft_str_of("/"), &arena, &p, NULL), 0);
    assert_int_equal(p.count, 0);
    assert_int_equal(weft_http_path_parse(weft_str_of("/a%2Fb/c%20d/"), &arena, &p, NULL), 0);
    assert_int_equal(p.count, 3);
    assert_string_equal(p.segments[0], "a/b");
    assert_string_equal(p.segments[1], "c d");
    assert_string_equal(p.segments[2], "");
    assert_string_equal(p.whole, "/a/b/c d/");
    static const char *const bad[] = {"",    "a",       "*",    "http://x/",   "/%",         "/%00",
                                      "/..", "/a/../b", "/./a", "/a/%2e%2e/b", "/a%2f..%2fb"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(weft_http_path_parse(weft_str_of(bad[i]), &arena, &p, NULL),
                         WEFT_E_FORMAT);
    assert_int_equal(weft_http_path_parse(weft_str_of("/a..b/...x"), &arena, &p, NULL), 0);
    char deep[2 * WEFT_HTTP_SEGMENTS_MAX + 3] = "";
    for (int i = 0; i <= WEFT_HTTP_SEGMENTS_MAX; i++) strcat(deep, "/a");
    assert_int_equal(weft_http_path_parse(weft_str_of(deep), &arena, &p, NULL), WEFT_E_LIMIT);
}

static void header_values(void **state) {
    (void)state;
    weft_str params;
    weft_str head = weft_http_value_head(
        weft_str_of(" form-data ; NAME=\"a;b\"; filename=\"q\\\"x\" ; plain = v"), &params);
    assert_true(weft_str_eq(head, "form-data"));
    assert_true(weft_str_eq(weft_http_value_param(params, "name"), "a;b"));
    assert_true(weft_str_eq(weft_http_value_param(params, "filename"), "q\\\"x"));
    assert_true(weft_str_eq(weft_http_value_param(params, "plain"), "v"));
    assert_null(weft_http_value_param(params, "other").data);
    weft_http_value_head(weft_str_of("x; name=\"never ends"), &params);
    assert_null(weft_http_value_param(params, "name").data);
    weft_http_value_head(weft_str_of("x; file=\"C:\\dir\\\"; name=a"), &params);
    assert_null(weft_http_value_param(params, "name").data); /* \" is an escape */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(percent_decoding, setup, teardown),
        cmocka_unit_test_setup_teardown(queries, setup, teardown),
        cmocka_unit_test_setup_teardown(paths, setup, teardown),
        cmocka_unit_test_setup_teardown(header_values, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
