/* clip_encoder.c - opens a model, makes sessions, and finishes vectors.
 *
 * The digest is the SHA-256 of the whole weights file, so it reads every byte
 * once more: a third of a second for the 600 MB of ViT-B/32. Anything cheaper
 * (size and header, say) cannot tell a fine-tuned model from its parent, whose
 * files differ in nothing else. So it runs on a thread of its own while the
 * weights of both sides are being packed. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "base/mem.h"
#include "clip/clip_internal.h"

/* A run of more rows than this gains no speed: their numbers would leave the second cache
 * between two layers (docs/performance.md). */
enum { DEFAULT_BATCH = 32, ROWS_MAX = 200, PATH_SIZE = 4096, WEIGHTS_BLOCK = 32 << 20 };

/* Floats that a tile may read behind the last row, and multiply by zero: they must be
 * numbers. */
enum { SLACK = 64 };

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

/* One side of the model, loaded on a thread of its own. */
typedef struct {
    weft_clip_model *model;
    weft_status status;
    weft_err err;
} text_load;

static weft_clip_loader make_loader(const weft_clip_model *model, weft_arena *weights) {
    weft_arena_init(weights, WEIGHTS_BLOCK);
    return (weft_clip_loader){
        .file = model->file, .precision = model->precision, .weights = weights};
}

static void *text_thread(void *argument) {
    text_load *load = argument;
    weft_clip_model *model = load->model;
    weft_clip_loader loader = make_loader(model, &model->text.weights);
    load->status = weft_clip_text_load(&model->text, &model->config, &loader, &load->err);
    weft_free(loader.room);
    return NULL;
}

static weft_status load_weights(weft_clip_model *model, weft_err *err) {
    pthread_t digesting, text;
    text_load load = {.model = model};
    bool digests_alone = pthread_create(&digesting, NULL, digest_thread, model) == 0;
    bool loads_alone = pthread_create(&text, NULL, text_thread, &load) == 0;
    weft_clip_loader loader = make_loader(model, &model->vision.weights);
    weft_status status = weft_clip_vision_load(&model->vision, &model->config, &loader, err);
    weft_free(loader.room);
    if (loads_alone) pthread_join(text, NULL);
    else text_thread(&load);
    if (digests_alone) pthread_join(digesting, NULL);
    else digest_thread(model);
    if (!status && load.status) {
        status = load.status;
        if (err) *err = load.err;
    }
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
    model->threads = options->threads;
    model->precision = options->precision;
    if (model->precision == WEFT_PRECISION_AUTO)
        model->precision =
            weft_gemm_prefers_bf16(WEFT_PRECISION_BF16) ? WEFT_PRECISION_BF16 : WEFT_PRECISION_F32;
    weft_status status = weft_clip_config_read(&model->config, folder, err);
    if (status) goto cleanup;
    if (!model->config.name[0]) name_after_folder(model, folder);

    status = weft_clip_tokenizer_open(&model->tokenizer, folder, model->config.vocab_size, err);
    if (!status) status = check_end_token(model, err);
    if (status) goto cleanup;
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    status = weft_safetensors_open(&model->file, path, err);
    if (!status) status = load_weights(model, err);
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
                            .precision = model->precision,
                            .instructions = weft_cpu_name(weft_cpu_level())};
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

static float *make_zeroed(size_t floats) {
    float *p = weft_alloc_aligned(floats, sizeof *p);
    if (p) memset(p, 0, floats * sizeof *p);
    return p;
}

/* Rows of either tower's inputs; all layers of a tower are alike. */
static size_t narrow_row_size(const weft_clip_model *model) {
    const weft_clip_layer *v = model->vision.tower.layers, *t = model->text.tower.layers;
    size_t last = larger(weft_gemm_row_size(model->vision.projection),
                         weft_gemm_row_size(model->text.projection));
    return larger(last, larger(weft_gemm_row_size(v->qkv), weft_gemm_row_size(t->qkv)));
}

static size_t broad_row_size(const weft_clip_model *model) {
    const weft_clip_layer *v = model->vision.tower.layers, *t = model->text.tower.layers;
    size_t towers = larger(weft_gemm_row_size(v->down), weft_gemm_row_size(t->down));
    return larger(larger(towers, narrow_row_size(model)), weft_gemm_row_size(model->vision.patch));
}

