/* clip_tower_load.c - a tower's weights, from the file into packed form. */
#include "clip/clip_tower.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static weft_status read_tensor(const weft_clip_loader *loader, const char *name,
                               const weft_shape *shape, float *out, weft_err *err) {
    const weft_safetensor *tensor;
    size_t count = 1;
    weft_status status = weft_safetensors_find(loader->file, name, shape, &tensor, err);
    if (status) return status;
    for (size_t i = 0; i < shape->rank; i++) count *= shape->dims[i]; /* checked when opened */
    weft_safetensor_read(tensor, 0, count, out);
    return WEFT_OK;
}

/* Room for rows * columns floats; names the tensor when there is none. */
static weft_status make_floats(size_t rows, size_t columns, const char *name, float **out,
                               weft_err *err) {
    size_t count;
    *out = NULL;
    if (weft_mul_size(rows, columns, &count)) *out = weft_alloc_aligned(count, sizeof **out);
    if (*out) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOMEM, "no memory for '%s' (%zu x %zu)", name, rows, columns);
}

weft_status weft_clip_load_vector(const weft_clip_loader *loader, const char *name,
                                  const weft_shape *shape, float **out, weft_err *err) {
    size_t count = 1;
    for (size_t i = 0; i < shape->rank; i++)
        if (!weft_mul_size(count, shape->dims[i], &count)) count = SIZE_MAX;
    weft_status status = make_floats(count, 1, name, out, err);
    if (!status) status = read_tensor(loader, name, shape, *out, err);
    if (status) {
        weft_free(*out);
        *out = NULL;
    }
    return status;
}

/* name.weight [n][k] and, where bias is not NULL, name.bias [n]. */
static weft_status read_linear(const weft_clip_loader *loader, const char *name, size_t n, size_t k,
                               float *const parts[2], weft_err *err) {
    char full[WEFT_CLIP_TENSOR_NAME_SIZE];
    snprintf(full, sizeof full, "%s.weight", name);
    weft_status status =
        read_tensor(loader, full, &(weft_shape){.dims = {n, k}, .rank = 2}, parts[0], err);
    if (status || !parts[1]) return status;
    snprintf(full, sizeof full, "%s.bias", name);
    return read_tensor(loader, full, &(weft_shape){.dims = {n}, .rank = 1}, parts[1], err);
}

/* Stacks `count` linear layers of n x k on one another, so that one product does for all. */
typedef struct {
    const char *const *names;
    size_t count, n, k;
    bool has_bias;
    weft_precision precision;
} stack;

weft_precision weft_clip_small_precision(const weft_clip_loader *loader) {
    return loader->precision == WEFT_PRECISION_INT8 ? WEFT_PRECISION_BF16 : loader->precision;
}

/* The loader's room, with at least rows * columns floats; names the tensor when there is
 * no memory. Fresh memory for every weight would cost as much as reading them. */
static weft_status reserve(weft_clip_loader *loader, size_t rows, size_t columns, const char *name,
                           weft_err *err) {
    size_t count = 0;
    if (weft_mul_size(rows, columns, &count) && count <= loader->room_size) return WEFT_OK;
    weft_free(loader->room);
    loader->room_size = 0;
    weft_status status = make_floats(rows, columns, name, &loader->room, err);
    if (!status) loader->room_size = count;
    return status;
}

static weft_status load_stack(weft_clip_loader *loader, const stack *s, weft_gemm_weight **out,
                              weft_err *err) {
    size_t rows = s->count * s->n;
    weft_status status = reserve(loader, rows, s->k + s->has_bias, s->names[0], err);
    float *weight = loader->room, *bias = NULL;
    if (!status && s->has_bias) bias = weight + rows * s->k;
    for (size_t i = 0; i < s->count && !status; i++) {
        float *const parts[2] = {weight + i * s->n * s->k, bias ? bias + i * s->n : NULL};
        status = read_linear(loader, s->names[i], s->n, s->k, parts, err);
    }
    if (!status)
        status = weft_gemm_pack(
            out,
            &(weft_gemm_source){
                .weight = weight, .bias = bias, .n = rows, .k = s->k, .precision = s->precision},
            loader->weights, err);
    return status;
}

weft_status weft_clip_load_projection(weft_clip_loader *loader, const char *name, size_t n,
                                      size_t k, weft_gemm_weight **out, weft_err *err) {
    const stack s = {
        .names = &name, .count = 1, .n = n, .k = k, .precision = weft_clip_small_precision(loader)};
    return load_stack(loader, &s, out, err);
}

