/* What a table's rows become: the spec, the rows, and the batch of a transaction. */
#include "../unit.h"

#include <string.h>

#include "sync/source_batch.h"
#include "sync/source_spec.h"

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

static const char whole[] =
    "{\"table\":\"store.articles\",\"columns\":{\"product_id\":\"sku\","
    "\"product_display_name\":\"title\",\"article_type\":\"title\",\"year\":\"released\","
    "\"price\":\"cents\"},\"constants\":{\"gender\":\"Women\"},\"price_divisor\":100,"
    "\"photos\":\"/srv/photos\"}";

static weft_source_spec parse(const char *json) {
    weft_source_spec spec;
    weft_err err = {0};
    if (weft_source_spec_parse(&spec, json, &arena, &err)) fail_msg("%s", err.message);
    return spec;
}

static void a_spec_is_read_and_written_back(void **state) {
    (void)state;
    weft_source_spec spec = parse(whole);
    weft_buf json;
    assert_string_equal(spec.schema, "store");
    assert_string_equal(spec.table, "articles");
    assert_string_equal(spec.columns[WEFT_SOURCE_article_type], "title");
    assert_string_equal(spec.constants[WEFT_SOURCE_gender], "Women");
    assert_null(spec.columns[WEFT_SOURCE_season]);
    assert_true(spec.price_divisor == 100);
    weft_buf_init(&json);
    weft_source_spec_write(&spec, &json);
    assert_string_equal(json.data, whole);
    weft_buf_deinit(&json);
    spec = parse("{\"table\":\"articles\",\"columns\":{\"product_id\":\"id\"}}");
    assert_string_equal(spec.schema, "public");
    assert_true(spec.price_divisor == 1);
    assert_null(spec.photos);
}

static void a_wrong_spec_is_refused_by_its_key(void **state) {
    (void)state;
    static const struct {
        const char *json, *message;
    } wrong[] = {
        {"[]", "not a JSON object"},
        {"{\"table\":", "not a JSON object"},
        {"{\"columns\":{\"product_id\":\"id\"}}", "table:"},
        {"{\"table\":\"a.\",\"columns\":{\"product_id\":\"id\"}}", "table:"},
        {"{\"table\":\"t\",\"columns\":{}}", "columns:"},
        {"{\"table\":\"t\",\"columns\":7}", "columns:"},
        {"{\"table\":\"t\",\"columns\":{\"shape\":\"s\"}}", "no field \"shape\""},
        {"{\"table\":\"t\",\"columns\":{\"product_id\":4}}", "product_id must be text"},
        {"{\"table\":\"t\",\"columns\":{\"product_id\":\"i\",\"usage\":\"u\"},"
         "\"constants\":{\"usage\":\"x\"}}",
         "usage: from a column or constant"},
        {"{\"table\":\"t\",\"columns\":{\"product_id\":\"i\"},\"constants\":{\"image\":\"x\"}}",
         "image:"},
        {"{\"table\":\"t\",\"columns\":{\"product_id\":\"i\"},\"price_divisor\":0}",
         "price_divisor"},
        {"{\"table\":\"t\",\"columns\":{\"product_id\":\"i\"},\"price_divisor\":\"5\"}",
         "price_divisor"},
        {"{\"table\":\"t\",\"columns\":{\"product_id\":\"i\"},\"colour\":\"5\"}",
         "colour: no such"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        weft_source_spec spec;
        weft_err err = {0};
        assert_int_equal(weft_source_spec_parse(&spec, wrong[i].json, &arena, &err),
                         WEFT_E_INVALID);
        if (!strstr(err.message, wrong[i].message))
            fail_msg("%s: \"%s\"", wrong[i].json, err.message);
    }
}

static weft_source_row row_of(const char *id, const char *title, const char *year,
                              const char *price) {
    weft_source_row row = {0};
    if (id) row.values[WEFT_SOURCE_product_id] = weft_str_of(id);
    if (title) row.values[WEFT_SOURCE_product_display_name] = weft_str_of(title);
    if (year) row.values[WEFT_SOURCE_year] = weft_str_of(year);
    if (price) row.values[WEFT_SOURCE_price] = weft_str_of(price);
    return row;
}

static weft_product product_of(const weft_source_row *row) {
    weft_source_spec spec = parse(whole);
    weft_product product;
    weft_err err = {0};
    if (weft_source_row_product(&spec, row, &product, &arena, &err)) fail_msg("%s", err.message);
    return product;
}

static void a_row_becomes_a_product(void **state) {
    (void)state;
    weft_source_row row = row_of(" 17 ", " Linen Dress ", "2012-03-01", "1999");
    weft_product product = product_of(&row);
    assert_string_equal(product.product_id, "17");
    assert_string_equal(product.product_display_name, "Linen Dress");
    assert_string_equal(product.gender, "Women");
    assert_string_equal(product.season, "");
    assert_int_equal(product.year, 2012);
    assert_true(product.price == 19.99);
    assert_false(product.price_is_synthetic);
    assert_null(product.image_path);
    assert_null(product.image_digest);
}

static void what_is_not_known_is_as_in_an_import(void **state) {
    (void)state;
    static const char *const years[] = {NULL, "", "soon", "12", "99999", "2012-"};
    static const char *const prices[] = {NULL, "", "free", "0", "-5", "NaN", "1e300"};
    for (size_t i = 0; i < sizeof years / sizeof *years; i++) {
        weft_source_row row = row_of("1", "NA", years[i], "100");
        weft_product product = product_of(&row);
        assert_string_equal(product.product_display_name, "");
        assert_int_equal(product.year, years[i] && years[i][0] == '2' ? 2012 : 0);
    }
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        weft_source_row row = row_of("1", "Dress", "2012", prices[i]);
        weft_product product = product_of(&row);
        assert_true(product.price_is_synthetic);
        assert_true(product.price > 0);
    }
    weft_source_row row = row_of("1", "broken \xff text", NULL, NULL);
    assert_string_equal(product_of(&row).product_display_name, "");
}

