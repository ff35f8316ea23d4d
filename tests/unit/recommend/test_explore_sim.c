#include "../unit.h"

#include <string.h>

#include "recommend/explore_sim.h"

static weft_sim_result results[WEFT_SIM_POLICY_COUNT], again[WEFT_SIM_POLICY_COUNT];

static weft_sim_options small(void) {
    return (weft_sim_options){.rounds = 6000, .products = 80, .runs = 30, .seed = 1, .share = 0.1f};
}

static void exploring_loses_less_when_products_arrive(void **state) {
    (void)state;
    const weft_sim_options options = small();
    assert_int_equal(weft_sim_run(&options, results, NULL), WEFT_OK);
    const weft_sim_result *greedy = &results[WEFT_SIM_GREEDY];
    const weft_sim_result *capped = &results[WEFT_SIM_CAPPED];
    const weft_sim_result *oracle = &results[WEFT_SIM_ORACLE];
    assert_true(weft_sample_mean(&capped->regret) < weft_sample_mean(&greedy->regret));
    /* Shop by shop, and not by chance. */
    assert_true(weft_sample_mean(&capped->gain) > 2 * weft_sim_error(&capped->gain));
    assert_true(weft_sample_mean(&oracle->regret) == 0);
    assert_true(weft_sample_mean(&oracle->found) == 1);
    for (int policy = 0; policy < WEFT_SIM_POLICY_COUNT; policy++) {
        const weft_sim_result *r = &results[policy];
        double last = 0;
        assert_int_equal(r->regret.n, options.runs);
        assert_true(weft_sample_mean(&r->likes) <= weft_sample_mean(&oracle->likes));
        for (size_t i = 0; i < WEFT_SIM_POINTS; i++) {
            assert_true(weft_sample_mean(&r->curve[i]) >= last);
            last = weft_sample_mean(&r->curve[i]);
        }
        assert_true(last == weft_sample_mean(&r->regret));
    }
}

static void a_seed_is_a_result(void **state) {
    (void)state;
    weft_sim_options options = small();
    options.runs = 2;
    assert_int_equal(weft_sim_run(&options, results, NULL), WEFT_OK);
    assert_int_equal(weft_sim_run(&options, again, NULL), WEFT_OK);
    assert_memory_equal(results, again, sizeof results);
    options.seed = 2;
    assert_int_equal(weft_sim_run(&options, again, NULL), WEFT_OK);
    assert_memory_not_equal(results, again, sizeof results);
}

static void without_a_share_all_but_thompson_are_greedy(void **state) {
    (void)state;
    weft_sim_options options = small();
    options.runs = 2;
    options.share = 0;
    assert_int_equal(weft_sim_run(&options, results, NULL), WEFT_OK);
    const weft_sim_result *greedy = &results[WEFT_SIM_GREEDY];
    assert_memory_equal(greedy, &results[WEFT_SIM_EPSILON], sizeof *greedy);
    assert_memory_equal(greedy, &results[WEFT_SIM_CAPPED], sizeof *greedy);
}

static void what_makes_no_sense_is_refused(void **state) {
    (void)state;
    weft_sim_options options = small();
    atomic_bool cancel = true;
    options.cancel = &cancel;
    assert_int_equal(weft_sim_run(&options, results, NULL), WEFT_E_CANCELLED);
    options.products = 19;
    assert_int_equal(weft_sim_run(&options, results, NULL), WEFT_E_INVALID);
    options = small();
    options.share = 0.6f;
    assert_int_equal(weft_sim_run(&options, results, NULL), WEFT_E_INVALID);
    options = small();
    options.rounds = WEFT_SIM_POINTS - 1;
    assert_int_equal(weft_sim_run(&options, results, NULL), WEFT_E_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exploring_loses_less_when_products_arrive),
        cmocka_unit_test(a_seed_is_a_result),
        cmocka_unit_test(without_a_share_all_but_thompson_are_greedy),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
