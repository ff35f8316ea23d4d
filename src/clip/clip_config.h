/* clip_config.h - config.json and preprocessor_config.json as Hugging Face has them. */
#ifndef WEFT_CLIP_CLIP_CONFIG_H
#define WEFT_CLIP_CLIP_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "image/image.h"
#include "tensor/nn.h"

enum { WEFT_CLIP_NAME_SIZE = 128 };

/* The shape of one transformer, photo's or text's. */
typedef struct {
    size_t hidden; /* a multiple of heads */
    size_t intermediate;
    size_t layers;
    size_t heads;
    float epsilon; /* of its layer norms */
    weft_activation activation;
} weft_clip_tower_config;

typedef struct {
    char name[WEFT_CLIP_NAME_SIZE]; /* _name_or_path, or "" */
    size_t dim;                     /* projection_dim */
    weft_clip_tower_config vision;
    size_t image_size, patch_size;
    weft_clip_tower_config text;
    size_t vocab_size;
    size_t max_positions;
    uint32_t eos_token_id; /* 2 in files older than transformers 4.31: see clip_text.c */
    weft_image_preprocess preprocess;
} weft_clip_config;

/* Reads both files of the folder; what a file leaves out has transformers' default,
 * a preprocessor_config.json that is absent altogether likewise. Fails with
 * WEFT_E_NOT_FOUND, WEFT_E_FORMAT (names file and field), WEFT_E_LIMIT (a size out of
 * sane range), WEFT_E_UNSUPPORTED (say, an unknown hidden_act). */
weft_status weft_clip_config_read(weft_clip_config *config, const char *folder, weft_err *err);

/* The two parts, from text; for tests and fuzzing. The second one completes the first. */
weft_status weft_clip_config_parse(weft_clip_config *config, const char *json, size_t n,
                                   weft_err *err);
weft_status weft_clip_preprocess_parse(weft_clip_config *config, const char *json, size_t n,
                                       weft_err *err);

#endif
