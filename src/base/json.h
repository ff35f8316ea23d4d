/* json.h - JSON (RFC 8259), written as it comes, without a tree.
 *
 * The writer keeps track of commas and nesting; strings are escaped and any
 * byte that is not UTF-8 becomes U+FFFD. Failure to find memory shows in
 * weft_buf_ok of the buffer. To read JSON, use jansson directly.
 *
 *     weft_json j;
 *     weft_json_begin(&j, &buf);
 *     weft_json_object(&j);
 *     weft_json_key(&j, "total"); weft_json_int(&j, 3);
 *     weft_json_end(&j);
 */
#ifndef WEFT_BASE_JSON_H
#define WEFT_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { WEFT_JSON_DEPTH = 32 };

typedef struct {
    weft_buf *out; /* not owned */
    int depth;
    bool needs_comma;              /* a value has been written at this level */
    char closers[WEFT_JSON_DEPTH]; /* '}' or ']' of each open level */
} weft_json;

void weft_json_begin(weft_json *j, weft_buf *out);

void weft_json_object(weft_json *j);
void weft_json_array(weft_json *j);
void weft_json_end(weft_json *j); /* closes the innermost object or array */

void weft_json_key(weft_json *j, const char *key);
void weft_json_string(weft_json *j, const char *text); /* NULL writes null */
void weft_json_stringn(weft_json *j, const char *text, size_t n);
void weft_json_int(weft_json *j, int64_t value);
void weft_json_double(weft_json *j, double value); /* shortest that reads back; not finite: null */
void weft_json_float(weft_json *j, float value);   /* likewise for a float */
void weft_json_bool(weft_json *j, bool value);
void weft_json_null(weft_json *j);
void weft_json_raw(weft_json *j, const char *json); /* one value that is JSON already */

/* key and value in one */
void weft_json_key_string(weft_json *j, const char *key, const char *text);
void weft_json_key_int(weft_json *j, const char *key, int64_t value);
void weft_json_key_double(weft_json *j, const char *key, double value);
void weft_json_key_float(weft_json *j, const char *key, float value);
void weft_json_key_bool(weft_json *j, const char *key, bool value);

#endif
