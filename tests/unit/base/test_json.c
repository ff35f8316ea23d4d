#include "../unit.h"

#include <math.h>

#include "base/json.h"

static void nested_values_have_their_commas(void **state) {
    (void)state;
    weft_buf buf;
    weft_json j;
    weft_buf_init(&buf);
    weft_json_begin(&j, &buf);
    weft_json_object(&j);
    weft_json_key_int(&j, "a", -1);
    weft_json_key(&j, "b");
    weft_json_array(&j);
    weft_json_bool(&j, true);
    weft_json_null(&j);
    weft_json_object(&j);
    weft_json_end(&j);
    weft_json_end(&j);
    weft_json_key_string(&j, "c", NULL);
    weft_json_end(&j);
    assert_string_equal(buf.data, "{\"a\":-1,\"b\":[true,null,{}],\"c\":null}");
    weft_buf_deinit(&buf);
}

static void strings_are_escaped(void **state) {
    (void)state;
    weft_buf buf;
    weft_json j;
    weft_buf_init(&buf);
    weft_json_begin(&j, &buf);
    weft_json_string(&j, "q\" b\\ n\n t\t \x01 \xc3\xa9 \xff \xf0\x9f\x91");
    assert_string_equal(buf.data, "\"q\\\" b\\\\ n\\n t\\u0009 \\u0001 \xc3\xa9 \xef\xbf\xbd "
                                  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    weft_buf_deinit(&buf);
}

static void numbers_read_back(void **state) {
    (void)state;
    weft_buf buf;
    weft_json j;
    weft_buf_init(&buf);
    weft_json_begin(&j, &buf);
    weft_json_array(&j);
    weft_json_double(&j, 0.1);
    weft_json_double(&j, 1.0 / 3);
    weft_json_float(&j, 0.1f);
    weft_json_double(&j, NAN);
    weft_json_float(&j, INFINITY);
    weft_json_end(&j);
    assert_string_equal(buf.data, "[0.1,0.3333333333333333,0.1,null,null]");
    weft_buf_deinit(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(nested_values_have_their_commas),
                                       cmocka_unit_test(strings_are_escaped),
                                       cmocka_unit_test(numbers_read_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
