#include "../unit.h"

#include "search/mmr.h"

enum { N = 5, DIM = 2 };

/* Two that are the same, one near them, and two elsewhere. */
static const float vectors[N][DIM] = {{1, 0}, {1, 0}, {0.8f, 0.6f}, {0, 1}, {0, 1}};
static const float scores[N] = {5, 4, 3, 2, 1};

static void order_is(float lambda, const uint32_t *looks, const uint32_t *expected) {
    uint32_t order[N];
    weft_arena arena;
    weft_arena_init(&arena, 0);
    const weft_mmr_list list = {.scores = scores,
                                .vectors = vectors[0],
                                .looks = looks,
                                .n = N,
                                .dim = DIM,
                                .lambda = lambda};
    assert_int_equal(weft_mmr_order(&list, &arena, order, NULL), WEFT_OK);
    for (size_t i = 0; i < N; i++) assert_int_equal(order[i], expected[i]);
    weft_arena_deinit(&arena);
}

static void lambda_one_changes_nothing(void **state) {
    (void)state;
    order_is(1, NULL, (const uint32_t[]){0, 1, 2, 3, 4});
}

static void unlike_ones_move_up(void **state) {
    (void)state;
    order_is(0.4f, NULL, (const uint32_t[]){0, 3, 2, 1, 4});
}

static void the_same_look_counts_as_like(void **state) {
    (void)state;
    static const uint32_t looks[] = {1, 2, 1, 1, 1};
    order_is(0.5f, looks, (const uint32_t[]){0, 1, 3, 2, 4});
}

static void an_empty_list_is_fine(void **state) {
    (void)state;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    const weft_mmr_list list = {.dim = DIM, .lambda = 0.5f};
    assert_int_equal(weft_mmr_order(&list, &arena, NULL, NULL), WEFT_OK);
    weft_arena_deinit(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lambda_one_changes_nothing),
        cmocka_unit_test(unlike_ones_move_up),
        cmocka_unit_test(the_same_look_counts_as_like),
        cmocka_unit_test(an_empty_list_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