/* clip_config.c bounds each factor, so that no product overflows 64 bits. */
static weft_status make_workspace(weft_clip_session *s, weft_err *err) {
    const weft_clip_model *model = s->model;
    const weft_clip_config *c = &model->config;
    const weft_clip_tower_config *v = &c->vision, *t = &c->text;
    weft_clip_workspace *w = &s->work;
    size_t pixels = 3 * c->patch_size * c->patch_size, length = model->vision.patches + 1;
    size_t rows = larger(s->vision_rows, s->text_rows);
    size_t stream = larger(s->vision_rows * v->hidden, s->text_rows * t->hidden);
    size_t vision_wide = larger(3 * v->hidden, WEFT_CLIP_WIDE_STRIDE(v->intermediate));
    size_t text_wide = larger(3 * t->hidden, WEFT_CLIP_WIDE_STRIDE(t->intermediate));
    size_t wide = larger(s->vision_rows * vision_wide, s->text_rows * text_wide);
    w->scratch_size = larger(weft_attention_scratch(length, v->hidden / v->heads),
                             weft_attention_scratch(c->max_positions, t->hidden / t->heads));
    w->scratch_size = larger(w->scratch_size, (pixels * sizeof(float) + 63) / 64 * 64);

    weft_status status = weft_team_new(&w->team, model->threads, err);
    if (!status) status = weft_gemm_input_init(&w->narrow, rows, narrow_row_size(model), err);
    if (!status) status = weft_gemm_input_init(&w->broad, rows, broad_row_size(model), err);
    if (status) return status;
    w->x = weft_alloc_aligned(stream, sizeof *w->x);
    w->mixed = weft_alloc_aligned(stream, sizeof *w->mixed);
    w->wide = make_zeroed(wide + SLACK);
    w->picked = make_zeroed(model->max_batch * larger(v->hidden, t->hidden) + SLACK);
    w->scratch = weft_alloc_aligned(weft_team_size(w->team), w->scratch_size);
    if (w->x && w->mixed && w->wide && w->picked && w->scratch) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOMEM, "no memory for a session of '%s'", c->name);
}

static void free_workspace(weft_clip_workspace *w) {
    weft_team_free(w->team);
    weft_gemm_input_deinit(&w->narrow);
    weft_gemm_input_deinit(&w->broad);
    weft_free(w->x);
    weft_free(w->mixed);
    weft_free(w->wide);
    weft_free(w->picked);
    weft_free(w->scratch);
}

weft_status weft_clip_session_new(weft_clip_session **out, const weft_clip_model *model,
                                  weft_err *err) {
    const weft_clip_config *c = &model->config;
    *out = NULL;
    weft_clip_session *s = weft_calloc(1, sizeof *s);
    if (!s) return weft_fail(err, WEFT_E_NOMEM, "no memory for a session");
    s->model = model;
    s->vision_rows = rows_for(model->vision.patches + 1, model->max_batch);
    s->text_rows = rows_for(c->max_positions, model->max_batch);
    weft_status status = make_workspace(s, err);
    s->sequences = weft_alloc(model->max_batch, sizeof *s->sequences);
    s->ids = weft_alloc(c->max_positions, sizeof *s->ids);
    s->tensor = weft_alloc_aligned(3 * c->image_size * c->image_size, sizeof *s->tensor);
    if (!status && (!s->sequences || !s->ids || !s->tensor))
        status = weft_fail(err, WEFT_E_NOMEM, "no memory for a session of '%s'", c->name);
    if (status) weft_clip_session_free(s);
    else *out = s;
    return status;
}

void weft_clip_session_free(weft_clip_session *s) {
    if (!s) return;
    free_workspace(&s->work);
    weft_free(s->sequences);
    weft_free(s->ids);
    weft_free(s->tensor);
    weft_free(s);
}

void weft_clip_project(const weft_clip_session *session, const weft_layer_norm *norm,
                       const weft_gemm_weight *projection, size_t n, float *vectors) {
    const weft_clip_workspace *work = &session->work;
    for (size_t i; (i = weft_team_next(work->team)) < n;) {
        float *normed = work->mixed + i * norm->width;
        weft_nn_layer_norm(norm, work->x + i * norm->width, normed);
        weft_gemm_put(projection, &work->narrow, i, normed);
    }
    weft_team_wait(work->team);
    weft_gemm_run(
        projection,
        &(weft_gemm_call){
            .in = &work->narrow, .m = n, .c = vectors, .c_stride = session->model->config.dim},
        work->team);
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
