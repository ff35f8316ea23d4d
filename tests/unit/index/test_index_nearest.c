#include "../unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "index/index_nearest.h"

enum { ROWS = 9000, CENTROIDS = 2600, KEYS = 5 };

typedef struct {
    size_t dim;
    float *rows, *centroids, *norms;
    uint32_t order[ROWS], first[KEYS + 1], list_first[KEYS + 1], lists[2 * CENTROIDS];
} world;

static float random_value(void) { return (float)rand() / (float)RAND_MAX - 0.5f; }

/* Key x holds every fifth row; key 0 no row, key 1 a list of one, the others overlap. */
static void world_init(world *w, size_t dim) {
    const size_t begins[KEYS] = {0, 17, 0, 400, 1000}, ends[KEYS] = {3, 18, 2600, 1500, 2024};
    size_t at = 0, listed = 0;
    w->dim = dim;
    w->rows = weft_alloc(ROWS, dim * sizeof(float));
    w->centroids = weft_alloc(CENTROIDS, dim * sizeof(float));
    w->norms = weft_calloc(CENTROIDS, sizeof(float));
    assert_true(w->rows && w->centroids && w->norms);
    for (size_t i = 0; i < ROWS * dim; i++) w->rows[i] = random_value();
    for (size_t i = 0; i < CENTROIDS * dim; i++) {
        w->centroids[i] = random_value();
        w->norms[i / dim] += w->centroids[i] * w->centroids[i] / 2;
    }
    for (size_t key = 0; key < KEYS; key++) {
        w->first[key] = (uint32_t)at;
        w->list_first[key] = (uint32_t)listed;
        for (size_t row = key - 1; key > 0 && row < ROWS; row += KEYS - 1)
            w->order[at++] = (uint32_t)row;
        for (size_t c = begins[key]; c < ends[key]; c++) w->lists[listed++] = (uint32_t)c;
    }
    w->first[KEYS] = (uint32_t)at;
    w->list_first[KEYS] = (uint32_t)listed;
    assert_int_equal(at, ROWS);
}

static void world_deinit(world *w) {
    weft_free(w->rows);
    weft_free(w->centroids);
    weft_free(w->norms);
}

static uint32_t *run(const world *w, size_t wanted, size_t threads) {
    const weft_index_source source = {.threads = threads};
    uint32_t *nearest = weft_alloc(ROWS, wanted * sizeof *nearest);
    weft_work work;
    const weft_nearest job = {.rows = w->rows,
                              .n = ROWS,
                              .dim = w->dim,
                              .order = w->order,
                              .keys = KEYS,
                              .first = w->first,
                              .list_first = w->list_first,
                              .lists = w->lists,
                              .centroids = w->centroids,
                              .norms = w->norms,
                              .wanted = wanted,
                              .nearest = nearest};
    assert_non_null(nearest);
    assert_int_equal(weft_work_init(&work, &source, weft_nearest_pieces(ROWS), NULL), WEFT_OK);
    assert_int_equal(weft_nearest_run(&job, &work, NULL), WEFT_OK);
    weft_work_deinit(&work);
    return nearest;
}

static double distance(const world *w, size_t row, size_t centroid) {
    double sum = 0;
    for (size_t j = 0; j < w->dim; j++) {
        double open =
            (double)w->rows[row * w->dim + j] - (double)w->centroids[centroid * w->dim + j];
        sum += open * open;
    }
    return sum;
}

/* How many of the list are nearer to the row than this one, by more than rounding. */
static size_t count_nearer(const world *w, size_t key, size_t row, uint32_t centroid) {
    double mine = distance(w, row, centroid) - 1e-5;
    size_t nearer = 0;
    bool listed = false;
    for (size_t i = w->list_first[key]; i < w->list_first[key + 1]; i++) {
        nearer += distance(w, row, w->lists[i]) < mine;
        listed |= w->lists[i] == centroid;
    }
    assert_true(listed);
    return nearer;
}

/* Few axes: the prefix is all of them, so the nearest are found for certain. */
static void the_nearest_of_the_list_are_found(void **state) {
    (void)state;
    enum { WANTED = 5, STEP = 37 };
    static world w;
    world_init(&w, 8);
    uint32_t *one = run(&w, 1, 1), *several = run(&w, WANTED, 2);
    for (size_t key = 1; key < KEYS; key++)
        for (size_t i = w.first[key]; i < w.first[key + 1]; i += STEP) {
            size_t row = w.order[i];
            assert_int_equal(count_nearer(&w, key, row, one[row]), 0);
            for (size_t n = 0; n < WANTED; n++) {
                size_t nearer = count_nearer(&w, key, row, several[row * WANTED + n]);
                assert_int_equal(nearer, key == 1 ? 0 : n);
            }
        }
    weft_free(one);
    weft_free(several);
    world_deinit(&w);
}

static void threads_change_nothing(void **state) {
    (void)state;
    static world w;
    world_init(&w, 70);
    uint32_t *alone = run(&w, 1, 1), *together = run(&w, 1, 3);
    assert_memory_equal(alone, together, ROWS * sizeof *alone);
    weft_free(alone);
    weft_free(together);
    world_deinit(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_of_the_list_are_found),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
