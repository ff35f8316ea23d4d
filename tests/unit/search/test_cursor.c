#include "../unit.h"

#include "search/cursor.h"

static void what_is_written_is_read(void **state) {
    (void)state;
    char text[WEFT_CURSOR_SIZE];
    size_t offset;
    uint64_t print = weft_cursor_fingerprint(0, "red", 3);
    for (size_t n = 0; n < 200000; n = n * 3 + 1) {
        weft_cursor_write(n, print, text);
        assert_int_equal(weft_cursor_read(text, print, &offset, NULL), WEFT_OK);
        assert_int_equal(offset, n);
    }
}

static void another_query_is_refused(void **state) {
    (void)state;
    char text[WEFT_CURSOR_SIZE];
    size_t offset;
    weft_err err;
    weft_cursor_write(20, weft_cursor_fingerprint(0, "red", 3), text);
    assert_int_equal(weft_cursor_read(text, weft_cursor_fingerprint(0, "blue", 4), &offset, &err),
                     WEFT_E_INVALID);
    assert_string_equal(err.message, "cursor: belongs to another query");
}

static void parts_do_not_run_together(void **state) {
    (void)state;
    uint64_t one = weft_cursor_fingerprint(weft_cursor_fingerprint(0, "ab", 2), "c", 1);
    uint64_t two = weft_cursor_fingerprint(weft_cursor_fingerprint(0, "a", 1), "bc", 2);
    assert_true(one != two);
}

static void anything_else_is_refused(void **state) {
    (void)state;
    const char *bad[] = {"",
                         "-",
                         "1",
                         "1-",
                         "-1",
                         "zz-00",
                         "1-2-3",
                         " 1-2",
                         "1- 2",
                         "0x1-0x2",
                         "123456789-0000000000000001",
                         "1-00000000000000000000000000000000000000000000000001"};
    size_t offset;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(weft_cursor_read(bad[i], 1, &offset, NULL), WEFT_E_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read), cmocka_unit_test(another_query_is_refused),
        cmocka_unit_test(parts_do_not_run_together), cmocka_unit_test(anything_else_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
