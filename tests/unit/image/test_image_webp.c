#include "../unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/image.h"
#include "photo_maker.h"

enum { W = 23, H = 17 };
static uint8_t rgba[W * H * 4];

static photo make(bool transparent) {
    fill_samples(rgba, W, H, 4);
    for (size_t i = 0; i < (size_t)W * H; i++) rgba[i * 4 + 3] = transparent && i % 2 ? 0 : 255;
    return photo_webp(rgba, W, H);
}

static void put_le(uint8_t *to, size_t value, int size) {
    for (int i = 0; i < size; i++) to[i] = (uint8_t)(value >> (8 * i));
}

/* Puts a VP8X header before the picture and a chunk behind it. */
static void extend(photo *p, uint8_t flag, const char *name, const uint8_t *body, uint8_t n) {
    uint8_t header[18] = {'V', 'P', '8', 'X', 10};
    uint8_t chunk[8] = {(uint8_t)name[0], (uint8_t)name[1], (uint8_t)name[2], (uint8_t)name[3], n};
    header[8] = flag;
    put_le(header + 12, W - 1, 3);
    put_le(header + 15, H - 1, 3);
    photo_insert(p, 12, header, sizeof header);
    photo_insert(p, p->n, chunk, sizeof chunk);
    photo_insert(p, p->n, body, n);
    put_le(p->bytes + 4, p->n - 8, 4);
}

static void expect_size(photo p, uint32_t width, uint32_t height) {
    weft_image image;
    weft_err err = {0};
    if (weft_image_decode(&image, p.bytes, p.n, NULL, &err) != WEFT_OK) fail_msg("%s", err.message);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    weft_image_deinit(&image);
    photo_free(&p);
}

static void test_lossless_is_exact_and_alpha_lies_on_white(void **state) {
    (void)state;
    for (int transparent = 0; transparent < 2; transparent++) {
        photo p = make(transparent);
        weft_image image;
        assert_int_equal(weft_image_decode(&image, p.bytes, p.n, NULL, NULL), WEFT_OK);
        for (size_t i = 0; i < (size_t)W * H; i++) {
            for (size_t c = 0; c < 3; c++)
                assert_int_equal(image.pixels[i * 3 + c], rgba[i * 4 + 3] ? rgba[i * 4 + c] : 255);
        }
        weft_image_deinit(&image);
        photo_free(&p);
    }
}

static void test_metadata_turns_the_photo(void **state) {
    (void)state;
    uint8_t exif[EXIF_SIZE];
    exif_block(exif, 6, true);
    photo p = make(false);
    extend(&p, 0x08, "EXIF", exif, sizeof exif);
    expect_size(p, H, W);
    static const uint8_t xmp[] = "<x tiff:Orientation=\"8\"/> ";
    p = make(false);
    extend(&p, 0x04, "XMP ", xmp, sizeof xmp - 1 - (sizeof xmp - 1) % 2);
    expect_size(p, H, W);
}

/* Two frames, the first of them W x H at (4, 2) of a larger canvas. */
static photo animate(bool alpha) {
    photo frame = make(false);
    uint8_t head[12 + 18 + 14 + 24] = "RIFF....WEBPVP8X\x0a";
    uint8_t *vp8x = head + 12, *anim = head + 30, *anmf = head + 44;
    vp8x[8] = (uint8_t)(0x02 | (alpha ? 0x10 : 0));
    put_le(vp8x + 12, W + 10 - 1, 3);
    put_le(vp8x + 15, H + 6 - 1, 3);
    memcpy(anim, "ANIM\6", 5);
    memcpy(anmf, "ANMF", 4);
    put_le(anmf + 4, 16 + frame.n - 12, 4);
    put_le(anmf + 8, 4 / 2, 3);
    put_le(anmf + 11, 2 / 2, 3);
    put_le(anmf + 14, W - 1, 3);
    put_le(anmf + 17, H - 1, 3);
    photo p = {0};
    photo_insert(&p, 0, head, sizeof head);
    photo_insert(&p, p.n, frame.bytes + 12, frame.n - 12);
    photo_insert(&p, p.n, anmf, 24);
    photo_insert(&p, p.n, frame.bytes + 12, frame.n - 12);
    put_le(p.bytes + 4, p.n - 8, 4);
    photo_free(&frame);
    return p;
}

static void test_animation_is_its_first_frame(void **state) {
    (void)state;
    for (int alpha = 0; alpha < 2; alpha++) {
        photo p = animate(alpha);
        weft_image image;
        weft_err err = {0};
        if (weft_image_decode(&image, p.bytes, p.n, NULL, &err) != WEFT_OK)
            fail_msg("%s", err.message);
        assert_int_equal(image.width, W + 10);
        assert_int_equal(image.height, H + 6);
        assert_int_equal(image.pixels[0], alpha ? 255 : 0);
        assert_memory_equal(image.pixels + (2 * (W + 10) + 4) * 3, rgba, 3);
        weft_image_deinit(&image);
        photo_free(&p);
    }
}

static void test_truncated_anywhere_is_an_error(void **state) {
    (void)state;
    for (int animated = 0; animated < 2; animated++) {
        photo p = animated ? animate(true) : make(true);
        for (size_t n = 12; n < p.n; n++) {
            uint8_t *cut = malloc(n);
            memcpy(cut, p.bytes, n);
            weft_image image;
            weft_status status = weft_image_decode(&image, cut, n, NULL, NULL);
            if (status != WEFT_E_FORMAT) fail_msg("%zu of %zu: status %d", n, p.n, (int)status);
            assert_null(image.pixels);
            free(cut);
        }
        photo_free(&p);
    }
}

static void test_decode_without_memory(void **state) {
    (void)state;
    photo p = make(true);
    for (size_t nth = 1; nth <= 2; nth++) {
        weft_image image;
        weft_mem_fail_after(nth);
        weft_status status = weft_image_decode(&image, p.bytes, p.n, NULL, NULL);
        weft_mem_fail_after(0);
        assert_int_equal(status, WEFT_E_NOMEM);
        assert_null(image.pixels);
    }
    photo_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lossless_is_exact_and_alpha_lies_on_white),
        cmocka_unit_test(test_metadata_turns_the_photo),
        cmocka_unit_test(test_animation_is_its_first_frame),
        cmocka_unit_test(test_truncated_anywhere_is_an_error),
        cmocka_unit_test(test_decode_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
