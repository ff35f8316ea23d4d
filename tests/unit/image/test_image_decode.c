#include "../unit.h"

#include <string.h>

#include <png.h>

#include "image/image.h"
#include "photo_maker.h"

static void test_format_is_told_by_the_first_bytes(void **state) {
    (void)state;
    assert_int_equal(weft_image_format_of("\xff\xd8\xff\xe0", 4), WEFT_IMAGE_JPEG);
    assert_int_equal(weft_image_format_of("\x89PNG\r\n\x1a\n", 8), WEFT_IMAGE_PNG);
    assert_int_equal(weft_image_format_of("RIFF\1\2\3\4WEBP", 12), WEFT_IMAGE_WEBP);
    assert_int_equal(weft_image_format_of("RIFF\1\2\3\4WAVE", 12), WEFT_IMAGE_UNKNOWN);
    assert_int_equal(weft_image_format_of("\x89PNG\r\n\x1a", 7), WEFT_IMAGE_UNKNOWN);
    assert_int_equal(weft_image_format_of("\xff\xd8", 2), WEFT_IMAGE_UNKNOWN);
    assert_int_equal(weft_image_format_of("GIF89a", 6), WEFT_IMAGE_UNKNOWN);
    assert_int_equal(weft_image_format_of(NULL, 0), WEFT_IMAGE_UNKNOWN);
}

static void test_media_types(void **state) {
    (void)state;
    assert_string_equal(weft_image_media_type(WEFT_IMAGE_JPEG), "image/jpeg");
    assert_string_equal(weft_image_media_type(WEFT_IMAGE_PNG), "image/png");
    assert_string_equal(weft_image_media_type(WEFT_IMAGE_WEBP), "image/webp");
    assert_null(weft_image_media_type(WEFT_IMAGE_UNKNOWN));
}

static void expect_failure(const void *bytes, size_t n, const weft_image_limits *limits,
                           weft_status wanted) {
    weft_image image = {.width = 7};
    weft_err err = {0};
    assert_int_equal(weft_image_decode(&image, bytes, n, limits, &err), wanted);
    assert_int_equal(err.status, wanted);
    assert_true(err.message[0] != '\0');
    assert_null(image.pixels);
    assert_int_equal(image.width, 0);
    uint32_t width, height;
    err = (weft_err){0};
    assert_int_equal(weft_image_measure(&width, &height, bytes, n, limits, &err), wanted);
    assert_int_equal(err.status, wanted);
}

static void test_other_bytes_are_unsupported(void **state) {
    (void)state;
    expect_failure("GIF89a......", 12, NULL, WEFT_E_UNSUPPORTED);
    expect_failure("", 0, NULL, WEFT_E_UNSUPPORTED);
}

