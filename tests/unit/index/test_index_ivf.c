#include "../unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "clustered.h"
#include "index/index.h"

enum { DIM = 96, ROWS = 3000, CLUSTER = 30 };

static weft_index *build(const float *vectors, size_t rows, const weft_bitset *present) {
    weft_index *index;
    const weft_index_source source = {
        .vectors = vectors, .rows = rows, .dim = DIM, .present = present, .threads = 2};
    assert_int_equal(weft_index_ivf_new(&index, &source, NULL), WEFT_OK);
    assert_int_equal(weft_index_verify(index, NULL), WEFT_OK);
    return index;
}

/* The best row for a vector, with a reach that leaves nothing out. */
static weft_hit best(const weft_index *index, const float *query) {
    weft_hit hit = {.row = UINT32_MAX};
    size_t n;
    const weft_index_query q = {.query = query, .k = 1, .reach = 50};
    assert_int_equal(weft_index_search(index, &q, &hit, &n, NULL), WEFT_OK);
    return hit;
}

static void every_row_finds_itself(void **state) {
    (void)state;
    float *vectors = clustered_rows(ROWS, DIM, CLUSTER);
    weft_index *index = build(vectors, ROWS, NULL);
    for (uint32_t row = 0; row < ROWS; row += 7) {
        weft_hit hit = best(index, vectors + row * DIM);
        assert_int_equal(hit.row, row);
        assert_float_equal(hit.score, 1, 2e-3);
    }
    assert_true(weft_index_wear(index) == 0);
    weft_index_free(index);
    weft_free(vectors);
}

static void same_index_for_any_number_of_threads(void **state) {
    (void)state;
    float *vectors = clustered_rows(ROWS, DIM, CLUSTER);
    weft_index *one, *three;
    weft_index_source source = {.vectors = vectors, .rows = ROWS, .dim = DIM, .threads = 1};
    assert_int_equal(weft_index_ivf_new(&one, &source, NULL), WEFT_OK);
    source.threads = 3;
    assert_int_equal(weft_index_ivf_new(&three, &source, NULL), WEFT_OK);
    for (size_t i = 0; i < ROWS; i += 101) {
        weft_hit a[10], b[10];
        size_t n, m;
        const weft_index_query q = {.query = vectors + i * DIM, .k = 10};
        assert_int_equal(weft_index_search(one, &q, a, &n, NULL), WEFT_OK);
        assert_int_equal(weft_index_search(three, &q, b, &m, NULL), WEFT_OK);
        assert_int_equal(n, m);
        assert_memory_equal(a, b, n * sizeof *a);
    }
    weft_index_free(one);
    weft_index_free(three);
    weft_free(vectors);
}

static void odd_shapes_work(void **state) {
    (void)state;
    float *vectors = clustered_rows(200, DIM, 3);
    for (size_t rows = 0; rows < 200; rows += rows < 4 ? 1 : 65) {
        weft_index *index = build(vectors, rows, NULL);
        for (uint32_t row = 0; row < rows; row++)
            assert_int_equal(best(index, vectors + row * DIM).row, row);
        if (rows == 0) assert_int_equal(best(index, vectors).row, UINT32_MAX);
        weft_index_free(index);
    }
    weft_free(vectors);

    float tiny[3] = {1, -1, 1}, query = 1;
    weft_index *index;
    const weft_index_source source = {.vectors = tiny, .rows = 3, .dim = 1};
    assert_int_equal(weft_index_ivf_new(&index, &source, NULL), WEFT_OK);
    assert_int_equal(best(index, &query).row, 0);
    weft_index_free(index);
}

static void equal_rows_share_cells(void **state) {
    (void)state;
    float *vectors = clustered_rows(ROWS, DIM, CLUSTER);
    for (size_t i = 1; i < ROWS; i++) memcpy(vectors + i * DIM, vectors, DIM * sizeof *vectors);
    weft_index *index = build(vectors, ROWS, NULL);
    weft_hit hits[20];
    size_t n;
    const weft_index_query q = {.query = vectors, .k = 20};
    assert_int_equal(weft_index_search(index, &q, hits, &n, NULL), WEFT_OK);
    assert_int_equal(n, 20);
    weft_index_free(index);
    weft_free(vectors);
}