weft_status weft_clip_load_norm(const weft_clip_loader *loader, const char *name,
                                weft_layer_norm *norm, weft_err *err) {
    char full[WEFT_CLIP_TENSOR_NAME_SIZE];
    const weft_shape shape = {.dims = {norm->width}, .rank = 1};
    float *both; /* gain, then bias */
    weft_status status = make_floats(2, norm->width, name, &both, err);
    norm->gain = both;
    if (status) return status;
    norm->bias = both + norm->width;
    snprintf(full, sizeof full, "%s.weight", name);
    status = read_tensor(loader, full, &shape, both, err);
    if (status) return status;
    snprintf(full, sizeof full, "%s.bias", name);
    return read_tensor(loader, full, &shape, both + norm->width, err);
}

void weft_clip_norm_deinit(weft_layer_norm *norm) {
    weft_free((float *)norm->gain);
    norm->gain = norm->bias = NULL;
}

/* The linear layer prefix.name [n][k] with its bias. */
static weft_status load_linear(weft_clip_loader *loader, const char *name, size_t n, size_t k,
                               weft_gemm_weight **out, weft_err *err) {
    const stack s = {.names = &name,
                     .count = 1,
                     .n = n,
                     .k = k,
                     .has_bias = true,
                     .precision = loader->precision};
    return load_stack(loader, &s, out, err);
}

/* The last layer asks from one row of a sequence only, so its queries are apart. */
static weft_status load_qkv(weft_clip_layer *layer, weft_clip_loader *loader, const char *prefix,
                            size_t hidden, bool is_last, weft_err *err) {
    char q[WEFT_CLIP_TENSOR_NAME_SIZE], k[sizeof q], v[sizeof q];
    snprintf(q, sizeof q, "%s.self_attn.q_proj", prefix);
    snprintf(k, sizeof k, "%s.self_attn.k_proj", prefix);
    snprintf(v, sizeof v, "%s.self_attn.v_proj", prefix);
    const char *const names[] = {q, k, v};
    const stack s = {.names = names + is_last,
                     .count = is_last ? 2 : 3,
                     .n = hidden,
                     .k = hidden,
                     .has_bias = true,
                     .precision = loader->precision};
    weft_status status = load_stack(loader, &s, &layer->qkv, err);
    if (status || !is_last) return status;
    return load_linear(loader, q, hidden, hidden, &layer->q, err);
}

static weft_status load_layer(weft_clip_layer *layer, weft_clip_loader *loader,
                              const weft_clip_tower_config *shape, size_t number,
                              const char *tower_prefix, weft_err *err) {
    char prefix[WEFT_CLIP_TENSOR_NAME_SIZE / 2], name[WEFT_CLIP_TENSOR_NAME_SIZE];
    size_t hidden = shape->hidden, wide = shape->intermediate;
    snprintf(prefix, sizeof prefix, "%s.%zu", tower_prefix, number);
    layer->before_attention = (weft_layer_norm){.width = hidden, .epsilon = shape->epsilon};
    layer->before_mlp = layer->before_attention;

    snprintf(name, sizeof name, "%s.layer_norm1", prefix);
    weft_status status = weft_clip_load_norm(loader, name, &layer->before_attention, err);
    if (status) return status;
    snprintf(name, sizeof name, "%s.layer_norm2", prefix);
    status = weft_clip_load_norm(loader, name, &layer->before_mlp, err);
    if (!status) status = load_qkv(layer, loader, prefix, hidden, number + 1 == shape->layers, err);
    if (status) return status;
    snprintf(name, sizeof name, "%s.self_attn.out_proj", prefix);
    status = load_linear(loader, name, hidden, hidden, &layer->out, err);
    if (status) return status;
    snprintf(name, sizeof name, "%s.mlp.fc1", prefix);
    status = load_linear(loader, name, wide, hidden, &layer->up, err);
    if (status) return status;
    snprintf(name, sizeof name, "%s.mlp.fc2", prefix);
    return load_linear(loader, name, hidden, wide, &layer->down, err);
}

weft_status weft_clip_tower_load(weft_clip_tower *tower, weft_clip_loader *loader,
                                 const char *prefix, weft_err *err) {
    weft_status status = WEFT_OK;
    tower->layers = weft_calloc(tower->shape.layers, sizeof *tower->layers);
    if (!tower->layers) return weft_fail(err, WEFT_E_NOMEM, "no memory for the layers");
    for (size_t i = 0; i < tower->shape.layers && !status; i++)
        status = load_layer(&tower->layers[i], loader, &tower->shape, i, prefix, err);
    return status;
}

void weft_clip_tower_deinit(weft_clip_tower *tower) {
    for (size_t i = 0; tower->layers && i < tower->shape.layers; i++) {
        weft_clip_layer *layer = &tower->layers[i];
        weft_clip_norm_deinit(&layer->before_attention);
        weft_clip_norm_deinit(&layer->before_mlp);
    }
    weft_free(tower->layers);
    tower->layers = NULL;
}
