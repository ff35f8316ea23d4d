/* clip.h - photos and words as vectors in one space, by a CLIP model.
 *
 * Radford et al., "Learning Transferable Visual Models From Natural Language
 * Supervision", 2021 (arXiv:2103.00020). Models are read from a folder in the
 * Hugging Face layout as published: config.json, preprocessor_config.json,
 * model.safetensors, and vocab.json + merges.txt or tokenizer.json.
 *
 *     weft_clip_model *model;
 *     weft_clip_session *session;
 *     weft_clip_model_open(&model, "models/weft-mini", NULL, &err);
 *     weft_clip_session_new(&session, model, &err);
 *     weft_clip_encode_text(session, texts, n, vectors, &err);
 */
#ifndef WEFT_CLIP_CLIP_H
#define WEFT_CLIP_CLIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"
#include "image/image.h"
#include "tensor/gemm.h"

typedef struct weft_clip_model weft_clip_model;     /* immutable after open; threads share it */
typedef struct weft_clip_session weft_clip_session; /* scratch memory; one thread at a time */

typedef struct {
    weft_precision precision; /* AUTO: bfloat16 where the machine multiplies it, else float32 */
    size_t threads;           /* that work together on one call of a session; 0: 1 */
    size_t max_batch;         /* photos or texts run at once; 0: 32. Larger calls are split */
} weft_clip_options;

/* Opens the folder, checks every tensor against the config, packs the weights.
 * options may be NULL. Fails with WEFT_E_NOT_FOUND, WEFT_E_FORMAT (names the file
 * and the tensor or field), WEFT_E_UNSUPPORTED, WEFT_E_NOMEM. */
weft_status weft_clip_model_open(weft_clip_model **model, const char *folder,
                                 const weft_clip_options *options, weft_err *err);
void weft_clip_model_free(weft_clip_model *model); /* NULL is fine; no session may remain */

typedef struct {
    const char *name;    /* the folder's last part, or the config's _name_or_path */
    const char *digest;  /* SHA-256 of model.safetensors: embeddings of other digests differ */
    size_t dim;          /* of an embedding: projection_dim */
    size_t text_tokens;  /* longest text, both end tokens included: 77 */
    uint32_t image_size; /* side of the image tensor */
    size_t parameters;
    weft_precision precision; /* never AUTO */
    const char *instructions; /* what the products run on: weft_cpu_name */
} weft_clip_info;

/* The strings live as long as the model. */
weft_clip_info weft_clip_model_info(const weft_clip_model *model);
const weft_image_preprocess *weft_clip_model_preprocess(const weft_clip_model *model);

/* A session's memory is sized and its threads are started now; encoding allocates nothing
 * in proportion to the model. A vector does not depend on what is encoded beside it. */
weft_status weft_clip_session_new(weft_clip_session **session, const weft_clip_model *model,
                                  weft_err *err);
void weft_clip_session_free(weft_clip_session *session);

/* texts[n] -> vectors [n][dim], each L2-normalised. A text is cut at text_tokens as
 * transformers cuts it; bytes that are not UTF-8 count as U+FFFD; an empty text is fine. */
weft_status weft_clip_encode_text(weft_clip_session *session, const weft_str *texts, size_t n,
                                  float *vectors, weft_err *err);

/* tensors [n][3][image_size][image_size], as weft_image_to_tensor makes them,
 * -> vectors [n][dim], each L2-normalised. */
weft_status weft_clip_encode_tensors(weft_clip_session *session, const float *tensors, size_t n,
                                     float *vectors, weft_err *err);

/* One photo from its encoded bytes: decode (default limits), preprocess, encode. vector is [dim].
 */
weft_status weft_clip_encode_photo(weft_clip_session *session, const void *bytes, size_t n,
                                   float *vector, weft_err *err);

/* The token ids of a text, start and end token included, cut at max; *n is how many.
 * max is at least 2. For tests, `weft model tokens` and training. */
weft_status weft_clip_tokenize(const weft_clip_model *model, weft_str text, uint32_t *ids,
                               size_t max, size_t *n, weft_err *err);

/* x[dim] := x / |x|; a zero vector stays zero. */
void weft_vector_normalize(float *x, size_t dim);

/* out = normalise(weight * image + (1 - weight) * text); weight 0.5 is the seed's hybrid.
 * One of the two may be NULL: then out is the other, normalised. */
void weft_vector_blend(const float *image, const float *text, float weight, size_t dim, float *out);

#endif
