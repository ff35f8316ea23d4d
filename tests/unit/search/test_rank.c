#include "../unit.h"

#include <math.h>
#include <string.h>

#include "../text/shop.h"
#include "search/judged.h"
#include "search/quality.h"
#include "search/rank.h"

/* The shop's rows on a circle of embeddings, 10 degrees apart: row 0 is asked for. */
enum { DIM = 2 };

static weft_catalog *catalog;
static weft_lexicon *lexicon;
static weft_index *indexes[WEFT_KIND_COUNT];
static weft_arena arena;
static float vectors[SHOP_ROWS][DIM];

static int set_up(void **state) {
    (void)state;
    weft_synonyms synonyms;
    weft_arena_init(&arena, 0);
    catalog = shop_catalog();
    assert_int_equal(weft_synonyms_parse(&synonyms, weft_synonyms_default(), &arena, NULL),
                     WEFT_OK);
    assert_int_equal(weft_lexicon_new(&lexicon, catalog, &synonyms, NULL), WEFT_OK);
    for (size_t i = 0; i < SHOP_ROWS; i++) {
        vectors[i][0] = cosf((float)i * 0.1745f);
        vectors[i][1] = sinf((float)i * 0.1745f);
    }
    const weft_index_source source = {.vectors = vectors[0], .rows = SHOP_ROWS, .dim = DIM};
    for (int k = 0; k < WEFT_KIND_COUNT; k++)
        assert_int_equal(weft_index_flat_new(&indexes[k], &source, NULL), WEFT_OK);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (int k = 0; k < WEFT_KIND_COUNT; k++) weft_index_free(indexes[k]);
    weft_lexicon_free(lexicon);
    weft_catalog_free(catalog);
    weft_arena_deinit(&arena);
    return 0;
}

static weft_rank_request ask(const char *text) {
    weft_rank_request request = {.catalog = catalog,
                                 .lexicon = lexicon,
                                 .indexes = indexes,
                                 .kind = WEFT_KIND_HYBRID,
                                 .embedding = vectors[0],
                                 .limit = 20};
    if (text) {
        request.query = weft_arena_calloc(&arena, 1, sizeof *request.query);
        assert_int_equal(
            weft_query_parse(request.query, text, WEFT_UNDERSTAND_ALL, lexicon, &arena, NULL),
            WEFT_OK);
    }
    return request;
}

static weft_rank_page run(const weft_rank_request *request) {
    weft_rank_page page;
    weft_err err = {0};
    if (weft_rank_run(request, &arena, &page, &err)) fail_msg("%s", err.message);
    return page;
}

static void what_words_say_must_hold(void **state) {
    (void)state;
    const weft_rank_request request = ask("black tshirt");
    weft_rank_page page = run(&request);
    assert_int_equal(page.total, 2);
    assert_int_equal(page.count, 2);
    assert_int_equal(page.results[0].row, 9); /* nearer than 10 */
    assert_true(page.results[0].score.relevance > page.results[1].score.relevance);
}

static void parts_add_up(void **state) {
    (void)state;
    weft_rank_request request = ask("floral dress");
    request.explains = true;
    weft_rank_page page = run(&request);
    assert_int_equal(page.results[0].row, 3); /* the words outweigh the embedding */
    for (size_t i = 0; i < page.count; i++) {
        const weft_score *s = &page.results[i].score;
        float sum =
            s->base + s->visual + s->text + s->words + s->attributes + s->unwanted + s->rules;
        assert_true(fabsf(sum - s->total) < 1e-4f);
        assert_true(fabsf(s->relevance - 1 / (1 + expf(-s->total))) < 1e-5f);
    }
}

static void variants_collapse(void **state) {
    (void)state;
    weft_rank_request request = ask("dress");
    request.collapse = true;
    weft_rank_page page = run(&request);
    assert_int_equal(page.total, 2); /* three colors of one, and the floral one */
    assert_int_equal(page.count, 2);
    assert_int_equal(page.results[0].variant_count + page.results[1].variant_count, 2);
}

