#include "shop.h"

#include "recommend/blend.h"

enum { SETS = 200, CANDIDATES = 40 };

/* Candidates with drawn parts, of which the user takes those with the highest sum by the planted
 * weights, more or less. */
static weft_blend_choices plant(const weft_recommend_weights *planted, size_t sets, double noise,
                                uint64_t random) {
    weft_blend_choices choices = {0};
    for (size_t set = 0; set < sets; set++) {
        float z[CANDIDATES][WEFT_PART_COUNT];
        bool is_chosen[CANDIDATES] = {false};
        for (int pick = 0; pick < 2; pick++) {
            size_t best = CANDIDATES;
            double best_sum = -INFINITY;
            for (size_t i = 0; i < CANDIDATES; i++) {
                double sum = noise * (shop_uniform(&random) + shop_uniform(&random) - 1);
                for (size_t p = 0; p < WEFT_PART_COUNT; p++) {
                    if (!pick) z[i][p] = (float)(2 * (shop_uniform(&random) * 2 - 1));
                    sum += (double)(planted->of[p] * z[i][p]);
                }
                if (!is_chosen[i] && sum > best_sum) best_sum = sum, best = i;
            }
            is_chosen[best] = true;
        }
        assert_int_equal(weft_blend_choices_add(&choices, (const float(*)[WEFT_PART_COUNT])z,
                                                is_chosen, CANDIDATES, NULL),
                         WEFT_OK);
    }
    return choices;
}

static weft_recommend_weights fit(const weft_blend_choices *choices) {
    weft_recommend_weights weights;
    weft_err err = {0};
    if (weft_blend_fit(choices, &weights, &err)) fail_msg("%s", err.message);
    return weights;
}

static void planted_weights_are_found(void **state) {
    (void)state;
    static const weft_recommend_weights planted = {{1.5f, 0, 0.7f, -0.7f, 0, 3, 0}};
    weft_blend_choices choices = plant(&planted, SETS, 0.5, 41);
    const weft_recommend_weights w = fit(&choices);
    assert_true(w.of[5] > w.of[0] && w.of[0] > w.of[2]);
    assert_true(w.of[2] > w.of[1] && w.of[2] > w.of[4] && w.of[2] > w.of[6]);
    assert_true(w.of[3] < w.of[1] && w.of[3] < w.of[4] && w.of[3] < w.of[6] && w.of[3] < 0);
    assert_true(weft_blend_gain(&choices, &w) > 0.9);
    /* And for others who choose alike. */
    weft_blend_choices others = plant(&planted, SETS, 0.5, 42);
    assert_true(weft_blend_gain(&others, &w) > 0.9);
    weft_blend_choices_deinit(&choices);
    weft_blend_choices_deinit(&others);
}

static void a_blend_is_never_worse_than_a_part(void **state) {
    (void)state;
    uint64_t random = 43;
    for (int round = 0; round < 8; round++) {
        weft_recommend_weights planted = {{0}};
        for (size_t p = 0; p < WEFT_PART_COUNT; p++)
            planted.of[p] = (float)(2 * shop_uniform(&random) - 1);
        /* From clear choices to chance alone. */
        weft_blend_choices choices =
            plant(&planted, WEFT_BLEND_MIN_SETS + 30, 4 * round, weft_random_next(&random));
        const weft_recommend_weights w = fit(&choices);
        double gain = weft_blend_gain(&choices, &w);
        for (size_t p = 0; p < WEFT_PART_COUNT; p++) {
            weft_recommend_weights alone = {{0}};
            alone.of[p] = 1;
            assert_true(gain >= weft_blend_gain(&choices, &alone) - 1e-9);
        }
        weft_blend_choices_deinit(&choices);
    }
}

static void a_part_that_never_differs_does_no_harm(void **state) {
    (void)state;
    static const weft_recommend_weights planted = {{3, 0, 0, 0, 0, 0, 0}};
    weft_blend_choices choices = plant(&planted, SETS, 0.5, 44);
    for (size_t i = 0; i < choices.count; i++) choices.z[i][1] = 0, choices.z[i][6] = 3;
    const weft_recommend_weights w = fit(&choices);
    for (size_t p = 0; p < WEFT_PART_COUNT; p++) assert_true(isfinite(w.of[p]));
    weft_recommend_weights without = w;
    without.of[1] = without.of[6] = 0;
    assert_true(fabs(weft_blend_gain(&choices, &w) - weft_blend_gain(&choices, &without)) < 1e-3);
    assert_true(weft_blend_gain(&choices, &w) > 0.9);
    weft_blend_choices_deinit(&choices);
}

