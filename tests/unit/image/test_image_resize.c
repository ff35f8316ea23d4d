#include "../unit.h"

#include <string.h>

#include "base/mem.h"
#include "image/image_codec.h"
#include "photo_maker.h"

enum { W = 7, H = 5 };

/* A picture without smoothness, so that rounding and clipping are exercised. */
static weft_image rough(void) {
    static uint8_t pixels[W * H * 3];
    for (int y = 0, i = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            for (int c = 0; c < 3; c++) pixels[i++] = (uint8_t)(x * 37 + y * 91 + c * 53);
        }
    }
    return (weft_image){pixels, W, H};
}

/* Made with Pillow 13 from the same picture, one dimension per call:
 *   im.resize((w, 5), Image.BICUBIC).resize((w, h), Image.BICUBIC) */
static void test_bytes_equal_pillow(void **state) {
    (void)state;
    static const uint8_t smaller[] = {95,  124, 133, 130, 157, 134, 133, 127, 139,
                                      110, 136, 149, 116, 129, 121, 126, 140, 130};
    static const uint8_t larger_start[] = {0,   43,  96,  14,  67,  118, 45,  98,  161,
                                           74,  126, 205, 103, 156, 232, 130, 204, 255,
                                           174, 255, 131, 217, 178, 21,  239, 0,   66};
    const weft_image image = rough();
    weft_image out;
    assert_int_equal(weft_image_resize(&out, &image, 3, 2, NULL), WEFT_OK);
    assert_int_equal(out.width, 3);
    assert_int_equal(out.height, 2);
    assert_memory_equal(out.pixels, smaller, sizeof smaller);
    weft_image_deinit(&out);
    assert_int_equal(weft_image_resize(&out, &image, 9, 11, NULL), WEFT_OK);
    assert_memory_equal(out.pixels, larger_start, sizeof larger_start);
    weft_image_deinit(&out);
}

static void test_same_size_changes_nothing(void **state) {
    (void)state;
    const weft_image image = rough();
    weft_image out;
    assert_int_equal(weft_image_resize(&out, &image, W, H, NULL), WEFT_OK);
    assert_memory_equal(out.pixels, image.pixels, W * H * 3);
    weft_image_deinit(&out);
}

static void test_flat_color_stays(void **state) {
    (void)state;
    uint8_t pixels[W * H * 3];
    memset(pixels, 201, sizeof pixels);
    const weft_image image = {pixels, W, H};
    for (uint32_t width = 1; width < 40; width += 3) {
        weft_image out;
        assert_int_equal(weft_image_resize(&out, &image, width, 40 - width, NULL), WEFT_OK);
        for (size_t i = 0; i < (size_t)width * (40 - width) * 3; i++)
            assert_int_equal(out.pixels[i], 201);
        weft_image_deinit(&out);
    }
}

static void test_window_is_a_part_of_the_whole(void **state) {
    (void)state;
    const weft_image image = rough();
    const weft_image_box whole_box = {0, 0, W, H};
    const weft_image_window windows[] = {
        {whole_box, 20, 30, 0, 0, 20, 30}, {whole_box, 20, 30, 5, 7, 3, 2},
        {whole_box, 4, 3, 3, 2, 1, 1},     {whole_box, 4, 30, 0, 29, 4, 1},
        {whole_box, 21, 15, 0, 4, 21, 4}, /* from rows that fall on a row of the picture */
        {whole_box, 21, 15, 0, 1, 21, 7}};
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        const weft_image_window *w = &windows[i];
        weft_image whole, part;
        assert_int_equal(weft_image_resize(&whole, &image, w->full_width, w->full_height, NULL),
                         WEFT_OK);
        assert_int_equal(weft_image_resize_window(&part, &image, w, NULL), WEFT_OK);
        assert_int_equal(part.width, w->width);
        assert_int_equal(part.height, w->height);
        for (size_t y = 0; y < w->height; y++)
            assert_memory_equal(part.pixels + y * w->width * 3,
                                whole.pixels + ((y + w->y) * whole.width + w->x) * 3, w->width * 3);
        weft_image_deinit(&part);
        weft_image_deinit(&whole);
    }
}

static void test_refuses_nothing_to_do(void **state) {
    (void)state;
    const weft_image image = rough(), empty = {0};
    weft_image out;
    assert_int_equal(weft_image_resize(&out, &image, 0, 5, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_image_resize(&out, &image, 5, 0, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_image_resize(&out, &empty, 5, 5, NULL), WEFT_E_INVALID);
}

static void test_without_memory(void **state) {
    (void)state;
    const weft_image image = rough();
    weft_image out;
    weft_status status = WEFT_E_NOMEM;
    size_t nth = 0;
    while (status == WEFT_E_NOMEM) {
        weft_mem_fail_after(++nth);
        status = weft_image_resize(&out, &image, 3, 3, NULL);
        weft_mem_fail_after(0);
        if (status != WEFT_OK) assert_null(out.pixels);
    }
    assert_int_equal(status, WEFT_OK);
    assert_int_equal(nth, 12); /* 4 per plan, two pictures, the last rows */
    weft_image_deinit(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_equal_pillow),
        cmocka_unit_test(test_same_size_changes_nothing),
        cmocka_unit_test(test_flat_color_stays),
        cmocka_unit_test(test_window_is_a_part_of_the_whole),
        cmocka_unit_test(test_refuses_nothing_to_do),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
