#include "recommend/learning.h"

#include <float.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "base/json.h"

enum { MAX_BLEND = 64 * 1024 /* bytes */ };

static weft_status path_of(char path[PATH_MAX], const char *folder, const char *name,
                           weft_err *err) {
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX) return WEFT_OK;
    return weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", folder);
}

/* ---- writing ---- */

static void write_blend(weft_buf *out, const weft_learning *learning) {
    weft_json j;
    weft_json_begin(&j, out);
    weft_json_object(&j);
    weft_json_key(&j, "weights");
    weft_json_object(&j);
    for (int part = 0; part < WEFT_PART_COUNT; part++)
        weft_json_key_float(&j, weft_recommend_part_name((weft_recommend_part)part),
                            learning->weights.of[part]);
    weft_json_end(&j);
    weft_json_key_bool(&j, "fitted", learning->is_fitted);
    weft_json_key_int(&j, "events", (int64_t)learning->events);
    weft_json_key_int(&j, "users", (int64_t)learning->users);
    weft_json_key_string(&j, "learned_at", learning->learned_at);
    weft_json_end(&j);
    weft_buf_putc(out, '\n');
}

weft_status weft_learning_write(const weft_learning *learning, const char *folder, weft_err *err) {
    char model[PATH_MAX], blend[PATH_MAX];
    weft_buf text;
    weft_status status = path_of(model, folder, "collaborative.bin", err);
    if (!status) status = path_of(blend, folder, "blend.json", err);
    if (!status) status = weft_dir_create(folder, err);
    if (!status) status = weft_collaborative_write(learning->model, model, err);
    if (status) return status;
    weft_buf_init(&text);
    write_blend(&text, learning);
    status = weft_buf_ok(&text) ? weft_file_write_atomic(blend, text.data, text.size, err)
                                : weft_fail(err, WEFT_E_NOMEM, "%s", blend);
    weft_buf_deinit(&text);
    return status;
}

/* ---- reading ---- */

static weft_status read_weights(const json_t *json, weft_recommend_weights *weights,
                                weft_err *err) {
    for (int part = 0; part < WEFT_PART_COUNT; part++) {
        const char *name = weft_recommend_part_name((weft_recommend_part)part);
        const json_t *weight = json_object_get(json, name);
        double value = json_number_value(weight); /* 0 for a part that came to be later */
        if (weight && (!json_is_number(weight) || fabs(value) > FLT_MAX))
            return weft_fail(err, WEFT_E_FORMAT, "weights: %s: is no number that a float holds",
                             name);
        weights->of[part] = (float)value;
    }
    return WEFT_OK;
}

static weft_status read_count(const json_t *json, const char *name, size_t *count, weft_err *err) {
    json_int_t value = json_integer_value(json_object_get(json, name));
    if (value < 0) return weft_fail(err, WEFT_E_FORMAT, "%s: is below 0", name);
    *count = (size_t)value;
    return WEFT_OK;
}

static weft_status read_blend(weft_learning *learning, const weft_buf *text, weft_err *err) {
    json_error_t where;
    json_t *json = json_loadb(text->data, text->size, JSON_REJECT_DUPLICATES, &where);
    if (!json) return weft_fail(err, WEFT_E_FORMAT, "line %d: %s", where.line, where.text);
    const char *learned_at = json_string_value(json_object_get(json, "learned_at"));
    const json_t *weights = json_object_get(json, "weights");
    weft_status status = json_is_object(weights)
                             ? read_weights(weights, &learning->weights, err)
                             : weft_fail(err, WEFT_E_FORMAT, "there are no weights");
    if (!status) status = read_count(json, "events", &learning->events, err);
    if (!status) status = read_count(json, "users", &learning->users, err);
    learning->is_fitted = json_is_true(json_object_get(json, "fitted"));
    snprintf(learning->learned_at, sizeof learning->learned_at, "%s", learned_at ? learned_at : "");
    json_decref(json);
    return status;
}

weft_status weft_learning_open(weft_learning *learning, const char *folder, weft_err *err) {
    char model[PATH_MAX], blend[PATH_MAX];
    weft_buf text;
    *learning = (weft_learning){0};
    weft_status status = path_of(model, folder, "collaborative.bin", err);
    if (!status) status = path_of(blend, folder, "blend.json", err);
    if (status) return status;
    weft_buf_init(&text);
    status = weft_file_read(blend, MAX_BLEND, &text, err);
    if (!status) {
        status = read_blend(learning, &text, err);
        if (status) weft_fail_in(err, status, "%s", blend);
    }
    if (!status) status = weft_collaborative_open(&learning->model, model, err);
    weft_buf_deinit(&text);
    return status;
}

void weft_learning_deinit(weft_learning *learning) {
    weft_collaborative_free(learning->model);
    *learning = (weft_learning){0};
}

uint64_t weft_learning_stamp(const char *folder) {
    char path[PATH_MAX];
    return path_of(path, folder, "blend.json", NULL) ? 0 : weft_file_stamp(path);
}
