/* clip_encoder.c - opens a model, makes sessions, and finishes vectors.
 *
 * The digest is the SHA-256 of the whole weights file, so it reads every byte
 * once more: about a second for the 600 MB of ViT-B/32, nothing to speak of for a
 * small model. Anything cheaper (size and header, say) cannot tell a fine-tuned
 * model from its parent, whose files differ in nothing else. So it runs on a
 * thread of its own while the weights are being packed. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "clip/clip_internal.h"

/* A run of more rows than this gains no speed and costs memory. */
enum { DEFAULT_BATCH = 32, ROWS_MAX = 2048, PATH_SIZE = 4096 };

/* The folder's last part, whatever slashes end it. */
static void name_after_folder(weft_clip_model *model, const char *folder) {
    size_t end = strlen(folder);
    while (end > 1 && folder[end - 1] == '/') end--;
    size_t start = end;
    while (start > 0 && folder[start - 1] != '/') start--;
    snprintf(model->config.name, sizeof model->config.name, "%.*s", (int)(end - start),
             folder + start);
}

static void *digest_thread(void *argument) {
    weft_clip_model *model = argument;
    weft_safetensors_digest(model->file, model->digest);
    return NULL;
}

static weft_status load_weights(weft_clip_model *model, size_t threads, weft_err *err) {
    const weft_clip_loader loader = {
        .file = model->file, .backend = model->backend, .threads = threads};
    pthread_t digesting;
    int refused = pthread_create(&digesting, NULL, digest_thread, model);
    if (refused) digest_thread(model);
    weft_status status = weft_clip_vision_load(&model->vision, &model->config, &loader, err);
    if (!status) status = weft_clip_text_load(&model->text, &model->config, &loader, err);
    if (!refused) pthread_join(digesting, NULL);
    return status;
}

/* A text must end in a token at which it is read. */
static weft_status check_end_token(const weft_clip_model *model, weft_err *err) {
    uint32_t ids[2];
    size_t n;
    weft_status status =
        weft_clip_tokenizer_encode(model->tokenizer, weft_str_of(""), ids, 2, &n, err);
    if (status) return status;
    uint32_t eos = model->config.eos_token_id;
    if (eos == 2 || eos == ids[1]) return WEFT_OK;
    return weft_fail(err, WEFT_E_FORMAT,
                     "config.json: text_config: eos_token_id is %u, the tokenizer's end token %u",
                     eos, ids[1]);
}

weft_status weft_clip_model_open(weft_clip_model **out, const char *folder,
                                 const weft_clip_options *options, weft_err *err) {
    char path[PATH_SIZE];
    const weft_clip_options defaults = {0};
    if (!options) options = &defaults;
    *out = NULL;
    weft_clip_model *model = weft_calloc(1, sizeof *model);
    if (!model) return weft_fail(err, WEFT_E_NOMEM, "no memory for a model");
    model->max_batch = options->max_batch ? options->max_batch : DEFAULT_BATCH;
    model->backend = weft_gemm_backend_find(options->backend);
    weft_status status = WEFT_OK;
    if (!model->backend)
        status = weft_fail(err, WEFT_E_UNSUPPORTED, "this build has no GEMM backend '%s'",
                           options->backend);
    if (!status) status = weft_clip_config_read(&model->config, folder, err);
    if (status) goto cleanup;
    if (!model->config.name[0]) name_after_folder(model, folder);

    status = weft_clip_tokenizer_open(&model->tokenizer, folder, model->config.vocab_size, err);
    if (!status) status = check_end_token(model, err);
    if (status) goto cleanup;
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    status = weft_safetensors_open(&model->file, path, err);
    if (!status) status = load_weights(model, options->threads, err);
    if (status) goto cleanup;
    *out = model;
    model = NULL;
cleanup:
    weft_clip_model_free(model);
    return status;
}

void weft_clip_model_free(weft_clip_model *model) {
    if (!model) return;
    weft_clip_vision_deinit(&model->vision);
    weft_clip_text_deinit(&model->text);
    weft_clip_tokenizer_free(model->tokenizer);
    weft_safetensors_free(model->file);
    weft_free(model);
}

weft_clip_info weft_clip_model_info(const weft_clip_model *model) {
    return (weft_clip_info){.name = model->config.name,
                            .digest = model->digest,
                            .dim = model->config.dim,
                            .text_tokens = model->config.max_positions,
                            .image_size = (uint32_t)model->config.image_size,
                            .parameters = weft_safetensors_parameters(model->file),
                            .backend = weft_gemm_backend_name(model->backend)};
}

