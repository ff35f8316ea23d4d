#include "../unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/image.h"
#include "photo_maker.h"

enum { W = 37, H = 21 };
static uint8_t samples[W * H * 4];

static photo make(int channels, bool ycck, bool progressive) {
    fill_samples(samples, W, H, channels);
    return photo_jpeg(&(jpeg_recipe){.width = W,
                                     .height = H,
                                     .channels = channels,
                                     .ycck = ycck,
                                     .progressive = progressive,
                                     .samples = samples});
}

static weft_image decode(const photo *p) {
    weft_image image;
    weft_err err = {0};
    if (weft_image_decode(&image, p->bytes, p->n, NULL, &err) != WEFT_OK)
        fail_msg("%s", err.message);
    return image;
}

/* The mean distance to what `expected` says about each pixel's channel. */
static double mean_error(const weft_image *image, int (*expected)(const uint8_t *, int),
                         int channels) {
    double sum = 0;
    for (size_t i = 0; i < (size_t)W * H; i++) {
        for (int c = 0; c < 3; c++)
            sum +=
                abs(image->pixels[i * 3 + (size_t)c] - expected(samples + i * (size_t)channels, c));
    }
    return sum / (W * H * 3);
}

static int from_rgb(const uint8_t *s, int c) { return s[c]; }
static int from_gray(const uint8_t *s, int c) {
    (void)c;
    return s[0];
}
/* Stored values are Adobe's 255 - ink. */
static int from_cmyk(const uint8_t *s, int c) { return s[c] * s[3] / 255; }

static void expect_close(photo p, int (*expected)(const uint8_t *, int), int channels) {
    weft_image image = decode(&p);
    assert_int_equal(image.width, W);
    assert_int_equal(image.height, H);
    assert_true(mean_error(&image, expected, channels) < 2.5);
    weft_image_deinit(&image);
    photo_free(&p);
}

static void test_every_color_model(void **state) {
    (void)state;
    expect_close(make(3, false, false), from_rgb, 3);
    expect_close(make(3, false, true), from_rgb, 3);
    expect_close(make(1, false, false), from_gray, 1);
    expect_close(make(1, false, true), from_gray, 1);
    expect_close(make(4, false, false), from_cmyk, 4);
    expect_close(make(4, true, false), from_cmyk, 4);
}

static void insert_exif(photo *p, uint16_t orientation) {
    uint8_t segment[4 + 6 + EXIF_SIZE] = {0xff, 0xe1, 0, 2 + 6 + EXIF_SIZE, 'E', 'x', 'i', 'f'};
    exif_block(segment + 10, orientation, orientation % 2);
    photo_insert(p, 2, segment, sizeof segment);
}

static void test_exif_turns_the_photo(void **state) {
    (void)state;
    photo plain = make(3, false, false);
    weft_image stored = decode(&plain);
    for (uint16_t orientation = 1; orientation <= 8; orientation++) {
        photo p = make(3, false, false);
        insert_exif(&p, orientation);
        weft_image image = decode(&p);
        bool turned = orientation >= 5;
        assert_int_equal(image.width, turned ? H : W);
        assert_int_equal(image.height, turned ? W : H);
        /* The stored top left corner, where the standard says it is shown. */
        bool right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
        bool bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
        size_t x = right ? image.width - 1 : 0, y = bottom ? image.height - 1 : 0;
        assert_memory_equal(image.pixels + (y * image.width + x) * 3, stored.pixels, 3);
        weft_image_deinit(&image);
        photo_free(&p);
    }
    weft_image_deinit(&stored);
    photo_free(&plain);
}

static void test_xmp_turns_the_photo(void **state) {
    (void)state;
    static const char text[] = "http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation=\"6\"/>";
    uint8_t segment[4 + sizeof text - 1] = {0xff, 0xe1, 0, sizeof text + 1};
    memcpy(segment + 4, text, sizeof text - 1);
    photo p = make(3, false, false);
    photo_insert(&p, 2, segment, sizeof segment);
    weft_image image = decode(&p);
    assert_int_equal(image.width, H);
    weft_image_deinit(&image);
    photo_free(&p);
}

