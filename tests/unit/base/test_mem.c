#include "../unit.h"

#include "base/mem.h"

static void overflow_is_refused(void **state) {
    (void)state;
    assert_null(weft_alloc(SIZE_MAX, 2));
    assert_null(weft_calloc(SIZE_MAX / 2, 3));
    assert_null(weft_realloc(NULL, SIZE_MAX, SIZE_MAX));
    assert_null(weft_alloc_aligned(SIZE_MAX, 1));
}

static void zero_bytes_are_a_pointer(void **state) {
    (void)state;
    void *a = weft_alloc(0, 8), *b = weft_calloc(0, 0), *c = weft_alloc_aligned(0, 0);
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    weft_free(a);
    weft_free(b);
    weft_free(c);
}

static void aligned_blocks_are_aligned(void **state) {
    (void)state;
    for (size_t n = 1; n < 300; n += 37) {
        void *p = weft_alloc_aligned(n, 1);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 64, 0);
        weft_free(p);
    }
}

static void the_nth_allocation_fails(void **state) {
    (void)state;
    weft_mem_fail_after(2);
    void *first = weft_alloc(1, 1), *second = weft_alloc(1, 1), *third = weft_calloc(1, 1);
    weft_mem_fail_after(0);
    assert_non_null(first);
    assert_null(second);
    assert_null(third);
    weft_free(first);
}

static void strings_are_copied(void **state) {
    (void)state;
    char *whole = weft_strdup("weft"), *part = weft_strndup("weft", 2);
    assert_string_equal(whole, "weft");
    assert_string_equal(part, "we");
    weft_free(whole);
    weft_free(part);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overflow_is_refused),        cmocka_unit_test(zero_bytes_are_a_pointer),
        cmocka_unit_test(aligned_blocks_are_aligned), cmocka_unit_test(the_nth_allocation_fails),
        cmocka_unit_test(strings_are_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
