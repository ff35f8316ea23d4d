#include "../unit.h"

#include <string.h>

#include "base/status.h"

static void every_status_has_a_name_and_a_text(void **state) {
    (void)state;
    for (int i = 0; i < WEFT_STATUS_COUNT; i++) {
        assert_true(strlen(weft_status_name((weft_status)i)) > 0);
        assert_true(strlen(weft_status_text((weft_status)i)) > 0);
    }
    assert_string_equal(weft_status_name(WEFT_E_NOT_FOUND), "not_found");
    assert_string_equal(weft_status_name((weft_status)1000), "unknown");
}

static void a_message_is_cut_not_overrun(void **state) {
    (void)state;
    char longer[2000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    weft_err err = {0};
    assert_int_equal(weft_fail(&err, WEFT_E_IO, "%s", longer), WEFT_E_IO);
    assert_int_equal(strlen(err.message), WEFT_ERR_MESSAGE_SIZE - 1);
    assert_int_equal(weft_fail(NULL, WEFT_E_IO, "%s", longer), WEFT_E_IO);
}

static void context_goes_before_the_message(void **state) {
    (void)state;
    weft_err err = {0};
    weft_fail(&err, WEFT_E_FORMAT, "field %s", "year");
    assert_int_equal(weft_fail_in(&err, WEFT_E_FORMAT, "row %d", 7), WEFT_E_FORMAT);
    assert_string_equal(err.message, "row 7: field year");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_and_a_text),
        cmocka_unit_test(a_message_is_cut_not_overrun),
        cmocka_unit_test(context_goes_before_the_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
