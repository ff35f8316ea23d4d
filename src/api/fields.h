/* fields.h - the named values of a request, whether they came as a JSON object
 * or as multipart/form-data.
 *
 * Each getter checks type and limits. On failure the name of the field at fault
 * is kept, for the answer. A field that is absent, or null, leaves the default. */
#ifndef WEFT_API_FIELDS_H
#define WEFT_API_FIELDS_H

#include <jansson.h>

#include "base/arena.h"
#include "http/http.h"
#include "http/http_multipart.h"

typedef struct {
    json_t *json;                /* an object; of a form, what was parsed out of it */
    const weft_http_part *parts; /* of a form */
    size_t part_count;
    weft_arena *arena;
    const char *at_fault; /* set by whatever failed; may be NULL */
} weft_fields;

/* Parses a JSON body that came from outside: at most 65,536 values, no key twice. Fails
 * with WEFT_E_INVALID or WEFT_E_LIMIT; else the caller owns *json (json_decref). */
weft_status weft_json_parse_body(weft_str body, json_t **json, weft_err *err);

/* base64 with or without a data URI's prefix -> bytes in the arena. Fails with
 * WEFT_E_INVALID or WEFT_E_NOMEM. */
weft_status weft_base64_parse(weft_str text, weft_arena *arena, weft_str *bytes, weft_err *err);

/* Reads the body; known[] (ends with NULL) are the names it may have; of a form only one that
 * ends with "[]" here may come several times (it is called so without them). Deinit also
 * after a failure. Fails with WEFT_E_UNSUPPORTED (the content type),
 * WEFT_E_INVALID, WEFT_E_FORMAT, WEFT_E_LIMIT, WEFT_E_NOMEM. */
weft_status weft_fields_init(weft_fields *fields, const weft_http_request *request,
                             const char *const *known, weft_err *err);
void weft_fields_deinit(weft_fields *fields);

/* At most max bytes; *value stays as it is when absent. */
weft_status weft_fields_string(weft_fields *fields, const char *name, size_t max,
                               const char **value, weft_err *err);
weft_status weft_fields_size(weft_fields *fields, const char *name, size_t low, size_t high,
                             size_t *value, weft_err *err);
weft_status weft_fields_number(weft_fields *fields, const char *name, double low, double high,
                               double *value, weft_err *err);

/* A file part's bytes, or a JSON string in base64 with or without a data URI's
 * prefix. Absent: *bytes = {NULL, 0}. */
weft_status weft_fields_bytes(weft_fields *fields, const char *name, weft_str *bytes,
                              weft_err *err);

/* true or false; a form says so in words. */
weft_status weft_fields_flag(weft_fields *fields, const char *name, bool *value, weft_err *err);

/* All parts of a form that have the name, or a JSON array of strings as weft_fields_bytes
 * reads them: list[*n] in the arena. More than max: WEFT_E_LIMIT. */
weft_status weft_fields_bytes_list(weft_fields *fields, const char *name, size_t max,
                                   const weft_str **list, size_t *n, weft_err *err);

/* Any JSON value; a form holds it as text. Absent: NULL. Lives as long as fields. */
weft_status weft_fields_value(weft_fields *fields, const char *name, const json_t **value,
                              weft_err *err);

/* A JSON object; a form holds it as text. Absent: NULL. Lives as long as fields. */
weft_status weft_fields_object(weft_fields *fields, const char *name, const json_t **object,
                               weft_err *err);

#endif
