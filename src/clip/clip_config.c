/* clip_config.c - every size of a model, checked before anything is allocated for it.
 *
 * Published configs differ by age. Old ones carry text_config_dict and
 * vision_config_dict beside text_config and vision_config; where such a dict is
 * present, transformers takes it with defaults for what it lacks and ignores
 * the other. A size is an integer, or in a preprocessor {"shortest_edge": n}, or
 * {"height": n, "width": n}. */
#include "clip/clip_config.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"

enum { CONFIG_BYTES_MAX = 1 << 20, PATH_SIZE = 4096 };

/* A whole number that a file may hold, and what it is when left out. */
typedef struct {
    const char *key;
    size_t otherwise;
    size_t min, max;
    size_t *out;
} size_field;

static weft_status read_size(const json_t *object, const size_field *field, weft_err *err) {
    const json_t *value = json_object_get(object, field->key);
    *field->out = field->otherwise;
    if (!value || json_is_null(value)) return WEFT_OK;
    if (!json_is_integer(value))
        return weft_fail(err, WEFT_E_FORMAT, "%s is not a whole number", field->key);
    json_int_t n = json_integer_value(value);
    if (n < (json_int_t)field->min || n > (json_int_t)field->max)
        return weft_fail(err, WEFT_E_LIMIT, "%s is %lld; from %zu to %zu is allowed", field->key,
                         (long long)n, field->min, field->max);
    *field->out = (size_t)n;
    return WEFT_OK;
}

static weft_status read_sizes(const json_t *object, const size_field *fields, size_t n,
                              weft_err *err) {
    for (size_t i = 0; i < n; i++) {
        weft_status status = read_size(object, &fields[i], err);
        if (status) return status;
    }
    return WEFT_OK;
}

static weft_status read_number(const json_t *object, const char *key, double *out, weft_err *err) {
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) return WEFT_OK;
    if (!json_is_number(value)) return weft_fail(err, WEFT_E_FORMAT, "%s is not a number", key);
    *out = json_number_value(value);
    return WEFT_OK;
}

static weft_status read_flag(const json_t *object, const char *key, bool *out, weft_err *err) {
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) return WEFT_OK;
    if (!json_is_boolean(value)) return weft_fail(err, WEFT_E_FORMAT, "%s is not a boolean", key);
    *out = json_is_true(value);
    return WEFT_OK;
}

static weft_status read_activation(const json_t *object, weft_activation *out, weft_err *err) {
    const json_t *value = json_object_get(object, "hidden_act");
    const char *name = value ? json_string_value(value) : "quick_gelu";
    if (!name) return weft_fail(err, WEFT_E_FORMAT, "hidden_act is not a string");
    if (strcmp(name, "quick_gelu") == 0) *out = WEFT_ACTIVATION_QUICK_GELU;
    else if (strcmp(name, "gelu") == 0) *out = WEFT_ACTIVATION_GELU;
    else
        return weft_fail(err, WEFT_E_UNSUPPORTED,
                         "hidden_act is '%.64s'; quick_gelu and gelu are known", name);
    return WEFT_OK;
}

/* What both towers have; the sizes in *tower are the defaults. */
static weft_status read_tower(const json_t *object, weft_clip_tower_config *tower, weft_err *err) {
    const size_field fields[] = {
        {"hidden_size", tower->hidden, 1, 8192, &tower->hidden},
        {"intermediate_size", tower->intermediate, 1, 65536, &tower->intermediate},
        {"num_hidden_layers", tower->layers, 1, 256, &tower->layers},
        {"num_attention_heads", tower->heads, 1, 256, &tower->heads},
    };
    double epsilon = 1e-5;
    weft_status status = read_sizes(object, fields, sizeof fields / sizeof *fields, err);
    if (!status) status = read_number(object, "layer_norm_eps", &epsilon, err);
    if (!status) status = read_activation(object, &tower->activation, err);
    if (status) return status;
    if (tower->hidden % tower->heads != 0)
        return weft_fail(err, WEFT_E_FORMAT,
                         "hidden_size %zu is not a multiple of num_attention_heads %zu",
                         tower->hidden, tower->heads);
    if (!(epsilon >= 0 && epsilon < 1))
        return weft_fail(err, WEFT_E_LIMIT, "layer_norm_eps is %g", epsilon);
    tower->epsilon = (float)epsilon;
    return WEFT_OK;
}

static weft_status read_text(const json_t *object, weft_clip_config *c, weft_err *err) {
    size_t eos;
    const size_field fields[] = {
        {"vocab_size", 49408, 3, 1 << 20, &c->vocab_size},
        {"max_position_embeddings", 77, 2, 4096, &c->max_positions},
        {"eos_token_id", 49407, 0, UINT32_MAX, &eos},
    };
    c->text =
        (weft_clip_tower_config){.hidden = 512, .intermediate = 2048, .layers = 12, .heads = 8};
    weft_status status = read_tower(object, &c->text, err);
    if (!status) status = read_sizes(object, fields, sizeof fields / sizeof *fields, err);
    if (!status) c->eos_token_id = (uint32_t)eos;
    return status;
}

