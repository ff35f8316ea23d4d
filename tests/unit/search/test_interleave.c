#include "../unit.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../text/shop.h"
#include "search/interleave.h"

static void every_row_comes_once_by_its_teams_order(void **state) {
    (void)state;
    static const uint32_t a[] = {1, 2, 3, 4, 5}, b[] = {3, 6, 1, 7};
    weft_draft draft[9];
    for (uint64_t seed = 0; seed < 50; seed++) {
        size_t n = weft_interleave(a, 5, b, 4, seed, draft), last[2] = {0, 0};
        int seen[8] = {0};
        assert_int_equal(n, 7);
        for (size_t i = 0; i < n; i++) {
            const uint32_t *rows = draft[i].team ? b : a;
            assert_int_equal(++seen[rows[draft[i].place]], 1);
            assert_true(draft[i].place >= last[draft[i].team]);
            last[draft[i].team] = draft[i].place;
        }
        /* Each round has a row of both teams while both have some. */
        assert_int_not_equal(draft[0].team, draft[1].team);
        assert_int_not_equal(draft[2].team, draft[3].team);
    }
}

static void teams_begin_equally_often(void **state) {
    (void)state;
    static const uint32_t a[] = {1}, b[] = {2};
    size_t first = 0;
    weft_draft draft[2];
    for (uint64_t seed = 0; seed < 4000; seed++) {
        assert_int_equal(weft_interleave(a, 1, b, 1, seed * 7919, draft), 2);
        first += (size_t)draft[0].team;
    }
    assert_in_range(first, 1880, 2120);
}

static void edges_are_fine(void **state) {
    (void)state;
    static const uint32_t a[] = {1, 2};
    weft_draft draft[4], again[4];
    assert_int_equal(weft_interleave(a, 0, a, 0, 1, draft), 0);
    assert_int_equal(weft_interleave(a, 2, a, 0, 1, draft), 2);
    assert_int_equal(draft[1].team, 0);
    assert_int_equal(weft_interleave(a, 2, a, 2, 5, draft), 2); /* the same list twice */
    assert_int_equal(weft_interleave(a, 2, a, 2, 5, again), 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(draft[i].team, again[i].team);
        assert_int_equal(draft[i].place, again[i].place);
    }
}

/* ---- pages of two rankings ---- */

enum { ROWS = SHOP_ROWS, DIM = 2 };

/* Row i lies i * 10 degrees from what is asked for; arm b asks for the far end. */
typedef struct {
    weft_catalog *catalog;
    weft_lexicon *lexicon;
    weft_index *indexes[WEFT_KIND_COUNT];
    weft_arena arena;
    weft_rank_request a, b;
} rankings;

static float near[ROWS][DIM];

static void begin(rankings *r) {
    weft_synonyms synonyms;
    memset(r, 0, sizeof *r);
    weft_arena_init(&r->arena, 0);
    r->catalog = shop_catalog();
    assert_int_equal(weft_synonyms_parse(&synonyms, weft_synonyms_default(), &r->arena, NULL),
                     WEFT_OK);
    assert_int_equal(weft_lexicon_new(&r->lexicon, r->catalog, &synonyms, NULL), WEFT_OK);
    for (size_t i = 0; i < ROWS; i++) {
        near[i][0] = cosf((float)i * 0.1745f);
        near[i][1] = sinf((float)i * 0.1745f);
    }
    const weft_index_source source = {.vectors = near[0], .rows = ROWS, .dim = DIM};
    for (int k = 0; k < WEFT_KIND_COUNT; k++)
        assert_int_equal(weft_index_flat_new(&r->indexes[k], &source, NULL), WEFT_OK);
    r->a = (weft_rank_request){.catalog = r->catalog,
                               .lexicon = r->lexicon,
                               .indexes = r->indexes,
                               .kind = WEFT_KIND_HYBRID,
                               .embedding = near[0],
                               .limit = 5};
    r->b = r->a;
    r->b.embedding = near[ROWS - 1];
}

static void end(rankings *r) {
    for (int k = 0; k < WEFT_KIND_COUNT; k++) weft_index_free(r->indexes[k]);
    weft_lexicon_free(r->lexicon);
    weft_catalog_free(r->catalog);
    weft_arena_deinit(&r->arena);
}

/* All pages of the joint list one after the other; returns how many results. */
static size_t read_all(rankings *r, uint64_t seed, weft_ranked *all, size_t *total) {
    size_t n = 0;
    for (r->a.offset = 0;; r->a.offset = n) {
        weft_rank_page page;
        weft_err err = {0};
        if (weft_rank_interleaved(&r->a, &r->b, seed, &r->arena, &page, &err))
            fail_msg("%s", err.message);
        if (!page.count) return n;
        assert_true(n + page.count <= ROWS);
        memcpy(all + n, page.results, page.count * sizeof *all);
        n += page.count;
        *total = page.total;
    }
}

static void pages_are_of_one_list(void **state) {
    (void)state;
    rankings r;
    weft_ranked all[ROWS];
    size_t total;
    begin(&r);
    for (uint64_t seed = 0; seed < 20; seed++) {
        int seen[ROWS] = {0}, teams[2] = {0};
        assert_int_equal(read_all(&r, seed, all, &total), ROWS);
        assert_int_equal(total, ROWS);
        for (size_t i = 0; i < ROWS; i++) {
            assert_int_equal(++seen[all[i].row], 1);
            assert_true(all[i].team == 'a' || all[i].team == 'b');
            teams[all[i].team == 'b']++;
        }
        assert_true(abs(teams[0] - teams[1]) <= 1); /* opposite orders: neither helps the other */
        /* The first two are the best of each. */
        assert_int_equal(all[0].row + all[1].row, ROWS - 1);
    }
    end(&r);
}

static void a_product_collapsed_comes_once(void **state) {
    (void)state;
    rankings r;
    weft_ranked all[ROWS];
    size_t total;
    begin(&r);
    r.a.collapse = r.b.collapse = true;
    size_t n = read_all(&r, 3, all, &total);
    assert_int_equal(n, total);
    assert_true(n < ROWS);
    for (size_t i = 0; i < n; i++)
        for (size_t other = 0; other < i; other++)
            assert_int_not_equal(weft_variants_group(r.lexicon->variants, all[i].row),
                                 weft_variants_group(r.lexicon->variants, all[other].row));
    end(&r);
}

static void pins_stay_and_are_of_no_team(void **state) {
    (void)state;
    rankings r;
    weft_ranked all[ROWS];
    size_t total;
    begin(&r);
    weft_rule rule;
    json_t *json = json_pack("{s:[{s:s,s:i}]}", "pin", "product_id",
                             weft_catalog_product(r.catalog, 5)->product_id, "position", 2);
    weft_err err = {0};
    if (weft_rule_parse(&rule, "id", json, &r.arena, &err)) fail_msg("%s", err.message);
    const weft_rule *rules[] = {&rule};
    r.a.rules = r.b.rules = rules;
    r.a.rule_count = r.b.rule_count = 1;
    assert_int_equal(read_all(&r, 9, all, &total), ROWS);
    for (size_t i = 0; i < ROWS; i++) assert_int_equal(all[i].row == 5, i == 1);
    assert_int_equal(all[1].team, 0);
    json_decref(json);
    end(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_comes_once_by_its_teams_order),
        cmocka_unit_test(teams_begin_equally_often),
        cmocka_unit_test(edges_are_fine),
        cmocka_unit_test(pages_are_of_one_list),
        cmocka_unit_test(a_product_collapsed_comes_once),
        cmocka_unit_test(pins_stay_and_are_of_no_team),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
