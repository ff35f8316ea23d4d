/* clip_dump.c - what weft's encoder makes of inputs, as raw numbers for a script to compare.
 *
 *   clip_dump MODEL PRECISION tokens  IN OUT   for each text: a uint32 count, then the ids
 *   clip_dump MODEL PRECISION texts   IN OUT   float32 [texts][dim]
 *   clip_dump MODEL PRECISION photos  IN OUT   likewise, of photo files
 *   clip_dump MODEL PRECISION tensors IN OUT   likewise, of float32 image tensors
 *
 * IN holds texts or files, each behind its uint32 length in bytes, or bare tensors.
 * Numbers are in the byte order of this machine. On success prints
 * "COUNT DIM SECONDS INSTRUCTIONS"; the seconds are those of encoding alone. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "clip/clip.h"

enum { IN_MAX = 1 << 30 };

/* texts[i] (or files) point into in; the caller frees the array. */
static weft_status split_items(const weft_buf *in, weft_str **texts, size_t *n, weft_err *err) {
    size_t at = 0, count = 0;
    weft_str *found = weft_alloc(in->size / sizeof(uint32_t) + 1, sizeof *found);
    if (!found) return weft_fail(err, WEFT_E_NOMEM, "list of items");
    while (at < in->size) {
        uint32_t size = 0;
        if (in->size - at >= sizeof size) memcpy(&size, in->data + at, sizeof size);
        if (in->size - at < sizeof size || in->size - at - sizeof size < size) {
            weft_free(found);
            return weft_fail(err, WEFT_E_FORMAT, "item %zu is cut", count);
        }
        found[count++] = (weft_str){in->data + at + sizeof size, size};
        at += sizeof size + size;
    }
    *texts = found;
    *n = count;
    return WEFT_OK;
}

static weft_status dump_tokens(const weft_clip_model *model, const weft_str *texts, size_t n,
                               weft_buf *out, weft_err *err) {
    size_t max = weft_clip_model_info(model).text_tokens;
    weft_status status = WEFT_OK;
    uint32_t *ids = weft_alloc(max, sizeof *ids);
    if (!ids) return weft_fail(err, WEFT_E_NOMEM, "%zu ids", max);
    for (size_t i = 0; i < n && !status; i++) {
        size_t used = 0;
        status = weft_clip_tokenize(model, texts[i], ids, max, &used, err);
        uint32_t count = (uint32_t)used;
        weft_buf_append(out, &count, sizeof count);
        weft_buf_append(out, ids, used * sizeof *ids);
    }
    weft_free(ids);
    return status;
}

typedef enum { TOKENS, TEXTS, PHOTOS, TENSORS, KINDS } kind;
static const char *const kind_names[KINDS] = {"tokens", "texts", "photos", "tensors"};

/* items unless the kind is TENSORS, else tensors. */
typedef struct {
    kind kind;
    size_t n;
    const weft_str *items;
    const float *tensors;
} inputs;

static weft_status encode(weft_clip_session *session, inputs in, size_t dim, float *vectors,
                          weft_err *err) {
    if (in.kind == TEXTS) return weft_clip_encode_text(session, in.items, in.n, vectors, err);
    if (in.kind == TENSORS)
        return weft_clip_encode_tensors(session, in.tensors, in.n, vectors, err);
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < in.n && !status; i++)
        status = weft_clip_encode_photo(session, in.items[i].data, in.items[i].size,
                                        vectors + i * dim, err);
    return status;
}

static weft_status dump_vectors(const weft_clip_model *model, inputs in, weft_buf *out,
                                weft_err *err) {
    size_t dim = weft_clip_model_info(model).dim;
    weft_clip_session *session = NULL;
    float *vectors = weft_calloc(in.n, dim * sizeof *vectors);
    weft_status status = vectors ? weft_clip_session_new(&session, model, err)
                                 : weft_fail(err, WEFT_E_NOMEM, "%zu vectors", in.n);
    if (!status) status = encode(session, in, dim, vectors, err);
    if (!status) weft_buf_append(out, vectors, in.n * dim * sizeof *vectors);
    weft_clip_session_free(session);
    weft_free(vectors);
    return status;
}

static weft_status dump(const weft_clip_model *model, kind what, const weft_buf *in, weft_buf *out,
                        weft_err *err) {
    weft_clip_info info = weft_clip_model_info(model);
    size_t tensor_bytes = (size_t)3 * info.image_size * info.image_size * sizeof(float);
    weft_str *items = NULL;
    const void *bytes = in->data; /* weft_buf's block is from the heap: aligned for floats */
    inputs given = {what, in->size / tensor_bytes, NULL, bytes};
    weft_status status = what == TENSORS ? WEFT_OK : split_items(in, &items, &given.n, err);
    if (status) return status;
    given.items = items;
    double started = weft_clock_seconds();
    status = what == TOKENS ? dump_tokens(model, items, given.n, out, err)
                            : dump_vectors(model, given, out, err);
    if (!status)
        printf("%zu %zu %.3f %s\n", given.n, info.dim, weft_clock_seconds() - started,
               info.instructions);
    weft_free(items);
    return status;
}

int main(int argc, char **argv) {
    kind what = TOKENS;
    weft_clip_options options = {0};
    while (argc == 6 && what < KINDS && strcmp(argv[3], kind_names[what]) != 0) what++;
    if (argc != 6 || what == KINDS || !weft_precision_parse(argv[2], &options.precision)) {
        fprintf(stderr, "usage: %s MODEL auto|f32|bf16|int8 tokens|texts|photos|tensors IN OUT\n",
                argv[0]);
        return 2;
    }
    weft_err err = {0};
    weft_clip_model *model = NULL;
    weft_buf in, out;
    weft_buf_init(&in);
    weft_buf_init(&out);
    weft_status status = weft_file_read(argv[4], IN_MAX, &in, &err);
    if (!status) status = weft_clip_model_open(&model, argv[1], &options, &err);
    if (!status) status = dump(model, what, &in, &out, &err);
    if (!status && !weft_buf_ok(&out)) status = weft_fail(&err, WEFT_E_NOMEM, "output");
    if (!status) status = weft_file_write_atomic(argv[5], out.data, out.size, &err);
    if (status) fprintf(stderr, "%s: %s\n", weft_status_name(status), err.message);
    weft_clip_model_free(model);
    weft_buf_deinit(&in);
    weft_buf_deinit(&out);
    return status ? 1 : 0;
}
