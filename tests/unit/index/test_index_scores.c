#include "../unit.h"

#include <math.h>

#include "clustered.h"
#include "index/index.h"

enum { DIM = 96, ROWS = 2000, CLUSTER = 30, K = 200 };

/* Scores of given rows are those that a search gives them, to the bit; absent rows have none. */
static void scores_are_those_of_a_search(bool is_ivf) {
    float *vectors = clustered_rows(ROWS, DIM, CLUSTER);
    weft_bitset present;
    weft_index *index;
    weft_hit hits[K];
    uint32_t rows[K + 3];
    float scores[K + 3];
    size_t n;
    assert_int_equal(weft_bitset_init(&present, ROWS, NULL), WEFT_OK);
    weft_bitset_fill(&present);
    weft_bitset_unset(&present, 7);
    const weft_index_source source = {
        .vectors = vectors, .rows = ROWS, .dim = DIM, .present = &present, .threads = 1};
    assert_int_equal(is_ivf ? weft_index_ivf_new(&index, &source, NULL)
                            : weft_index_flat_new(&index, &source, NULL),
                     WEFT_OK);
    const weft_index_query query = {.query = vectors + 500 * DIM, .k = K, .reach = 50};
    assert_int_equal(weft_index_search(index, &query, hits, &n, NULL), WEFT_OK);
    assert_int_equal(n, K);
    for (size_t i = 0; i < K; i++) rows[i] = hits[K - 1 - i].row;
    rows[K] = 7;
    rows[K + 1] = ROWS + 5;
    rows[K + 2] = hits[0].row; /* twice */
    assert_int_equal(weft_index_scores(index, query.query, rows, K + 3, scores, NULL), WEFT_OK);
    for (size_t i = 0; i < K; i++) assert_true(scores[i] == hits[K - 1 - i].score);
    assert_true(isnan(scores[K]) && isnan(scores[K + 1]));
    assert_true(scores[K + 2] == hits[0].score);
    weft_index_free(index);
    weft_bitset_deinit(&present);
    weft_free(vectors);
}

static void of_an_exact_index(void **state) {
    (void)state;
    scores_are_those_of_a_search(false);
}

static void of_an_inverted_file(void **state) {
    (void)state;
    scores_are_those_of_a_search(true);
}

static void bad_queries_are_refused(void **state) {
    (void)state;
    static const float vectors[2 * DIM] = {1}, bad[DIM] = {[3] = INFINITY};
    const weft_index_source source = {.vectors = vectors, .rows = 2, .dim = DIM};
    weft_index *index;
    float score;
    assert_int_equal(weft_index_flat_new(&index, &source, NULL), WEFT_OK);
    assert_int_equal(weft_index_scores(index, bad, (uint32_t[]){0}, 1, &score, NULL),
                     WEFT_E_INVALID);
    weft_index_free(index);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_an_exact_index),
        cmocka_unit_test(of_an_inverted_file),
        cmocka_unit_test(bad_queries_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
