#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"

static const char usage[] =
    "usage: weft [--model NAME] model verify | tokens TEXT\n\n"
    "  verify        open the model, check its files and tensors, encode a little, and\n"
    "                compare with what the published weights of its shape give\n"
    "  tokens TEXT   print the token ids of a text\n\n"
    "A model is a folder in the Hugging Face layout: config.json,\n"
    "preprocessor_config.json, model.safetensors, and vocab.json with merges.txt or\n"
    "tokenizer.json.\n";

enum { PROBE_COUNT = 3 };
static const char *const probes[PROBE_COUNT] = {"a diagram", "a dog", "a cat"};

/* What is known of published weights: the cosines between the three probe
 * texts, (0,1) (0,2) (1,2), computed by OpenAI's own implementation. */
typedef struct {
    const char *name;
    size_t parameters;
    float cosines[3];
} reference;

static const reference references[] = {
    {"openai/clip-vit-base-patch32", 151277313, {0.868547f, 0.848341f, 0.936115f}},
};

static float dot(const float *a, const float *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return (float)sum;
}

/* Compares with the published weights of the same size, if any are known. */
static weft_status compare(const weft_clip_info *info, const float cosines[3], weft_err *err) {
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const reference *known = &references[i];
        if (known->parameters != info->parameters) continue;
        for (int k = 0; k < 3; k++) {
            if (fabsf(cosines[k] - known->cosines[k]) < 1e-3f) continue;
            return weft_fail(err, WEFT_E_INVALID,
                             "the shape is that of %s, but the weights are not: cosine %d of the "
                             "probe texts is %.4f, should be %.4f",
                             known->name, k, (double)cosines[k], (double)known->cosines[k]);
        }
        printf("the probe texts agree with %s\n", known->name);
        return WEFT_OK;
    }
    puts("no published reference is known for this model's size");
    return WEFT_OK;
}

static weft_status verify(const weft_clip_model *model, weft_err *err) {
    weft_clip_info info = weft_clip_model_info(model);
    weft_clip_session *session = NULL;
    size_t tensor_size = (size_t)3 * info.image_size * info.image_size;
    float *tensor = weft_calloc(tensor_size, sizeof *tensor);
    float *vectors = weft_calloc((PROBE_COUNT + 1) * info.dim, sizeof *vectors);
    weft_status status = tensor && vectors ? weft_clip_session_new(&session, model, err)
                                           : weft_fail(err, WEFT_E_NOMEM, "probe vectors");
    if (status) goto cleanup;

    printf("name        %s\nparameters  %zu\ndimension   %zu\nphoto       %u x %u\n"
           "text        %zu tokens\nsha256      %s\nproducts    %s on %s\n",
           info.name, info.parameters, info.dim, info.image_size, info.image_size, info.text_tokens,
           info.digest, weft_precision_name(info.precision), info.instructions);

    weft_str texts[PROBE_COUNT];
    for (int i = 0; i < PROBE_COUNT; i++) texts[i] = weft_str_of(probes[i]);
    double started = weft_clock_seconds();
    status = weft_clip_encode_text(session, texts, PROBE_COUNT, vectors, err);
    double text_ms = (weft_clock_seconds() - started) * 1000;
    if (status) goto cleanup;
    started = weft_clock_seconds();
    status = weft_clip_encode_tensors(session, tensor, 1, vectors + PROBE_COUNT * info.dim, err);
    double image_ms = (weft_clock_seconds() - started) * 1000;
    if (status) goto cleanup;

    for (int i = 0; i <= PROBE_COUNT; i++) {
        float norm = dot(vectors + (size_t)i * info.dim, vectors + (size_t)i * info.dim, info.dim);
        if (!(fabsf(norm - 1) < 1e-3f)) {
            status = weft_fail(err, WEFT_E_INVALID, "%s: the vector's length is %g, not 1",
                               i < PROBE_COUNT ? probes[i] : "a gray photo", sqrt((double)norm));
            goto cleanup;
        }
    }
    printf("encoded     %d texts in %.1f ms, a photo in %.1f ms\n", PROBE_COUNT, text_ms, image_ms);
    const float *a = vectors, *b = vectors + info.dim, *c = vectors + 2 * info.dim;
    float cosines[3] = {dot(a, b, info.dim), dot(a, c, info.dim), dot(b, c, info.dim)};
    status = compare(&info, cosines, err);

cleanup:
    weft_clip_session_free(session);
    weft_free(vectors);
    weft_free(tensor);
    return status;
}

static weft_status print_tokens(const weft_clip_model *model, const char *text, weft_err *err) {
    uint32_t ids[512];
    size_t n, max = weft_clip_model_info(model).text_tokens;
    if (max > sizeof ids / sizeof *ids) max = sizeof ids / sizeof *ids;
    weft_status status = weft_clip_tokenize(model, weft_str_of(text), ids, max, &n, err);
    for (size_t i = 0; !status && i < n; i++) printf("%u%c", ids[i], i + 1 < n ? ' ' : '\n');
    return status;
}

static int run(const weft_cli *cli, int argc, char **argv) {
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0)
        return weft_cli_help(&weft_command_model);
    bool is_tokens = strcmp(verb, "tokens") == 0;
    if (!is_tokens && strcmp(verb, "verify") != 0)
        return weft_cli_usage(&weft_command_model, "verify or tokens?");
    if (argc != (is_tokens ? 3 : 2))
        return weft_cli_usage(&weft_command_model, "%s takes %s", verb,
                              is_tokens ? "one TEXT" : "nothing more (--model NAME goes before)");

    weft_clip_model *model = NULL;
    weft_err err = {0};
    weft_status status = weft_cli_open_model(cli, &model, &err);
    if (!status) status = is_tokens ? print_tokens(model, argv[2], &err) : verify(model, &err);
    weft_clip_model_free(model);
    return status ? weft_cli_fail("model", status, &err) : WEFT_EXIT_OK;
}

const weft_command weft_command_model = {
    .name = "model",
    .summary = "verify a model, or see how it cuts a text into tokens",
    .usage = usage,
    .run = run,
};
