/* clip_dump.c - what weft's encoder makes of inputs, as raw numbers for a script to compare.
 *
 *   clip_dump MODEL tokens  IN OUT   for each text: a uint32 count, then the ids
 *   clip_dump MODEL texts   IN OUT   float32 [texts][dim]
 *   clip_dump MODEL tensors IN OUT   float32 [photos][dim]
 *
 * IN holds texts, each behind its uint32 length in bytes, or float32 image tensors.
 * Numbers are in the byte order of this machine. On success prints
 * "COUNT DIM SECONDS BACKEND"; the seconds are those of encoding alone. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "clip/clip.h"

enum { IN_MAX = 1 << 30 };

/* texts[i] point into in; the caller frees the array. */
static weft_status split_texts(const weft_buf *in, weft_str **texts, size_t *n, weft_err *err) {
    size_t at = 0, count = 0;
    weft_str *found = weft_alloc(in->size / sizeof(uint32_t) + 1, sizeof *found);
    if (!found) return weft_fail(err, WEFT_E_NOMEM, "list of texts");
    while (at < in->size) {
        uint32_t size = 0;
        if (in->size - at >= sizeof size) memcpy(&size, in->data + at, sizeof size);
        if (in->size - at < sizeof size || in->size - at - sizeof size < size) {
            weft_free(found);
            return weft_fail(err, WEFT_E_FORMAT, "text %zu is cut", count);
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

/* Either the texts or the tensors are there. */
typedef struct {
    const weft_str *texts;
    const float *tensors;
    size_t n;
} inputs;

static weft_status dump_vectors(const weft_clip_model *model, inputs in, weft_buf *out,
                                weft_err *err) {
    size_t dim = weft_clip_model_info(model).dim;
    weft_clip_session *session = NULL;
    float *vectors = weft_calloc(in.n, dim * sizeof *vectors);
    weft_status status = vectors ? weft_clip_session_new(&session, model, err)
                                 : weft_fail(err, WEFT_E_NOMEM, "%zu vectors", in.n);
    if (!status && in.texts)
        status = weft_clip_encode_text(session, in.texts, in.n, vectors, err);
    else if (!status)
        status = weft_clip_encode_tensors(session, in.tensors, in.n, vectors, err);
    if (!status) weft_buf_append(out, vectors, in.n * dim * sizeof *vectors);
    weft_clip_session_free(session);
    weft_free(vectors);
    return status;
}

static weft_status dump(const weft_clip_model *model, const char *what, const weft_buf *in,
                        weft_buf *out, weft_err *err) {
    weft_clip_info info = weft_clip_model_info(model);
    size_t tensor_bytes = (size_t)3 * info.image_size * info.image_size * sizeof(float);
    size_t count = in->size / tensor_bytes;
    weft_str *texts = NULL;
    weft_status status = WEFT_OK;
    if (strcmp(what, "tensors") != 0) status = split_texts(in, &texts, &count, err);
    if (status) return status;
    double started = weft_clock_seconds();
    if (strcmp(what, "tokens") == 0) {
        status = dump_tokens(model, texts, count, out, err);
    } else {
        /* weft_buf's block comes from malloc, aligned for floats. */
        const void *bytes = in->data;
        status = dump_vectors(model, (inputs){texts, texts ? NULL : bytes, count}, out, err);
    }
    if (!status)
        printf("%zu %zu %.3f %s\n", count, info.dim, weft_clock_seconds() - started, info.backend);
    weft_free(texts);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 5 || (strcmp(argv[2], "tokens") && strcmp(argv[2], "texts") &&
                      strcmp(argv[2], "tensors"))) {
        fprintf(stderr, "usage: %s MODEL tokens|texts|tensors IN OUT\n", argv[0]);
        return 2;
    }
    weft_err err = {0};
    weft_clip_model *model = NULL;
    weft_buf in, out;
    weft_buf_init(&in);
    weft_buf_init(&out);
    weft_status status = weft_file_read(argv[3], IN_MAX, &in, &err);
    if (!status) status = weft_clip_model_open(&model, argv[1], NULL, &err);
    if (!status) status = dump(model, argv[2], &in, &out, &err);
    if (!status && !weft_buf_ok(&out)) status = weft_fail(&err, WEFT_E_NOMEM, "output");
    if (!status) status = weft_file_write_atomic(argv[4], out.data, out.size, &err);
    if (status) fprintf(stderr, "%s: %s\n", weft_status_name(status), err.message);
    weft_clip_model_free(model);
    weft_buf_deinit(&in);
    weft_buf_deinit(&out);
    return status ? 1 : 0;
}
