/* The inverted file against the exact index: recall by reach, filters of every width,
 * and queries that are unlike the rows, as texts are unlike photos. */

#include "../unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "index/index.h"
#include "index/index_file.h"

enum { DIM = 192, ROWS = 12000, CLUSTER = 30, QUERIES = 60, K = 10, STRONG = 24 };

static float noise(void) { /* nearly normal, deviation 1 */
    float sum = -6;
    for (int i = 0; i < 12; i++) sum += (float)rand() / (float)RAND_MAX;
    return sum;
}

static void normalize(float *x) {
    double sum = 0;
    for (size_t j = 0; j < DIM; j++) sum += (double)x[j] * (double)x[j];
    for (size_t j = 0; j < DIM; j++) x[j] = (float)((double)x[j] / sqrt(sum));
}

/* As CLIP's: a common mean, clusters, variance in a few dozen directions. */
static float scale_of(size_t j) { return j < STRONG ? 0.3f : 0.03f; }

static void near_center(const float *center, float *x) {
    for (size_t j = 0; j < DIM; j++) x[j] = center[j] + 0.5f * scale_of(j) * noise();
    normalize(x);
}

typedef struct {
    float *vectors; /* [ROWS][DIM] */
    float likes[QUERIES][DIM], unlikes[QUERIES][DIM];
    weft_index *exact, *ivf;
} fixture;

static int set_up(void **state) {
    static fixture f;
    float center[DIM];
    srand(7);
    f.vectors = weft_alloc(ROWS, DIM * sizeof(float));
    assert_non_null(f.vectors);
    for (size_t i = 0, query = 0; i < ROWS; i++) {
        for (size_t j = 0; i % CLUSTER == 0 && j < DIM; j++)
            center[j] = (j % 50 == 3 ? 1.0f : 0.05f) + scale_of(j) * noise();
        near_center(center, f.vectors + i * DIM);
        if (i % (ROWS / QUERIES) == 0) near_center(center, f.likes[query++]);
    }
    for (size_t i = 0; i < QUERIES; i++) {
        for (size_t j = 0; j < DIM; j++) f.unlikes[i][j] = scale_of(j) * noise();
        normalize(f.unlikes[i]);
    }
    const weft_index_source source = {.vectors = f.vectors, .rows = ROWS, .dim = DIM};
    assert_int_equal(weft_index_flat_new(&f.exact, &source, NULL), WEFT_OK);
    assert_int_equal(weft_index_ivf_new(&f.ivf, &source, NULL), WEFT_OK);
    assert_int_equal(weft_index_verify(f.ivf, NULL), WEFT_OK);
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    weft_index_free(f->exact);
    weft_index_free(f->ivf);
    weft_free(f->vectors);
    return 0;
}

/* The share of the exact hits that come back; checks what must always hold. */
static double recall(const fixture *f, float queries[QUERIES][DIM], const weft_bitset *allow,
                     float reach) {
    size_t found = 0, wanted = 0;
    for (size_t i = 0; i < QUERIES; i++) {
        weft_hit exact[K], hits[K];
        size_t exact_n, n;
        weft_index_query query = {.query = queries[i], .k = K, .allow = allow, .reach = reach};
        assert_int_equal(weft_index_search(f->exact, &query, exact, &exact_n, NULL), WEFT_OK);
        assert_int_equal(weft_index_search(f->ivf, &query, hits, &n, NULL), WEFT_OK);
        assert_int_equal(n, exact_n);
        for (size_t h = 0; h < n; h++) {
            double score = 0;
            for (size_t j = 0; j < DIM; j++)
                score += (double)queries[i][j] * (double)f->vectors[hits[h].row * DIM + j];
            assert_float_equal(hits[h].score, score, 2e-3);
            assert_true(!allow || weft_bitset_get(allow, hits[h].row));
            assert_true(h == 0 || hits[h - 1].score >= hits[h].score);
            for (size_t e = 0; e < exact_n; e++) found += hits[h].row == exact[e].row;
        }
        wanted += exact_n;
    }
    return wanted ? (double)found / (double)wanted : 1;
}

static void usual_reach_finds_nearly_all(void **state) {
    fixture *f = *state;
    assert_true(recall(f, f->likes, NULL, 0) >= 0.98);
    assert_true(recall(f, f->unlikes, NULL, 0) >= 0.98);
}

