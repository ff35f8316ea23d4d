#include "../unit.h"

#include <string.h>

#include "base/clock.h"

static void formats_and_reads_back(void **state) {
    (void)state;
    static const int64_t times[] = {0, 1, -1, 1767225845678, -62167219200000, 253402300799999};
    char text[WEFT_TIMESTAMP_SIZE];
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int64_t back = 7;
        weft_clock_format(times[i], text);
        assert_int_equal(strlen(text), 24);
        assert_true(weft_clock_parse(weft_str_of(text), &back));
        assert_int_equal(back, times[i]);
    }
    weft_clock_format(1767225845678, text);
    assert_string_equal(text, "2026-01-01T00:04:05.678Z");
    weft_clock_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

static void reads_the_forms_that_logs_have(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t at;
    } cases[] = {{"2026-01-01T00:04:05Z", 1767225845000},
                 {"2026-01-01 00:04:05.5Z", 1767225845500},
                 {"2026-01-01T01:04:05+01:00", 1767225845000},
                 {"2025-12-31T20:34:05-0330", 1767225845000},
                 {"2026-01-01", 1767225600000},
                 {"2024-02-29", 1709164800000},
                 {"2026-01-01T00:04:05.678912Z", 1767225845678}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t at = 0;
        assert_true(weft_clock_parse(weft_str_of(cases[i].text), &at));
        assert_int_equal(at, cases[i].at);
    }
}

static void refuses_what_is_no_time(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "now",
                                        "2026-13-01",
                                        "2026-00-01",
                                        "2025-02-29",
                                        "2026-01-32",
                                        "2026-1-1",
                                        "2026-01-01T",
                                        "2026-01-01T24:00:00Z",
                                        "2026-01-01T00:00:00",
                                        "2026-01-01T00:00:00+1:00",
                                        "2026-01-01T00:00:00Z ",
                                        "-026-01-01"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t at;
        assert_false(weft_clock_parse(weft_str_of(texts[i]), &at));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_and_reads_back),
        cmocka_unit_test(reads_the_forms_that_logs_have),
        cmocka_unit_test(refuses_what_is_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
