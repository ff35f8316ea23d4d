/* bench_encoder - weft's encoder, driven by lines on stdin, so that a script can let it
 * and its peers take turns on a noisy machine (bench_encoder.py).
 *
 *     bench_encoder MODEL_FOLDER --precision f32|bf16|int8|auto --threads N
 *
 *     open images|texts|photos FILE BATCH   inputs for the runs that follow
 *     run SECONDS STREAMS                   encodes batch after batch, STREAMS sessions at once
 *     vectors images|texts|photos FILE OUT  the vectors of all inputs, as raw float32
 *
 * Each line is answered by one line of JSON. Images are raw float32 tensors, texts are
 * lines, photos are lines that name files. A stream has a session and a thread of its own; N
 * threads share one call. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "clip/clip.h"

enum { MAX_STREAMS = 64, MAX_CALLS = 1 << 20, MAX_FILE = 1 << 30, MAX_LINE = 4096, MAX_WORDS = 5 };

typedef enum { IMAGES, TEXTS, PHOTOS } kind;

typedef struct {
    kind kind;
    weft_buf bytes;
    weft_str *lines; /* [n], into bytes; NULL for tensors */
    size_t n;
} inputs;

typedef struct {
    weft_clip_model *model;
    weft_clip_info info;
    weft_clip_session *sessions[MAX_STREAMS]; /* NULL until a run needs it */
    inputs inputs;
    size_t batch;
    bool is_warm; /* these inputs have been run */
} bench;

static void inputs_deinit(inputs *in) {
    weft_buf_deinit(&in->bytes);
    weft_free(in->lines);
    *in = (inputs){0};
}

static weft_status split_lines(inputs *in, weft_err *err) {
    size_t count = 0;
    for (size_t i = 0; i < in->bytes.size; i++) count += in->bytes.data[i] == '\n';
    in->lines = weft_alloc(count, sizeof *in->lines);
    if (!in->lines) return weft_fail(err, WEFT_E_NOMEM, "%zu lines", count);
    const char *start = in->bytes.data;
    for (in->n = 0; in->n < count; in->n++) {
        const char *end = strchr(start, '\n');
        if (!end) return weft_fail(err, WEFT_E_FORMAT, "line %zu has a NUL in it", in->n + 1);
        in->lines[in->n] = (weft_str){start, (size_t)(end - start)};
        start = end + 1;
    }
    return WEFT_OK;
}

static weft_status inputs_open(inputs *in, const weft_clip_info *info, const char *kind_name,
                               const char *path, weft_err *err) {
    inputs_deinit(in);
    if (strcmp(kind_name, "images") == 0) in->kind = IMAGES;
    else if (strcmp(kind_name, "texts") == 0) in->kind = TEXTS;
    else if (strcmp(kind_name, "photos") == 0) in->kind = PHOTOS;
    else return weft_fail(err, WEFT_E_INVALID, "no inputs are called %s", kind_name);
    weft_status status = weft_file_read(path, MAX_FILE, &in->bytes, err);
    if (status) return status;
    if (in->kind != IMAGES) return split_lines(in, err);
    in->n = in->bytes.size / ((size_t)3 * info->image_size * info->image_size * sizeof(float));
    return WEFT_OK;
}

/* Photos are read one by one: the file names are the lines. */
static weft_status encode_photos(weft_clip_session *session, const weft_str *names, size_t n,
                                 size_t dim, float *vectors, weft_err *err) {
    weft_status status = WEFT_OK;
    weft_buf photo;
    weft_buf_init(&photo);
    for (size_t i = 0; i < n && !status; i++) {
        char path[MAX_LINE];
        snprintf(path, sizeof path, "%.*s", (int)names[i].size, names[i].data);
        weft_buf_clear(&photo);
        status = weft_file_read(path, MAX_FILE, &photo, err);
        if (!status)
            status =
                weft_clip_encode_photo(session, photo.data, photo.size, vectors + i * dim, err);
    }
    weft_buf_deinit(&photo);
    return status;
}

