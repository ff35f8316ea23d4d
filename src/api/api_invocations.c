/* api_invocations.c - the model as a service: POST /invocations, the protocol of
 * MLflow's scoring server and of Databricks model serving.
 *
 * A body holds its records in one of four forms, which all become the same table
 * of two columns, text and image; other columns are left alone, as MLflow leaves
 * what a model's signature does not name.
 *   dataframe_records  [{"text": "red dress"}, {"image": base64}]
 *   dataframe_split    {"columns": ["text"], "data": [["red dress"], ["boots"]]}
 *   instances          ["red dress", ...], or as dataframe_records
 *   inputs             as instances, or columns: {"text": ["red dress", "boots"]}
 * All records of a request are checked before the first is encoded, and then wait
 * for the encoder together. */
#include <string.h>

#include "api/api_internal.h"
#include "api/fields.h"

enum { MAX_RECORDS = 256, MAX_TEXT = 10000 };

/* One row of the table: JSON values that may be of any type; NULL where there is none. */
typedef struct {
    const json_t *text, *image;
} record;

typedef struct {
    weft_arena *arena;
    const char *form; /* "instances", ... */
    record *records;  /* [count] */
    size_t count;
    const char *at_fault; /* "instances[2].image"; set by whatever failed; may be NULL */
} batch;

static const char *const forms[] = {"dataframe_records", "dataframe_split", "instances", "inputs"};
enum { RECORDS, SPLIT, INSTANCES, INPUTS, FORMS };

/* ---- the four forms ---- */

static weft_status fail_at(batch *b, weft_status status, weft_err *err, const char *field,
                           const char *what) {
    if (!field) return weft_fail(err, WEFT_E_NOMEM, "out of memory");
    b->at_fault = field;
    return weft_fail(err, status, "%s: %s", field, what);
}

static weft_status begin(batch *b, size_t count, weft_err *err) {
    if (count > MAX_RECORDS) {
        b->at_fault = b->form;
        return weft_fail(err, WEFT_E_LIMIT, "%s: %zu records, limit %d", b->form, count,
                         MAX_RECORDS);
    }
    b->count = count;
    b->records = weft_arena_calloc(b->arena, count, sizeof *b->records);
    return b->records ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "out of memory");
}

/* [{"text": ...}, ...], and where the form allows it ["...", ...] */
static weft_status read_rows(batch *b, const json_t *rows, bool takes_strings, weft_err *err) {
    weft_status status = begin(b, json_array_size(rows), err);
    for (size_t i = 0; i < b->count && !status; i++) {
        const json_t *row = json_array_get(rows, i);
        if (json_is_object(row))
            b->records[i] = (record){json_object_get(row, "text"), json_object_get(row, "image")};
        else if (json_is_string(row) && takes_strings) b->records[i].text = row;
        else
            status =
                fail_at(b, WEFT_E_INVALID, err, weft_arena_printf(b->arena, "%s[%zu]", b->form, i),
                        takes_strings ? "must be a string, or an object with text or image"
                                      : "must be an object with text or image");
    }
    return status;
}

/* {"text": ["...", ...], "image": [...]}; a plain value is a column of one. */
static weft_status read_columns(batch *b, const json_t *columns, weft_err *err) {
    const json_t *text = json_object_get(columns, "text");
    const json_t *image = json_object_get(columns, "image");
    size_t texts = json_is_array(text) ? json_array_size(text) : text != NULL;
    size_t images = json_is_array(image) ? json_array_size(image) : image != NULL;
    if (!text && !image)
        return fail_at(b, WEFT_E_INVALID, err, b->form, "has neither text nor image");
    if (text && image && texts != images)
        return fail_at(b, WEFT_E_INVALID, err, b->form, "text and image differ in length");
    weft_status status = begin(b, text ? texts : images, err);
    for (size_t i = 0; i < b->count && !status; i++)
        b->records[i] = (record){json_is_array(text) ? json_array_get(text, i) : text,
                                 json_is_array(image) ? json_array_get(image, i) : image};
    return status;
}

