#include "../unit.h"

#include "clustered.h"
#include "index/index_space.h"

enum { DIM = 160, ROWS = 2000 };

static weft_space *learn(const float *vectors, size_t rows) {
    weft_space *space;
    const weft_index_source source = {.vectors = vectors, .rows = rows, .dim = DIM};
    assert_int_equal(weft_space_learn(&space, &source, NULL), WEFT_OK);
    return space;
}

static double dot(const float *x, const float *y) {
    double sum = 0;
    for (size_t j = 0; j < DIM; j++) sum += (double)x[j] * (double)y[j];
    return sum;
}

static void axes_are_orthonormal(void **state) {
    (void)state;
    float *vectors = clustered_rows(ROWS, DIM, 20);
    /* Also of rows that vary in fewer directions than the head has axes. */
    for (size_t rows = 2; rows <= ROWS; rows = rows == 2 ? ROWS : ROWS + 1) {
        weft_space *space = learn(vectors, rows);
        for (size_t a = 0; a < space->head; a++)
            for (size_t b = 0; b <= a; b++)
                assert_float_equal(dot(space->axes + a * DIM, space->axes + b * DIM),
                                   a == b ? 1 : 0, 1e-4);
        weft_space_release(space);
    }
    weft_free(vectors);
}

static void the_head_holds_most_of_the_variance(void **state) {
    (void)state;
    float *vectors = clustered_rows(ROWS, DIM, 20);
    weft_space *space = learn(vectors, ROWS);
    double all = 0, held = 0;
    assert_true(space->head < DIM);
    for (size_t i = 0; i < ROWS; i++) {
        float centered[DIM];
        for (size_t j = 0; j < DIM; j++) centered[j] = vectors[i * DIM + j] - space->mean[j];
        all += dot(centered, centered);
        for (size_t a = 0; a < space->head; a++) {
            double part = dot(space->axes + a * DIM, centered);
            held += part * part;
        }
    }
    assert_true(held / all > 0.9);
    weft_space_release(space);
    weft_free(vectors);
}

static void codes_say_what_a_vector_was(void **state) {
    (void)state;
    float *vectors = clustered_rows(ROWS, DIM, 20), *heads;
    weft_space *space = learn(vectors, ROWS);
    weft_space_bench bench;
    assert_int_equal(weft_space_bench_init(&bench, space, NULL), WEFT_OK);
    heads = weft_alloc(WEFT_SPACE_BLOCK, space->head * sizeof *heads);
    weft_space_rows rows = {
        .vectors = vectors,
        .heads = heads,
        .n = 33,
        .head_codes = weft_alloc_aligned(33, space->heads.stride),
        .residual_codes = weft_alloc_aligned(33, space->residuals.stride),
    };
    weft_space_project(space, &bench, vectors, rows.n, heads);
    weft_space_encode(space, &bench, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        float x[DIM];
        double off = 0;
        weft_space_decode(space, rows.head_codes + i * space->heads.stride,
                          rows.residual_codes + i * space->residuals.stride, x);
        for (size_t j = 0; j < DIM; j++) {
            double e = (double)(x[j] - vectors[i * DIM + j]);
            off += e * e;
        }
        assert_true(sqrt(off) < 0.005);
    }
    weft_free(rows.head_codes);
    weft_free(rows.residual_codes);
    weft_free(heads);
    weft_space_bench_deinit(&bench);
    weft_space_release(space);
    weft_free(vectors);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_are_orthonormal),
        cmocka_unit_test(the_head_holds_most_of_the_variance),
        cmocka_unit_test(codes_say_what_a_vector_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