static void changes_make_a_new_version(void **state) {
    (void)state;
    float *vectors = clustered_rows(ROWS + 100, DIM, CLUSTER);
    weft_index *old = build(vectors, ROWS, NULL), *fresh;
    const weft_index_change changes[] = {
        {.row = 5},                                       /* goes */
        {.row = 6, .vector = vectors + (ROWS + 1) * DIM}, /* gets another vector */
        {.row = ROWS + 20, .vector = vectors + 5 * DIM},  /* comes, beyond the old rows */
        {.row = 7, .vector = vectors},                    /* changes twice: */
        {.row = 7},                                       /* and goes */
        {.row = ROWS + 50},                               /* was never there */
        {.row = 30, .moves = true, .from = 40},
    };
    assert_int_equal(weft_index_apply(&fresh, old, changes, 7, NULL), WEFT_OK);
    assert_int_equal(best(fresh, vectors + 40 * DIM).row, 30);
    assert_int_equal(weft_index_verify(fresh, NULL), WEFT_OK);
    assert_int_equal(weft_index_rows(fresh), ROWS + 21);
    assert_int_equal(best(fresh, vectors + 5 * DIM).row, ROWS + 20);
    assert_int_equal(best(fresh, vectors + (ROWS + 1) * DIM).row, 6);
    assert_false(weft_index_vector(fresh, 7, (float[DIM]){0}));
    assert_true(weft_index_wear(fresh) > 0);
    /* The old version has not moved. */
    assert_int_equal(weft_index_verify(old, NULL), WEFT_OK);
    assert_int_equal(best(old, vectors + 5 * DIM).row, 5);
    weft_index_free(old);
    assert_int_equal(best(fresh, vectors + 9 * DIM).row, 9); /* what was shared lives on */
    weft_index_free(fresh);
    weft_free(vectors);
}

static void an_empty_index_grows(void **state) {
    (void)state;
    float *vectors = clustered_rows(500, DIM, CLUSTER);
    weft_index *index = build(NULL, 0, NULL);
    for (uint32_t row = 0; row < 500; row++) {
        weft_index *fresh;
        const weft_index_change change = {.row = row, .vector = vectors + row * DIM};
        assert_int_equal(weft_index_apply(&fresh, index, &change, 1, NULL), WEFT_OK);
        weft_index_free(index);
        index = fresh;
    }
    assert_int_equal(weft_index_verify(index, NULL), WEFT_OK);
    for (uint32_t row = 0; row < 500; row++) {
        const weft_index_query all = {.query = vectors + row * DIM, .k = 500, .reach = 50};
        weft_hit hits[500];
        size_t n;
        assert_int_equal(weft_index_search(index, &all, hits, &n, NULL), WEFT_OK);
        assert_int_equal(n, 500);
    }
    weft_index_free(index);
    weft_free(vectors);
}

/* 30 % of the rows change, cells split and empty; recall stays (tests/recall has floors). */
static void churn_leaves_it_whole(void **state) {
    (void)state;
    float *vectors = clustered_rows(2 * ROWS, DIM, CLUSTER);
    weft_index *index = build(vectors, ROWS, NULL);
    for (size_t round = 0; round < 9; round++) {
        weft_index_change changes[200];
        for (size_t i = 0; i < 200; i += 2) {
            uint32_t at = (uint32_t)(round * 100 + i / 2);
            changes[i] = (weft_index_change){.row = at};
            changes[i + 1] =
                (weft_index_change){.row = ROWS + at, .vector = vectors + (ROWS + at) * DIM};
        }
        weft_index *fresh;
        assert_int_equal(weft_index_apply(&fresh, index, changes, 200, NULL), WEFT_OK);
        weft_index_free(index);
        index = fresh;
        assert_int_equal(weft_index_verify(index, NULL), WEFT_OK);
    }
    assert_int_equal(weft_bitset_popcount(weft_index_present(index)), ROWS);
    for (uint32_t row = 900; row < ROWS + 900; row += 13)
        assert_int_equal(best(index, vectors + row * DIM).row, row);
    for (uint32_t row = 0; row < 900; row += 13)
        assert_int_not_equal(best(index, vectors + row * DIM).row, row);
    weft_index_free(index);
    weft_free(vectors);
}

/* ---- readers while a writer publishes ---- */

typedef struct {
    pthread_mutex_t lock;
    weft_index *present; /* one holder: this */
    const float *vectors;
    atomic_bool stop;
    atomic_size_t searches;
} shop;

/* Versions are kept until the end: counting their readers is sync/snapshot.c's part. */
static void *read_often(void *argument) {
    shop *s = argument;
    for (uint32_t i = 0; !atomic_load(&s->stop); i = (i + 17) % ROWS) {
        weft_hit hits[10];
        size_t n;
        const weft_index_query q = {.query = s->vectors + i * DIM, .k = 10};
        pthread_mutex_lock(&s->lock);
        weft_index *index = s->present;
        pthread_mutex_unlock(&s->lock);
        if (weft_index_search(index, &q, hits, &n, NULL) || n != 10) abort();
        atomic_fetch_add(&s->searches, 1);
    }
    return NULL;
}

