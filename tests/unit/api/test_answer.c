#include "../unit.h"

#include <jansson.h>
#include <string.h>

#include "api/answer.h"

static weft_product product_of(const char *id) {
    return (weft_product){.product_id = id,
                          .product_display_name = "A \"red\" dress",
                          .master_category = "Apparel",
                          .sub_category = "Dress",
                          .article_type = "Dresses",
                          .base_color = "Red",
                          .gender = "Women",
                          .season = "",
                          .usage = "Casual",
                          .price = 29.99,
                          .image_path = "images/ab/abc.jpg",
                          .image_digest = "abc"};
}

static json_t *written(const weft_product *product, const float *score) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_answer_product(&j, product, score);
    assert_true(weft_buf_ok(&out));
    json_t *read = json_loadb(out.data, out.size, 0, NULL);
    assert_non_null(read);
    weft_buf_deinit(&out);
    return read;
}

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static void a_product_has_the_contracts_fields(void **state) {
    (void)state;
    weft_product product = product_of("900001");
    float score = 0.5f;
    json_t *read = written(&product, &score);
    assert_string_equal(text_of(read, "product_id"), "900001");
    assert_string_equal(text_of(read, "product_display_name"), "A \"red\" dress");
    assert_string_equal(text_of(read, "image_url"), "/api/v1/images/900001");
    assert_true(json_is_null(json_object_get(read, "season"))); /* not known */
    assert_true(json_is_null(json_object_get(read, "year")));
    assert_true(json_real_value(json_object_get(read, "price")) == 29.99);
    assert_true(json_real_value(json_object_get(read, "similarity_score")) == 0.5);
    json_decref(read);
}

static void any_id_makes_a_valid_url(void **state) {
    (void)state;
    weft_product product = product_of("a/b c?\xc3\xa9");
    json_t *read = written(&product, NULL);
    assert_string_equal(text_of(read, "image_url"), "/api/v1/images/a%2Fb%20c%3F%C3%A9");
    assert_null(json_object_get(read, "similarity_score"));
    json_decref(read);
}

static void without_a_photo_the_url_is_null(void **state) {
    (void)state;
    weft_product product = product_of("1");
    product.image_path = "";
    json_t *read = written(&product, NULL);
    assert_true(json_is_null(json_object_get(read, "image_url")));
    json_decref(read);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_product_has_the_contracts_fields),
                                       cmocka_unit_test(any_id_makes_a_valid_url),
                                       cmocka_unit_test(without_a_photo_the_url_is_null)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
