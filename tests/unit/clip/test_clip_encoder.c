/* A tiny model with random weights, written here as the files of a published one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "clip/clip.h"
#include "unit.h"

enum { HIDDEN = 8, WIDE = 12, LAYERS = 2, DIM = 6, VOCAB = 12, POSITIONS = 9, SIDE = 8, PATCH = 4 };
enum { PATCHES = (SIDE / PATCH) * (SIDE / PATCH), TENSOR = 3 * SIDE * SIDE };

static char folder[] = "/tmp/weft-clip-XXXXXX";

typedef struct {
    weft_buf header, data;
    const char *skip; /* a tensor to leave out */
    uint32_t state;
} weights;

static void add(weights *w, const char *name, const char *shape, size_t count) {
    if (w->skip && strcmp(name, w->skip) == 0) return;
    size_t begin = w->data.size;
    for (size_t i = 0; i < count; i++) {
        w->state = w->state * 1664525u + 1013904223u;
        float x = (float)(w->state >> 8) / (float)(1 << 23) - 1.0f;
        weft_buf_append(&w->data, &x, sizeof x);
    }
    weft_buf_printf(&w->header,
                    "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
                    w->header.size ? "," : "{", name, shape, begin, w->data.size);
}

static void add_pair(weights *w, const char *prefix, size_t n, size_t k) {
    char name[128], shape[32];
    snprintf(name, sizeof name, "%s.weight", prefix);
    if (k) snprintf(shape, sizeof shape, "%zu,%zu", n, k);
    else snprintf(shape, sizeof shape, "%zu", n);
    add(w, name, shape, n * (k ? k : 1));
    snprintf(name, sizeof name, "%s.bias", prefix);
    snprintf(shape, sizeof shape, "%zu", n);
    add(w, name, shape, n);
}

static void add_layers(weights *w, const char *side) {
    static const char *const linear[] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                         "self_attn.out_proj"};
    char name[100];
    for (int i = 0; i < LAYERS; i++) {
        for (int j = 0; j < 4; j++) {
            snprintf(name, sizeof name, "%s.encoder.layers.%d.%s", side, i, linear[j]);
            add_pair(w, name, HIDDEN, HIDDEN);
        }
        for (int j = 1; j <= 2; j++) {
            snprintf(name, sizeof name, "%s.encoder.layers.%d.layer_norm%d", side, i, j);
            add_pair(w, name, HIDDEN, 0);
            snprintf(name, sizeof name, "%s.encoder.layers.%d.mlp.fc%d", side, i, j);
            add_pair(w, name, j == 1 ? WIDE : HIDDEN, j == 1 ? HIDDEN : WIDE);
        }
    }
}

static void put_file(const char *name, const void *bytes, size_t n) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(weft_file_write_atomic(path, bytes, n, NULL), WEFT_OK);
}

static void put_weights(const char *skip) {
    weights w = {.skip = skip, .state = 7};
    weft_buf file;
    weft_buf_init(&w.header), weft_buf_init(&w.data), weft_buf_init(&file);
    add(&w, "text_model.embeddings.token_embedding.weight", "12,8", VOCAB * HIDDEN);
    add(&w, "text_model.embeddings.position_embedding.weight", "9,8", POSITIONS * HIDDEN);
    add_pair(&w, "text_model.final_layer_norm", HIDDEN, 0);
    add(&w, "text_projection.weight", "6,8", DIM * HIDDEN);
    add_layers(&w, "text_model");
    add(&w, "vision_model.embeddings.class_embedding", "8", HIDDEN);
    add(&w, "vision_model.embeddings.patch_embedding.weight", "8,3,4,4",
        HIDDEN * 3 * PATCH * PATCH);
    add(&w, "vision_model.embeddings.position_embedding.weight", "5,8", (PATCHES + 1) * HIDDEN);
    add_pair(&w, "vision_model.pre_layrnorm", HIDDEN, 0);
    add_pair(&w, "vision_model.post_layernorm", HIDDEN, 0);
    add(&w, "visual_projection.weight", "6,8", DIM * HIDDEN);
    add_layers(&w, "vision_model");
    weft_buf_putc(&w.header, '}');
    uint64_t length = w.header.size;
    weft_buf_append(&file, &length, sizeof length);
    weft_buf_append(&file, w.header.data, w.header.size);
    weft_buf_append(&file, w.data.data, w.data.size);
    assert_true(weft_buf_ok(&file));
    put_file("model.safetensors", file.data, file.size);
    weft_buf_deinit(&w.header), weft_buf_deinit(&w.data), weft_buf_deinit(&file);
}

