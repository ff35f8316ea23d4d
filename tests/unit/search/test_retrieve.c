#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "search/search.h"

/* 60 products on a circle: product i lies at i * 6 degrees, every third is red,
 * and the last ten have no vector. */
enum { COUNT = 60, WITH_VECTOR = 50, DIM = 2 };

typedef struct {
    weft_catalog *catalog;
    weft_index *index;
    weft_arena arena;
} fixture;

static int set_up(void **state) {
    static fixture f;
    static float vectors[COUNT][DIM];
    weft_bitset present;
    weft_arena_init(&f.arena, 0);
    assert_int_equal(weft_catalog_new(&f.catalog, NULL), WEFT_OK);
    assert_int_equal(weft_bitset_init(&present, COUNT, NULL), WEFT_OK);
    for (int i = 0; i < COUNT; i++) {
        char id[16];
        snprintf(id, sizeof id, "p%02d", i);
        weft_product product = {id,      "name", "", "",   "Dresses", i % 3 ? "Blue" : "Red",
                                "Women", "",     "", 2020, 10.0 + i,  false,
                                "",      ""};
        assert_int_equal(weft_catalog_add(f.catalog, &product, NULL), WEFT_OK);
        double angle = i * 6 * 3.14159265358979 / 180;
        vectors[i][0] = (float)__builtin_cos(angle);
        vectors[i][1] = (float)__builtin_sin(angle);
        if (i < WITH_VECTOR) weft_bitset_set(&present, (size_t)i);
    }
    assert_int_equal(weft_catalog_finish(f.catalog, NULL), WEFT_OK);
    const weft_index_source source = {
        .vectors = vectors[0], .rows = COUNT, .dim = DIM, .present = &present};
    assert_int_equal(weft_index_flat_new(&f.index, &source, NULL), WEFT_OK);
    weft_bitset_deinit(&present);
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    weft_index_free(f->index);
    weft_catalog_free(f->catalog);
    weft_arena_deinit(&f->arena);
    return 0;
}

static const float north[DIM] = {1, 0};

static weft_search_request request_of(const fixture *f) {
    return (weft_search_request){
        .catalog = f->catalog, .index = f->index, .embedding = north, .limit = 10};
}

static void the_nearest_come_first(void **state) {
    fixture *f = *state;
    weft_search_request request = request_of(f);
    weft_search_page page;
    assert_int_equal(weft_search_run(&request, &f->arena, &page, NULL), WEFT_OK);
    assert_int_equal(page.total, WITH_VECTOR);
    assert_int_equal(page.count, 10);
    assert_int_equal(page.hits[0].row, 0);
    for (size_t i = 1; i < page.count; i++) assert_int_equal(page.hits[i].row, i);
}

static void pages_join_without_gap(void **state) {
    fixture *f = *state;
    weft_search_request request = request_of(f);
    weft_search_page whole, part;
    request.limit = 50;
    assert_int_equal(weft_search_run(&request, &f->arena, &whole, NULL), WEFT_OK);
    request.limit = 7;
    for (request.offset = 0; request.offset < 60; request.offset += 7) {
        assert_int_equal(weft_search_run(&request, &f->arena, &part, NULL), WEFT_OK);
        assert_int_equal(part.total, WITH_VECTOR);
        size_t left = request.offset < 50 ? 50 - request.offset : 0;
        assert_int_equal(part.count, left < 7 ? left : 7);
        for (size_t i = 0; i < part.count; i++)
            assert_int_equal(part.hits[i].row, whole.hits[request.offset + i].row);
    }
}

static void a_filter_never_starves_the_page(void **state) {
    fixture *f = *state;
    weft_search_request request = request_of(f);
    weft_search_page page;
    const char *text = "{\"base_color\":\"red\",\"price\":{\"$gte\":40}}"; /* rows 30..48, % 3 */
    assert_int_equal(weft_filter_parse_text(&request.filter, text, strlen(text), &f->arena, NULL),
                     WEFT_OK);
    assert_int_equal(weft_search_run(&request, &f->arena, &page, NULL), WEFT_OK);
    assert_int_equal(page.total, 7);
    assert_int_equal(page.count, 7);
    for (size_t i = 0; i < page.count; i++) {
        const weft_product *p = weft_catalog_product(f->catalog, page.hits[i].row);
        assert_string_equal(p->base_color, "Red");
        assert_true(p->price >= 40);
    }
}

static void one_row_can_be_left_out(void **state) {
    fixture *f = *state;
    weft_search_request request = request_of(f);
    weft_search_page page;
    uint32_t self = 0;
    request.exclude = &self;
    assert_int_equal(weft_search_run(&request, &f->arena, &page, NULL), WEFT_OK);
    assert_int_equal(page.total, WITH_VECTOR - 1);
    assert_int_equal(page.hits[0].row, 1);
}

static void limits_are_named(void **state) {
    fixture *f = *state;
    weft_search_request request = request_of(f);
    weft_search_page page;
    weft_err err;
    request.limit = 101;
    assert_int_equal(weft_search_run(&request, &f->arena, &page, &err), WEFT_E_LIMIT);
    assert_string_equal(err.message, "limit: 101, at most 100");
    request.limit = 1;
    request.offset = WEFT_SEARCH_MAX_OFFSET + 1;
    assert_int_equal(weft_search_run(&request, &f->arena, &page, &err), WEFT_E_LIMIT);
}

static void no_memory_is_an_error_not_a_crash(void **state) {
    fixture *f = *state;
    weft_search_request request = request_of(f);
    weft_search_page page;
    for (size_t nth = 1; nth < 20; nth++) {
        weft_arena arena;
        weft_arena_init(&arena, 0);
        weft_mem_fail_after(nth);
        weft_status status = weft_search_run(&request, &arena, &page, NULL);
        weft_mem_fail_after(0);
        weft_arena_deinit(&arena);
        if (status == WEFT_OK) return;
        assert_int_equal(status, WEFT_E_NOMEM);
    }
    fail_msg("never succeeded");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_come_first),
        cmocka_unit_test(pages_join_without_gap),
        cmocka_unit_test(a_filter_never_starves_the_page),
        cmocka_unit_test(one_row_can_be_left_out),
        cmocka_unit_test(limits_are_named),
        cmocka_unit_test(no_memory_is_an_error_not_a_crash),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
