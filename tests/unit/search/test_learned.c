#include "../unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "search/learned.h"

enum { SEARCHES = 300, RESULTS = 10 };

static float features[SEARCHES][RESULTS][WEFT_LEARNED_FEATURES];
static float labels[SEARCHES][RESULTS];
static unsigned sizes[SEARCHES];

/* Users take what is cheapest: feature 4. */
static weft_learned_data make_data(size_t first, size_t n) {
    return (weft_learned_data){.features = features[first][0],
                               .labels = labels[first],
                               .sizes = sizes + first,
                               .rows = n * RESULTS,
                               .searches = n};
}

static int set_up(void **state) {
    uint32_t seed = 3;
    (void)state;
    for (size_t s = 0; s < SEARCHES; s++) {
        size_t cheapest = 0;
        sizes[s] = RESULTS;
        for (size_t r = 0; r < RESULTS; r++) {
            for (size_t f = 0; f < WEFT_LEARNED_FEATURES; f++) {
                seed = seed * 1664525u + 1013904223u;
                features[s][r][f] = (float)(seed >> 8) / (1 << 24);
            }
            if (r == 3) features[s][r][5] = NAN; /* not known */
            if (features[s][r][4] < features[s][cheapest][4]) cheapest = r;
        }
        labels[s][cheapest] = 3;
    }
    return 0;
}

static void a_habit_is_learned_and_kept(void **state) {
    (void)state;
    const weft_learned_data train = make_data(0, 200), valid = make_data(200, 50);
    weft_learned *learned, *again;
    char path[] = "/tmp/weft-learned-XXXXXX";
    float scores[RESULTS], same[RESULTS], shown[RESULTS];
    double before = 0, after = 0;
    assert_int_equal(weft_learned_train(&learned, &train, &valid, NULL), WEFT_OK);
    for (size_t s = 250; s < SEARCHES; s++) {
        assert_int_equal(weft_learned_score(learned, features[s][0], RESULTS, scores, NULL),
                         WEFT_OK);
        for (size_t r = 0; r < RESULTS; r++) shown[r] = -(float)r;
        before += weft_learned_ndcg(labels[s], shown, RESULTS) / 50;
        after += weft_learned_ndcg(labels[s], scores, RESULTS) / 50;
    }
    assert_true(after > before + 0.2 && after > 0.8);
    close(mkstemp(path));
    assert_int_equal(weft_learned_save(learned, path, NULL), WEFT_OK);
    assert_int_equal(weft_learned_open(&again, path, NULL), WEFT_OK);
    assert_int_equal(weft_learned_score(learned, features[0][0], RESULTS, scores, NULL), WEFT_OK);
    assert_int_equal(weft_learned_score(again, features[0][0], RESULTS, same, NULL), WEFT_OK);
    for (size_t r = 0; r < RESULTS; r++) assert_true(fabsf(scores[r] - same[r]) < 1e-5f);
    assert_int_equal(weft_learned_score(again, NULL, 0, same, NULL), WEFT_OK);
    weft_learned_free(learned);
    weft_learned_free(again);
    unlink(path);
}

static void what_is_no_model_is_refused(void **state) {
    (void)state;
    char path[] = "/tmp/weft-learned-XXXXXX";
    weft_learned *learned;
    weft_err err = {0};
    assert_int_equal(weft_learned_open(&learned, "/nowhere/model", NULL), WEFT_E_NOT_FOUND);
    int fd = mkstemp(path);
    assert_true(write(fd, "{\"a\": 1}", 8) == 8);
    close(fd);
    assert_int_equal(weft_learned_open(&learned, path, &err), WEFT_E_FORMAT);
    assert_null(learned);
    assert_non_null(strstr(err.message, path));
    unlink(path);
}

static void ndcg_is_as_in_the_paper(void **state) {
    (void)state;
    static const float wanted[] = {0, 3, 1}, as_it_is[] = {3, 2, 1}, best[] = {0, 9, 5},
                       none[] = {0, 0, 0};
    double ideal = 7 + 1 / log2(3), reached = 7 / log2(3) + 1.0 / 2;
    assert_true(fabs(weft_learned_ndcg(wanted, as_it_is, 3) - reached / ideal) < 1e-9);
    assert_true(fabs(weft_learned_ndcg(wanted, best, 3) - 1) < 1e-9);
    assert_true(weft_learned_ndcg(none, best, 3) == 0);
    assert_true(weft_learned_ndcg(wanted, best, 0) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_habit_is_learned_and_kept),
        cmocka_unit_test(what_is_no_model_is_refused),
        cmocka_unit_test(ndcg_is_as_in_the_paper),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
