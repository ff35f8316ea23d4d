/* What OpenSearch is told, and what its answers are taken for. */
#include "../unit.h"

#include <jansson.h>
#include <string.h>

#include "engine/opensearch_body.h"

static weft_arena arena;

static int open_arena(void **state) {
    (void)state;
    weft_arena_init(&arena, 0);
    return 0;
}

static int close_arena(void **state) {
    (void)state;
    weft_arena_deinit(&arena);
    return 0;
}

static void long_and_reserved_ids_are_replaced(void **state) {
    (void)state;
    char id[WEFT_OPENSEARCH_ID_SIZE], text[600];
    weft_opensearch_document_id(id, "10/\xc3\xa9");
    assert_string_equal(id, "10/\xc3\xa9");
    weft_opensearch_document_id(id, "weft:position");
    assert_int_equal(strlen(id), 5 + 64);
    memset(text, 'x', sizeof text);
    text[511] = '\0';
    weft_opensearch_document_id(id, text);
    assert_string_equal(id, text);
    text[511] = 'x', text[512] = '\0';
    weft_opensearch_document_id(id, text);
    assert_int_equal(strlen(id), 5 + 64);
}

/* The filter part of a search with this filter and exclusion, as JSON text. */
static char *filter_of(const char *filter, const char *exclude) {
    static const float embedding[] = {1, 0};
    weft_engine_query query = {.embedding = embedding, .k = 5, .exclude = exclude};
    weft_err err = {0};
    weft_buf out;
    if (weft_filter_parse_text(&query.filter, filter, strlen(filter), &arena, &err))
        fail_msg("%s", err.message);
    weft_buf_init(&out);
    weft_opensearch_write_search(&out, &query, 2);
    json_t *root = json_loadb(out.data, out.size, 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "size")), 5);
    const json_t *knn =
        json_object_get(json_object_get(json_object_get(root, "query"), "knn"), "image_embedding");
    assert_int_equal(json_array_size(json_object_get(knn, "vector")), 2);
    char *text = json_dumps(json_object_get(knn, "filter"), JSON_COMPACT);
    json_decref(root);
    weft_buf_deinit(&out);
    return text;
}

static void filters_become_bool_queries(void **state) {
    (void)state;
    static const struct {
        const char *filter, *exclude, *expected;
    } cases[] = {
        {"{\"base_color\": [\"RED\", \"a\\\"b\"]}", NULL,
         "{\"bool\":{\"filter\":[{\"terms\":{\"base_color\":[\"red\",\"a\\\"b\"]}}],"
         "\"must_not\":[]}}"},
        {"{\"year\": {\"$nin\": [2012, 2012.5, 0]}}", NULL,
         "{\"bool\":{\"filter\":[],\"must_not\":[{\"terms\":{\"year\":[2012]}}]}}"},
        {"{\"price\": {\"$gte\": 20, \"$lt\": 80.5}}", NULL,
         "{\"bool\":{\"filter\":[{\"range\":{\"price\":{\"gte\":20}}},"
         "{\"range\":{\"price\":{\"lt\":80.5}}}],\"must_not\":[]}}"},
        {"{\"product_id\": \"A\"}", "B",
         "{\"bool\":{\"filter\":[{\"terms\":{\"product_id\":[\"A\"]}}],"
         "\"must_not\":[{\"term\":{\"product_id\":\"B\"}}]}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = filter_of(cases[i].filter, cases[i].exclude);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
    assert_null(filter_of("{}", NULL));
}

static void a_product_is_two_lines(void **state) {
    (void)state;
    static const float vector[] = {0.5f, -0.25f};
    const weft_product product = {.product_id = "1\n2",
                                  .master_category = "Apparel",
                                  .sub_category = "",
                                  .article_type = "",
                                  .base_color = "RED",
                                  .gender = "",
                                  .season = "",
                                  .usage = "",
                                  .price = 2.5};
    const weft_embedding embedding = {.dim = 2, .text_embedding = vector};
    weft_buf out;
    weft_buf_init(&out);
    weft_opensearch_write_put(&out, &product, &embedding, 7);
    weft_opensearch_write_delete(&out, "x", 8);
    assert_string_equal(
        out.data,
        "{\"index\":{\"_id\":\"1\\n2\",\"version\":7,\"version_type\":\"external_gte\"}}\n"
        "{\"product_id\":\"1\\n2\",\"master_category\":\"apparel\",\"sub_category\":\"\","
        "\"article_type\":\"\",\"base_color\":\"red\",\"gender\":\"\",\"season\":\"\","
        "\"usage\":\"\",\"price\":2.5,\"text_embedding\":[0.5,-0.25]}\n"
        "{\"delete\":{\"_id\":\"x\",\"version\":8,\"version_type\":\"external_gte\"}}\n");
    weft_buf_deinit(&out);
}

enum { MAX = 3 };

static weft_status read_hits(const char *json, weft_engine_hit hits[MAX], size_t *n) {
    weft_err err = {0};
    weft_status status = weft_opensearch_read_hits(json, strlen(json), &arena, hits, MAX, n, &err);
    assert_true(!status == !err.message[0]);
    return status;
}

#define HIT(id, score) "{\"_score\":" score ",\"fields\":{\"product_id\":[\"" id "\"]}}"
#define WHOLE(hits)                                                                                \
    "{\"timed_out\":false,\"_shards\":{\"failed\":0},\"hits\":{\"hits\":[" hits "]}}"

static void scores_become_cosines(void **state) {
    (void)state;
    weft_engine_hit hits[MAX];
    size_t n;
    assert_int_equal(
        read_hits(WHOLE(HIT("a", "1.75") "," HIT("b", "1") "," HIT("c", "0.8")), hits, &n),
        WEFT_OK);
    assert_int_equal(n, 3);
    assert_string_equal(hits[0].product_id, "a");
    assert_true(hits[0].score == 0.75f);
    assert_true(hits[1].score == 0);
    assert_true(hits[2].score == -0.25f);
    assert_int_equal(read_hits(WHOLE(""), hits, &n), WEFT_OK);
    assert_int_equal(n, 0);
}

static void what_is_no_whole_answer_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "",
        "{",
        "[]",
        "{}",
        "<html>",
        "{\"error\":{\"reason\":\"no\",\"root_cause\":[{\"reason\":\"deeper\"}]},\"status\":400}",
        "{\"timed_out\":true,\"_shards\":{\"failed\":0},\"hits\":{\"hits\":[]}}",
        "{\"timed_out\":false,\"_shards\":{\"failed\":1},\"hits\":{\"hits\":[]}}",
        "{\"timed_out\":false,\"_shards\":{\"failed\":0}}",
        WHOLE("{}"),
        WHOLE("{\"_score\":null,\"fields\":{\"product_id\":[\"a\"]}}"),
        WHOLE("{\"_score\":1,\"fields\":{\"product_id\":[]}}"),
        WHOLE(HIT("a", "1") "," HIT("b", "1") "," HIT("c", "1") "," HIT("d", "1")),
    };
    weft_engine_hit hits[MAX];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        size_t n = 9;
        assert_int_equal(read_hits(wrong[i], hits, &n), WEFT_E_STORE);
        assert_int_equal(n, 0);
    }
}

