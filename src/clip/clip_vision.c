/* clip_vision.c - photos to vectors: a vision transformer (Dosovitskiy et al.,
 * arXiv:2010.11929). A photo is a grid of square patches; each, as a long vector of
 * its pixels, is one product away from being a token. A class token goes first,
 * and what it has become in the end is the photo. */
#include <string.h>

#include "base/mem.h"
#include "clip/clip_internal.h"

#define PREFIX "vision_model."

weft_status weft_clip_vision_load(weft_clip_vision *vision, const weft_clip_config *config,
                                  weft_clip_loader *loader, weft_err *err) {
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
                                                    .precision = loader->precision},
                                loader->weights, err);
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
    weft_arena_deinit(&vision->weights);
    weft_clip_norm_deinit(&vision->before);
    weft_clip_norm_deinit(&vision->after);
    weft_clip_tower_deinit(&vision->tower);
    weft_free(vision->class_embedding);
    weft_free(vision->positions);
}

/* Patch number `patch` of a tensor [3][size][size] -> out [3][side][side]. A rest at the
 * right and lower edge that fills no patch is left out, as a convolution does. */
static void cut_patch(const float *tensor, size_t size, size_t side, size_t patch, float *out) {
    size_t grid = size / side;
    const float *corner = tensor + patch / grid * side * size + patch % grid * side;
    for (size_t channel = 0; channel < 3; channel++)
        for (size_t y = 0; y < side; y++, out += side)
            memcpy(out, corner + (channel * size + y) * size, side * sizeof *out);
}

typedef struct {
    const weft_clip_session *session;
    const float *tensors; /* [n][3][size][size] */
    size_t n;
    float *vectors;
} group;

/* The products of all patches, into mixed [n][patches][hidden]. */
static void multiply_patches(const group *g, size_t member) {
    const weft_clip_vision *vision = &g->session->model->vision;
    const weft_clip_config *config = &g->session->model->config;
    const weft_clip_workspace *work = &g->session->work;
    size_t size = config->image_size, rows = g->n * vision->patches;
    float *patch = (float *)(work->scratch + member * work->scratch_size);
    for (size_t i; (i = weft_team_next(work->team)) < rows;) {
        cut_patch(g->tensors + i / vision->patches * 3 * size * size, size, config->patch_size,
                  i % vision->patches, patch);
        weft_gemm_put(vision->patch, &work->broad, i, patch);
    }
    weft_team_wait(work->team);
    weft_gemm_run(
        vision->patch,
        &(weft_gemm_call){
            .in = &work->broad, .m = rows, .c = work->mixed, .c_stride = config->vision.hidden},
        work->team);
    weft_team_wait(work->team);
}

/* The class token and the patch products, with their positions, normed: row after row of
 * work->x [n][1 + patches][hidden]. */
static void place_tokens(const group *g) {
    const weft_clip_vision *vision = &g->session->model->vision;
    const weft_clip_workspace *work = &g->session->work;
    size_t hidden = vision->tower.shape.hidden, length = vision->patches + 1;
    for (size_t i; (i = weft_team_next(work->team)) < g->n * length;) {
        size_t position = i % length;
        const float *from = vision->class_embedding;
        float *x = work->x + i * hidden;
        if (position) from = work->mixed + (i / length * vision->patches + position - 1) * hidden;
        memcpy(x, from, hidden * sizeof *x);
        weft_nn_add(x, vision->positions + position * hidden, hidden);
        weft_nn_layer_norm(&vision->before, x, x);
    }
    weft_team_wait(work->team);
}

static void run_group(weft_team *team, size_t member, void *argument) {
    const group *g = argument;
    const weft_clip_vision *vision = &g->session->model->vision;
    (void)team;
    multiply_patches(g, member);
    place_tokens(g);
    weft_clip_tower_run(&vision->tower, &g->session->work, g->session->sequences, g->n, member);
    weft_clip_project(g->session, &vision->after, vision->projection, g->n, g->vectors);
}

weft_status weft_clip_encode_tensors(weft_clip_session *session, const float *tensors, size_t n,
                                     float *vectors, weft_err *err) {
    const weft_clip_model *model = session->model;
    size_t floats = 3 * model->config.image_size * model->config.image_size;
    size_t length = model->vision.patches + 1, dim = model->config.dim;
    size_t most = session->vision_rows / length;
    if (most > model->max_batch) most = model->max_batch;
    (void)err;
    for (size_t i = 0; i < n; i += most) {
        group g = {session, tensors + i * floats, n - i < most ? n - i : most, vectors + i * dim};
        for (size_t j = 0; j < g.n; j++)
            session->sequences[j] = (weft_clip_sequence){.start = j * length, .length = length};
        weft_team_run(session->work.team, run_group, &g);
    }
    for (size_t i = 0; i < n; i++) weft_vector_normalize(vectors + i * dim, dim);
    return WEFT_OK;
}

weft_status weft_clip_encode_photo(weft_clip_session *session, const void *bytes, size_t n,
                                   float *vector, weft_err *err) {
    weft_status status = weft_image_decode_tensor(bytes, n, &session->model->config.preprocess,
                                                  session->tensor, err);
    if (status) return status;
    return weft_clip_encode_tensors(session, session->tensor, 1, vector, err);
}
