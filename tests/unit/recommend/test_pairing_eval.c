#include "../unit.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "planted.h"
#include "recommend/pairing_eval.h"

static planted data, unseen;
static weft_arena arena;

static int set_up(void **state) {
    (void)state;
    planted_make(&data, 1);
    planted_make(&unseen, 2);
    weft_arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_arena_deinit(&arena);
    return 0;
}

static weft_exam_result take(const weft_outfit_exam *exam, weft_outfit_scorer scorer) {
    weft_exam_result result;
    assert_int_equal(weft_outfit_exam_take(exam, &scorer, &result, NULL), WEFT_OK);
    return result;
}

static bool is_in(const weft_exam_outfit *outfit, size_t n, const char *kind) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(outfit->kinds[i], kind) == 0) return true;
    return false;
}

static void exams_are_made_by_the_rules(void **state) {
    weft_outfit_exam exam;
    size_t drawn_first[10] = {0};
    (void)state;
    assert_int_equal(weft_outfit_exam_make(&exam, &unseen.outfits, 5, 3, &arena, NULL), WEFT_OK);
    assert_int_equal(exam.real_count, PLANTED_OUTFITS);
    assert_int_equal(exam.drawn_count, 5 * PLANTED_OUTFITS);
    assert_int_equal(exam.question_count, 5 * PLANTED_OUTFITS);
    for (size_t i = 0; i < exam.drawn_count; i++) {
        const weft_exam_outfit *o = &exam.drawn[i];
        assert_int_equal(o->n, exam.real[i / 5].n);
        for (size_t k = 0; k < o->n; k++) assert_false(is_in(o, k, o->kinds[k]));
        for (size_t k = 0; k < 10; k++)
            drawn_first[k] += strcmp(o->kinds[0], planted_kinds[k]) == 0;
    }
    for (size_t i = 0; i < exam.question_count; i++) {
        const weft_exam_outfit *choices = exam.questions[i].outfits, *real = &exam.real[i / 5];
        for (size_t c = 0; c < WEFT_EXAM_CHOICES; c++) {
            const char *choice = choices[c].kinds[real->n - 1];
            assert_int_equal(choices[c].n, real->n);
            assert_true(is_in(real, real->n, choice) == (c == 0));
            for (size_t k = 0; k + 1 < real->n; k++)
                assert_true(choices[c].kinds[k] == choices[0].kinds[k]);
            for (size_t d = 0; d < c; d++)
                assert_string_not_equal(choice, choices[d].kinds[real->n - 1]);
        }
    }
    /* As often as they occur: half of the outfits have one shared kind, of two. */
    for (size_t k = 0; k < 10; k++) {
        double share = (double)drawn_first[k] / (double)exam.drawn_count;
        double wanted = k < 8 ? 2.5 / 3 / 8 : 0.5 / 3 / 2;
        assert_true(fabs(share - wanted) < 0.03);
    }
}

static void the_same_seed_makes_the_same_exam(void **state) {
    weft_outfit_exam one, same, other;
    size_t differ = 0;
    (void)state;
    assert_int_equal(weft_outfit_exam_make(&one, &unseen.outfits, 1, 3, &arena, NULL), WEFT_OK);
    assert_int_equal(weft_outfit_exam_make(&same, &unseen.outfits, 1, 3, &arena, NULL), WEFT_OK);
    assert_int_equal(weft_outfit_exam_make(&other, &unseen.outfits, 1, 4, &arena, NULL), WEFT_OK);
    for (size_t i = 0; i < one.drawn_count; i++) {
        assert_string_equal(one.drawn[i].kinds[0], same.drawn[i].kinds[0]);
        differ += strcmp(one.drawn[i].kinds[0], other.drawn[i].kinds[0]) != 0;
    }
    assert_true(differ > 100);
}

static double score_nothing(void *context, const char *const *kinds, size_t n) {
    (void)context, (void)kinds, (void)n;
    return 0;
}

/* Knows the two styles. */
static double score_styles(void *context, const char *const *kinds, size_t n) {
    size_t styles[3] = {0};
    (void)context;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 10; k++) styles[k / 4] += strcmp(kinds[i], planted_kinds[k]) == 0;
    return styles[0] && styles[1] ? 0 : styles[2] > 1 ? 0 : 1;
}

static void ties_count_for_their_share(void **state) {
    weft_outfit_exam exam;
    (void)state;
    assert_int_equal(weft_outfit_exam_make(&exam, &unseen.outfits, 2, 3, &arena, NULL), WEFT_OK);
    weft_exam_result nothing = take(&exam, (weft_outfit_scorer){score_nothing, NULL});
    assert_true(nothing.auc == 0.5 && nothing.fitb == 0.25);
    weft_exam_result styles = take(&exam, (weft_outfit_scorer){score_styles, NULL});
    assert_true(styles.auc > 0.8 && styles.fitb > 0.5 && styles.fitb < 1);
    size_t real = 0;
    for (size_t b = 0; b < WEFT_EXAM_BINS; b++) real += styles.real_bins[b];
    assert_int_equal(real, exam.real_count);
    assert_int_equal(styles.real_bins[WEFT_EXAM_BINS - 1], exam.real_count);
}