static void expect_truncated(photo p) {
    for (size_t n = 3; n + 2 < p.n; n++) { /* the end marker alone is not missed */
        uint8_t *cut = malloc(n);
        memcpy(cut, p.bytes, n);
        weft_image image;
        weft_err err = {0};
        weft_status status = weft_image_decode(&image, cut, n, NULL, &err);
        if (status != WEFT_E_FORMAT) fail_msg("%zu of %zu bytes: status %d", n, p.n, (int)status);
        assert_null(image.pixels);
        free(cut);
    }
    photo_free(&p);
}

static void test_truncated_anywhere_is_an_error(void **state) {
    (void)state;
    expect_truncated(make(3, false, false));
    expect_truncated(make(3, false, true));
    expect_truncated(make(4, false, false));
}

static void test_twelve_bits_are_unsupported(void **state) {
    (void)state;
    photo p = make(3, false, false);
    size_t at = 0;
    while (!(p.bytes[at] == 0xff && p.bytes[at + 1] == 0xc0)) at++;
    p.bytes[at + 4] = 12; /* 12 bits a sample */
    weft_image image;
    assert_int_equal(weft_image_decode(&image, p.bytes, p.n, NULL, NULL), WEFT_E_UNSUPPORTED);
    photo_free(&p);
}

static void test_decode_without_memory(void **state) {
    (void)state;
    photo p = make(4, false, false);
    insert_exif(&p, 6);
    size_t nth = 0;
    weft_status status;
    weft_image image;
    do {
        weft_mem_fail_after(++nth);
        status = weft_image_decode(&image, p.bytes, p.n, NULL, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || status == WEFT_E_NOMEM);
    } while (status != WEFT_OK);
    assert_int_equal(nth, 4); /* pixels, a row, the turned pixels; the 4th never comes */
    weft_image_deinit(&image);
    photo_free(&p);
}

static void test_encode_gives_back_the_picture(void **state) {
    (void)state;
    fill_samples(samples, W, H, 3);
    const weft_image image = {samples, W, H};
    unsigned char *bytes;
    size_t n;
    assert_int_equal(weft_image_encode_jpeg(&image, 100, &bytes, &n, NULL), WEFT_OK);
    assert_int_equal(weft_image_format_of(bytes, n), WEFT_IMAGE_JPEG);
    weft_image back = decode(&(photo){bytes, n});
    assert_int_equal(back.width, W);
    assert_true(mean_error(&back, from_rgb, 3) < 12.0); /* color is stored at half size */
    weft_image_deinit(&back);
    weft_free(bytes);
}

static void test_encode_refuses(void **state) {
    (void)state;
    unsigned char *bytes;
    size_t n;
    const weft_image image = {samples, W, H}, wide = {samples, 65501, 1}, empty = {0};
    assert_int_equal(weft_image_encode_jpeg(&image, 0, &bytes, &n, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_image_encode_jpeg(&image, 101, &bytes, &n, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_image_encode_jpeg(&wide, 80, &bytes, &n, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_image_encode_jpeg(&empty, 80, &bytes, &n, NULL), WEFT_E_INVALID);
    for (size_t nth = 1; nth <= 2; nth++) {
        weft_mem_fail_after(nth);
        weft_status status = weft_image_encode_jpeg(&image, 80, &bytes, &n, NULL);
        weft_mem_fail_after(0);
        assert_int_equal(status, WEFT_E_NOMEM);
        assert_null(bytes);
        assert_int_equal(n, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_color_model),
        cmocka_unit_test(test_exif_turns_the_photo),
        cmocka_unit_test(test_xmp_turns_the_photo),
        cmocka_unit_test(test_truncated_anywhere_is_an_error),
        cmocka_unit_test(test_twelve_bits_are_unsupported),
        cmocka_unit_test(test_decode_without_memory),
        cmocka_unit_test(test_encode_gives_back_the_picture),
        cmocka_unit_test(test_encode_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