static void put_config(const char *eos) {
    char json[1024];
    const char *tower = "\"hidden_size\":8,\"intermediate_size\":12,\"num_hidden_layers\":2,"
                        "\"num_attention_heads\":2";
    int n = snprintf(json, sizeof json,
                     "{\"projection_dim\":6,\"text_config\":{%s,\"vocab_size\":12,"
                     "\"max_position_embeddings\":9,\"eos_token_id\":%s},"
                     "\"vision_config\":{%s,\"image_size\":8,\"patch_size\":4}}",
                     tower, eos, tower);
    put_file("config.json", json, (size_t)n);
}

static int set_up(void **unused) {
    (void)unused;
    static const char preprocess[] = "{\"size\":8,\"crop_size\":8}";
    static const char vocab[] =
        "{\"a\":0,\"a</w>\":1,\"b\":2,\"b</w>\":3,\"c\":4,\"c</w>\":5,\"ab</w>\":6,\"d</w>\":7,"
        "\"<|startoftext|>\":10,\"<|endoftext|>\":11}";
    static const char merges[] = "#version: 0.2\na b</w>\n";
    if (!mkdtemp(folder)) return 1;
    put_file("preprocessor_config.json", preprocess, sizeof preprocess - 1);
    put_file("vocab.json", vocab, sizeof vocab - 1);
    put_file("merges.txt", merges, sizeof merges - 1);
    put_config("11");
    put_weights(NULL);
    return 0;
}

