#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/image_codec.h"
#include "photo_maker.h"

static int orientation_of(const uint8_t *exif, size_t n) {
    return weft_image_orientation(&(weft_image_metadata){.exif = exif, .exif_size = n});
}

static void test_every_value_in_both_byte_orders(void **state) {
    (void)state;
    uint8_t block[EXIF_SIZE];
    for (uint16_t value = 0; value <= 9; value++) {
        int wanted = value >= 1 && value <= 8 ? value : 1;
        exif_block(block, value, true);
        assert_int_equal(orientation_of(block, sizeof block), wanted);
        exif_block(block, value, false);
        assert_int_equal(orientation_of(block, sizeof block), wanted);
    }
}

static void test_prefix_may_be_there(void **state) {
    (void)state;
    uint8_t block[6 + EXIF_SIZE] = "Exif";
    exif_block(block + 6, 6, true);
    assert_int_equal(orientation_of(block, sizeof block), 6);
}

/* Every cut and every single wrong byte, on the heap so that a sanitizer sees a
 * read past the end. */
static void test_damage_is_harmless(void **state) {
    (void)state;
    uint8_t block[EXIF_SIZE];
    exif_block(block, 6, true);
    for (size_t n = 0; n < 22; n++) { /* up to the end of the entry */
        uint8_t *cut = malloc(n ? n : 1);
        memcpy(cut, block, n);
        assert_int_equal(orientation_of(cut, n), 1);
        free(cut);
    }
    for (size_t at = 0; at < sizeof block; at++) {
        for (int value = 0; value < 256; value++) {
            uint8_t *bad = malloc(sizeof block);
            memcpy(bad, block, sizeof block);
            bad[at] = (uint8_t)value;
            int found = orientation_of(bad, sizeof block);
            assert_in_range(found, 1, 8);
            free(bad);
        }
    }
}

static int xmp_orientation_of(const char *xmp) {
    return weft_image_orientation(
        &(weft_image_metadata){.xmp = (const uint8_t *)xmp, .xmp_size = strlen(xmp)});
}

static void test_xmp_counts_when_exif_is_silent(void **state) {
    (void)state;
    assert_int_equal(xmp_orientation_of("<x tiff:Orientation=\"6\"/>"), 6);
    assert_int_equal(xmp_orientation_of("<tiff:Orientation>8</tiff:Orientation>"), 8);
    assert_int_equal(xmp_orientation_of("<x tiff:Orientation=\"9\"/>"), 1);
    assert_int_equal(xmp_orientation_of("tiff:Orientation"), 1);
    assert_int_equal(xmp_orientation_of("tiff:Orientation=\""), 1);
    assert_int_equal(xmp_orientation_of("tiff:Orientation='3' tiff:Orientation>3"), 3);

    uint8_t block[EXIF_SIZE];
    exif_block(block, 3, false);
    const char *xmp = "tiff:Orientation=\"6\"";
    weft_image_metadata both = {block, sizeof block, (const uint8_t *)xmp, strlen(xmp)};
    assert_int_equal(weft_image_orientation(&both), 3);
    block[10] = 0; /* another tag */
    assert_int_equal(weft_image_orientation(&both), 6);
}

/* A 3x2 picture abc/def, and how it must look after each orientation. */
static void test_orient_turns_as_the_standard_says(void **state) {
    (void)state;
    static const struct {
        uint32_t width;
        const char *shown;
    } wanted[9] = {
        [0] = {3, "abcdef"}, [1] = {3, "abcdef"}, [2] = {3, "cbafed"},
        [3] = {3, "fedcba"}, [4] = {3, "defabc"}, [5] = {2, "adbecf"},
        [6] = {2, "daebfc"}, [7] = {2, "fcebda"}, [8] = {2, "cfbead"},
    };
    for (int orientation = 0; orientation <= 8; orientation++) {
        weft_image image;
        assert_int_equal(weft_image_alloc(&image, 3, 2, NULL), WEFT_OK);
        for (int i = 0; i < 18; i++) image.pixels[i] = (uint8_t)("abcdef"[i / 3] + i % 3);
        assert_int_equal(weft_image_orient(&image, orientation, NULL), WEFT_OK);
        assert_int_equal(image.width, wanted[orientation].width);
        assert_int_equal(image.width * image.height, 6);
        for (int i = 0; i < 18; i++)
            assert_int_equal(image.pixels[i], wanted[orientation].shown[i / 3] + i % 3);
        weft_image_deinit(&image);
    }
}

static void test_orient_keeps_the_image_without_memory(void **state) {
    (void)state;
    weft_image image;
    assert_int_equal(weft_image_alloc(&image, 3, 2, NULL), WEFT_OK);
    weft_mem_fail_after(1);
    weft_status status = weft_image_orient(&image, 6, NULL);
    weft_mem_fail_after(0);
    assert_int_equal(status, WEFT_E_NOMEM);
    assert_non_null(image.pixels);
    assert_int_equal(image.width, 3);
    weft_image_deinit(&image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_value_in_both_byte_orders),
        cmocka_unit_test(test_prefix_may_be_there),
        cmocka_unit_test(test_damage_is_harmless),
        cmocka_unit_test(test_xmp_counts_when_exif_is_silent),
        cmocka_unit_test(test_orient_turns_as_the_standard_says),
        cmocka_unit_test(test_orient_keeps_the_image_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