static weft_status read_bulk(const char *items) {
    char json[1024];
    snprintf(json, sizeof json, "{\"errors\":true,\"items\":[%s]}", items);
    return weft_opensearch_read_bulk(json, strlen(json), NULL);
}

static void a_bulk_is_looked_at_item_by_item(void **state) {
    (void)state;
#define DONE   "{\"index\":{\"_id\":\"a\",\"status\":201}}"
#define NEWER  "{\"index\":{\"_id\":\"a\",\"status\":409,\"error\":{\"reason\":\"version\"}}}"
#define ABSENT "{\"delete\":{\"_id\":\"a\",\"status\":404,\"result\":\"not_found\"}}"
#define BUSY   "{\"index\":{\"_id\":\"a\",\"status\":429,\"error\":{\"reason\":\"rejected\"}}}"
#define BROKEN "{\"index\":{\"_id\":\"a\",\"status\":400,\"error\":{\"reason\":\"mapper\"}}}"
#define GONE   "{\"index\":{\"_id\":\"a\",\"status\":404,\"error\":{\"reason\":\"no such index\"}}}"
    assert_int_equal(read_bulk(DONE "," NEWER "," ABSENT), WEFT_OK);
    assert_int_equal(read_bulk(DONE "," BUSY "," DONE), WEFT_E_BUSY);
    assert_int_equal(read_bulk(BUSY "," BROKEN), WEFT_E_STORE);
    assert_int_equal(read_bulk(BROKEN "," BUSY), WEFT_E_STORE);
    assert_int_equal(read_bulk(GONE), WEFT_E_STORE);
    assert_int_equal(read_bulk("{}"), WEFT_E_STORE);
    assert_int_equal(read_bulk("7"), WEFT_E_STORE);
    assert_int_equal(weft_opensearch_read_bulk("", 0, NULL), WEFT_E_STORE);
}

static void vectors_are_read_whole_or_not_at_all(void **state) {
    (void)state;
    static const struct {
        const char *json;
        weft_status status;
        bool found;
    } cases[] = {
        {"{\"_source\":{\"v\":[0.5,1]}}", WEFT_OK, true},
        {"{\"_source\":{}}", WEFT_OK, false},
        {"{\"found\":false}", WEFT_OK, false},
        {"{\"_source\":{\"v\":[0.5]}}", WEFT_E_STORE, false},
        {"{\"_source\":{\"v\":[0.5,\"x\"]}}", WEFT_E_STORE, false},
        {"nonsense", WEFT_E_STORE, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float out[2];
        bool found;
        assert_int_equal(weft_opensearch_read_vector(cases[i].json, strlen(cases[i].json), "v", out,
                                                     2, &found, NULL),
                         cases[i].status);
        assert_int_equal(found, cases[i].found);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
    const struct CMUnitTest tests[] = {
        TEST(long_and_reserved_ids_are_replaced),
        TEST(filters_become_bool_queries),
        TEST(a_product_is_two_lines),
        TEST(scores_become_cosines),
        TEST(what_is_no_whole_answer_is_refused),
        TEST(a_bulk_is_looked_at_item_by_item),
        TEST(vectors_are_read_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
