#include "../unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/image.h"
#include "photo_maker.h"

static weft_image_preprocess clip(uint32_t shortest_edge, uint32_t crop) {
    return (weft_image_preprocess){.shortest_edge = shortest_edge,
                                   .crop_size = crop,
                                   .mean = {0.48145466f, 0.4578275f, 0.40821073f},
                                   .std = {0.26862954f, 0.26130258f, 0.27577711f}};
}

static float value(const weft_image_preprocess *how, int channel, int byte) {
    return ((float)byte / 255.0f - how->mean[channel]) / how->std[channel];
}

enum { GOLDEN_SIDE = 224, GOLDEN_FLOATS = 3 * GOLDEN_SIDE * GOLDEN_SIDE };

static void read_golden(const char *name, weft_buf *out) {
    char path[1024];
    const char *shared = getenv("WEFT_SHARED");
    snprintf(path, sizeof path, "%s/data/clip-golden/%s", shared ? shared : "../shared", name);
    weft_buf_init(out);
    if (weft_file_exists(path))
        assert_int_equal(weft_file_read(path, 10 << 20, out, NULL), WEFT_OK);
}

/* What OpenAI's own pipeline made of a photograph (the clip-golden folder). */
static void test_golden_photo(void **state) {
    (void)state;
    weft_buf photo_bytes, expected;
    read_golden("franz-kafka.jpg", &photo_bytes);
    read_golden("expected_preprocessed_image.npy", &expected);
    if (photo_bytes.size == 0 || expected.size == 0) {
        print_message("skip: no clip-golden in the shared data (see WEFT_SHARED)\n");
        weft_buf_deinit(&photo_bytes);
        weft_buf_deinit(&expected);
        skip();
    }
    assert_non_null(strstr(expected.data + 10, "'descr': '<f4'"));
    assert_non_null(strstr(expected.data + 10, "(1, 3, 224, 224)"));
    const float *wanted = (const void *)(expected.data + expected.size - GOLDEN_FLOATS * 4);

    weft_image image;
    assert_int_equal(weft_image_decode(&image, photo_bytes.data, photo_bytes.size, NULL, NULL),
                     WEFT_OK);
    float *tensor = weft_alloc(GOLDEN_FLOATS, sizeof *tensor);
    weft_image_preprocess how = clip(GOLDEN_SIDE, GOLDEN_SIDE);
    assert_int_equal(weft_image_to_tensor(&image, &how, tensor, NULL), WEFT_OK);
    float worst = 0;
    for (size_t i = 0; i < GOLDEN_FLOATS; i++) {
        float w;
        memcpy(&w, wanted + i, sizeof w);
        worst = fmaxf(worst, fabsf(tensor[i] - w));
    }
    print_message("golden photo: largest difference %.3g\n", (double)worst);
    assert_true(worst <= 1e-5f);
    weft_free(tensor);
    weft_image_deinit(&image);
    weft_buf_deinit(&photo_bytes);
    weft_buf_deinit(&expected);
}

static void test_one_pixel_fills_the_tensor(void **state) {
    (void)state;
    uint8_t pixel[3] = {200, 100, 0};
    const weft_image image = {pixel, 1, 1};
    weft_image_preprocess how = clip(8, 8);
    float tensor[3 * 64];
    assert_int_equal(weft_image_to_tensor(&image, &how, tensor, NULL), WEFT_OK);
    for (int i = 0; i < 3 * 64; i++)
        assert_true(fabsf(tensor[i] - value(&how, i / 64, pixel[i / 64])) < 1e-6f);
}

/* A crop larger than the picture: zeros around it, the odd row on top. */
static void test_small_pictures_are_padded(void **state) {
    (void)state;
    uint8_t pixels[2 * 2 * 3];
    memset(pixels, 255, sizeof pixels);
    const weft_image image = {pixels, 2, 2};
    weft_image_preprocess how = clip(2, 5);
    float tensor[3 * 25];
    assert_int_equal(weft_image_to_tensor(&image, &how, tensor, NULL), WEFT_OK);
    for (int i = 0; i < 3 * 25; i++) {
        int x = i % 5, y = i / 5 % 5;
        bool inside = x >= 2 && x < 4 && y >= 2 && y < 4;
        assert_true(fabsf(tensor[i] - value(&how, i / 25, inside ? 255 : 0)) < 1e-6f);
    }
}