static int tear_down(void **unused) {
    (void)unused;
    static const char *const names[] = {"config.json", "preprocessor_config.json", "vocab.json",
                                        "merges.txt", "model.safetensors"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static weft_clip_model *open_model(const weft_clip_options *options) {
    weft_clip_model *model;
    weft_err err = {0};
    if (weft_clip_model_open(&model, folder, options, &err)) fail_msg("%s", err.message);
    return model;
}

static weft_clip_session *open_session(const weft_clip_model *model) {
    weft_clip_session *session;
    assert_int_equal(weft_clip_session_new(&session, model, NULL), WEFT_OK);
    return session;
}

static void same(const float *a, const float *b, size_t n) {
    assert_memory_equal(a, b, n * sizeof *a);
}

static float cosine(const float *a, const float *b) {
    float sum = 0;
    for (size_t i = 0; i < DIM; i++) sum += a[i] * b[i];
    return sum;
}

static void is_unit(const float *x) {
    float sum = 0;
    for (size_t i = 0; i < DIM; i++) sum += x[i] * x[i];
    assert_float_equal(sum, 1.0f, 1e-5f);
}

static const char *const texts[] = {
    "", "a", "ab c", "a a a a a a a a a a a a", "b", "c <|endoftext|> a", "ab", "d"};
enum { TEXTS = sizeof texts / sizeof *texts };

static void strs(weft_str out[TEXTS]) {
    for (size_t i = 0; i < TEXTS; i++) out[i] = weft_str_of(texts[i]);
}

static void test_info(void **unused) {
    (void)unused;
    weft_clip_model *model = open_model(NULL);
    weft_clip_info info = weft_clip_model_info(model);
    assert_int_equal(info.dim, DIM);
    assert_int_equal(info.text_tokens, POSITIONS);
    assert_int_equal(info.image_size, SIDE);
    assert_string_equal(info.name, strrchr(folder, '/') + 1);
    assert_int_equal(strlen(info.digest), 64);
    assert_int_equal(weft_clip_model_preprocess(model)->crop_size, SIDE);
    weft_clip_model_free(model);
}

/* Alone, in a batch, in a used session and by several threads: the same bits. */
static void test_texts(void **unused) {
    (void)unused;
    weft_str all[TEXTS];
    float together[TEXTS * DIM], alone[DIM], shared[TEXTS * DIM];
    strs(all);
    weft_clip_model *model = open_model(&(weft_clip_options){.max_batch = 3});
    weft_clip_session *session = open_session(model);
    assert_int_equal(weft_clip_encode_text(session, all, TEXTS, together, NULL), WEFT_OK);
    for (size_t i = 0; i < TEXTS; i++) {
        assert_int_equal(weft_clip_encode_text(session, &all[i], 1, alone, NULL), WEFT_OK);
        is_unit(alone);
        same(alone, together + i * DIM, DIM);
    }
    assert_true(fabsf(together[DIM] - together[2 * DIM]) > 1e-4f);
    weft_clip_session_free(session), weft_clip_model_free(model);

    model = open_model(&(weft_clip_options){.threads = 3});
    session = open_session(model);
    assert_int_equal(weft_clip_encode_text(session, all, TEXTS, shared, NULL), WEFT_OK);
    same(shared, together, TEXTS * DIM);
    weft_clip_session_free(session), weft_clip_model_free(model);
}

/* Fewer bits give nearly the same vectors, in this toy model of a few random numbers too. */
static void test_precisions(void **unused) {
    (void)unused;
    static const float least[] = {[WEFT_PRECISION_AUTO] = 0.999f,
                                  [WEFT_PRECISION_BF16] = 0.999f,
                                  [WEFT_PRECISION_INT8] = 0.99f};
    static float tensor[TENSOR];
    weft_str all[TEXTS];
    float exact[(TEXTS + 1) * DIM], rounded[(TEXTS + 1) * DIM];
    strs(all);
    for (size_t i = 0; i < TENSOR; i++) tensor[i] = sinf((float)(i * i % 1009));
    for (int i = -1; i <= WEFT_PRECISION_INT8; i++) {
        weft_precision precision = i < 0 ? WEFT_PRECISION_F32 : (weft_precision)i;
        float *out = i < 0 ? exact : rounded;
        weft_clip_model *model = open_model(&(weft_clip_options){.precision = precision});
        weft_clip_session *session = open_session(model);
        assert_int_not_equal(weft_clip_model_info(model).precision, WEFT_PRECISION_AUTO);
        assert_int_equal(weft_clip_encode_text(session, all, TEXTS, out, NULL), WEFT_OK);
        assert_int_equal(weft_clip_encode_tensors(session, tensor, 1, out + TEXTS * DIM, NULL),
                         WEFT_OK);
        for (size_t j = 0; j <= TEXTS && i >= 0 && precision != WEFT_PRECISION_F32; j++)
            if (!(cosine(out + j * DIM, exact + j * DIM) >= least[precision]))
                fail_msg("%s: input %zu has cosine %.6f", weft_precision_name(precision), j,
                         (double)cosine(out + j * DIM, exact + j * DIM));
        weft_clip_session_free(session), weft_clip_model_free(model);
    }
}

/* With either rule the first end token is where a text is read. */
static void test_end_token(void **unused) {
    (void)unused;
    const weft_str pair[2] = {weft_str_of("c<|endoftext|>a b"), weft_str_of("c")};
    const char *const rules[] = {"11", "2"};
    for (int i = 0; i < 2; i++) {
        float v[2 * DIM];
        put_config(rules[i]);
        weft_clip_model *model = open_model(NULL);
        weft_clip_session *session = open_session(model);
        assert_int_equal(weft_clip_encode_text(session, pair, 2, v, NULL), WEFT_OK);
        same(v, v + DIM, DIM);
        weft_clip_session_free(session), weft_clip_model_free(model);
    }
    put_config("5");
    weft_clip_model *model;
    weft_err err = {0};
    assert_int_equal(weft_clip_model_open(&model, folder, NULL, &err), WEFT_E_FORMAT);
    assert_non_null(strstr(err.message, "eos_token_id is 5"));
    put_config("11");
}

static void test_tensors(void **unused) {
    (void)unused;
    enum { N = 7 };
    static float tensors[N * TENSOR];
    float together[N * DIM], alone[DIM];
    for (size_t i = 0; i < N * TENSOR; i++) tensors[i] = sinf((float)(i * i % 1009));
    weft_clip_model *model = open_model(&(weft_clip_options){.max_batch = 2});
    weft_clip_session *session = open_session(model);
    assert_int_equal(weft_clip_encode_tensors(session, tensors, N, together, NULL), WEFT_OK);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(weft_clip_encode_tensors(session, tensors + i * TENSOR, 1, alone, NULL),
                         WEFT_OK);
        is_unit(alone);
        same(alone, together + i * DIM, DIM);
    }
    weft_err err = {0};
    assert_int_equal(weft_clip_encode_photo(session, "no photo", 8, alone, &err),
                     WEFT_E_UNSUPPORTED);
    weft_clip_session_free(session), weft_clip_model_free(model);
}

static void test_missing_parts(void **unused) {
    (void)unused;
    static const char *const names[] = {"visual_projection.weight", "text_projection.weight",
                                        "vision_model.embeddings.class_embedding",
                                        "text_model.encoder.layers.1.mlp.fc2.bias",
                                        "vision_model.encoder.layers.0.self_attn.k_proj.weight"};
    weft_clip_model *model;
    weft_err err = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        put_weights(names[i]);
        assert_int_equal(weft_clip_model_open(&model, folder, NULL, &err), WEFT_E_FORMAT);
        assert_non_null(strstr(err.message, names[i]));
    }
    put_weights(NULL);
    assert_int_equal(weft_clip_model_open(&model, "no/such/folder", NULL, &err), WEFT_E_NOT_FOUND);
}