/* {"columns": [names], "data": [[a row's cells], ...], "index": of no use here} */
static weft_status read_split(batch *b, const json_t *split, weft_err *err) {
    const json_t *columns = json_object_get(split, "columns"), *cell;
    const json_t *data = json_object_get(split, "data");
    size_t width = json_array_size(columns), i, text = SIZE_MAX, image = SIZE_MAX;
    if (!json_is_array(columns) || !json_is_array(data))
        return fail_at(b, WEFT_E_INVALID, err, b->form, "must have the arrays columns and data");
    json_array_foreach(columns, i, cell) {
        const char *name = json_string_value(cell);
        if (name && strcmp(name, "text") == 0) text = i;
        if (name && strcmp(name, "image") == 0) image = i;
    }
    if (text == SIZE_MAX && image == SIZE_MAX)
        return fail_at(b, WEFT_E_INVALID, err, "dataframe_split.columns",
                       "has neither text nor image");
    weft_status status = begin(b, json_array_size(data), err);
    for (i = 0; i < b->count && !status; i++) {
        const json_t *row = json_array_get(data, i);
        if (json_is_array(row) && json_array_size(row) == width)
            b->records[i] = (record){json_array_get(row, text), json_array_get(row, image)};
        else
            status = fail_at(b, WEFT_E_INVALID, err,
                             weft_arena_printf(b->arena, "dataframe_split.data[%zu]", i),
                             "must be an array as long as columns");
    }
    return status;
}

static weft_status read_form(batch *b, size_t form, const json_t *value, weft_err *err) {
    const char *wanted = NULL;
    b->form = forms[form];
    if (form == SPLIT && json_is_object(value)) return read_split(b, value, err);
    if (form == INPUTS && json_is_object(value)) return read_columns(b, value, err);
    if (form != SPLIT && json_is_array(value)) return read_rows(b, value, form != RECORDS, err);
    wanted = form == SPLIT    ? "must be an object with columns and data"
             : form == INPUTS ? "must be an array, or an object of columns"
                              : "must be an array";
    return fail_at(b, WEFT_E_INVALID, err, b->form, wanted);
}

/* Exactly one form. MLflow's clients may add "params", of which this model has none. */
static weft_status read_body(batch *b, const json_t *body, weft_err *err) {
    size_t form = FORMS, found = 0;
    for (size_t i = 0; i < FORMS; i++)
        if (json_object_get(body, forms[i])) form = i, found++;
    if (found != 1)
        return weft_fail(err, WEFT_E_INVALID,
                         "give exactly one of dataframe_records, dataframe_split, instances and "
                         "inputs, not %zu of them",
                         found);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)body, name, value) {
        if (strcmp(name, forms[form]) == 0) continue;
        bool is_empty = json_is_null(value) || (json_is_object(value) && !json_object_size(value));
        if (strcmp(name, "params") != 0 || !is_empty)
            return fail_at(b, WEFT_E_INVALID, err, weft_arena_strdup(b->arena, name),
                           strcmp(name, "params") ? "no such field" : "this model takes none");
    }
    return read_form(b, form, json_object_get(body, forms[form]), err);
}

/* ---- records to items ---- */

static weft_status fail_cell(batch *b, size_t i, const char *key, weft_status status, weft_err *err,
                             const char *what) {
    const char *field = key ? weft_arena_printf(b->arena, "%s[%zu].%s", b->form, i, key)
                            : weft_arena_printf(b->arena, "%s[%zu]", b->form, i);
    return fail_at(b, status, err, field, what);
}

/* A cell's string; null and "" are empty: size 0. */
static weft_status read_cell(batch *b, size_t i, const char *key, const json_t *cell,
                             weft_str *value, weft_err *err) {
    *value = (weft_str){0};
    if (!cell || json_is_null(cell)) return WEFT_OK;
    if (!json_is_string(cell)) return fail_cell(b, i, key, WEFT_E_INVALID, err, "must be a string");
    *value = (weft_str){json_string_value(cell), json_string_length(cell)};
    return WEFT_OK;
}

static weft_status read_record(batch *b, size_t i, weft_clip_item *item, weft_err *err) {
    weft_str text, image;
    weft_status status = read_cell(b, i, "text", b->records[i].text, &text, err);
    if (!status) status = read_cell(b, i, "image", b->records[i].image, &image, err);
    if (status) return status;
    if (text.size && image.size)
        return fail_cell(b, i, NULL, WEFT_E_INVALID, err, "has text and image; give one of them");
    if (!text.size && !image.size)
        return fail_cell(b, i, NULL, WEFT_E_INVALID, err, "has neither text nor image");
    if (text.size > MAX_TEXT)
        return fail_cell(b, i, "text", WEFT_E_LIMIT, err, "more than 10000 bytes");
    item->text = text;
    if (!image.size) return WEFT_OK;
    weft_err why = {0};
    status = weft_base64_parse(image, b->arena, &item->photo, &why);
    return status ? fail_cell(b, i, "image", status, err, why.message) : WEFT_OK;
}

