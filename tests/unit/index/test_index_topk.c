
#include "../unit.h"

#include <stdlib.h>

#include "index/index_topk.h"

enum { N = 300 };

static int by_rank(const void *a, const void *b) {
    return weft_hit_better(*(const weft_hit *)a, *(const weft_hit *)b) ? -1 : 1;
}

/* Many ties: 7 scores for 300 rows, pushed in a scattered order. */
static void keeps_the_best_of_every_size(void **state) {
    (void)state;
    weft_hit all[N], kept[N];
    for (size_t k = 1; k <= N; k++) {
        weft_topk top = {.hits = kept, .k = k};
        for (uint32_t i = 0; i < N; i++) {
            uint32_t row = i * 131 % N;
            all[i] = (weft_hit){.row = row, .score = (float)(rand() % 7)};
            weft_topk_push(&top, all[i]);
        }
        weft_topk_sort(&top);
        qsort(all, N, sizeof *all, by_rank);
        assert_int_equal(top.n, k);
        assert_memory_equal(kept, all, k * sizeof *kept);
    }
}

static void admits_ties_and_better_only(void **state) {
    (void)state;
    weft_hit kept[1];
    weft_topk top = {.hits = kept, .k = 1};
    assert_true(weft_topk_admits(&top, -9));
    weft_topk_push(&top, (weft_hit){.row = 4, .score = 0.5f});
    assert_true(weft_topk_admits(&top, 0.5f));
    assert_false(weft_topk_admits(&top, 0.4f));
    weft_topk_push(&top, (weft_hit){.row = 3, .score = 0.5f});
    assert_int_equal(kept[0].row, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_best_of_every_size),
        cmocka_unit_test(admits_ties_and_better_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
