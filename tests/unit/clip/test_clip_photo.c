/* The shipped model on photos that are shrunk while they are decoded. */
#include "../unit.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "clip/clip.h"
#include "clip/clip_parts.h"
#include "image/photo_part.h"

enum { W = 1080, H = 1440, DIM = 512 };

/* A garment of stripes before a soft background, with the grain of a sensor. */
static void draw(uint8_t *pixels, int which) {
    srand((unsigned)which);
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            bool inside = abs(x - W / 2) < 300 - (y - H / 2) / 8 && abs(y - H / 2) < 500;
            double stripes = 45 * sin((x + which * y) * (0.1 + 0.1 * which));
            double light = 205 + 30 * sin(x * 0.002 * which) * cos(y * 0.003);
            double grain = 12.0 * rand() / RAND_MAX;
            for (int c = 0; c < 3; c++) {
                double value = inside ? 60 + 50 * ((which + c) % 3) + stripes : light;
                *pixels++ = (uint8_t)(value + grain);
            }
        }
    }
}

/* What encode_photo makes of a large JPEG, beside the vector of its every pixel. */
static double cosine(weft_clip_session *session, const weft_image_preprocess *how, int which) {
    static float tensor[3 * 80 * 80], quick[DIM], exact[DIM];
    weft_image drawn = {weft_alloc(W * H, 3), W, H}, whole;
    unsigned char *bytes;
    size_t n;
    double dot = 0;
    assert_non_null(drawn.pixels);
    draw(drawn.pixels, which);
    assert_int_equal(weft_image_encode_jpeg(&drawn, 85, &bytes, &n, NULL), WEFT_OK);
    assert_int_equal(weft_image_decode(&whole, bytes, n, NULL, NULL), WEFT_OK);
    assert_int_equal(weft_image_to_tensor(&whole, how, tensor, NULL), WEFT_OK);
    assert_int_equal(weft_clip_encode_tensors(session, tensor, 1, exact, NULL), WEFT_OK);
    assert_int_equal(weft_clip_encode_photo(session, bytes, n, quick, NULL), WEFT_OK);
    assert_memory_not_equal(quick, exact, sizeof exact); /* it was shrunk */
    for (int i = 0; i < DIM; i++) dot += (double)quick[i] * (double)exact[i];
    weft_image_deinit(&drawn);
    weft_image_deinit(&whole);
    weft_free(bytes);
    return dot;
}

static void a_shrunk_photo_keeps_its_vector(void **state) {
    (void)state;
    weft_clip_model *model;
    weft_clip_session *session;
    assert_int_equal(weft_clip_model_open(&model, "models/weft-mini", NULL, NULL), WEFT_OK);
    assert_int_equal(weft_clip_session_new(&session, model, NULL), WEFT_OK);
    assert_int_equal(weft_clip_model_info(model).image_size, 80);
    assert_int_equal(weft_clip_model_info(model).dim, DIM);
    for (int which = 1; which <= 4; which++) {
        double similar = cosine(session, weft_clip_model_preprocess(model), which);
        print_message("photo %d: cosine %.6f\n", which, similar);
        assert_true(similar >= 1 - 1e-3);
    }
    weft_clip_session_free(session);
    weft_clip_model_free(model);
}

/* The tensor of a box, as a search for a part of a photo would make it without its JPEG. */
static void part_plainly(const weft_clip_model *model, const weft_image *whole,
                         const weft_clip_part *p, float *tensor) {
    const float w = (float)whole->width, h = (float)whole->height;
    const weft_image_box box = {(float)p->x / w, (float)p->y / h, (float)p->width / w,
                                (float)p->height / h};
    weft_image cut;
    assert_int_equal(weft_photo_cut(whole, &box, &cut, NULL), WEFT_OK);
    assert_true(cut.height <= 320 && cut.width < cut.height);
    assert_int_equal(weft_image_to_tensor(&cut, weft_clip_model_preprocess(model), tensor, NULL),
                     WEFT_OK);
    weft_image_deinit(&cut);
}

static void parts_of_a_photo_become_tensors(void **state) {
    (void)state;
    enum { PARTS = 4, TENSOR = 3 * 80 * 80 };
    static float tensors[PARTS][TENSOR], plain[TENSOR];
    static const weft_clip_part parts[PARTS] = {
        {0, 0, W, H}, {W - 1, H - 1, 1, 1}, {200, 300, 500, 40}, {7, 1000, 13, 440}};
    static const weft_clip_part outside = {W - 10, 0, 100, 10};
    weft_clip_model *model;
    weft_image drawn = {weft_alloc(W * H, 3), W, H}, whole;
    unsigned char *bytes;
    size_t n;
    assert_int_equal(weft_clip_model_open(&model, "models/weft-mini", NULL, NULL), WEFT_OK);
    assert_non_null(drawn.pixels);
    draw(drawn.pixels, 1);
    assert_int_equal(weft_image_encode_jpeg(&drawn, 85, &bytes, &n, NULL), WEFT_OK);
    assert_int_equal(weft_image_decode(&whole, bytes, n, NULL, NULL), WEFT_OK);
    const weft_str photo = {(const char *)bytes, n}, broken = {(const char *)bytes, n / 2};
    assert_int_equal(weft_clip_part_tensors(model, photo, parts, PARTS, tensors[0], NULL), WEFT_OK);
    for (size_t i = 0; i < PARTS; i++) {
        part_plainly(model, &whole, &parts[i], plain);
        assert_memory_equal(tensors[i], plain, sizeof plain);
    }
    assert_int_equal(weft_clip_part_tensors(model, photo, &outside, 1, tensors[0], NULL),
                     WEFT_E_INVALID);
    assert_int_equal(weft_clip_part_tensors(model, broken, parts, 1, tensors[0], NULL),
                     WEFT_E_FORMAT);
    weft_image_deinit(&drawn);
    weft_image_deinit(&whole);
    weft_free(bytes);
    weft_clip_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shrunk_photo_keeps_its_vector),
        cmocka_unit_test(parts_of_a_photo_become_tensors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
