#include <string.h>

#include "clip/clip_config.h"
#include "unit.h"

static void refused(const char *json, weft_status status, const char *says) {
    weft_clip_config c = {0};
    weft_err err = {0};
    assert_int_equal(weft_clip_config_parse(&c, json, strlen(json), &err), status);
    if (!strstr(err.message, says)) fail_msg("'%s' does not say '%s'", err.message, says);
}

static void preprocess_refused(const char *json, weft_status status, const char *says) {
    weft_clip_config c = {.image_size = 224};
    weft_err err = {0};
    assert_int_equal(weft_clip_preprocess_parse(&c, json, strlen(json), &err), status);
    if (!strstr(err.message, says)) fail_msg("'%s' does not say '%s'", err.message, says);
}

static weft_clip_config read(const char *json) {
    weft_clip_config c = {0};
    weft_err err = {0};
    if (weft_clip_config_parse(&c, json, strlen(json), &err)) fail_msg("%s", err.message);
    return c;
}

static weft_image_preprocess read_preprocess(const char *json) {
    weft_clip_config c = {.image_size = 224};
    weft_err err = {0};
    if (weft_clip_preprocess_parse(&c, json, strlen(json), &err)) fail_msg("%s", err.message);
    return c.preprocess;
}

static void test_defaults_are_b32(void **unused) {
    (void)unused;
    weft_clip_config c = read("{}");
    assert_int_equal(c.dim, 512);
    assert_int_equal(c.vision.hidden, 768);
    assert_int_equal(c.vision.heads, 12);
    assert_int_equal(c.text.intermediate, 2048);
    assert_int_equal(c.vocab_size, 49408);
    assert_int_equal(c.eos_token_id, 49407);
    assert_int_equal(c.patch_size, 32);
    assert_int_equal(c.text.activation, WEFT_ACTIVATION_QUICK_GELU);
}

static void test_old_form_wins_with_defaults(void **unused) {
    (void)unused;
    weft_clip_config c = read("{\"text_config_dict\":{\"hidden_size\":64},"
                              "\"text_config\":{\"hidden_size\":32,\"vocab_size\":100},"
                              "\"vision_config_dict\":null,\"vision_config\":{\"patch_size\":14,"
                              "\"hidden_act\":\"gelu\"},\"_name_or_path\":\"a/b\"}");
    assert_int_equal(c.text.hidden, 64);
    assert_int_equal(c.vocab_size, 49408);
    assert_int_equal(c.patch_size, 14);
    assert_int_equal(c.vision.activation, WEFT_ACTIVATION_GELU);
    assert_string_equal(c.name, "a/b");
}

static void test_refused_configs(void **unused) {
    (void)unused;
    refused("", WEFT_E_FORMAT, "line");
    refused("[]", WEFT_E_FORMAT, "not a JSON object");
    refused("{\"model_type\":\"siglip\"}", WEFT_E_UNSUPPORTED, "siglip");
    refused("{\"projection_dim\":0}", WEFT_E_LIMIT, "projection_dim is 0");
    refused("{\"projection_dim\":\"512\"}", WEFT_E_FORMAT, "projection_dim");
    refused("{\"text_config\":[]}", WEFT_E_FORMAT, "text_config");
    refused("{\"text_config\":{\"vocab_size\":99999999}}", WEFT_E_LIMIT, "text_config: vocab_size");
    refused("{\"text_config\":{\"eos_token_id\":[1,2]}}", WEFT_E_FORMAT, "eos_token_id");
    refused("{\"vision_config\":{\"hidden_size\":-1}}", WEFT_E_LIMIT, "vision_config: hidden_size");
    refused("{\"vision_config\":{\"hidden_size\":770}}", WEFT_E_FORMAT, "multiple");
    refused("{\"vision_config\":{\"num_channels\":1}}", WEFT_E_LIMIT, "num_channels");
    refused("{\"vision_config\":{\"patch_size\":225}}", WEFT_E_FORMAT, "patch_size 225");
    refused("{\"vision_config\":{\"patch_size\":1}}", WEFT_E_LIMIT, "128");
    refused("{\"vision_config\":{\"hidden_act\":\"relu\"}}", WEFT_E_UNSUPPORTED, "relu");
    refused("{\"vision_config\":{\"layer_norm_eps\":-1}}", WEFT_E_LIMIT, "layer_norm_eps");
}

static void test_preprocess_forms(void **unused) {
    (void)unused;
    weft_image_preprocess p = read_preprocess("{}");
    assert_int_equal(p.shortest_edge, 224);
    assert_int_equal(p.crop_size, 224);
    assert_true(p.mean[0] == 0.48145466f && p.std[2] == 0.27577711f);
    p = read_preprocess("{\"size\":256,\"crop_size\":{\"height\":224,\"width\":224}}");
    assert_int_equal(p.shortest_edge, 256);
    p = read_preprocess("{\"size\":{\"shortest_edge\":300}}");
    assert_int_equal(p.shortest_edge, 300);
    p = read_preprocess("{\"size\":{\"height\":224,\"width\":224},\"do_center_crop\":false}");
    assert_int_equal(p.shortest_edge, 0);
    assert_int_equal(p.resize_height, 224);
    p = read_preprocess("{\"do_normalize\":false}");
    assert_true(p.mean[1] == 0 && p.std[1] == 1);
    p = read_preprocess(
        "{\"rescale_factor\":0.00784313725490196,\"image_std\":[1,1,1]}"); /* 2/255 */
    assert_float_equal(p.std[0], 0.5f, 1e-6f);
}

static void test_refused_preprocess(void **unused) {
    (void)unused;
    preprocess_refused("{\"resample\":2}", WEFT_E_UNSUPPORTED, "resample is 2");
    preprocess_refused("{\"do_resize\":false}", WEFT_E_UNSUPPORTED, "do_resize");
    preprocess_refused("{\"do_center_crop\":false}", WEFT_E_UNSUPPORTED, "do_center_crop");
    preprocess_refused("{\"crop_size\":200}", WEFT_E_FORMAT, "image_size 224");
    preprocess_refused("{\"crop_size\":{\"height\":224,\"width\":200}}", WEFT_E_FORMAT, "square");
    preprocess_refused("{\"size\":{\"longest_edge\":3}}", WEFT_E_FORMAT, "shortest_edge");
    preprocess_refused("{\"size\":100}", WEFT_E_UNSUPPORTED, "smaller");
    preprocess_refused("{\"size\":99999}", WEFT_E_LIMIT, "size");
    preprocess_refused("{\"image_mean\":[1,2]}", WEFT_E_FORMAT, "image_mean");
    preprocess_refused("{\"image_std\":[1,0,1]}", WEFT_E_LIMIT, "image_std[1]");
    preprocess_refused("{\"rescale_factor\":0}", WEFT_E_LIMIT, "rescale_factor");
    preprocess_refused("{\"do_rescale\":3}", WEFT_E_FORMAT, "do_rescale");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_b32), cmocka_unit_test(test_old_form_wins_with_defaults),
        cmocka_unit_test(test_refused_configs), cmocka_unit_test(test_preprocess_forms),
        cmocka_unit_test(test_refused_preprocess)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