/* Inputs first <= i < first + n. */
static weft_status encode(const bench *b, weft_clip_session *session, size_t first, size_t n,
                          float *vectors, weft_err *err) {
    const inputs *in = &b->inputs;
    size_t floats = (size_t)3 * b->info.image_size * b->info.image_size;
    const void *bytes = in->bytes.data; /* from the heap: aligned for floats */
    const float *tensors = bytes;
    switch (in->kind) {
    case IMAGES:
        return weft_clip_encode_tensors(session, tensors + first * floats, n, vectors, err);
    case TEXTS: return weft_clip_encode_text(session, in->lines + first, n, vectors, err);
    case PHOTOS: return encode_photos(session, in->lines + first, n, b->info.dim, vectors, err);
    }
    return weft_fail(err, WEFT_E_INTERNAL, "inputs of kind %d", (int)in->kind);
}

/* --- running ----------------------------------------------------------------------- */

typedef struct {
    const bench *bench;
    weft_clip_session *session;
    pthread_barrier_t *barrier;
    double seconds; /* to run for */
    float *vectors; /* [batch][dim] */
    double *times;  /* [MAX_CALLS], of each call */
    size_t calls;
    double elapsed;
    weft_status status;
    weft_err err;
} stream;

static weft_status call_once(stream *s) {
    size_t batches = s->bench->inputs.n / s->bench->batch;
    return encode(s->bench, s->session, s->calls % batches * s->bench->batch, s->bench->batch,
                  s->vectors, &s->err);
}

/* The first time once to warm up; then at least once, until the time is over. */
static void *run_stream(void *argument) {
    stream *s = argument;
    if (!s->bench->is_warm) s->status = call_once(s);
    pthread_barrier_wait(s->barrier);
    double start = weft_clock_seconds(), now = start;
    while (!s->status && s->calls < MAX_CALLS) {
        double before = now;
        s->status = call_once(s);
        now = weft_clock_seconds();
        s->times[s->calls++] = now - before;
        if (now - start >= s->seconds) break;
    }
    s->elapsed = now - start;
    return NULL;
}

