#include "../unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <png.h>

#include "base/mem.h"
#include "image/image.h"
#include "photo_maker.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WITH_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WITH_SANITIZER
#endif
#endif

/* Decodes what the recipe makes and expects exactly rgb[width * height][3]. */
static void expect_pixels(const png_recipe *recipe, const uint8_t *rgb) {
    photo p = photo_png(recipe);
    weft_image image;
    weft_err err = {0};
    if (weft_image_decode(&image, p.bytes, p.n, NULL, &err) != WEFT_OK) fail_msg("%s", err.message);
    assert_int_equal(image.width, recipe->width);
    assert_int_equal(image.height, recipe->height);
    assert_memory_equal(image.pixels, rgb, (size_t)recipe->width * recipe->height * 3);
    weft_image_deinit(&image);
    photo_free(&p);
}

static void test_rgb_plain_and_interlaced(void **state) {
    (void)state;
    uint8_t rgb[19 * 13 * 3];
    fill_samples(rgb, 19, 13, 3);
    png_recipe recipe = {
        .width = 19, .height = 13, .bits = 8, .color_type = PNG_COLOR_TYPE_RGB, .samples = rgb};
    expect_pixels(&recipe, rgb);
    recipe.interlaced = true;
    expect_pixels(&recipe, rgb);
}

static void test_alpha_lies_on_white(void **state) {
    (void)state;
    const uint8_t rgba[] = {10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128};
    const uint8_t rgb[] = {10, 20, 30, 255, 255, 255, 127, 177, 255};
    png_recipe recipe = {.width = 3,
                         .height = 1,
                         .bits = 8,
                         .color_type = PNG_COLOR_TYPE_RGB_ALPHA,
                         .samples = rgba};
    expect_pixels(&recipe, rgb);
    recipe.interlaced = true;
    expect_pixels(&recipe, rgb);

    const uint8_t gray_alpha[] = {40, 255, 40, 0};
    const uint8_t gray[] = {40, 40, 40, 255, 255, 255};
    expect_pixels(&(png_recipe){.width = 2,
                                .height = 1,
                                .bits = 8,
                                .color_type = PNG_COLOR_TYPE_GRAY_ALPHA,
                                .samples = gray_alpha},
                  gray);
}