/* The crop of a window alone equals cropping the whole resized picture. */
static void test_crop_is_the_middle_of_the_resized_picture(void **state) {
    (void)state;
    const uint32_t sizes[][4] = {/* from, to */ {50, 31, 17, 11}, {31, 50, 11, 17}, {9, 4, 24, 11}};
    for (size_t s = 0; s < 3; s++) {
        static uint8_t pixels[50 * 50 * 3];
        fill_samples(pixels, sizes[s][0], sizes[s][1], 3);
        const weft_image image = {pixels, sizes[s][0], sizes[s][1]};
        weft_image_preprocess how = clip(11, 7);
        float tensor[3 * 49];
        assert_int_equal(weft_image_to_tensor(&image, &how, tensor, NULL), WEFT_OK);
        weft_image whole;
        assert_int_equal(weft_image_resize(&whole, &image, sizes[s][2], sizes[s][3], NULL),
                         WEFT_OK);
        uint32_t left = (whole.width - 7) / 2, top = (whole.height - 7) / 2;
        for (uint32_t i = 0; i < 3 * 49; i++) {
            uint32_t x = left + i % 7, y = top + i / 7 % 7;
            int byte = whole.pixels[(y * whole.width + x) * 3 + i / 49];
            assert_true(fabsf(tensor[i] - value(&how, (int)(i / 49), byte)) < 1e-6f);
        }
        weft_image_deinit(&whole);
    }
}

static void test_a_thread_of_pixels_costs_only_its_crop(void **state) {
    (void)state;
    uint8_t *pixels = weft_calloc(16384, 3);
    const weft_image image = {pixels, 1, 16384}; /* resized whole: 224 x 3670016 pixels */
    weft_image_preprocess how = clip(224, 8);
    float tensor[3 * 64];
    assert_int_equal(weft_image_to_tensor(&image, &how, tensor, NULL), WEFT_OK);
    weft_free(pixels);
}

static void test_exact_size_ignores_the_shape(void **state) {
    (void)state;
    uint8_t pixels[6 * 3 * 3];
    fill_samples(pixels, 6, 3, 3);
    const weft_image image = {pixels, 6, 3};
    weft_image_preprocess how = clip(0, 4);
    how.resize_width = how.resize_height = 4;
    float tensor[3 * 16];
    weft_image whole;
    assert_int_equal(weft_image_to_tensor(&image, &how, tensor, NULL), WEFT_OK);
    assert_int_equal(weft_image_resize(&whole, &image, 4, 4, NULL), WEFT_OK);
    for (size_t i = 0; i < 3 * 16; i++) {
        int byte = whole.pixels[i % 16 * 3 + i / 16];
        assert_true(fabsf(tensor[i] - value(&how, (int)(i / 16), byte)) < 1e-6f);
    }
    weft_image_deinit(&whole);
}

static void test_bad_settings(void **state) {
    (void)state;
    uint8_t pixel[3] = {0};
    const weft_image image = {pixel, 1, 1}, empty = {0};
    float tensor[3];
    weft_image_preprocess good = clip(1, 1), how = good;
    assert_int_equal(weft_image_to_tensor(&empty, &how, tensor, NULL), WEFT_E_INVALID);
    how.crop_size = 0;
    assert_int_equal(weft_image_to_tensor(&image, &how, tensor, NULL), WEFT_E_INVALID);
    how = good;
    how.shortest_edge = 0;
    how.resize_width = 5;
    assert_int_equal(weft_image_to_tensor(&image, &how, tensor, NULL), WEFT_E_INVALID);
    how = good;
    how.std[2] = 0.0f;
    assert_int_equal(weft_image_to_tensor(&image, &how, tensor, NULL), WEFT_E_INVALID);
    how = good;
    how.mean[0] = NAN;
    assert_int_equal(weft_image_to_tensor(&image, &how, tensor, NULL), WEFT_E_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_photo),
        cmocka_unit_test(test_one_pixel_fills_the_tensor),
        cmocka_unit_test(test_small_pictures_are_padded),
        cmocka_unit_test(test_crop_is_the_middle_of_the_resized_picture),
        cmocka_unit_test(test_a_thread_of_pixels_costs_only_its_crop),
        cmocka_unit_test(test_exact_size_ignores_the_shape),
        cmocka_unit_test(test_bad_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
