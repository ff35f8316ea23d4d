#include "../unit.h"

#include "search/metrics.h"

static void ranks_become_recall_and_mrr(void **state) {
    (void)state;
    weft_metrics m = {0};
    weft_metrics_add_rank(&m, 1);
    weft_metrics_add_rank(&m, 4);
    weft_metrics_add_rank(&m, 0);
    weft_metrics_add_rank(&m, 10);
    assert_true(weft_metrics_recall_at_1(&m) == 0.25);
    assert_true(weft_metrics_recall_at_k(&m) == 0.75);
    assert_true(weft_metrics_mrr(&m) == (1 + 0.25 + 0.1) / 4);
}

static void precision_counts_what_was_not_found_too(void **state) {
    (void)state;
    const bool all[] = {true, true, true, true}, half[] = {true, false};
    weft_metrics m = {0};
    weft_metrics_add_results(&m, all, 4, 4);
    weft_metrics_add_results(&m, half, 2, 4); /* two results fewer than asked for */
    assert_true(weft_metrics_precision(&m) == 5.0 / 8);
    weft_metrics_add_results(&m, all, 4, 2); /* more than count */
    assert_true(weft_metrics_precision(&m) == 7.0 / 10);
}

static void no_query_is_no_division(void **state) {
    (void)state;
    const weft_metrics m = {0};
    assert_true(weft_metrics_recall_at_1(&m) == 0);
    assert_true(weft_metrics_recall_at_k(&m) == 0);
    assert_true(weft_metrics_mrr(&m) == 0);
    assert_true(weft_metrics_precision(&m) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_become_recall_and_mrr),
        cmocka_unit_test(precision_counts_what_was_not_found_too),
        cmocka_unit_test(no_query_is_no_division),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
