#include "../unit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "image/image_boxes.h"

/* A light ground with dark rectangles. */
static weft_image draw(uint32_t width, uint32_t height, const uint32_t (*parts)[4], size_t n) {
    weft_image image = {.width = width, .height = height};
    image.pixels = weft_alloc((size_t)width * height, 3);
    memset(image.pixels, 240, (size_t)width * height * 3);
    for (size_t i = 0; i < n; i++)
        for (uint32_t y = parts[i][1]; y < parts[i][1] + parts[i][3]; y++)
            memset(image.pixels + ((size_t)y * width + parts[i][0]) * 3, 40 + (int)i * 20,
                   (size_t)parts[i][2] * 3);
    return image;
}

static void parts_on_a_plain_ground_are_proposed(void **state) {
    (void)state;
    static const uint32_t parts[][4] = {{30, 40, 100, 200}, {200, 60, 150, 90}, {260, 220, 60, 60}};
    weft_image image = draw(400, 300, parts, 3);
    weft_image_box boxes[WEFT_IMAGE_MAX_BOXES];
    size_t n;
    assert_int_equal(weft_image_propose(&image, boxes, &n, NULL), WEFT_OK);
    assert_in_range(n, 3, WEFT_IMAGE_MAX_BOXES);
    for (size_t p = 0; p < 3; p++) {
        const weft_image_box wanted = {(float)parts[p][0] / 400, (float)parts[p][1] / 300,
                                       (float)parts[p][2] / 400, (float)parts[p][3] / 300};
        float best = 0;
        for (size_t i = 0; i < n; i++)
            best = fmaxf(best, weft_image_box_overlap(&boxes[i], &wanted));
        assert_true(best > 0.8f);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(weft_image_box_overlap(&boxes[i], &boxes[j]) <= 0.85f);
    weft_image_deinit(&image);
}

static void odd_shapes_are_fine(void **state) {
    (void)state;
    static const uint32_t sizes[][2] = {{1, 1}, {1, 500}, {500, 1}, {2, 3}, {97, 96}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        weft_image image = draw(sizes[i][0], sizes[i][1], NULL, 0), cut;
        weft_image_box boxes[WEFT_IMAGE_MAX_BOXES];
        size_t n;
        assert_int_equal(weft_image_propose(&image, boxes, &n, NULL), WEFT_OK);
        for (size_t b = 0; b < n; b++) {
            assert_int_equal(weft_image_cut(&cut, &image, &boxes[b], 64, NULL), WEFT_OK);
            assert_true(cut.width >= 1 && cut.height <= 64);
            weft_image_deinit(&cut);
        }
        weft_image_deinit(&image);
    }
}

static void a_cut_keeps_what_is_in_the_box(void **state) {
    (void)state;
    static const uint32_t parts[][4] = {{100, 50, 60, 30}};
    weft_image image = draw(400, 300, parts, 1), cut;
    const weft_image_box box = {100 / 400.0f, 50 / 300.0f, 60 / 400.0f, 30 / 300.0f};
    assert_int_equal(weft_image_cut(&cut, &image, &box, 1000, NULL), WEFT_OK);
    size_t dark = 0;
    for (size_t i = 0; i < (size_t)cut.width * cut.height; i++) dark += cut.pixels[i * 3] == 40;
    assert_int_equal(dark, 60 * 30);
    assert_true(fabs((double)cut.width / cut.height - 0.75) < 0.02);
    assert_int_equal(cut.pixels[0], 240); /* the ground around it */
    weft_image_deinit(&cut);
    weft_image_deinit(&image);
}

static void boxes_outside_are_refused(void **state) {
    (void)state;
    static const weft_image_box wrong[] = {
        {-0.1f, 0, 1, 1}, {0, 0, 0, 1}, {0.5f, 0, 0.6f, 1}, {0, 0, 1, NAN}};
    weft_image image = draw(10, 10, NULL, 0), cut;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(weft_image_cut(&cut, &image, &wrong[i], 64, NULL), WEFT_E_INVALID);
    weft_image_deinit(&image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_on_a_plain_ground_are_proposed),
        cmocka_unit_test(odd_shapes_are_fine),
        cmocka_unit_test(a_cut_keeps_what_is_in_the_box),
        cmocka_unit_test(boxes_outside_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
