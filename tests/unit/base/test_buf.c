#include "../unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static void grows_and_stays_terminated(void **state) {
    (void)state;
    weft_buf buf;
    weft_buf_init(&buf);
    for (int i = 0; i < 1000; i++) {
        weft_buf_printf(&buf, "%04d", i);
        assert_int_equal(buf.data[buf.size], '\0');
    }
    weft_buf_putc(&buf, '!');
    assert_int_equal(buf.size, 4001);
    assert_memory_equal(buf.data + 3996, "0999!", 6);
    char *text = weft_buf_take(&buf);
    assert_int_equal(strlen(text), 4001);
    assert_int_equal(buf.size, 0);
    weft_free(text);
}

static void taking_an_empty_buffer_gives_an_empty_string(void **state) {
    (void)state;
    weft_buf buf;
    weft_buf_init(&buf);
    char *text = weft_buf_take(&buf);
    assert_string_equal(text, "");
    weft_free(text);
}

static void a_failure_sticks(void **state) {
    (void)state;
    weft_buf buf;
    weft_buf_init(&buf);
    weft_buf_puts(&buf, "kept");
    weft_mem_fail_after(1);
    char large[1000];
    memset(large, 'x', sizeof large);
    weft_buf_append(&buf, large, sizeof large);
    weft_mem_fail_after(0);
    weft_buf_puts(&buf, "never");
    assert_false(weft_buf_ok(&buf));
    assert_string_equal(buf.data, "kept");
    assert_null(weft_buf_take(&buf));
    weft_buf_puts(&buf, "again");
    assert_true(weft_buf_ok(&buf));
    weft_buf_deinit(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(taking_an_empty_buffer_gives_an_empty_string),
        cmocka_unit_test(a_failure_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