static void pages_join_under_rules(void **state) {
    (void)state;
    weft_rule rule;
    json_t *json = json_loads("{\"pin\":[{\"product_id\":\"p15\",\"position\":2},{\"product_id\":"
                              "\"p14\",\"position\":90}],\"bury\":{\"base_color\":\"Red\"},"
                              "\"boost\":[{\"filter\":{\"gender\":\"Men\"},\"by\":9}]}",
                              0, NULL);
    assert_int_equal(weft_rule_parse(&rule, "r", json, &arena, NULL), WEFT_OK);
    json_decref(json);
    const weft_rule *rules[] = {&rule};
    weft_rank_request request = ask(NULL);
    request.rules = rules;
    request.rule_count = 1;
    weft_rank_page whole = run(&request);
    assert_int_equal(whole.total, SHOP_ROWS);
    assert_int_equal(whole.count, SHOP_ROWS);
    assert_int_equal(whole.results[1].row, 15);
    assert_ptr_equal(whole.results[1].pinned_by, &rule);
    assert_int_equal(whole.results[SHOP_ROWS - 1].row, 14); /* its place does not exist */
    assert_string_equal(shop_rows[whole.results[0].row].gender, "Men");
    assert_string_equal(shop_rows[whole.results[SHOP_ROWS - 2].row].base_color, "Red");
    for (request.offset = 0; request.offset < SHOP_ROWS; request.offset += 3) {
        request.limit = 3;
        weft_rank_page part = run(&request);
        for (size_t i = 0; i < part.count; i++)
            assert_int_equal(part.results[i].row, whole.results[request.offset + i].row);
    }
}

static void a_cut_off_is_kept_to(void **state) {
    (void)state;
    weft_rank_request request = ask(NULL);
    request.min_relevance = 0.01f;
    weft_rank_page page = run(&request);
    assert_true(page.total > 0 && page.total < SHOP_ROWS);
    assert_int_equal(page.count, page.total);
    for (size_t i = 0; i < page.count; i++) assert_true(page.results[i].score.relevance >= 0.01f);
    request.min_relevance = 1;
    assert_int_equal(run(&request).total, 0);
}

static void limits_are_kept(void **state) {
    (void)state;
    weft_rank_request request = ask(NULL);
    weft_rank_page page;
    request.offset = WEFT_RANK_MAX_OFFSET + 1;
    assert_int_equal(weft_rank_run(&request, &arena, &page, NULL), WEFT_E_LIMIT);
    request.offset = SHOP_ROWS + 5;
    assert_int_equal(weft_rank_run(&request, &arena, &page, NULL), WEFT_OK);
    assert_int_equal(page.count, 0);
}

static void rankings_are_judged(void **state) {
    (void)state;
    static const char lines[] =
        "{\"query\":\"dress\",\"right\":{\"article_type\":\"Dresses\"},\"words\":[\"red|blue\"],"
        "\"wrong\":{\"base_color\":\"Red\"}}\n\n{\"query\":\"sofa\",\"nothing\":true}\n";
    weft_judged judged = {0};
    weft_quality quality = {0};
    weft_bitset right, wrong;
    weft_err err = {0};
    assert_int_equal(weft_judged_parse(&judged, weft_str_of(lines), &arena, NULL), WEFT_OK);
    assert_int_equal(judged.count, 2);
    assert_int_equal(judged.queries[1].group, WEFT_JUDGED_NOTHING);
    assert_int_equal(weft_judged_rows(&judged.queries[0], catalog, &right, &wrong, NULL), WEFT_OK);
    assert_int_equal(weft_bitset_popcount(&right), 4);
    assert_int_equal(weft_bitset_popcount(&wrong), 2);
    const weft_rank_request request = ask("dress");
    weft_rank_page page = run(&request);
    weft_quality_add(&quality, &request, &page, &right, &wrong);
    assert_true(weft_quality_mean(&quality, quality.precision) == 1);
    assert_true(weft_quality_mean(&quality, quality.ndcg) == 1);
    assert_int_equal(quality.wrong, 2);
    assert_true(quality.looks == 3); /* red, blue and navy blue dresses */
    weft_bitset_deinit(&right);
    weft_bitset_deinit(&wrong);
    assert_true(weft_judged_parse(&judged, weft_str_of("\n{\"query\":\"a\"}"), &arena, &err));
    assert_string_equal(err.message, "line 2: there is neither \"right\" nor \"nothing\"");
    size_t before = judged.count;
    assert_int_equal(weft_judged_generate(&judged, catalog, 5, &arena, NULL), WEFT_OK);
    assert_true(judged.count >= before); /* no combination has ten products here */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_words_say_must_hold), cmocka_unit_test(parts_add_up),
        cmocka_unit_test(variants_collapse),        cmocka_unit_test(pages_join_under_rules),
        cmocka_unit_test(a_cut_off_is_kept_to),     cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(rankings_are_judged),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