static void test_memory(void **unused) {
    (void)unused;
    weft_clip_model *model = NULL;
    weft_clip_session *session = NULL;
    weft_status status = WEFT_E_NOMEM;
    for (size_t nth = 1; status == WEFT_E_NOMEM; nth++) {
        assert_true(nth < 2000);
        weft_mem_fail_after(nth);
        status = weft_clip_model_open(&model, folder, NULL, NULL);
        weft_mem_fail_after(0);
    }
    assert_int_equal(status, WEFT_OK);
    status = WEFT_E_NOMEM;
    for (size_t nth = 1; status == WEFT_E_NOMEM; nth++) {
        weft_mem_fail_after(nth);
        status = weft_clip_session_new(&session, model, NULL);
        weft_mem_fail_after(0);
    }
    assert_int_equal(status, WEFT_OK);
    weft_clip_session_free(session), weft_clip_model_free(model);
}

static void test_vectors(void **unused) {
    (void)unused;
    const float image[2] = {1, 0}, text[2] = {0, 1};
    float out[2], zero[2] = {0, 0};
    weft_vector_blend(image, text, 0.5f, 2, out);
    assert_float_equal(out[0], 0.70710678f, 1e-6f);
    weft_vector_blend(image, text, 1.0f, 2, out);
    assert_true(out[0] == 1 && out[1] == 0);
    weft_vector_normalize(zero, 2);
    assert_true(zero[0] == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info),       cmocka_unit_test(test_texts),
        cmocka_unit_test(test_precisions), cmocka_unit_test(test_end_token),
        cmocka_unit_test(test_tensors),    cmocka_unit_test(test_missing_parts),
        cmocka_unit_test(test_memory),     cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
