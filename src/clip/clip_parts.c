#include "clip/clip_parts.h"

#include "image/photo_part.h"

static weft_status part_tensor(const weft_image *photo, const weft_clip_part *part,
                               const weft_image_preprocess *how, float *tensor, weft_err *err) {
    const float width = (float)photo->width, height = (float)photo->height;
    const weft_image_box box = {(float)part->x / width, (float)part->y / height,
                                (float)part->width / width, (float)part->height / height};
    weft_image cut;
    weft_status status = weft_photo_cut(photo, &box, &cut, err);
    if (status) return status;
    status = weft_image_to_tensor(&cut, how, tensor, err);
    weft_image_deinit(&cut);
    return status;
}

weft_status weft_clip_part_tensors(const weft_clip_model *model, weft_str photo,
                                   const weft_clip_part *parts, size_t n, float *tensors,
                                   weft_err *err) {
    const weft_image_preprocess *how = weft_clip_model_preprocess(model);
    const size_t side = weft_clip_model_info(model).image_size;
    weft_image image;
    weft_status status = weft_image_decode(&image, photo.data, photo.size, NULL, err);
    for (size_t i = 0; i < n && !status; i++)
        status = part_tensor(&image, &parts[i], how, tensors + i * 3 * side * side, err);
    weft_image_deinit(&image);
    return status;
}
