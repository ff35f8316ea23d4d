#include "../unit.h"

#include <math.h>
#include <stdbool.h>

#include "index/index_float.h"
#include "index/index_random.h"
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

/* ---- beside the formula, word by word ---- */

enum { LONG = 60, WIDE = 8, LISTS = 300 };

static float alike(const weft_mmr_list *l, size_t a, size_t b) {
    float cosine = weft_float_dot(l->vectors + a * l->dim, l->vectors + b * l->dim, l->dim);
    if (!l->looks) return cosine;
    return 0.5f * cosine + 0.5f * (l->looks[a] == l->looks[b] ? 1 : 0);
}

static void plain_order(const weft_mmr_list *l, uint32_t *order) {
    bool is_taken[LONG] = {false};
    float low = l->scores[l->n - 1], range = l->scores[0] - low;
    if (range <= 0) range = 1;
    size_t place = 0;
    for (; place < l->n && (!l->places || place < l->places); place++) {
        float best_value = -INFINITY;
        size_t best = 0;
        for (size_t i = 0; i < l->n; i++) {
            if (is_taken[i]) continue;
            float nearest = place ? -INFINITY : 0;
            for (size_t c = 0; c < place; c++) nearest = fmaxf(nearest, alike(l, order[c], i));
            float value = l->lambda * (l->scores[i] - low) / range - (1 - l->lambda) * nearest;
            if (value > best_value) best_value = value, best = i;
        }
        order[place] = (uint32_t)best;
        is_taken[best] = true;
    }
    for (size_t i = 0; i < l->n; i++)
        if (!is_taken[i]) order[place++] = (uint32_t)i;
}

static void any_list_is_as_the_formula_says(void **state) {
    (void)state;
    uint64_t random = 5;
    for (int round = 0; round < LISTS; round++) {
        float values[LONG], points[LONG][WIDE];
        uint32_t looks[LONG], order[LONG], expected[LONG];
        size_t n = 1 + weft_random_below(&random, LONG);
        for (size_t i = 0; i < n; i++) {
            float length = 0;
            /* Few steps, so that there are ties. */
            values[i] = (i ? values[i - 1] : 9) - 0.25f * (float)weft_random_below(&random, 3);
            looks[i] = (uint32_t)weft_random_below(&random, 6);
            for (size_t d = 0; d < WIDE; d++) {
                points[i][d] = (float)weft_random_below(&random, 5) - 2;
                length += points[i][d] * points[i][d];
            }
            for (size_t d = 0; d < WIDE && length > 0; d++) points[i][d] /= sqrtf(length);
        }
        weft_arena arena;
        weft_arena_init(&arena, 0);
        const weft_mmr_list list = {.scores = values,
                                    .vectors = points[0],
                                    .looks = round % 2 ? looks : NULL,
                                    .n = n,
                                    .dim = WIDE,
                                    .places = weft_random_below(&random, n + 1),
                                    .lambda = 0.1f * (float)weft_random_below(&random, 11)};
        plain_order(&list, expected);
        assert_int_equal(weft_mmr_order(&list, &arena, order, NULL), WEFT_OK);
        assert_memory_equal(order, expected, n * sizeof *order);
        weft_arena_deinit(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lambda_one_changes_nothing),      cmocka_unit_test(unlike_ones_move_up),
        cmocka_unit_test(the_same_look_counts_as_like),    cmocka_unit_test(an_empty_list_is_fine),
        cmocka_unit_test(any_list_is_as_the_formula_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
