/* photo_part.h - a part of a photo, as a photo of its own for the encoder. */
#ifndef WEFT_IMAGE_PHOTO_PART_H
#define WEFT_IMAGE_PHOTO_PART_H

#include "base/arena.h"
#include "base/str.h"
#include "image/image_boxes.h"

/* Decodes a photo and scales it so that its longer side has at most max_side pixels. Fails as
 * weft_image_decode; else the caller frees *image. */
weft_status weft_photo_open(weft_image *image, weft_str photo, uint32_t max_side, weft_err *err);

/* What is in the box, as weft_image_cut makes it, of a size that models look at. The caller frees
 * *part. Fails as weft_image_cut. */
weft_status weft_photo_cut(const weft_image *image, const weft_image_box *box, weft_image *part,
                           weft_err *err);

/* The same as a JPEG in the arena. */
weft_status weft_photo_part(const weft_image *image, const weft_image_box *box, weft_arena *arena,
                            weft_str *part, weft_err *err);

#endif
