/* clip_parts.h - parts of a photo as a model's input: the garments that someone wears in it. */
#ifndef WEFT_CLIP_CLIP_PARTS_H
#define WEFT_CLIP_CLIP_PARTS_H

#include "base/str.h"
#include "clip/clip.h"

/* Pixels of the upright photo. */
typedef struct {
    uint32_t x, y, width, height;
} weft_clip_part;

/* Decodes a photo (default limits) and cuts each part out as searches for parts of a photo do
 * (image/photo_part.h). tensors is [n][3][image_size][image_size], for weft_clip_encode_tensors.
 * Fails as weft_image_decode, and with WEFT_E_INVALID when a part is not within the photo. */
weft_status weft_clip_part_tensors(const weft_clip_model *model, weft_str photo,
                                   const weft_clip_part *parts, size_t n, float *tensors,
                                   weft_err *err);

#endif
