#include "../unit.h"

#include "base/bitset.h"
#include "base/mem.h"

static void bits_past_the_end_stay_zero(void **state) {
    (void)state;
    for (size_t n = 0; n < 200; n++) {
        weft_bitset set;
        assert_int_equal(weft_bitset_init(&set, n, NULL), WEFT_OK);
        assert_int_equal(weft_bitset_popcount(&set), 0);
        weft_bitset_fill(&set);
        assert_int_equal(weft_bitset_popcount(&set), n);
        weft_bitset_deinit(&set);
    }
}

static void set_and_unset(void **state) {
    (void)state;
    weft_bitset set;
    assert_int_equal(weft_bitset_init(&set, 130, NULL), WEFT_OK);
    weft_bitset_set(&set, 0);
    weft_bitset_set(&set, 64);
    weft_bitset_set(&set, 129);
    assert_true(weft_bitset_get(&set, 64));
    assert_false(weft_bitset_get(&set, 63));
    weft_bitset_unset(&set, 64);
    assert_false(weft_bitset_get(&set, 64));
    assert_int_equal(weft_bitset_popcount(&set), 2);
    weft_bitset_deinit(&set);
}

static void intersection(void **state) {
    (void)state;
    weft_bitset a, b;
    assert_int_equal(weft_bitset_init(&a, 300, NULL), WEFT_OK);
    assert_int_equal(weft_bitset_init(&b, 300, NULL), WEFT_OK);
    for (size_t i = 0; i < 300; i += 2) weft_bitset_set(&a, i);
    for (size_t i = 0; i < 300; i += 3) weft_bitset_set(&b, i);
    assert_int_equal(weft_bitset_popcount_and(&a, &b), 50);
    weft_bitset_and(&a, &b);
    for (size_t i = 0; i < 300; i++) assert_int_equal(weft_bitset_get(&a, i), i % 6 == 0);
    weft_bitset_deinit(&a);
    weft_bitset_deinit(&b);
}

static void no_memory(void **state) {
    (void)state;
    weft_bitset set;
    weft_err err;
    weft_mem_fail_after(1);
    weft_status status = weft_bitset_init(&set, 1000, &err);
    weft_mem_fail_after(0);
    assert_int_equal(status, WEFT_E_NOMEM);
    assert_string_equal(err.message, "bitset of 1000 rows");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_past_the_end_stay_zero),
        cmocka_unit_test(set_and_unset),
        cmocka_unit_test(intersection),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
