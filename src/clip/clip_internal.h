/* clip_internal.h - what the files of this room share; nothing outside includes it. */
#ifndef WEFT_CLIP_CLIP_INTERNAL_H
#define WEFT_CLIP_CLIP_INTERNAL_H

#include "base/digest.h"
#include "clip/clip.h"
#include "clip/clip_config.h"
#include "clip/clip_tokenizer.h"
#include "clip/clip_tower.h"
#include "clip/safetensors.h"

/* The photo side. */
typedef struct {
    weft_arena weights;      /* all that is packed, in the order of its use */
    size_t patches;          /* of one photo; its sequence is one longer */
    weft_gemm_weight *patch; /* [hidden][3 * patch_size * patch_size] */
    float *class_embedding;  /* [hidden] */
    float *positions;        /* [patches + 1][hidden] */
    weft_layer_norm before, after;
    weft_clip_tower tower;
    weft_gemm_weight *projection; /* [dim][hidden] */
} weft_clip_vision;

/* The text side. */
typedef struct {
    weft_arena weights;            /* all that is packed, in the order of its use */
    const weft_safetensor *tokens; /* [vocab_size][hidden], read from the file row by row */
    float *positions;              /* [max_positions][hidden] */
    weft_layer_norm after;
    weft_clip_tower tower;
    weft_gemm_weight *projection; /* [dim][hidden] */
} weft_clip_text;

struct weft_clip_model {
    weft_clip_config config;
    char digest[WEFT_DIGEST_HEX_SIZE];
    weft_precision precision;
    size_t threads, max_batch;
    weft_safetensors *file;
    weft_clip_tokenizer *tokenizer;
    weft_clip_vision vision;
    weft_clip_text text;
};

struct weft_clip_session {
    const weft_clip_model *model;
    size_t vision_rows, text_rows; /* of the workspace, as each side sees it */
    weft_clip_workspace work;
    weft_clip_sequence *sequences; /* [max_batch] */
    uint32_t *ids;                 /* [max_positions] */
    float *tensor;                 /* [3][image_size][image_size], for encode_photo */
};

/* Loads one side into its own arena (init before); deinit also after a failure. They fail
 * as weft_clip_model_open does. */
weft_status weft_clip_vision_load(weft_clip_vision *vision, const weft_clip_config *config,
                                  weft_clip_loader *loader, weft_err *err);
void weft_clip_vision_deinit(weft_clip_vision *vision);
weft_status weft_clip_text_load(weft_clip_text *text, const weft_clip_config *config,
                                weft_clip_loader *loader, weft_err *err);
void weft_clip_text_deinit(weft_clip_text *text);

/* norm and projection of the session's n picked rows: raw vectors [n][dim]. Every member
 * of the team calls it; complete when it returns. */
void weft_clip_project(const weft_clip_session *session, const weft_layer_norm *norm,
                       const weft_gemm_weight *projection, size_t n, float *vectors);

#endif
