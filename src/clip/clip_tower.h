/* clip_tower.h - the transformer that photos and texts both go through, and how its
 * weights are loaded. Only this room includes it. */
#ifndef WEFT_CLIP_CLIP_TOWER_H
#define WEFT_CLIP_CLIP_TOWER_H

#include <stdbool.h>
#include <stddef.h>

#include "clip/clip_config.h"
#include "clip/safetensors.h"
#include "tensor/attention.h"
#include "tensor/gemm.h"
#include "tensor/nn.h"
#include "tensor/team.h"

/* Where weights come from and how they are packed; one per thread, borrowed while loading. */
typedef struct {
    const weft_safetensors *file;
    weft_precision precision; /* of the large products */
    weft_arena *weights;      /* where packed weights go */
    float *room;              /* [room_size] for a weight on its way, kept for the next */
    size_t room_size;
} weft_clip_loader;

enum { WEFT_CLIP_TENSOR_NAME_SIZE = 160 };

/* What suits products that cost little: int8 would lose accuracy and win nothing. */
weft_precision weft_clip_small_precision(const weft_clip_loader *loader);

/* Each reads one thing of the file by its name there, checks the shape and fails as
 * weft_safetensors_find does, or with WEFT_E_NOMEM. */
weft_status weft_clip_load_vector(const weft_clip_loader *loader, const char *name,
                                  const weft_shape *shape, float **out, weft_err *err);
/* A matrix name.weight [n][k] without bias. */
weft_status weft_clip_load_projection(weft_clip_loader *loader, const char *name, size_t n,
                                      size_t k, weft_gemm_weight **out, weft_err *err);
/* name.weight and name.bias [norm->width]; width and epsilon are set before. */
weft_status weft_clip_load_norm(const weft_clip_loader *loader, const char *name,
                                weft_layer_norm *norm, weft_err *err);
void weft_clip_norm_deinit(weft_layer_norm *norm);

typedef struct {
    weft_layer_norm before_attention, before_mlp;
    weft_gemm_weight *q;         /* [hidden][hidden], in the last layer only; else in qkv */
    weft_gemm_weight *qkv;       /* [3 or 2 * hidden][hidden]: (queries,) keys, values */
    weft_gemm_weight *out;       /* [hidden][hidden] */
    weft_gemm_weight *up, *down; /* [intermediate][hidden] and back */
} weft_clip_layer;

typedef struct {
    weft_clip_tower_config shape;
    bool is_causal;
    weft_clip_layer *layers; /* [shape.layers] */
} weft_clip_tower;

/* prefix: "text_model.encoder.layers" or the vision model's. deinit also after a failure. */
weft_status weft_clip_tower_load(weft_clip_tower *tower, weft_clip_loader *loader,
                                 const char *prefix, weft_err *err);
void weft_clip_tower_deinit(weft_clip_tower *tower);

/* Rows of `intermediate` numbers are so far apart: weft_gemm_put_bf16 zeroes a few behind
 * each. */
#define WEFT_CLIP_WIDE_STRIDE(intermediate) (((intermediate) + 31) / 32 * 32)

/* Memory of a session, for the larger of the towers. */
typedef struct {
    float *x;               /* [rows][hidden], the residual stream */
    float *mixed;           /* [rows][hidden], what attention makes */
    float *wide;            /* [rows][3 * hidden or WEFT_CLIP_WIDE_STRIDE]; or bfloat16 */
    float *picked;          /* [sequences][hidden], the queries of the last layer */
    weft_gemm_input narrow; /* [rows][hidden] */
    weft_gemm_input broad;  /* [rows][the wider of intermediate and a patch's pixels] */
    unsigned char *scratch; /* [members][scratch_size], each member's own */
    size_t scratch_size;    /* for attention, or a few rows */
    weft_team *team;
} weft_clip_workspace;

/* Rows start <= i < start + length of the stream belong together; `pick` counts from start
 * and is the row whose result is wanted. */
typedef struct {
    size_t start, length, pick;
} weft_clip_sequence;

/* Runs all layers over the sequences, which lie end to end from row 0 of work->x on, and
 * leaves the picked rows in work->x [n][hidden], before any last norm. Every member of
 * the work's team makes the same call; complete when it returns. */
void weft_clip_tower_run(const weft_clip_tower *tower, const weft_clip_workspace *work,
                         const weft_clip_sequence *sequences, size_t n, size_t member);

#endif