const weft_image_preprocess *weft_clip_model_preprocess(const weft_clip_model *model) {
    return &model->config.preprocess;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* Rows of one run: whole sequences, at least one. */
static size_t rows_for(size_t length, size_t max_batch) {
    size_t rows = ROWS_MAX / length >= max_batch ? length * max_batch : ROWS_MAX;
    return larger(rows, length);
}

weft_status weft_clip_session_new(weft_clip_session **out, const weft_clip_model *model,
                                  weft_err *err) {
    const weft_clip_config *c = &model->config;
    const weft_clip_tower_config *v = &c->vision, *t = &c->text;
    *out = NULL;
    weft_clip_session *s = weft_calloc(1, sizeof *s);
    if (!s) return weft_fail(err, WEFT_E_NOMEM, "no memory for a session");
    size_t length = model->vision.patches + 1;
    s->model = model;
    s->vision_rows = rows_for(length, model->max_batch);
    s->text_rows = rows_for(c->max_positions, model->max_batch);

    /* clip_config.c bounds each factor, so that no product overflows 64 bits */
    size_t stream = larger(s->vision_rows * v->hidden, s->text_rows * t->hidden);
    size_t pixels = 3 * c->patch_size * c->patch_size;
    size_t vision_wide = larger(larger(3 * v->hidden, v->intermediate), pixels);
    size_t text_wide = larger(3 * t->hidden, t->intermediate);
    size_t wide = larger(s->vision_rows * vision_wide, s->text_rows * text_wide);
    size_t head = larger(weft_nn_attention_scratch(length, v->hidden / v->heads),
                         weft_nn_attention_scratch(c->max_positions, t->hidden / t->heads));
    s->work.x = weft_alloc_aligned(stream, sizeof *s->work.x);
    s->work.normed = weft_alloc_aligned(stream, sizeof *s->work.normed);
    s->work.wide = weft_alloc_aligned(wide, sizeof *s->work.wide);
    s->work.head = weft_alloc_aligned(head, sizeof *s->work.head);
    s->sequences = weft_alloc(model->max_batch, sizeof *s->sequences);
    s->ids = weft_alloc(c->max_positions, sizeof *s->ids);
    s->tensor = weft_alloc_aligned(3 * c->image_size * c->image_size, sizeof *s->tensor);
    if (!s->work.x || !s->work.normed || !s->work.wide || !s->work.head || !s->sequences ||
        !s->ids || !s->tensor) {
        weft_clip_session_free(s);
        return weft_fail(err, WEFT_E_NOMEM, "no memory for a session of '%s'", c->name);
    }
    *out = s;
    return WEFT_OK;
}

void weft_clip_session_free(weft_clip_session *s) {
    if (!s) return;
    weft_free(s->work.x);
    weft_free(s->work.normed);
    weft_free(s->work.wide);
    weft_free(s->work.head);
    weft_free(s->sequences);
    weft_free(s->ids);
    weft_free(s->tensor);
    weft_free(s);
}

weft_status weft_clip_project(weft_clip_session *session, const weft_layer_norm *norm,
                              const weft_gemm_weight *projection, size_t n, float *vectors,
                              weft_err *err) {
    size_t dim = session->model->config.dim;
    weft_nn_layer_norm(norm, session->work.x, n, session->work.normed);
    weft_status status = weft_gemm_run(
        projection, &(weft_gemm_call){.a = session->work.normed, .m = n, .c = vectors}, err);
    for (size_t i = 0; i < n && !status; i++) weft_vector_normalize(vectors + i * dim, dim);
    return status;
}

weft_status weft_clip_tokenize(const weft_clip_model *model, weft_str text, uint32_t *ids,
                               size_t max, size_t *n, weft_err *err) {
    return weft_clip_tokenizer_encode(model->tokenizer, text, ids, max, n, err);
}

void weft_vector_normalize(float *x, size_t dim) { weft_nn_l2_normalize(x, dim); }

void weft_vector_blend(const float *image, const float *text, float weight, size_t dim,
                       float *out) {
    assert(image || text);
    if (!image) weight = 0, image = text;
    if (!text) weight = 1, text = image;
    for (size_t i = 0; i < dim; i++) out[i] = weight * image[i] + (1.0f - weight) * text[i];
    weft_vector_normalize(out, dim);
}
