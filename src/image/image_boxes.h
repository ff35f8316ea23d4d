/* image_boxes.h - parts of a photo: which may hold an object, and cutting one out. */
#ifndef WEFT_IMAGE_IMAGE_BOXES_H
#define WEFT_IMAGE_IMAGE_BOXES_H

#include "image/image.h"

/* As shares of the photo's width and height: 0 <= x, x + width <= 1, and so on. */
typedef struct {
    float x, y, width, height;
} weft_image_box;

enum { WEFT_IMAGE_MAX_BOXES = 80 };

/* Boxes that may hold an object: connected parts that differ from the photo's border (things
 * on a plain ground), the whole unless there are several of these, and windows of several sizes
 * and shapes; on a plain ground only windows that hold something and cut through little. Writes
 * up to WEFT_IMAGE_MAX_BOXES, without near duplicates; *n is how many. WEFT_E_NOMEM. */
weft_status weft_image_propose(const weft_image *image, weft_image_box *boxes, size_t *n,
                               weft_err *err);

/* The box of a photo as a photo of its own, at most max_side pixels, with its surroundings
 * painted in the border's color so that it is 3 wide and 4 high, as catalogs show products.
 * A box outside the photo fails with WEFT_E_INVALID; WEFT_E_NOMEM. */
weft_status weft_image_cut(weft_image *out, const weft_image *image, const weft_image_box *box,
                           uint32_t max_side, weft_err *err);

/* Intersection over union of two boxes, 0 to 1. */
float weft_image_box_overlap(const weft_image_box *a, const weft_image_box *b);

#endif