/* ---- the answer ---- */

static void answer(weft_http_response *response, const float *vectors, size_t count, size_t dim) {
    weft_buf out;
    weft_json j;
    weft_buf_init(&out);
    weft_json_begin(&j, &out);
    weft_json_object(&j);
    weft_json_key(&j, "predictions");
    weft_json_array(&j);
    for (size_t i = 0; i < count; i++) {
        weft_json_array(&j);
        for (size_t k = 0; k < dim; k++) weft_json_float(&j, vectors[i * dim + k]);
        weft_json_end(&j);
    }
    weft_json_end(&j);
    weft_json_end(&j);
    weft_http_respond_json(response, 200, &out);
}

/* Encodes the records into vectors [count][dim]. */
static weft_status encode(const weft_serving *serving, batch *b, float *vectors, size_t dim,
                          weft_err *err) {
    weft_clip_item *items = weft_arena_calloc(b->arena, b->count, sizeof *items);
    if (!items) return weft_fail(err, WEFT_E_NOMEM, "out of memory");
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < b->count && !status; i++) {
        items[i].vector = vectors + i * dim;
        status = read_record(b, i, &items[i], err);
    }
    if (status) return status;
    size_t at_fault;
    weft_err why = {0};
    status = weft_clip_queue_encode(serving->encoder, items, b->count, &at_fault, &why);
    if (!status) return WEFT_OK;
    if (at_fault == b->count) return weft_fail(err, status, "%s", why.message);
    return fail_cell(b, at_fault, items[at_fault].photo.data ? "image" : "text",
                     weft_api_photo_status(status), err, why.message);
}

/* pandas has a missing cell as NaN, which Python writes and reads as such but which is no
 * JSON: here it becomes an empty string of the same length. */
static weft_str without_nan(weft_str body, weft_arena *arena) {
    if (!memmem(body.data, body.size, "NaN", 3)) return body;
    char *copy = weft_arena_strndup(arena, body.data, body.size);
    bool in_string = false;
    for (size_t i = 0; copy && i + 3 <= body.size; i++) {
        if (copy[i] == '"') in_string = !in_string;
        else if (in_string && copy[i] == '\\') i++;
        else if (!in_string && memcmp(copy + i, "NaN", 3) == 0)
            memcpy(copy + i, "\"\" ", 3), i += 2;
    }
    return copy ? (weft_str){copy, body.size} : body;
}

static weft_status parse(batch *b, const weft_http_request *request, json_t **body, weft_err *err) {
    weft_str charset = weft_http_request_media_param(request, "charset");
    if (strcmp(weft_http_request_media_type(request), "application/json") != 0 ||
        (charset.data && !weft_str_eq_nocase(charset, "utf-8")))
        return weft_fail(err, WEFT_E_UNSUPPORTED,
                         "the content type must be application/json in UTF-8");
    weft_str text = without_nan(weft_http_request_body(request), b->arena);
    weft_status status = weft_json_parse_body(text, body, err);
    if (status) return status;
    if (!json_is_object(*body))
        return weft_fail(err, WEFT_E_INVALID, "the body must be a JSON object");
    return read_body(b, *body, err);
}

WEFT_HANDLER(weft_api_invocations) {
    weft_serving *serving = weft_api_acquire(context);
    size_t dim = weft_clip_model_info(serving->model).dim;
    batch b = {.arena = weft_http_request_arena(request)};
    json_t *body = NULL;
    weft_err err = {0};
    weft_status status = parse(&b, request, &body, &err);
    if (status) goto cleanup;
    float *vectors = weft_arena_alloc(b.arena, b.count * dim, sizeof *vectors);
    status = vectors ? encode(serving, &b, vectors, dim, &err)
                     : weft_fail(&err, WEFT_E_NOMEM, "out of memory");
    if (!status) answer(response, vectors, b.count, dim);

cleanup:
    if (status) weft_api_fail(response, request, status, b.at_fault, &err);
    json_decref(body);
    weft_api_release(serving);
}

/* What MLflow's clients ask before they send anything. */
WEFT_HANDLER(weft_api_ping) {
    (void)request, (void)context;
    weft_http_respond_static(response, 200, "text/plain", "\n", 1);
}

WEFT_HANDLER(weft_api_version) {
    (void)request, (void)context;
    weft_http_respond_static(response, 200, "text/plain", WEFT_VERSION, sizeof WEFT_VERSION - 1);
}