static void test_gray_of_every_depth(void **state) {
    (void)state;
    const uint8_t one[] = {0xa0}, two[] = {0x1b}, four[] = {0x0f, 0x80};
    const uint8_t eight[] = {0, 99, 255}, sixteen[] = {0, 255, 0x80, 0xff, 0xff, 0};
    const struct {
        int bits;
        const uint8_t *samples;
        uint8_t shown[3];
    } cases[] = {{1, one, {255, 0, 255}},
                 {2, two, {0, 85, 170}},
                 {4, four, {0, 255, 136}},
                 {8, eight, {0, 99, 255}},
                 {16, sixteen, {0, 128, 255}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t rgb[9];
        for (int k = 0; k < 9; k++) rgb[k] = cases[i].shown[k / 3];
        expect_pixels(&(png_recipe){.width = 3,
                                    .height = 1,
                                    .bits = cases[i].bits,
                                    .color_type = PNG_COLOR_TYPE_GRAY,
                                    .samples = cases[i].samples},
                      rgb);
    }
}

static void test_sixteen_bits_keep_the_high_byte(void **state) {
    (void)state;
    const uint8_t rgb16[] = {1, 255, 2, 255, 3, 255};
    expect_pixels(&(png_recipe){.width = 1,
                                .height = 1,
                                .bits = 16,
                                .color_type = PNG_COLOR_TYPE_RGB,
                                .samples = rgb16},
                  (const uint8_t[]){1, 2, 3});
    const uint8_t rgba16[] = {1, 255, 2, 255, 3, 255, 255, 0};
    expect_pixels(&(png_recipe){.width = 1,
                                .height = 1,
                                .bits = 16,
                                .color_type = PNG_COLOR_TYPE_RGB_ALPHA,
                                .samples = rgba16},
                  (const uint8_t[]){1, 2, 3});
}

static void test_palette(void **state) {
    (void)state;
    const uint8_t palette[] = {9, 8, 7, 60, 50, 40, 255, 0, 0};
    const uint8_t indexes[] = {0x18}; /* 2 bits each: 0, 1, 2, 0 */
    png_recipe recipe = {.width = 4,
                         .height = 1,
                         .bits = 2,
                         .color_type = PNG_COLOR_TYPE_PALETTE,
                         .samples = indexes,
                         .palette = palette,
                         .palette_size = 3};
    expect_pixels(&recipe, (const uint8_t[]){9, 8, 7, 60, 50, 40, 255, 0, 0, 9, 8, 7});
    recipe.palette_alpha = (const uint8_t[]){255, 0};
    recipe.palette_alpha_size = 2;
    expect_pixels(&recipe, (const uint8_t[]){9, 8, 7, 255, 255, 255, 255, 0, 0, 9, 8, 7});
}

static void test_color_keys_match_at_their_depth(void **state) {
    (void)state;
    const uint8_t rgb[] = {1, 2, 3, 1, 2, 4};
    expect_pixels(&(png_recipe){.width = 2,
                                .height = 1,
                                .bits = 8,
                                .color_type = PNG_COLOR_TYPE_RGB,
                                .samples = rgb,
                                .key = (const uint16_t[]){1, 2, 3}},
                  (const uint8_t[]){255, 255, 255, 1, 2, 4});
    const uint8_t gray2[] = {0x1b};
    expect_pixels(&(png_recipe){.width = 3,
                                .height = 1,
                                .bits = 2,
                                .color_type = PNG_COLOR_TYPE_GRAY,
                                .samples = gray2,
                                .key = (const uint16_t[]){1, 0, 0}},
                  (const uint8_t[]){0, 0, 0, 255, 255, 255, 170, 170, 170});
    const uint8_t gray16[] = {0x12, 0x34, 0x12, 0x35};
    expect_pixels(&(png_recipe){.width = 2,
                                .height = 1,
                                .bits = 16,
                                .color_type = PNG_COLOR_TYPE_GRAY,
                                .samples = gray16,
                                .key = (const uint16_t[]){0x1234, 0, 0}},
                  (const uint8_t[]){255, 255, 255, 0x12, 0x12, 0x12});
}

static void expect_size(photo p, uint32_t width, uint32_t height) {
    weft_image image;
    assert_int_equal(weft_image_decode(&image, p.bytes, p.n, NULL, NULL), WEFT_OK);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    weft_image_deinit(&image);
    photo_free(&p);
}

static void test_metadata_turns_the_photo(void **state) {
    (void)state;
    uint8_t rgb[5 * 2 * 3], exif[EXIF_SIZE];
    fill_samples(rgb, 5, 2, 3);
    exif_block(exif, 8, false);
    png_recipe recipe = {.width = 5,
                         .height = 2,
                         .bits = 8,
                         .color_type = PNG_COLOR_TYPE_RGB,
                         .samples = rgb,
                         .exif = exif,
                         .exif_size = sizeof exif};
    expect_size(photo_png(&recipe), 2, 5);
    recipe.exif = NULL;
    recipe.xmp = "<x tiff:Orientation=\"6\"/>";
    expect_size(photo_png(&recipe), 2, 5);
    recipe.xmp = "nothing here";
    expect_size(photo_png(&recipe), 5, 2);
}

static photo big(void) {
    static uint8_t rgba[40 * 30 * 4];
    fill_samples(rgba, 40, 30, 4);
    return photo_png(&(png_recipe){.width = 40,
                                   .height = 30,
                                   .bits = 8,
                                   .interlaced = true,
                                   .color_type = PNG_COLOR_TYPE_RGB_ALPHA,
                                   .samples = rgba});
}

static void test_truncated_anywhere_is_an_error(void **state) {
    (void)state;
    enum { AFTER_PIXELS = 12 + 4 + 4 }; /* IEND, the checksums of IDAT and zlib */
    photo p = big();
    for (size_t n = 8; n < p.n - AFTER_PIXELS; n++) {
        uint8_t *cut = malloc(n);
        memcpy(cut, p.bytes, n);
        weft_image image;
        assert_int_equal(weft_image_decode(&image, cut, n, NULL, NULL), WEFT_E_FORMAT);
        assert_null(image.pixels);
        free(cut);
    }
    p.n -= 12; /* without its end it is still all there */
    expect_size(p, 40, 30);
}

static void test_damage_is_an_error(void **state) {
    (void)state;
    photo p = big();
    p.bytes[p.n / 2] ^= 0x55;
    weft_image image;
    assert_int_equal(weft_image_decode(&image, p.bytes, p.n, NULL, NULL), WEFT_E_FORMAT);
    photo_free(&p);
}

/* Found by fuzzing: 276 bytes whose EXIF claims a gigabyte, which libpng allocated.
 * With little address space, asking for it would be told apart by WEFT_E_NOMEM. */
static void test_claimed_chunk_length_is_not_allocated(void **state) {
    (void)state;
#ifdef WITH_SANITIZER
    print_message("skip: a sanitizer needs the address space that this test takes away\n");
    skip();
#endif
    photo p = big();
    photo_insert(&p, 33, "\x7f\0\0\0eXIfMM\0*", 12); /* behind IHDR */
    struct rlimit before, tight;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    tight = before;
    tight.rlim_cur = (rlim_t)1 << 30;
    assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
    weft_image image;
    weft_status status = weft_image_decode(&image, p.bytes, p.n, NULL, NULL);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(status, WEFT_E_FORMAT);
    photo_free(&p);
}

static void test_decode_without_memory(void **state) {
    (void)state;
    photo p = big();
    weft_status status = WEFT_E_NOMEM;
    size_t nth = 0;
    while (status == WEFT_E_NOMEM) {
        weft_image image;
        weft_mem_fail_after(++nth);
        status = weft_image_decode(&image, p.bytes, p.n, NULL, NULL);
        weft_mem_fail_after(0);
        if (status == WEFT_OK) weft_image_deinit(&image);
    }
    assert_int_equal(status, WEFT_OK);
    assert_true(nth > 5); /* libpng's own allocations fail too */
    photo_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rgb_plain_and_interlaced),
        cmocka_unit_test(test_alpha_lies_on_white),
        cmocka_unit_test(test_gray_of_every_depth),
        cmocka_unit_test(test_sixteen_bits_keep_the_high_byte),
        cmocka_unit_test(test_palette),
        cmocka_unit_test(test_color_keys_match_at_their_depth),
        cmocka_unit_test(test_metadata_turns_the_photo),
        cmocka_unit_test(test_truncated_anywhere_is_an_error),
        cmocka_unit_test(test_damage_is_an_error),
        cmocka_unit_test(test_claimed_chunk_length_is_not_allocated),
        cmocka_unit_test(test_decode_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