static weft_status read_vision(const json_t *object, weft_clip_config *c, weft_err *err) {
    size_t channels;
    const size_field fields[] = {
        {"image_size", 224, 1, 2048, &c->image_size},
        {"patch_size", 32, 1, 2048, &c->patch_size},
        {"num_channels", 3, 3, 3, &channels},
    };
    c->vision =
        (weft_clip_tower_config){.hidden = 768, .intermediate = 3072, .layers = 12, .heads = 12};
    weft_status status = read_tower(object, &c->vision, err);
    if (!status) status = read_sizes(object, fields, sizeof fields / sizeof *fields, err);
    if (status) return status;
    if (c->patch_size > c->image_size)
        return weft_fail(err, WEFT_E_FORMAT, "patch_size %zu is larger than image_size %zu",
                         c->patch_size, c->image_size);
    if (c->image_size / c->patch_size > 128)
        return weft_fail(err, WEFT_E_LIMIT, "image_size %zu / patch_size %zu; 128 is the limit",
                         c->image_size, c->patch_size);
    return WEFT_OK;
}

/* The object of a tower: `old` where it is there, else `key`, which may be left out too. */
static weft_status tower_object(const json_t *root, const char *old, const char *key,
                                const json_t **out, weft_err *err) {
    *out = json_object_get(root, old);
    if (!*out || json_is_null(*out)) *out = json_object_get(root, key);
    if (*out && !json_is_null(*out) && !json_is_object(*out))
        return weft_fail(err, WEFT_E_FORMAT, "%s is not an object", key);
    return WEFT_OK;
}

static weft_status read_root(weft_clip_config *c, const json_t *root, weft_err *err) {
    const json_t *text, *vision;
    const char *type = json_string_value(json_object_get(root, "model_type"));
    if (type && strcmp(type, "clip") != 0)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "model_type is '%.64s'; clip is read", type);
    const char *name = json_string_value(json_object_get(root, "_name_or_path"));
    snprintf(c->name, sizeof c->name, "%s", name ? name : "");

    const size_field dim = {"projection_dim", 512, 1, 8192, &c->dim};
    weft_status status = read_size(root, &dim, err);
    if (!status) status = tower_object(root, "text_config_dict", "text_config", &text, err);
    if (!status) status = tower_object(root, "vision_config_dict", "vision_config", &vision, err);
    if (status) return status;
    status = read_text(text, c, err);
    if (status) return weft_fail_in(err, status, "text_config");
    status = read_vision(vision, c, err);
    if (status) return weft_fail_in(err, status, "vision_config");
    return WEFT_OK;
}

static weft_status parse_object(json_t **root, const char *json, size_t n, weft_err *err) {
    json_error_t where;
    *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &where);
    if (!*root) return weft_fail(err, WEFT_E_FORMAT, "line %d: %s", where.line, where.text);
    if (json_is_object(*root)) return WEFT_OK;
    json_decref(*root);
    *root = NULL;
    return weft_fail(err, WEFT_E_FORMAT, "not a JSON object");
}

weft_status weft_clip_config_parse(weft_clip_config *config, const char *json, size_t n,
                                   weft_err *err) {
    json_t *root;
    weft_status status = parse_object(&root, json, n, err);
    if (status) return status;
    status = read_root(config, root, err);
    json_decref(root);
    return status;
}

/* An integer, {"shortest_edge"} or {"height", "width"}, each up to 4096. */
typedef struct {
    size_t edge; /* 0 when height and width are given */
    size_t height, width;
} extent;

static weft_status read_extent(const json_t *object, const char *key, extent *out, weft_err *err) {
    enum { EXTENT_MAX = 4096 };
    json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) return WEFT_OK;
    extent e = {0};
    weft_status status;
    if (!json_is_object(value)) {
        const size_field whole = {key, 0, 1, EXTENT_MAX, &e.edge};
        status = read_size(object, &whole, err);
    } else {
        const size_field fields[] = {{"shortest_edge", 0, 1, EXTENT_MAX, &e.edge},
                                     {"height", 0, 1, EXTENT_MAX, &e.height},
                                     {"width", 0, 1, EXTENT_MAX, &e.width}};
        status = read_sizes(value, fields, 3, err);
        if (status) return weft_fail_in(err, status, "%s", key);
        if (!e.edge && (!e.height || !e.width))
            return weft_fail(err, WEFT_E_FORMAT,
                             "%s has neither shortest_edge nor height and width", key);
    }
    *out = e;
    return status;
}

static weft_status read_channels(const json_t *object, const char *key, float out[3],
                                 weft_err *err) {
    const json_t *list = json_object_get(object, key);
    if (!list || json_is_null(list)) return WEFT_OK;
    if (json_array_size(list) != 3)
        return weft_fail(err, WEFT_E_FORMAT, "%s is not a list of 3 numbers", key);
    for (size_t i = 0; i < 3; i++) {
        const json_t *value = json_array_get(list, i);
        if (!json_is_number(value) || !isfinite(json_number_value(value)))
            return weft_fail(err, WEFT_E_FORMAT, "%s[%zu] is not a number", key, i);
        out[i] = (float)json_number_value(value);
    }
    return WEFT_OK;
}