/* A PNG header that promises width x height and then nothing. */
static photo promise(uint32_t width, uint32_t height) {
    const uint8_t black[3] = {0};
    photo p = photo_png(&(png_recipe){
        .width = 1, .height = 1, .bits = 8, .color_type = PNG_COLOR_TYPE_RGB, .samples = black});
    uint8_t *header = p.bytes + 12; /* "IHDR", then the sizes */
    for (int i = 0; i < 4; i++) {
        header[4 + i] = (uint8_t)(width >> (24 - 8 * i));
        header[8 + i] = (uint8_t)(height >> (24 - 8 * i));
    }
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < 17; i++) {
        crc ^= header[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    crc = ~crc;
    for (int i = 0; i < 4; i++) header[17 + i] = (uint8_t)(crc >> (24 - 8 * i));
    return p;
}

static void test_bombs_are_refused_by_their_header(void **state) {
    (void)state;
    const uint32_t sizes[][2] = {
        {16385, 1}, {1, 16385}, {7072, 7072}, {0x7fffffff, 0x7fffffff}, {16384, 16384}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        photo p = promise(sizes[i][0], sizes[i][1]);
        expect_failure(p.bytes, p.n, NULL, WEFT_E_LIMIT);
        photo_free(&p);
    }
    photo allowed = promise(7071, 7071); /* 49,999,041 pixels: only its rows are missing */
    expect_failure(allowed.bytes, allowed.n, NULL, WEFT_E_FORMAT);
    photo_free(&allowed);
}

static void test_jpeg_and_webp_bombs(void **state) {
    (void)state;
    uint8_t samples[16 * 16 * 4];
    fill_samples(samples, 16, 16, 3);
    photo jpeg =
        photo_jpeg(&(jpeg_recipe){.width = 16, .height = 16, .channels = 3, .samples = samples});
    size_t at = 0;
    while (!(jpeg.bytes[at] == 0xff && jpeg.bytes[at + 1] == 0xc0)) at++;
    memset(jpeg.bytes + at + 5, 0xff, 4); /* 65535 x 65535 */
    expect_failure(jpeg.bytes, jpeg.n, NULL, WEFT_E_LIMIT);
    memset(jpeg.bytes + at + 5, 0, 4);
    expect_failure(jpeg.bytes, jpeg.n, NULL, WEFT_E_FORMAT);
    photo_free(&jpeg);

    fill_samples(samples, 16, 16, 4);
    photo webp = photo_webp(samples, 16, 16);
    const weft_image_limits small = {.max_bytes = 1 << 20, .max_side = 15, .max_pixels = 1000};
    expect_failure(webp.bytes, webp.n, &small, WEFT_E_LIMIT);
    photo_free(&webp);
}

static void test_limits_of_the_caller(void **state) {
    (void)state;
    photo p = promise(10, 10);
    const weft_image_limits bytes = {.max_bytes = p.n - 1, .max_side = 10, .max_pixels = 100};
    expect_failure(p.bytes, p.n, &bytes, WEFT_E_LIMIT);
    const weft_image_limits side = {.max_bytes = p.n, .max_side = 9, .max_pixels = 100};
    expect_failure(p.bytes, p.n, &side, WEFT_E_LIMIT);
    const weft_image_limits pixels = {.max_bytes = p.n, .max_side = 10, .max_pixels = 99};
    expect_failure(p.bytes, p.n, &pixels, WEFT_E_LIMIT);
    photo_free(&p);
}

static void expect_size(const photo *p, uint32_t width, uint32_t height) {
    uint32_t w = 0, h = 0;
    assert_int_equal(weft_image_measure(&w, &h, p->bytes, p->n, NULL, NULL), WEFT_OK);
    assert_int_equal(w, width);
    assert_int_equal(h, height);
}

static void test_photos_are_measured_upright(void **state) {
    (void)state;
    enum { W = 40, H = 24 };
    static uint8_t samples[W * H * 4];
    uint8_t segment[4 + 6 + EXIF_SIZE] = {0xff, 0xe1, 0, 2 + 6 + EXIF_SIZE, 'E', 'x', 'i', 'f'};
    fill_samples(samples, W, H, 3);
    for (uint16_t orientation = 1; orientation <= 8; orientation++) {
        bool turned = orientation >= 5;
        photo jpeg =
            photo_jpeg(&(jpeg_recipe){.width = W, .height = H, .channels = 3, .samples = samples});
        exif_block(segment + 10, orientation, false);
        photo png = photo_png(&(png_recipe){.width = W,
                                            .height = H,
                                            .bits = 8,
                                            .color_type = PNG_COLOR_TYPE_RGB,
                                            .samples = samples,
                                            .exif = segment + 10,
                                            .exif_size = EXIF_SIZE});
        photo_insert(&jpeg, 2, segment, sizeof segment);
        expect_size(&jpeg, turned ? H : W, turned ? W : H);
        expect_size(&png, turned ? H : W, turned ? W : H);
        photo_free(&png);
        /* The pixels of a JPEG are not looked at. */
        jpeg.n = jpeg.n * 3 / 4;
        expect_size(&jpeg, turned ? H : W, turned ? W : H);
        photo_free(&jpeg);
    }
    photo webp = photo_webp(samples, W, H);
    expect_size(&webp, W, H);
    photo_free(&webp);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format_is_told_by_the_first_bytes),
        cmocka_unit_test(test_media_types),
        cmocka_unit_test(test_other_bytes_are_unsupported),
        cmocka_unit_test(test_bombs_are_refused_by_their_header),
        cmocka_unit_test(test_jpeg_and_webp_bombs),
        cmocka_unit_test(test_limits_of_the_caller),
        cmocka_unit_test(test_photos_are_measured_upright),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
