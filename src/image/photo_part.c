#include "image/photo_part.h"

#include <string.h>

#include "base/mem.h"

enum { PART_SIDE = 320, QUALITY = 95 };

weft_status weft_photo_open(weft_image *image, weft_str photo, uint32_t max_side, weft_err *err) {
    weft_image whole = {0};
    weft_status status = weft_image_decode(&whole, photo.data, photo.size, NULL, err);
    if (status) return status;
    uint32_t longer = whole.width > whole.height ? whole.width : whole.height;
    if (longer <= max_side) {
        *image = whole;
        return WEFT_OK;
    }
    uint32_t width = (uint32_t)((uint64_t)whole.width * max_side / longer);
    uint32_t height = (uint32_t)((uint64_t)whole.height * max_side / longer);
    status = weft_image_resize(image, &whole, width ? width : 1, height ? height : 1, err);
    weft_image_deinit(&whole);
    return status;
}

weft_status weft_photo_cut(const weft_image *image, const weft_image_box *box, weft_image *part,
                           weft_err *err) {
    return weft_image_cut(part, image, box, PART_SIDE, err);
}

weft_status weft_photo_part(const weft_image *image, const weft_image_box *box, weft_arena *arena,
                            weft_str *part, weft_err *err) {
    weft_image cut;
    unsigned char *jpeg = NULL;
    size_t n;
    weft_status status = weft_photo_cut(image, box, &cut, err);
    if (status) return status;
    status = weft_image_encode_jpeg(&cut, QUALITY, &jpeg, &n, err);
    weft_image_deinit(&cut);
    if (status) return status;
    char *copy = weft_arena_alloc(arena, n, 1);
    if (copy) memcpy(copy, jpeg, n);
    weft_free(jpeg);
    *part = (weft_str){copy, n};
    return copy ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "part of a photo");
}