/* Resize and crop must end in a square of image_size. */
static weft_status read_geometry(weft_clip_config *c, const json_t *root, weft_err *err) {
    bool resizes = true, crops = true;
    size_t resample;
    extent size = {.edge = 224}, crop = {.edge = 224};
    const size_field filter = {"resample", 3, 0, 5, &resample};
    weft_status status = read_flag(root, "do_resize", &resizes, err);
    if (!status) status = read_flag(root, "do_center_crop", &crops, err);
    if (!status) status = read_size(root, &filter, err);
    if (!status) status = read_extent(root, "size", &size, err);
    if (!status) status = read_extent(root, "crop_size", &crop, err);
    if (status) return status;
    if (!resizes) return weft_fail(err, WEFT_E_UNSUPPORTED, "do_resize is false");
    if (resample != 3)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "resample is %zu; 3 (bicubic) is known",
                         resample);
    if (!crops) {
        if (size.edge)
            return weft_fail(err, WEFT_E_UNSUPPORTED,
                             "do_center_crop is false, so size must have height and width");
        crop = size;
    }
    size_t side = crop.edge ? crop.edge : crop.height;
    if ((!crop.edge && crop.height != crop.width) || side != c->image_size)
        return weft_fail(err, WEFT_E_FORMAT, "%s is not the square of config.json's image_size %zu",
                         crops ? "crop_size" : "size", c->image_size);
    if (side > (size.edge ? size.edge : size.height) || (!size.edge && side > size.width))
        return weft_fail(err, WEFT_E_UNSUPPORTED, "size is smaller than crop_size %zu", side);
    c->preprocess.shortest_edge = (uint32_t)size.edge;
    c->preprocess.resize_height = size.edge ? 0 : (uint32_t)size.height;
    c->preprocess.resize_width = size.edge ? 0 : (uint32_t)size.width;
    c->preprocess.crop_size = (uint32_t)side;
    return WEFT_OK;
}

/* A model may scale bytes by another factor than 1/255; since mean and std apply to
 * the 0-1 scale here, the rest of the factor goes into them. */
static weft_status read_colors(weft_clip_config *c, const json_t *root, weft_err *err) {
    bool scales = true, normalizes = true;
    double factor = 1.0 / 255.0;
    float mean[3] = {0.48145466f, 0.4578275f, 0.40821073f};
    float std[3] = {0.26862954f, 0.26130258f, 0.27577711f};
    weft_status status = read_flag(root, "do_rescale", &scales, err);
    if (!status) status = read_flag(root, "do_normalize", &normalizes, err);
    if (!status) status = read_number(root, "rescale_factor", &factor, err);
    if (!status) status = read_channels(root, "image_mean", mean, err);
    if (!status) status = read_channels(root, "image_std", std, err);
    if (status) return status;
    if (!scales) factor = 1.0;
    if (!(factor > 1e-9 && factor < 1e9))
        return weft_fail(err, WEFT_E_LIMIT, "rescale_factor is %g", factor);
    bool is_usual = fabs(factor * 255.0 - 1.0) < 1e-6;
    for (size_t i = 0; i < 3; i++) {
        if (!normalizes) mean[i] = 0, std[i] = 1;
        if (!(std[i] > 0))
            return weft_fail(err, WEFT_E_LIMIT, "image_std[%zu] is %g", i, (double)std[i]);
        c->preprocess.mean[i] = is_usual ? mean[i] : (float)((double)mean[i] / (factor * 255.0));
        c->preprocess.std[i] = is_usual ? std[i] : (float)((double)std[i] / (factor * 255.0));
    }
    return WEFT_OK;
}

weft_status weft_clip_preprocess_parse(weft_clip_config *config, const char *json, size_t n,
                                       weft_err *err) {
    json_t *root;
    weft_status status = parse_object(&root, json, n, err);
    if (status) return status;
    status = read_geometry(config, root, err);
    if (!status) status = read_colors(config, root, err);
    json_decref(root);
    return status;
}

weft_status weft_clip_config_read(weft_clip_config *config, const char *folder, weft_err *err) {
    char path[PATH_SIZE];
    weft_buf text;
    weft_buf_init(&text);
    memset(config, 0, sizeof *config);
    snprintf(path, sizeof path, "%s/config.json", folder);
    weft_status status = weft_file_read(path, CONFIG_BYTES_MAX, &text, err);
    if (status) goto cleanup;
    status = weft_clip_config_parse(config, text.data ? text.data : "", text.size, err);
    if (status) {
        weft_fail_in(err, status, "%s", path);
        goto cleanup;
    }

    weft_buf_clear(&text);
    snprintf(path, sizeof path, "%s/preprocessor_config.json", folder);
    if (weft_file_exists(path)) status = weft_file_read(path, CONFIG_BYTES_MAX, &text, err);
    else weft_buf_puts(&text, "{}");
    if (status) goto cleanup;
    status = weft_clip_preprocess_parse(config, text.data ? text.data : "", text.size, err);
    if (status) weft_fail_in(err, status, "%s", path);
cleanup:
    weft_buf_deinit(&text);
    return status;
}
