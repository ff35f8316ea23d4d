#include "../unit.h"

#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"

static void blocks_do_not_overlap(void **state) {
    (void)state;
    weft_arena arena;
    unsigned char *blocks[200];
    weft_arena_init(&arena, 256);
    for (size_t i = 0; i < 200; i++) {
        blocks[i] = weft_arena_alloc(&arena, i + 1, 1);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        memset(blocks[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j <= i; j++) assert_int_equal(blocks[i][j], i);
    weft_arena_deinit(&arena);
}

static void a_large_block_keeps_the_room_left(void **state) {
    (void)state;
    weft_arena arena;
    weft_arena_init(&arena, 1024);
    char *small = weft_arena_alloc(&arena, 16, 1);
    assert_non_null(weft_arena_calloc(&arena, 1 << 20, 1));
    assert_ptr_equal(weft_arena_alloc(&arena, 16, 1), small + 16);
    weft_arena_deinit(&arena);
}

static void strings(void **state) {
    (void)state;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    assert_string_equal(weft_arena_strdup(&arena, "dress"), "dress");
    assert_string_equal(weft_arena_strndup(&arena, "dress", 3), "dre");
    assert_string_equal(weft_arena_printf(&arena, "%s-%d", "row", 7), "row-7");
    weft_arena_deinit(&arena);
}

static void failure_is_reported(void **state) {
    (void)state;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    assert_null(weft_arena_alloc(&arena, SIZE_MAX, 2));
    assert_null(weft_arena_alloc(&arena, SIZE_MAX, 1));
    weft_mem_fail_after(1);
    assert_null(weft_arena_strdup(&arena, "x"));
    assert_null(weft_arena_calloc(&arena, 1, 1));
    assert_null(weft_arena_printf(&arena, "%d", 1));
    weft_mem_fail_after(0);
    weft_arena_deinit(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_do_not_overlap),
        cmocka_unit_test(a_large_block_keeps_the_room_left),
        cmocka_unit_test(strings),
        cmocka_unit_test(failure_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
