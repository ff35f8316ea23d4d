#include "../unit.h"

#include <string.h>

#include "base/str.h"

static void numbers(void **state) {
    (void)state;
    uint64_t u;
    int64_t i;
    double d;
    assert_true(weft_str_to_u64(weft_str_of("18446744073709551615"), &u) && u == UINT64_MAX);
    assert_false(weft_str_to_u64(weft_str_of("18446744073709551616"), &u));
    assert_false(weft_str_to_u64(weft_str_of("-1"), &u));
    assert_false(weft_str_to_u64(weft_str_of(""), &u));
    assert_false(weft_str_to_u64(weft_str_of("1 "), &u));
    assert_true(weft_str_to_i64(weft_str_of("-9223372036854775808"), &i) && i == INT64_MIN);
    assert_false(weft_str_to_i64(weft_str_of("9223372036854775808"), &i));
    assert_true(weft_str_to_double(weft_str_of("-2.5e3"), &d) && d == -2500);
    assert_false(weft_str_to_double(weft_str_of("nan"), &d));
    assert_false(weft_str_to_double(weft_str_of("0x10"), &d));
    assert_false(weft_str_to_double(weft_str_of("1e999"), &d));
    assert_false(weft_str_to_double(weft_str_of("1.5x"), &d));
}

static void utf8(void **state) {
    (void)state;
    assert_true(weft_str_is_utf8(weft_str_of("kjole \xc3\xa6\xe2\x82\xac\xf0\x9f\x91\x97")));
    const char *bad[] = {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82",
                         "\x80",     "\xff",         "\xe0\x9f\xbf",     "\xf0\x8f\xbf\xbf"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(weft_str_is_utf8(weft_str_of(bad[i])));
}

static void comparing(void **state) {
    (void)state;
    assert_true(weft_str_eq(weft_str_trim(weft_str_of(" \t red dress\r\n")), "red dress"));
    assert_true(weft_str_eq_nocase(weft_str_of("ReD"), "red"));
    assert_false(weft_str_eq_nocase(weft_str_of("red"), "redder"));
    assert_true(weft_str_ends_with_nocase(weft_str_of("A.JPG"), ".jpg"));
    assert_false(weft_str_ends_with_nocase(weft_str_of("g"), ".jpg"));
}

static void base64(void **state) {
    (void)state;
    struct {
        const char *text, *bytes;
    } good[] = {{"", ""},        {"Zg==", "f"}, {"Zm8=", "fo"},
                {"Zm9v", "foo"}, {"Zm8", "fo"}, {"Zm9v\nYmFy", "foobar"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        unsigned char out[64];
        size_t n;
        assert_true(weft_base64_decode(weft_str_of(good[i].text), out, &n));
        assert_int_equal(n, strlen(good[i].bytes));
        assert_memory_equal(out, good[i].bytes, n);
    }
    const char *bad[] = {"Z", "Zg=", "Zg==Zg==", "Zg===", "Z-9v", "Zm9v="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        unsigned char out[64];
        size_t n;
        assert_false(weft_base64_decode(weft_str_of(bad[i]), out, &n));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(utf8),
                                       cmocka_unit_test(comparing), cmocka_unit_test(base64)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