static void searches_run_while_versions_follow(void **state) {
    (void)state;
    enum { VERSIONS = 60, READERS = 3 };
    float *vectors = clustered_rows(2 * ROWS, DIM, CLUSTER);
    weft_index *versions[VERSIONS + 1];
    shop s = {.vectors = vectors};
    pthread_t readers[READERS];
    pthread_mutex_init(&s.lock, NULL);
    s.present = versions[0] = build(vectors, ROWS, NULL);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_often, &s), 0);
    for (size_t v = 0; v < VERSIONS; v++) {
        weft_index_change changes[20];
        for (size_t i = 0; i < 20; i++) {
            uint32_t row = (uint32_t)(v * 20 + i);
            changes[i] = (weft_index_change){.row = row, .vector = vectors + (ROWS + row) * DIM};
        }
        assert_int_equal(weft_index_apply(&versions[v + 1], versions[v], changes, 20, NULL),
                         WEFT_OK);
        pthread_mutex_lock(&s.lock);
        s.present = versions[v + 1];
        pthread_mutex_unlock(&s.lock);
    }
    while (atomic_load(&s.searches) < 100) {
    }
    atomic_store(&s.stop, true);
    for (size_t i = 0; i < READERS; i++) pthread_join(readers[i], NULL);
    for (size_t v = 0; v <= VERSIONS; v++) weft_index_free(versions[v]);
    pthread_mutex_destroy(&s.lock);
    weft_free(vectors);
}

static void bad_input_is_named(void **state) {
    (void)state;
    weft_err err = {0};
    weft_index *index = NULL, *fresh = NULL;
    float bad[2 * 4] = {1, 0, 0, 0, 0, 0, NAN, 0};
    const weft_index_source source = {.vectors = bad, .rows = 2, .dim = 4};
    assert_int_equal(weft_index_ivf_new(&index, &source, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "row 1, value 2"));
    assert_null(index);
    const weft_index_source good = {.vectors = bad, .rows = 1, .dim = 4};
    assert_int_equal(weft_index_ivf_new(&index, &good, &err), WEFT_OK);
    const weft_index_change change = {.row = 9, .vector = bad + 4};
    assert_int_equal(weft_index_apply(&fresh, index, &change, 1, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "row 9, value 2"));
    assert_null(fresh);
    weft_index_free(index);
}

static void building_can_be_stopped(void **state) {
    (void)state;
    float *vectors = clustered_rows(ROWS, DIM, CLUSTER);
    atomic_bool cancel;
    atomic_init(&cancel, true);
    weft_index *index;
    const weft_index_source source = {
        .vectors = vectors, .rows = ROWS, .dim = DIM, .cancel = &cancel};
    assert_int_equal(weft_index_ivf_new(&index, &source, NULL), WEFT_E_CANCELLED);
    assert_null(index);
    weft_free(vectors);
}

static void no_memory_leaves_nothing_behind(void **state) {
    (void)state;
    float *vectors = clustered_rows(400, DIM, CLUSTER);
    weft_index *index = build(vectors, 300, NULL), *fresh;
    const weft_index_source source = {.vectors = vectors, .rows = 300, .dim = DIM, .threads = 1};
    const weft_index_change change = {.row = 301, .vector = vectors + 301 * DIM};
    bool built = false, applied = false;
    for (size_t nth = 1; !built; nth += nth < 60 ? 1 : 23) {
        weft_mem_fail_after(nth);
        weft_status status = weft_index_ivf_new(&fresh, &source, NULL);
        weft_mem_fail_after(0);
        built = status == WEFT_OK;
        if (!built) assert_int_equal(status, WEFT_E_NOMEM);
        else weft_index_free(fresh);
    }
    for (size_t nth = 1; !applied; nth++) {
        weft_mem_fail_after(nth);
        weft_status status = weft_index_apply(&fresh, index, &change, 1, NULL);
        weft_mem_fail_after(0);
        applied = status == WEFT_OK;
        if (!applied) assert_int_equal(status, WEFT_E_NOMEM);
        else weft_index_free(fresh);
        assert_int_equal(weft_index_verify(index, NULL), WEFT_OK);
    }
    weft_index_free(index);
    weft_free(vectors);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_finds_itself),
        cmocka_unit_test(same_index_for_any_number_of_threads),
        cmocka_unit_test(odd_shapes_work),
        cmocka_unit_test(equal_rows_share_cells),
        cmocka_unit_test(changes_make_a_new_version),
        cmocka_unit_test(an_empty_index_grows),
        cmocka_unit_test(churn_leaves_it_whole),
        cmocka_unit_test(searches_run_while_versions_follow),
        cmocka_unit_test(bad_input_is_named),
        cmocka_unit_test(building_can_be_stopped),
        cmocka_unit_test(no_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