static void the_same_choices_give_the_same_weights(void **state) {
    (void)state;
    static const weft_recommend_weights planted = {{1, 0.5f, 0, 0.2f, 0, 0, 0}};
    weft_blend_choices choices = plant(&planted, 60, 1, 45);
    const weft_recommend_weights a = fit(&choices), b = fit(&choices);
    assert_memory_equal(&a, &b, sizeof a);
    weft_blend_choices_deinit(&choices);
}

/* Told by hand: the chosen stand at places 1 and 3 by the first part, of three. */
static void a_gain_is_ndcg_of_the_first_ten(void **state) {
    (void)state;
    static const float z[3][WEFT_PART_COUNT] = {{3, 1}, {2, 5}, {1, 1}};
    static const bool is_chosen[3] = {true, false, true};
    static const weft_recommend_weights first = {{1}}, second = {{0, 1}};
    weft_blend_choices choices = {0};
    assert_int_equal(weft_blend_choices_add(&choices, z, is_chosen, 3, NULL), WEFT_OK);
    double ideal = 1 + 1 / log2(3);
    assert_true(fabs(weft_blend_gain(&choices, &first) - (1 + 0.5) / ideal) < 1e-9);
    /* By the second part another one is first, and the two are alike: neither helps the other. */
    assert_true(fabs(weft_blend_gain(&choices, &second) - 2 / log2(3) / ideal) < 1e-9);
    weft_blend_choices_deinit(&choices);
    /* Behind the tenth place nothing counts. */
    float many[30][WEFT_PART_COUNT] = {{0}};
    bool last[30] = {false};
    for (size_t i = 0; i < 30; i++) many[i][0] = (float)-(int)i;
    last[10] = true;
    assert_int_equal(
        weft_blend_choices_add(&choices, (const float(*)[WEFT_PART_COUNT])many, last, 30, NULL),
        WEFT_OK);
    assert_true(weft_blend_gain(&choices, &first) == 0);
    weft_blend_choices_deinit(&choices);
    assert_true(weft_blend_gain(&choices, &first) == 0); /* of no choices */
}

static void of_none_and_of_all_nothing_is_learned(void **state) {
    (void)state;
    static const float z[2][WEFT_PART_COUNT] = {{1}, {2}};
    static const bool none[2] = {false, false}, all[2] = {true, true};
    weft_blend_choices choices = {0};
    assert_int_equal(weft_blend_choices_add(&choices, z, none, 2, NULL), WEFT_OK);
    assert_int_equal(weft_blend_choices_add(&choices, z, all, 2, NULL), WEFT_OK);
    assert_int_equal(weft_blend_choices_add(&choices, z, none, 0, NULL), WEFT_OK);
    assert_int_equal(choices.set_count, 0);
    assert_int_equal(choices.count, 0);
    weft_blend_choices_deinit(&choices);
}

static void too_few_choices_are_refused(void **state) {
    (void)state;
    static const weft_recommend_weights planted = {{1}};
    weft_recommend_weights w = {{7}};
    weft_err err = {0};
    weft_blend_choices choices = plant(&planted, WEFT_BLEND_MIN_SETS - 1, 1, 46);
    assert_int_equal(weft_blend_fit(&choices, &w, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "49 users"));
    assert_true(w.of[0] == 7);
    weft_blend_choices_deinit(&choices);
    choices = plant(&planted, WEFT_BLEND_MIN_SETS, 1, 46);
    assert_int_equal(weft_blend_fit(&choices, &w, NULL), WEFT_OK);
    weft_blend_choices_deinit(&choices);
}

static void no_memory_is_said_and_nothing_lost(void **state) {
    (void)state;
    static const float z[2][WEFT_PART_COUNT] = {{1}, {2}};
    static const bool is_chosen[2] = {true, false};
    for (size_t nth = 1; nth <= 3; nth++) {
        weft_blend_choices choices = {0};
        weft_mem_fail_after(nth);
        weft_status status = weft_blend_choices_add(&choices, z, is_chosen, 2, NULL);
        weft_mem_fail_after(0);
        assert_int_equal(status, WEFT_E_NOMEM);
        assert_int_equal(choices.set_count, 0);
        assert_int_equal(weft_blend_choices_add(&choices, z, is_chosen, 2, NULL), WEFT_OK);
        assert_int_equal(choices.set_count, 1);
        weft_blend_choices_deinit(&choices);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_weights_are_found),
        cmocka_unit_test(a_blend_is_never_worse_than_a_part),
        cmocka_unit_test(a_part_that_never_differs_does_no_harm),
        cmocka_unit_test(the_same_choices_give_the_same_weights),
        cmocka_unit_test(a_gain_is_ndcg_of_the_first_ten),
        cmocka_unit_test(of_none_and_of_all_nothing_is_learned),
        cmocka_unit_test(too_few_choices_are_refused),
        cmocka_unit_test(no_memory_is_said_and_nothing_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