static void what_was_planted_is_told(void **state) {
    weft_outfit_exam exam;
    weft_pairing *pairing;
    uint64_t seed = 5;
    (void)state;
    assert_int_equal(weft_outfit_exam_make(&exam, &unseen.outfits, 5, 3, &arena, NULL), WEFT_OK);
    assert_int_equal(weft_pairing_learn(&pairing, &data.outfits, NULL, NULL), WEFT_OK);
    weft_exam_result learned = take(&exam, weft_scorer_pairing(pairing));
    weft_exam_result styles = take(&exam, (weft_outfit_scorer){score_styles, NULL});
    weft_exam_result popular = take(&exam, weft_scorer_popularity(pairing));
    weft_exam_result random = take(&exam, weft_scorer_random(&seed));
    assert_true(learned.auc >= styles.auc - 0.01 && learned.fitb >= styles.fitb - 0.02);
    assert_true(fabs(popular.auc - 0.5) < 0.1 && fabs(random.auc - 0.5) < 0.05);
    assert_true(fabs(popular.fitb - 0.25) < 0.1 && fabs(random.fitb - 0.25) < 0.05);
    assert_true(learned.auc_error > 0 && learned.auc_error < 0.02);
    weft_pairing_free(pairing);
}

static void exams_that_cannot_be_are_refused(void **state) {
    static const char *const kinds[] = {"Tops", "Caps", "Tops"};
    static const size_t starts[] = {0, 1, 3}, lone[] = {0, 1};
    const weft_outfits few = {.kinds = kinds, .starts = starts, .count = 2},
                       none = {.kinds = kinds, .starts = lone, .count = 1};
    weft_outfit_exam exam;
    (void)state;
    assert_int_equal(weft_outfit_exam_make(&exam, &few, 1, 1, &arena, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_outfit_exam_make(&exam, &none, 1, 1, &arena, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_outfit_exam_make(&exam, &data.outfits, 0, 1, &arena, NULL),
                     WEFT_E_INVALID);
}

/* ---- what people put together ---- */

static weft_status read_polyvore(const char *name, weft_buf *text) {
    const char *shared = getenv("WEFT_SHARED");
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/data/polyvore/%s", shared ? shared : "../shared", name);
    return weft_file_read(path, WEFT_OUTFITS_MAX_BYTES, text, NULL);
}

static weft_outfits outfits_of(const char *name, const weft_outfit_categories *categories) {
    weft_outfits outfits;
    weft_buf text;
    weft_err err = {0};
    weft_buf_init(&text);
    assert_int_equal(read_polyvore(name, &text), WEFT_OK);
    if (weft_outfits_parse(&outfits, (weft_str){text.data, text.size}, categories, &arena, &err))
        fail_msg("%s", err.message);
    weft_buf_deinit(&text);
    return outfits;
}

static void assert_better(const weft_outfits *test, const weft_pairing *pairing) {
    weft_outfit_exam exam;
    assert_int_equal(weft_outfit_exam_make(&exam, test, 2, 1, &arena, NULL), WEFT_OK);
    weft_exam_result learned = take(&exam, weft_scorer_pairing(pairing));
    weft_exam_result popular = take(&exam, weft_scorer_popularity(pairing));
    print_message("AUC %.3f (popularity %.3f), fill in the blank %.3f (popularity %.3f)\n",
                  learned.auc, popular.auc, learned.fitb, popular.fitb);
    assert_true(learned.auc > 0.9 && learned.auc > popular.auc + 0.3);
    assert_true(learned.fitb > 0.64 && learned.fitb > popular.fitb + 0.3);
}

static void real_outfits_are_told_better_than_by_popularity(void **state) {
    const weft_pairing_options quick = {.rounds = 4, .seed = 1};
    weft_outfit_categories categories;
    weft_kind_names names;
    weft_pairing *pairing;
    weft_buf text;
    (void)state;
    weft_buf_init(&text);
    if (read_polyvore("category_id.txt", &text)) {
        print_message("no polyvore in the shared data (WEFT_SHARED)\n");
        skip();
    }
    assert_int_equal(
        weft_outfit_categories_parse(&categories, (weft_str){text.data, text.size}, &arena, NULL),
        WEFT_OK);
    weft_buf_deinit(&text);
    const weft_outfits train = outfits_of("train_no_dup_new_100.json", &categories),
                       test = outfits_of("test_no_dup_new_100.json", &categories);
    assert_int_equal(weft_pairing_learn(&pairing, &train, &quick, NULL), WEFT_OK);
    assert_better(&test, pairing);
    weft_pairing_free(pairing);
    /* The table that is built in, by a catalog's names. */
    weft_outfits renamed;
    assert_int_equal(weft_kind_names_parse(&names, weft_kind_names_default(), &arena, NULL),
                     WEFT_OK);
    assert_int_equal(weft_outfits_rename(&renamed, &test, &names, &arena, NULL), WEFT_OK);
    assert_int_equal(weft_pairing_parse(&pairing, weft_pairing_default(), NULL), WEFT_OK);
    assert_better(&renamed, pairing);
    weft_pairing_free(pairing);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exams_are_made_by_the_rules),
        cmocka_unit_test(the_same_seed_makes_the_same_exam),
        cmocka_unit_test(ties_count_for_their_share),
        cmocka_unit_test(what_was_planted_is_told),
        cmocka_unit_test(exams_that_cannot_be_are_refused),
        cmocka_unit_test(real_outfits_are_told_better_than_by_popularity),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
