/* clip_text.c - words to vectors: a causal transformer, read at the end token.
 *
 * A token sees only what comes before it, so nothing after the end token can
 * matter: each text runs only up to there, and short texts share one product,
 * end to end (clip_tower.c).
 *
 * Which token is the end? transformers takes the first one whose id is the
 * config's eos_token_id; but configs written before release 4.31 say 2, which is
 * a comma or so, and for those it takes the first of the largest id, as OpenAI's
 * code did. Both rules see an end token that somebody typed. */
#include <string.h>

#include "base/mem.h"
#include "clip/clip_internal.h"

#define PREFIX "text_model."

weft_status weft_clip_text_load(weft_clip_text *text, const weft_clip_config *config,
                                weft_clip_loader *loader, weft_err *err) {
    size_t hidden = config->text.hidden;
    text->tower.shape = config->text;
    text->tower.is_causal = true;
    text->after = (weft_layer_norm){.width = hidden, .epsilon = config->text.epsilon};

    weft_status status = weft_safetensors_find(
        loader->file, PREFIX "embeddings.token_embedding.weight",
        &(weft_shape){.dims = {config->vocab_size, hidden}, .rank = 2}, &text->tokens, err);
    if (!status)
        status =
            weft_clip_load_vector(loader, PREFIX "embeddings.position_embedding.weight",
                                  &(weft_shape){.dims = {config->max_positions, hidden}, .rank = 2},
                                  &text->positions, err);
    if (!status) status = weft_clip_load_norm(loader, PREFIX "final_layer_norm", &text->after, err);
    if (!status)
        status = weft_clip_load_projection(loader, "text_projection", config->dim, hidden,
                                           &text->projection, err);
    if (status) return status;
    return weft_clip_tower_load(&text->tower, loader, PREFIX "encoder.layers", err);
}

void weft_clip_text_deinit(weft_clip_text *text) {
    weft_arena_deinit(&text->weights);
    weft_clip_norm_deinit(&text->after);
    weft_clip_tower_deinit(&text->tower);
    weft_free(text->positions);
}

static size_t end_position(const uint32_t *ids, size_t n, uint32_t eos) {
    size_t best = 0;
    for (size_t i = 0; i < n; i++) {
        if (eos != 2 && ids[i] == eos) return i;
        if (ids[i] > ids[best]) best = i;
    }
    return best;
}

/* Puts the tokens ids[n] at row `start` of the stream. */
static void place_tokens(const weft_clip_session *session, const uint32_t *ids, size_t n,
                         size_t start) {
    const weft_clip_text *text = &session->model->text;
    size_t hidden = text->tower.shape.hidden;
    float *x = session->work.x + start * hidden;
    for (size_t i = 0; i < n; i++)
        weft_safetensor_read(text->tokens, ids[i] * hidden, hidden, x + i * hidden);
    weft_nn_add(x, text->positions, n * hidden);
}

typedef struct {
    weft_clip_session *session;
    size_t count;
    float *vectors;
} group;

static void run_group(weft_team *team, size_t member, void *argument) {
    const group *g = argument;
    const weft_clip_text *text = &g->session->model->text;
    (void)team;
    weft_clip_tower_run(&text->tower, &g->session->work, g->session->sequences, g->count, member);
    weft_clip_project(g->session, &text->after, text->projection, g->count, g->vectors);
}

/* Encodes as many of the n texts as fit into one run; *done is how many. */
static weft_status encode_group(weft_clip_session *session, const weft_str *texts, size_t n,
                                float *vectors, size_t *done, weft_err *err) {
    const weft_clip_model *model = session->model;
    size_t rows = 0, count = 0, longest = model->config.max_positions;
    while (count < n && count < model->max_batch && rows + longest <= session->text_rows) {
        size_t tokens;
        weft_status status = weft_clip_tokenizer_encode(model->tokenizer, texts[count],
                                                        session->ids, longest, &tokens, err);
        if (status) return status;
        size_t end = end_position(session->ids, tokens, model->config.eos_token_id);
        place_tokens(session, session->ids, end + 1, rows);
        session->sequences[count++] =
            (weft_clip_sequence){.start = rows, .length = end + 1, .pick = end};
        rows += end + 1;
    }
    *done = count;
    weft_team_run(session->work.team, run_group, &(group){session, count, vectors});
    for (size_t i = 0; i < count; i++)
        weft_vector_normalize(vectors + i * model->config.dim, model->config.dim);
    return WEFT_OK;
}

weft_status weft_clip_encode_text(weft_clip_session *session, const weft_str *texts, size_t n,
                                  float *vectors, weft_err *err) {
    size_t done;
    for (size_t i = 0; i < n; i += done) {
        weft_status status = encode_group(session, texts + i, n - i,
                                          vectors + i * session->model->config.dim, &done, err);
        if (status) return status;
    }
    return WEFT_OK;
}