static void wider_reach_finds_more(void **state) {
    fixture *f = *state;
    double hasty = recall(f, f->unlikes, NULL, 1), usual = recall(f, f->unlikes, NULL, 3);
    assert_true(hasty < usual);
    assert_true(recall(f, f->unlikes, NULL, 8) >= 0.99);
    assert_true(recall(f, f->likes, NULL, 8) >= 0.99);
}

static void filters_never_starve(void **state) {
    fixture *f = *state;
    const int permille[] = {0, 1, 5, 10, 100, 500, 990};
    for (size_t i = 0; i < sizeof permille / sizeof *permille; i++) {
        weft_bitset allow;
        assert_int_equal(weft_bitset_init(&allow, ROWS, NULL), WEFT_OK);
        for (size_t row = 0; row < ROWS; row++)
            if (rand() % 1000 < permille[i]) weft_bitset_set(&allow, row);
        assert_true(recall(f, f->likes, &allow, 0) >= 0.97);
        assert_true(recall(f, f->unlikes, &allow, 0) >= 0.97);
        weft_bitset_deinit(&allow);
    }
}

static void vectors_come_back_from_their_codes(void **state) {
    fixture *f = *state;
    for (uint32_t row = 0; row < ROWS; row += 97) {
        float x[DIM];
        double off = 0;
        assert_true(weft_index_vector(f->ivf, row, x));
        for (size_t j = 0; j < DIM; j++) {
            double e = (double)(x[j] - f->vectors[row * DIM + j]);
            off += e * e;
        }
        assert_true(sqrt(off) < 0.01);
    }
}

/* Nothing that an index built from the same rows finds may get lost. */
static void check_against_rebuilt(fixture *changed) {
    fixture rebuilt = *changed;
    const weft_index_source source = {.vectors = changed->vectors, .rows = ROWS, .dim = DIM};
    assert_int_equal(weft_index_verify(changed->ivf, NULL), WEFT_OK);
    assert_int_equal(weft_index_ivf_new(&rebuilt.ivf, &source, NULL), WEFT_OK);
    assert_true(recall(changed, changed->likes, NULL, 0) >= 0.98);
    assert_true(recall(changed, changed->unlikes, NULL, 0) >=
                recall(&rebuilt, rebuilt.unlikes, NULL, 0) - 0.02);
    assert_true(recall(changed, changed->unlikes, NULL, 6) >= 0.98);
    weft_index_free(rebuilt.ivf);
}

/* 30 % of the rows get other vectors, in several steps; then the file of what came out. */
static void churn_and_reload_cost_no_recall(void **state) {
    fixture *f = *state, changed = *f;
    const char *path = "recall_index_ivf.tmp";
    weft_index_change changes[ROWS / 10];
    const weft_index_source source = {.vectors = f->vectors, .rows = ROWS, .dim = DIM};
    assert_int_equal(weft_index_ivf_new(&changed.ivf, &source, NULL), WEFT_OK);
    for (uint32_t step = 0; step < 3; step++) {
        for (uint32_t i = 0; i < ROWS / 10; i++) {
            uint32_t row = i * 10 + step;
            float *x = f->vectors + row * DIM;
            for (size_t j = 0; j < DIM; j++) x[j] += 0.3f * scale_of(j) * noise();
            normalize(x);
            changes[i] = (weft_index_change){.row = row, .vector = x};
        }
        weft_index *fresh;
        assert_int_equal(weft_index_apply(&fresh, changed.ivf, changes, ROWS / 10, NULL), WEFT_OK);
        weft_index_free(changed.ivf);
        changed.ivf = fresh;
    }
    assert_int_equal(weft_index_flat_new(&changed.exact, &source, NULL), WEFT_OK);
    check_against_rebuilt(&changed);
    assert_int_equal(weft_index_save(changed.ivf, path, NULL, NULL), WEFT_OK);
    weft_index_free(changed.ivf);
    assert_int_equal(weft_index_open(&changed.ivf, path, NULL, NULL, NULL), WEFT_OK);
    check_against_rebuilt(&changed);
    weft_index_free(changed.ivf);
    weft_index_free(changed.exact);
    remove(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_reach_finds_nearly_all),
        cmocka_unit_test(wider_reach_finds_more),
        cmocka_unit_test(filters_never_starve),
        cmocka_unit_test(vectors_come_back_from_their_codes),
        cmocka_unit_test(churn_and_reload_cost_no_recall),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
