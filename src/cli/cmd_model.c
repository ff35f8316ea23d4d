#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"

static const char usage[] =
    "usage: weft [--model NAME] model verify | tokens TEXT\n"
    "       weft model sets | switch SET [--incomplete] | rollback | drop SET\n\n"
    "  verify        open the model, check its files and tensors, encode a little, and\n"
    "                compare with what the published weights of its shape give\n"
    "  tokens TEXT   print the token ids of a text\n\n"
    "The database keeps a set of embeddings for each model: `weft --model NAME embed` makes\n"
    "one beside those that are there. Servers that were started without --model serve the\n"
    "set that was switched to, and turn to another one while they run.\n\n"
    "  sets          list them\n"
    "  switch SET    serve this set from now on: one of `sets`, or its model's name. A set\n"
    "                that lacks products is refused unless --incomplete is given; a server\n"
    "                embeds what is missing before it turns\n"
    "  rollback      serve the set that was served before\n"
    "  drop SET      delete a set that is not served\n\n"
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

static int run_with_model(const weft_cli *cli, const char *text) {
    weft_clip_model *model = NULL;
    weft_err err = {0};
    weft_status status = weft_cli_open_model(cli, NULL, &model, &err);
    if (!status) status = text ? print_tokens(model, text, &err) : verify(model, &err);
    weft_clip_model_free(model);
    return status ? weft_cli_fail("model", status, &err) : WEFT_EXIT_OK;
}

/* ---- the sets of embeddings in the database ---- */

typedef struct {
    weft_store *store;
    weft_store_set *sets;
    size_t n, products; /* products: in the catalog */
    const char *name;   /* that was given; NULL: none */
    bool incomplete;
} set_session;

static weft_status list_sets(const set_session *s, weft_err *err) {
    (void)err;
    printf("%-44s  %-20s  %s\n", "set", "products", "model");
    for (size_t i = 0; i < s->n; i++) {
        const weft_store_set *set = &s->sets[i];
        char count[48];
        snprintf(count, sizeof count, "%zu of %zu", set->products, s->products);
        printf("%-44s  %-20s  %s%s\n", set->embedding_model, count, set->model,
               set->is_serving    ? "  (served)"
               : set->is_previous ? "  (served before)"
                                  : "");
    }
    return WEFT_OK;
}

/* A set by its own name, or by that of its model when there is one such. */
static weft_status find_set(const set_session *s, const weft_store_set **set, weft_err *err) {
    *set = NULL;
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->sets[i].embedding_model, s->name) == 0) {
            *set = &s->sets[i];
            return WEFT_OK;
        }
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->sets[i].model, s->name) != 0) continue;
        if (*set)
            return weft_fail(err, WEFT_E_CONFLICT,
                             "%s made several sets: give one of `weft model"
                             " sets` by its whole name",
                             s->name);
        *set = &s->sets[i];
    }
    if (*set) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOT_FOUND,
                     "no embeddings of %s: weft --model %s embed makes them; weft model sets"
                     " lists what there is",
                     s->name, s->name);
}

/* Before the first switch servers serve the default model's set, if there is one: it is noted
 * as served, so that there is a way back to it. */
static weft_status note_default(const set_session *s, weft_err *err) {
    for (size_t i = 0; i < s->n; i++)
        if (s->sets[i].is_serving) return WEFT_OK;
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->sets[i].model, weft_cli_default_model) == 0)
            return weft_store_switch_set(s->store, s->sets[i].embedding_model, err);
    return WEFT_OK;
}

static weft_status switch_to(const set_session *s, const weft_store_set *set, weft_err *err) {
    if (set->products < s->products && !s->incomplete)
        return weft_fail(err, WEFT_E_CONFLICT,
                         "%s has %zu of %zu products: weft --model %s embed completes it;"
                         " --incomplete switches all the same",
                         set->embedding_model, set->products, s->products, set->model);
    weft_status status = note_default(s, err);
    if (!status) status = weft_store_switch_set(s->store, set->embedding_model, err);
    if (!status) printf("servers without --model turn to %s\n", set->embedding_model);
    return status;
}

static weft_status switch_set(const set_session *s, weft_err *err) {
    const weft_store_set *set;
    weft_status status = find_set(s, &set, err);
    return status ? status : switch_to(s, set, err);
}

/* What has changed since that set was served is embedded before it is served again. */
static weft_status roll_back(const set_session *s, weft_err *err) {
    for (size_t i = 0; i < s->n; i++) {
        set_session any = *s;
        any.incomplete = true;
        if (s->sets[i].is_previous) return switch_to(&any, &s->sets[i], err);
    }
    return weft_fail(err, WEFT_E_NOT_FOUND,
                     "there is nothing to roll back to: no set was served"
                     " before");
}

static weft_status drop_set(const set_session *s, weft_err *err) {
    const weft_store_set *set;
    weft_status status = find_set(s, &set, err);
    if (!status) status = weft_store_drop_set(s->store, set->embedding_model, err);
    if (!status) printf("%s is dropped\n", set->embedding_model);
    return status;
}

static int run_with_sets(const weft_cli *cli, set_session *s,
                         weft_status (*act)(const set_session *, weft_err *)) {
    weft_arena arena;
    weft_err err = {0};
    weft_arena_init(&arena, 0);
    weft_status status = weft_cli_open_store(cli, &s->store, &err);
    if (!status) status = weft_store_list_sets(s->store, &arena, &s->sets, &s->n, &err);
    if (!status) status = weft_store_count_products(s->store, &s->products, &err);
    if (!status) status = act(s, &err);
    weft_store_close(s->store);
    weft_arena_deinit(&arena);
    return status ? weft_cli_fail("model", status, &err) : WEFT_EXIT_OK;
}

/* ---- the command ---- */

static const struct {
    const char *name, *argument;                             /* argument NULL: takes none */
    weft_status (*act)(const set_session *s, weft_err *err); /* NULL: opens the model */
} verbs[] = {
    {"verify", NULL, NULL},        {"tokens", "TEXT", NULL},      {"sets", NULL, list_sets},
    {"switch", "SET", switch_set}, {"rollback", NULL, roll_back}, {"drop", "SET", drop_set},
};
enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

static int run(const weft_cli *cli, int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    set_session s = {0};
    size_t v = 0;
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return weft_cli_help(&weft_command_model);
    while (v < VERB_COUNT && strcmp(verbs[v].name, name) != 0) v++;
    if (v == VERB_COUNT)
        return weft_cli_usage(&weft_command_model,
                              "verify, tokens, sets, switch, rollback or drop?");
    if (argc > 3 && strcmp(name, "switch") == 0 && strcmp(argv[argc - 1], "--incomplete") == 0) {
        s.incomplete = true;
        argc--;
    }
    const char *argument = verbs[v].argument;
    if (argc != (argument ? 3 : 2))
        return weft_cli_usage(&weft_command_model, "%s takes %s%s", name,
                              argument ? "one " : "nothing more", argument ? argument : "");
    s.name = argument ? argv[2] : NULL;
    return verbs[v].act ? run_with_sets(cli, &s, verbs[v].act) : run_with_model(cli, s.name);
}

const weft_command weft_command_model = {
    .name = "model",
    .summary = "verify a model; switch between the embeddings of several",
    .usage = usage,
    .run = run,
};
