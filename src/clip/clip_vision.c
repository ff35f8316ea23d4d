/* clip_vision.c - photos to vectors: a vision transformer (Dosovitskiy et al.,
 * arXiv:2010.11929). A photo is a grid of square patches; each, as a long vector of
 * its pixels, is one product away from being a token. A class token goes first,
 * and what it has become in the end is the photo. */
#include <string.h>

#include "base/mem.h"
#include "clip/clip_internal.h"

#define PREFIX "vision_model."

weft_status weft_clip_vision_load(weft_clip_vision *vision, const weft_clip_config *config,
                                  const weft_clip_loader *loader, weft_err *err) {
    size_t hidden = config->vision.hidden, side = config->patch_size;
    size_t grid = config->image_size / side;
    float *pixels = NULL;
    vision->patches = grid * grid;
    vision->tower.shape = config->vision;
    vision->before = (weft_layer_norm){.width = hidden, .epsilon = config->vision.epsilon};
    vision->after = vision->before;

    weft_status status = weft_clip_load_vector(loader, PREFIX "embeddings.class_embedding",
                                               &(weft_shape){.dims = {hidden}, .rank = 1},
                                               &vision->class_embedding, err);
    if (!status)
        status =
            weft_clip_load_vector(loader, PREFIX "embeddings.position_embedding.weight",
                                  &(weft_shape){.dims = {vision->patches + 1, hidden}, .rank = 2},
                                  &vision->positions, err);
    if (!status)
        status = weft_clip_load_vector(loader, PREFIX "embeddings.patch_embedding.weight",
                                       &(weft_shape){.dims = {hidden, 3, side, side}, .rank = 4},
                                       &pixels, err);
    if (!status)
        status = weft_gemm_pack(&vision->patch,
                                &(weft_gemm_source){.weight = pixels,
                                                    .n = hidden,
                                                    .k = 3 * side * side,
                                                    .backend = loader->backend,
                                                    .threads = loader->threads},
                                err);
    weft_free(pixels);
    /* the published name lacks an e */
    if (!status) status = weft_clip_load_norm(loader, PREFIX "pre_layrnorm", &vision->before, err);
    if (!status) status = weft_clip_load_norm(loader, PREFIX "post_layernorm", &vision->after, err);
    if (!status)
        status = weft_clip_load_projection(loader, "visual_projection", config->dim, hidden,
                                           &vision->projection, err);
    if (status) return status;
    return weft_clip_tower_load(&vision->tower, loader, PREFIX "encoder.layers", err);
}

void weft_clip_vision_deinit(weft_clip_vision *vision) {
    weft_gemm_weight_free(vision->patch);
    weft_gemm_weight_free(vision->projection);
    weft_clip_norm_deinit(&vision->before);
    weft_clip_norm_deinit(&vision->after);
    weft_clip_tower_deinit(&vision->tower);
    weft_free(vision->class_embedding);
    weft_free(vision->positions);
}

/* tensor [3][size][size] -> out [patches][3 * side * side], row by row of the grid. A rest
 * at the right and lower edge that fills no patch is left out, as a convolution does. */
static void cut_patches(const float *tensor, size_t size, size_t side, float *out) {
    size_t grid = size / side;
    for (size_t patch = 0; patch < grid * grid; patch++) {
        const float *corner = tensor + patch / grid * side * size + patch % grid * side;
        for (size_t channel = 0; channel < 3; channel++)
            for (size_t y = 0; y < side; y++, out += side)
                memcpy(out, corner + (channel * size + y) * size, side * sizeof *out);
    }
}

/* The patch products in work->normed [n][patches][hidden] -> work->x [n][1 + patches][hidden]. */
static void place_tokens(const weft_clip_vision *vision, const weft_clip_workspace *work,
                         size_t n) {
    size_t hidden = vision->tower.shape.hidden;
    const float *patches = work->normed;
    float *x = work->x;
    for (size_t i = 0; i < n; i++) {
        memcpy(x, vision->class_embedding, hidden * sizeof *x);
        memcpy(x + hidden, patches, vision->patches * hidden * sizeof *x);
        weft_nn_add(x, vision->positions, (vision->patches + 1) * hidden);
        x += (vision->patches + 1) * hidden;
        patches += vision->patches * hidden;
    }
}

static weft_status encode_group(weft_clip_session *session, const float *tensors, size_t n,
                                float *vectors, weft_err *err) {
    const weft_clip_vision *vision = &session->model->vision;
    const weft_clip_config *config = &session->model->config;
    const weft_clip_workspace *work = &session->work;
    size_t size = config->image_size, side = config->patch_size;
    size_t length = vision->patches + 1;
    for (size_t i = 0; i < n; i++) {
        cut_patches(tensors + i * 3 * size * size, size, side,
                    work->wide + i * vision->patches * 3 * side * side);
        session->sequences[i] = (weft_clip_sequence){.start = i * length, .length = length};
    }
    weft_status status = weft_gemm_run(
        vision->patch,
        &(weft_gemm_call){.a = work->wide, .m = n * vision->patches, .c = work->normed}, err);
    if (status) return status;
    place_tokens(vision, work, n);
    weft_nn_layer_norm(&vision->before, work->x, n * length, work->x);
    status = weft_clip_tower_run(&vision->tower, work, session->sequences, n, err);
    if (status) return status;
    return weft_clip_project(session, &vision->after, vision->projection, n, vectors, err);
}

weft_status weft_clip_encode_tensors(weft_clip_session *session, const float *tensors, size_t n,
                                     float *vectors, weft_err *err) {
    const weft_clip_model *model = session->model;
    size_t floats = 3 * model->config.image_size * model->config.image_size;
    size_t group = session->vision_rows / (model->vision.patches + 1);
    if (group > model->max_batch) group = model->max_batch;
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < n && !status; i += group)
        status = encode_group(session, tensors + i * floats, n - i < group ? n - i : group,
                              vectors + i * model->config.dim, err);
    return status;
}

weft_status weft_clip_encode_photo(weft_clip_session *session, const void *bytes, size_t n,
                                   float *vector, weft_err *err) {
    weft_status status = weft_image_decode_tensor(bytes, n, &session->model->config.preprocess,
                                                  session->tensor, err);
    if (status) return status;
    return weft_clip_encode_tensors(session, session->tensor, 1, vector, err);
}
