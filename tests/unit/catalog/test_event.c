#include "../unit.h"

#include "catalog/event.h"

static const char *type_of(const char *name) {
    const char *type = weft_event_type_of(weft_str_of(name));
    return type ? type : "";
}

static void types_have_many_names(void **state) {
    (void)state;
    assert_string_equal(type_of("view"), "view");
    assert_string_equal(type_of("PV"), "view");
    assert_string_equal(type_of("Page View"), "view");
    assert_string_equal(type_of("detail"), "view");
    assert_string_equal(type_of("Clicks"), "click");
    assert_string_equal(type_of("addtocart"), "add_to_cart");
    assert_string_equal(type_of("Add-To-Cart"), "add_to_cart");
    assert_string_equal(type_of("add_to_basket"), "add_to_cart");
    assert_string_equal(type_of("TRANSACTION"), "purchase");
    assert_string_equal(type_of("purchased"), "purchase");
    assert_string_equal(type_of("remove_from_cart"), "");
    assert_string_equal(type_of("viewed by"), "");
    assert_string_equal(type_of(""), "");
}

static void only_four_are_known(void **state) {
    (void)state;
    assert_true(weft_event_type_is_known("add_to_cart"));
    assert_false(weft_event_type_is_known("View"));
    assert_false(weft_event_type_is_known("pv"));
}

static bool match(const char *a, const char *b) {
    return weft_event_names_match(weft_str_of(a), weft_str_of(b));
}

static void names_match_but_for_case_and_gaps(void **state) {
    (void)state;
    assert_true(match("Customer ID", "customer_id") && match("userId", "user-id"));
    assert_true(match("", "_") && match("t_dat", "TDat"));
    assert_false(match("user", "user_id") || match("user_id", "user") || match("a", ""));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(types_have_many_names),
                                       cmocka_unit_test(only_four_are_known),
                                       cmocka_unit_test(names_match_but_for_case_and_gaps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
