#include "api/fields.h"

#include <math.h>
#include <string.h>

enum { MAX_VALUES = 65536 }; /* of a JSON body */

/* Is the name known, and may a form have it several times? */
static bool is_known(const char *name, const char *const *known, bool *is_list) {
    size_t n = strlen(name);
    for (; *known; known++) {
        *is_list = strcmp(*known + strnlen(*known, n), "[]") == 0;
        if (strncmp(*known, name, n) == 0 && ((*known)[n] == '\0' || *is_list)) return true;
    }
    return false;
}

static weft_status fail_field(weft_fields *fields, const char *name, weft_err *err,
                              weft_status status, const char *what) {
    fields->at_fault = name;
    return weft_fail(err, status, "%s: %s", name, what);
}

/* "[[],[],...": three bytes of text become a hundred of tree, so the values are counted
 * before any tree is made. In JSON each but the first follows one of these. */
static size_t count_values(weft_str text) {
    size_t n = 1;
    bool in_string = false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '"') in_string = !in_string;
        else if (in_string && c == '\\') i++;
        else if (!in_string && (c == ',' || c == '[' || c == '{')) n++;
    }
    return n;
}

weft_status weft_json_parse_body(weft_str body, json_t **json, weft_err *err) {
    json_error_t where;
    if (count_values(body) > MAX_VALUES)
        return weft_fail(err, WEFT_E_LIMIT, "the body has more than %d JSON values", MAX_VALUES);
    *json = json_loadb(body.data, body.size, JSON_REJECT_DUPLICATES, &where);
    if (*json) return WEFT_OK;
    return weft_fail(err, WEFT_E_INVALID, "the body is not valid JSON: line %d, column %d: %s",
                     where.line, where.column, where.text);
}

weft_status weft_base64_parse(weft_str text, weft_arena *arena, weft_str *bytes, weft_err *err) {
    /* data:image/jpeg;base64,... (RFC 2397) */
    if (text.size > 5 && memcmp(text.data, "data:", 5) == 0) {
        const char *comma = memchr(text.data, ',', text.size);
        if (!comma) return weft_fail(err, WEFT_E_INVALID, "a data URI without data");
        text = (weft_str){comma + 1, text.size - (size_t)(comma + 1 - text.data)};
    }
    unsigned char *out = weft_arena_alloc(arena, weft_base64_max(text.size), 1);
    size_t n;
    if (!out) return weft_fail(err, WEFT_E_NOMEM, "out of memory");
    if (!weft_base64_decode(text, out, &n))
        return weft_fail(err, WEFT_E_INVALID, "is not valid base64");
    *bytes = (weft_str){(const char *)out, n};
    return WEFT_OK;
}

static weft_status read_json(weft_fields *fields, weft_str body, const char *const *known,
                             weft_err *err) {
    weft_status status = weft_json_parse_body(body, &fields->json, err);
    if (status) return status;
    if (!json_is_object(fields->json))
        return weft_fail(err, WEFT_E_INVALID, "the body must be a JSON object");
    const char *name;
    json_t *value;
    json_object_foreach(fields->json, name, value) {
        bool is_list;
        if (is_known(name, known, &is_list)) continue;
        const char *copy = weft_arena_strdup(fields->arena, name);
        return fail_field(fields, copy ? copy : "body", err, WEFT_E_INVALID, "no such field");
    }
    return WEFT_OK;
}

static weft_status read_form(weft_fields *fields, const weft_http_request *request,
                             const char *const *known, weft_err *err) {
    weft_status status =
        weft_http_request_multipart(request, &fields->parts, &fields->part_count, err);
    for (size_t i = 0; !status && i < fields->part_count; i++) {
        weft_str part = fields->parts[i].name;
        const char *name = weft_arena_strndup(fields->arena, part.data, part.size);
        if (!name) return weft_fail(err, WEFT_E_NOMEM, "out of memory");
        bool is_list;
        if (!is_known(name, known, &is_list))
            return fail_field(fields, name, err, WEFT_E_INVALID, "no such field");
        if (!is_list && weft_http_part_find(fields->parts, i, name))
            return fail_field(fields, name, err, WEFT_E_INVALID, "given twice");
    }
    return status;
}

weft_status weft_fields_init(weft_fields *fields, const weft_http_request *request,
                             const char *const *known, weft_err *err) {
    const char *type = weft_http_request_media_type(request);
    *fields = (weft_fields){.arena = weft_http_request_arena(request)};
    if (strcmp(type, "application/json") == 0)
        return read_json(fields, weft_http_request_body(request), known, err);
    if (strcmp(type, "multipart/form-data") == 0) return read_form(fields, request, known, err);
    return weft_fail(err, WEFT_E_UNSUPPORTED,
                     "the content type must be application/json or multipart/form-data");
}

void weft_fields_deinit(weft_fields *fields) {
    json_decref(fields->json);
    fields->json = NULL;
}

/* ---- one field ---- */

/* The JSON value of a name; NULL when absent, null, or the body is a form. */
static json_t *json_field(const weft_fields *fields, const char *name) {
    json_t *value = fields->json ? json_object_get(fields->json, name) : NULL;
    return json_is_null(value) ? NULL : value;
}

static const weft_http_part *form_field(const weft_fields *fields, const char *name) {
    return weft_http_part_find(fields->parts, fields->part_count, name);
}