static void a_row_without_a_usable_id_is_refused(void **state) {
    (void)state;
    char longest[130];
    memset(longest, 'x', sizeof longest);
    longest[128] = '\0';
    const char *const wrong[] = {NULL, "", "  ", "a\nb", "\xff", "x"};
    for (size_t i = 0; i + 1 < sizeof wrong / sizeof *wrong; i++) {
        weft_source_row row = row_of(wrong[i], NULL, NULL, NULL);
        const char *id;
        assert_int_equal(weft_source_row_id(&row, &id, &arena, NULL), WEFT_E_INVALID);
    }
    const char *id;
    weft_source_row row = row_of(longest, NULL, NULL, NULL);
    assert_int_equal(weft_source_row_id(&row, &id, &arena, NULL), WEFT_OK);
    longest[128] = 'x', longest[129] = '\0';
    row = row_of(longest, NULL, NULL, NULL);
    assert_int_equal(weft_source_row_id(&row, &id, &arena, NULL), WEFT_E_INVALID);
}

static void fields_that_were_not_sent_are_kept(void **state) {
    (void)state;
    weft_source_row was = row_of("1", "Dress", "2012", "1000");
    weft_source_row is = row_of("1", NULL, NULL, "2000");
    weft_product old = product_of(&was), product = product_of(&is);
    weft_source_keep_fields(&product, &old,
                            1u << WEFT_SOURCE_product_display_name | 1u << WEFT_SOURCE_year);
    assert_string_equal(product.product_display_name, "Dress");
    assert_int_equal(product.year, 2012);
    assert_true(product.price == 20);
    weft_source_keep_fields(&product, &old, 1u << WEFT_SOURCE_price);
    assert_true(product.price == 10);
}

static void a_batch_says_how_each_product_is_in_the_end(void **state) {
    (void)state;
    weft_source_batch batch;
    weft_source_batch_init(&batch);
    weft_source_row row = row_of("1", "First", NULL, "100");
    weft_product product = product_of(&row);
    assert_int_equal(weft_source_batch_put(&batch, &product, NULL), WEFT_OK);
    assert_int_equal(weft_source_batch_delete(&batch, "2", NULL), WEFT_OK);
    product.product_display_name = "Second";
    assert_int_equal(weft_source_batch_put(&batch, &product, NULL), WEFT_OK);
    assert_int_equal(batch.count, 2);
    assert_string_equal(weft_source_batch_find(&batch, "1")->product.product_display_name,
                        "Second");
    assert_true(weft_source_batch_find(&batch, "2")->is_deleted);
    assert_null(weft_source_batch_find(&batch, "3"));
    assert_int_equal(weft_source_batch_delete(&batch, "1", NULL), WEFT_OK);
    assert_true(weft_source_batch_find(&batch, "1")->is_deleted);

    weft_source_batch_truncate(&batch);
    assert_null(weft_source_batch_find(&batch, "1"));
    assert_true(batch.truncates);
    assert_int_equal(weft_source_batch_put(&batch, &product, NULL), WEFT_OK);
    assert_int_equal(batch.count, 1);
    weft_source_batch_clear(&batch);
    assert_false(batch.truncates);
    assert_int_equal(batch.count, 0);
    weft_source_batch_deinit(&batch);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
    const struct CMUnitTest tests[] = {
        TEST(a_spec_is_read_and_written_back),
        TEST(a_wrong_spec_is_refused_by_its_key),
        TEST(a_row_becomes_a_product),
        TEST(what_is_not_known_is_as_in_an_import),
        TEST(a_row_without_a_usable_id_is_refused),
        TEST(fields_that_were_not_sent_are_kept),
        TEST(a_batch_says_how_each_product_is_in_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