static weft_status stream_init(stream *s, bench *b, size_t i, double seconds,
                               pthread_barrier_t *barrier, weft_err *err) {
    if (!b->sessions[i]) {
        weft_status status = weft_clip_session_new(&b->sessions[i], b->model, err);
        if (status) return status;
    }
    *s = (stream){.bench = b, .session = b->sessions[i], .barrier = barrier, .seconds = seconds};
    s->vectors = weft_alloc(b->batch, b->info.dim * sizeof *s->vectors);
    s->times = weft_alloc(MAX_CALLS, sizeof *s->times);
    if (!s->vectors || !s->times) return weft_fail(err, WEFT_E_NOMEM, "stream %zu", i);
    return WEFT_OK;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_run(const bench *b, stream *streams, size_t n, weft_json *j) {
    double rate = 0;
    size_t calls = 0;
    for (size_t i = 0; i < n; i++) {
        rate += (double)(streams[i].calls * b->batch) / streams[i].elapsed;
        calls += streams[i].calls;
    }
    qsort(streams[0].times, streams[0].calls, sizeof(double), compare_doubles);
    weft_json_key_double(j, "rate", rate);
    weft_json_key_double(j, "median_ms", 1e3 * streams[0].times[streams[0].calls / 2]);
    weft_json_key_int(j, "calls", (int64_t)calls);
}

static weft_status run(bench *b, double seconds, size_t n, weft_json *j, weft_err *err) {
    stream streams[MAX_STREAMS] = {0};
    pthread_t handles[MAX_STREAMS];
    pthread_barrier_t barrier;
    weft_status status = WEFT_OK;
    if (n < 1 || n > MAX_STREAMS)
        return weft_fail(err, WEFT_E_LIMIT, "%zu streams, limit %d", n, MAX_STREAMS);
    if (b->batch < 1 || b->batch > b->inputs.n)
        return weft_fail(err, WEFT_E_INVALID, "batch %zu of %zu inputs", b->batch, b->inputs.n);
    pthread_barrier_init(&barrier, NULL, (unsigned)n);
    for (size_t i = 0; i < n && !status; i++)
        status = stream_init(&streams[i], b, i, seconds, &barrier, err);
    for (size_t i = 1; i < n && !status; i++)
        if (pthread_create(&handles[i], NULL, run_stream, &streams[i]) != 0) exit(1);
    if (!status) run_stream(&streams[0]);
    for (size_t i = 1; i < n && !status; i++) pthread_join(handles[i], NULL);
    for (size_t i = 0; i < n && !status; i++)
        if ((status = streams[i].status)) *err = streams[i].err;
    if (!status) print_run(b, streams, n, j);
    b->is_warm = true;
    for (size_t i = 0; i < n; i++) {
        weft_free(streams[i].vectors);
        weft_free(streams[i].times);
    }
    pthread_barrier_destroy(&barrier);
    return status;
}

static weft_status write_vectors(bench *b, const char *path, weft_json *j, weft_err *err) {
    weft_clip_session *session = NULL;
    size_t n = b->inputs.n, dim = b->info.dim;
    float *vectors = weft_alloc(n, dim * sizeof *vectors);
    weft_status status = vectors ? weft_clip_session_new(&session, b->model, err)
                                 : weft_fail(err, WEFT_E_NOMEM, "%zu vectors", n);
    if (!status) status = encode(b, session, 0, n, vectors, err);
    if (!status) status = weft_file_write_whole(path, vectors, n * dim * sizeof *vectors, err);
    if (!status) weft_json_key_int(j, "rows", (int64_t)n);
    weft_clip_session_free(session);
    weft_free(vectors);
    return status;
}

/* --- commands ------------------------------------------------------------------------ */

static weft_status obey(bench *b, char **words, size_t n, weft_json *j, weft_err *err) {
    if (n == 4 && strcmp(words[0], "open") == 0) {
        b->batch = strtoul(words[3], NULL, 10);
        b->is_warm = false;
        return inputs_open(&b->inputs, &b->info, words[1], words[2], err);
    }
    if (n == 3 && strcmp(words[0], "run") == 0)
        return run(b, strtod(words[1], NULL), strtoul(words[2], NULL, 10), j, err);
    if (n == 4 && strcmp(words[0], "vectors") == 0) {
        weft_status status = inputs_open(&b->inputs, &b->info, words[1], words[2], err);
        return status ? status : write_vectors(b, words[3], j, err);
    }
    return weft_fail(err, WEFT_E_INVALID, "no such command");
}

static weft_status answer_lines(bench *b, weft_err *err) {
    char line[MAX_LINE];
    weft_status status = WEFT_OK;
    weft_buf out;
    weft_buf_init(&out);
    while (!status && fgets(line, sizeof line, stdin)) {
        char *words[MAX_WORDS], *rest = line;
        size_t n = 0;
        while (n < MAX_WORDS && (words[n] = strtok_r(rest, " \n", &rest))) n++;
        weft_json j;
        weft_buf_clear(&out);
        weft_json_begin(&j, &out);
        weft_json_object(&j);
        status = obey(b, words, n, &j, err);
        weft_json_end(&j);
        if (!status && (printf("%s\n", out.data) < 0 || fflush(stdout) != 0))
            status = weft_fail(err, WEFT_E_IO, "stdout");
    }
    weft_buf_deinit(&out);
    return status;
}

static bool parse_options(int argc, char **argv, weft_clip_options *options) {
    for (int i = 2; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];
        if (strcmp(argv[i], "--threads") == 0) options->threads = strtoul(value, NULL, 10);
        else if (strcmp(argv[i], "--precision") != 0 ||
                 !weft_precision_parse(value, &options->precision))
            return false;
    }
    return argc >= 2 && argc % 2 == 0;
}

int main(int argc, char **argv) {
    weft_err err = {0};
    weft_clip_options options = {0};
    static bench b;
    if (!parse_options(argc, argv, &options)) {
        fprintf(stderr, "usage: bench_encoder MODEL_FOLDER --precision P --threads N\n");
        return 2;
    }
    weft_status status = weft_clip_model_open(&b.model, argv[1], &options, &err);
    if (!status) {
        b.info = weft_clip_model_info(b.model);
        printf("{\"precision\":\"%s\",\"instructions\":\"%s\"}\n",
               weft_precision_name(b.info.precision), b.info.instructions);
        fflush(stdout);
        status = answer_lines(&b, &err);
    }
    if (status) fprintf(stderr, "bench_encoder: %s\n", err.message);
    inputs_deinit(&b.inputs);
    for (size_t i = 0; i < MAX_STREAMS; i++) weft_clip_session_free(b.sessions[i]);
    weft_clip_model_free(b.model);
    return status ? 1 : 0;
}
