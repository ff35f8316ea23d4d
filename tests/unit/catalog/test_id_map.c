#include "../unit.h"

#include <stdio.h>

#include "base/mem.h"
#include "catalog/id_map.h"

static void added_keys_are_found(void **state) {
    (void)state;
    static char keys[5000][8];
    weft_id_map map;
    uint32_t value = 0;
    weft_id_map_init(&map);
    assert_false(weft_id_map_get(&map, "0", &value));
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(keys[i], sizeof keys[i], "%u", i);
        assert_int_equal(weft_id_map_add(&map, keys[i], i), WEFT_OK);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        assert_true(weft_id_map_get(&map, keys[i], &value));
        assert_int_equal(value, i);
    }
    assert_int_equal(map.count, 5000);
    assert_false(weft_id_map_get(&map, "5000", &value));
    assert_false(weft_id_map_get(&map, "", NULL));
    weft_id_map_deinit(&map);
}

static void the_first_value_stays(void **state) {
    (void)state;
    weft_id_map map;
    uint32_t value;
    weft_id_map_init(&map);
    assert_int_equal(weft_id_map_add(&map, "a", 1), WEFT_OK);
    assert_int_equal(weft_id_map_add(&map, "a", 2), WEFT_E_CONFLICT);
    assert_true(weft_id_map_get(&map, "a", &value));
    assert_int_equal(value, 1);
    weft_id_map_deinit(&map);
}

static void the_hash_is_fnv_1a(void **state) {
    (void)state;
    assert_true(weft_id_hash("") == UINT64_C(0xcbf29ce484222325));
    assert_true(weft_id_hash("a") == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(weft_id_hash("foobar") == UINT64_C(0x85944171f73967e8));
}

static void no_memory(void **state) {
    (void)state;
    weft_id_map map;
    weft_id_map_init(&map);
    weft_mem_fail_after(1);
    assert_int_equal(weft_id_map_add(&map, "a", 1), WEFT_E_NOMEM);
    weft_mem_fail_after(0);
    assert_int_equal(weft_id_map_add(&map, "a", 1), WEFT_OK);
    weft_id_map_deinit(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(added_keys_are_found),
        cmocka_unit_test(the_first_value_stays),
        cmocka_unit_test(the_hash_is_fnv_1a),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
