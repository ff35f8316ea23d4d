#include "../unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* The text of one float. */
static const char *float_text(weft_buf *buf, float value) {
    weft_json j;
    weft_buf_clear(buf);
    weft_json_begin(&j, buf);
    weft_json_float(&j, value);
    return buf->data;
}

static void floats_are_short_and_read_back(void **state) {
    (void)state;
    static const struct {
        float value;
        const char *text;
    } known[] = {{0, "0"},           {1, "1"},         {-0.5f, "-0.5"},  {49.95f, "49.95"},
                 {100, "100"},       {99999, "99999"}, {1e5f, "100000"}, {0.0001f, "0.0001"},
                 {1e-5f, "1e-05"},   {1e9f, "1e+09"},  {0.1f, "0.1"},    {1.0f / 3, "0.33333334"},
                 {-1e-4f, "-0.0001"}};
    weft_buf buf;
    weft_buf_init(&buf);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_string_equal(float_text(&buf, known[i].value), known[i].text);
    /* As a float and through a double: both are how readers do it. */
    uint32_t bits = 1;
    for (size_t i = 0; i < 300000; i++) {
        float value;
        bits = bits * 1664525u + 1013904223u;
        memcpy(&value, &bits, sizeof value);
        if (i % 2) value = (float)(int32_t)bits / 2147483648.0f; /* as embeddings have them */
        if (!isfinite(value)) continue;
        const char *text = float_text(&buf, value);
        assert_true(strtof(text, NULL) == value && (float)strtod(text, NULL) == value);
        assert_true(strlen(text) <= 15);
    }
    weft_buf_deinit(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nested_values_have_their_commas), cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(numbers_read_back), cmocka_unit_test(floats_are_short_and_read_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