weft_status weft_fields_string(weft_fields *fields, const char *name, size_t max,
                               const char **value, weft_err *err) {
    const json_t *json = json_field(fields, name);
    const weft_http_part *part = form_field(fields, name);
    weft_str text;
    if (!json && !part) return WEFT_OK;
    if (json && !json_is_string(json))
        return fail_field(fields, name, err, WEFT_E_INVALID, "must be a string");
    text = json ? (weft_str){json_string_value(json), json_string_length(json)} : part->bytes;
    if (text.size > max) {
        fields->at_fault = name;
        return weft_fail(err, WEFT_E_LIMIT, "%s: %zu bytes, limit %zu", name, text.size, max);
    }
    if (memchr(text.data, '\0', text.size) || !weft_str_is_utf8(text))
        return fail_field(fields, name, err, WEFT_E_INVALID, "must be UTF-8 text without NUL");
    const char *copy = weft_arena_strndup(fields->arena, text.data, text.size);
    if (!copy) return fail_field(fields, name, err, WEFT_E_NOMEM, "out of memory");
    *value = copy;
    return WEFT_OK;
}

weft_status weft_fields_number(weft_fields *fields, const char *name, double low, double high,
                               double *value, weft_err *err) {
    const json_t *json = json_field(fields, name);
    const weft_http_part *part = form_field(fields, name);
    double number = NAN;
    if (!json && !part) return WEFT_OK;
    if (json_is_number(json)) number = json_number_value(json);
    else if (part && !weft_str_to_double(weft_str_trim(part->bytes), &number)) number = NAN;
    if (!(number >= low && number <= high)) {
        fields->at_fault = name;
        return weft_fail(err, WEFT_E_INVALID, "%s: must be a number from %g to %g", name, low,
                         high);
    }
    *value = number;
    return WEFT_OK;
}

weft_status weft_fields_size(weft_fields *fields, const char *name, size_t low, size_t high,
                             size_t *value, weft_err *err) {
    double number = NAN;
    weft_status status = weft_fields_number(fields, name, (double)low, (double)high, &number, err);
    if (isnan(number)) return status;
    if (number != floor(number))
        return fail_field(fields, name, err, WEFT_E_INVALID, "must be whole");
    *value = (size_t)number;
    return WEFT_OK;
}

weft_status weft_fields_bytes(weft_fields *fields, const char *name, weft_str *bytes,
                              weft_err *err) {
    const json_t *json = json_field(fields, name);
    const weft_http_part *part = form_field(fields, name);
    *bytes = part ? part->bytes : (weft_str){0};
    if (!json) return WEFT_OK;
    if (!json_is_string(json))
        return fail_field(fields, name, err, WEFT_E_INVALID, "must be a string in base64");
    weft_str text = {json_string_value(json), json_string_length(json)};
    weft_status status = weft_base64_parse(text, fields->arena, bytes, err);
    if (!status) return WEFT_OK;
    fields->at_fault = name;
    return weft_fail_in(err, status, "%s", name);
}

weft_status weft_fields_bytes_list(weft_fields *fields, const char *name, size_t max,
                                   const weft_str **list, size_t *n, weft_err *err) {
    const json_t *json = json_field(fields, name);
    weft_str *found = weft_arena_alloc(fields->arena, max, sizeof *found);
    *n = 0;
    *list = found;
    if (!found) return fail_field(fields, name, err, WEFT_E_NOMEM, "out of memory");
    if (json && !json_is_array(json))
        return fail_field(fields, name, err, WEFT_E_INVALID, "must be an array of strings");
    size_t count = json ? json_array_size(json) : 0;
    for (size_t i = 0; i < fields->part_count; i++)
        if (weft_str_eq(fields->parts[i].name, name)) {
            if (*n < max) found[*n] = fields->parts[i].bytes;
            (*n)++;
            count++;
        }
    if (count > max) {
        fields->at_fault = name;
        return weft_fail(err, WEFT_E_LIMIT, "%s: %zu, at most %zu", name, count, max);
    }
    for (size_t i = 0; json && i < count; i++) {
        const json_t *item = json_array_get(json, i);
        if (!json_is_string(item))
            return fail_field(fields, name, err, WEFT_E_INVALID, "must be strings in base64");
        weft_str text = {json_string_value(item), json_string_length(item)};
        weft_status status = weft_base64_parse(text, fields->arena, &found[(*n)++], err);
        if (!status) continue;
        fields->at_fault = name;
        return weft_fail_in(err, status, "%s", name);
    }
    return WEFT_OK;
}

weft_status weft_fields_value(weft_fields *fields, const char *name, const json_t **value,
                              weft_err *err) {
    json_t *json = json_field(fields, name);
    const weft_http_part *part = form_field(fields, name);
    *value = NULL;
    if (!json && !part) return WEFT_OK;
    if (part) {
        json_error_t where;
        json = json_loadb(part->bytes.data, part->bytes.size,
                          JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
        if (!json) return fail_field(fields, name, err, WEFT_E_INVALID, "is not valid JSON");
        /* Kept in an object of our own, so that it is freed with the fields. */
        if (!fields->json) fields->json = json_object();
        if (!fields->json || json_object_set_new(fields->json, name, json) != 0)
            return fail_field(fields, name, err, WEFT_E_NOMEM, "out of memory");
    }
    *value = json;
    return WEFT_OK;
}

weft_status weft_fields_flag(weft_fields *fields, const char *name, bool *value, weft_err *err) {
    const json_t *json;
    weft_status status = weft_fields_value(fields, name, &json, err);
    if (status || !json) return status;
    if (!json_is_boolean(json))
        return fail_field(fields, name, err, WEFT_E_INVALID, "must be true or false");
    *value = json_is_true(json);
    return WEFT_OK;
}

weft_status weft_fields_object(weft_fields *fields, const char *name, const json_t **object,
                               weft_err *err) {
    weft_status status = weft_fields_value(fields, name, object, err);
    if (status || !*object || json_is_object(*object)) return status;
    *object = NULL;
    return fail_field(fields, name, err, WEFT_E_INVALID, "must be a JSON object");
}
