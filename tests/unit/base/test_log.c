#include "../unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* What logging writes to standard error, which becomes a pipe for one line. */
static const char *logged(weft_log_level level, const char *text) {
    static char line[4096];
    int ends[2], kept = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    weft_log(level, "%s", text);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    ssize_t n = read(ends[0], line, sizeof line - 1);
    close(ends[0]);
    assert_true(n >= 0);
    line[n] = '\0';
    return line;
}

static void a_line_has_time_level_and_text(void **state) {
    (void)state;
    const char *line = logged(WEFT_LOG_WARN, "queue=full");
    assert_int_equal(line[19], 'Z');
    assert_string_equal(line + 20, " warn queue=full\n");
}

static void lower_levels_are_silent(void **state) {
    (void)state;
    assert_string_equal(logged(WEFT_LOG_DEBUG, "x"), "");
    weft_log_set_level(WEFT_LOG_DEBUG);
    assert_non_null(strstr(logged(WEFT_LOG_DEBUG, "x"), " debug x\n"));
    weft_log_set_level(WEFT_LOG_INFO);
}

static void input_cannot_forge_a_line(void **state) {
    (void)state;
    const char *line = logged(WEFT_LOG_INFO, "a\nb\r\x1b[0m");
    assert_string_equal(line + 20, " info a?b??[0m\n");
}

static void a_long_line_is_cut_and_ended(void **state) {
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *line = logged(WEFT_LOG_INFO, text);
    assert_in_range(strlen(line), 2000, 2048);
    assert_int_equal(line[strlen(line) - 1], '\n');
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_has_time_level_and_text),
                                       cmocka_unit_test(lower_levels_are_silent),
                                       cmocka_unit_test(input_cannot_forge_a_line),
                                       cmocka_unit_test(a_long_line_is_cut_and_ended)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
