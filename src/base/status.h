/* status.h - how every fallible function of weft reports.
 *
 * A function that can fail returns weft_status (0 is success) and takes a last
 * `weft_err *err`, which may be NULL. On failure err holds a sentence for a
 * person: it names the file, row, field or limit. On success err is untouched.
 * Library code never prints, exits or aborts on input. */
#ifndef WEFT_BASE_STATUS_H
#define WEFT_BASE_STATUS_H

#include <stdarg.h>

/* One list: code, name as a machine reads it, what it means. */
#define WEFT_STATUS_LIST(X)                                                                        \
    X(WEFT_OK, "ok", "success")                                                                    \
    X(WEFT_E_NOMEM, "out_of_memory", "memory could not be had")                                    \
    X(WEFT_E_INVALID, "invalid", "an input is not acceptable")                                     \
    X(WEFT_E_NOT_FOUND, "not_found", "no such thing")                                              \
    X(WEFT_E_IO, "io", "the operating system refused a read or write")                             \
    X(WEFT_E_FORMAT, "format", "bytes do not follow their format")                                 \
    X(WEFT_E_UNSUPPORTED, "unsupported", "well-formed, but not handled")                           \
    X(WEFT_E_LIMIT, "limit", "a size limit was exceeded")                                          \
    X(WEFT_E_DIM, "dimension", "vector dimensions differ")                                         \
    X(WEFT_E_BUSY, "busy", "a bounded queue is full")                                              \
    X(WEFT_E_CANCELLED, "cancelled", "stopped on request")                                         \
    X(WEFT_E_STORE, "store", "the database refused")                                               \
    X(WEFT_E_CONFLICT, "conflict", "it exists already")                                            \
    X(WEFT_E_DENIED, "denied", "no permission")                                                    \
    X(WEFT_E_INTERNAL, "internal", "a library failed unexpectedly")

#define WEFT_STATUS_ENUM(code, name, text) code,
typedef enum { WEFT_STATUS_LIST(WEFT_STATUS_ENUM) WEFT_STATUS_COUNT } weft_status;
#undef WEFT_STATUS_ENUM

enum { WEFT_ERR_MESSAGE_SIZE = 512 };

typedef struct {
    weft_status status;
    char message[WEFT_ERR_MESSAGE_SIZE]; /* NUL-terminated, cut when longer */
} weft_err;

/* The machine name ("not_found") and the meaning of a status; never NULL. */
const char *weft_status_name(weft_status status);
const char *weft_status_text(weft_status status);

/* Fills err (when not NULL) and returns status, so that callers can write
 * `return weft_fail(err, WEFT_E_LIMIT, "image: %zu pixels, limit %zu", n, max);` */
weft_status weft_fail(weft_err *err, weft_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the message that err holds; for adding the file or
 * row that only the caller knows. Returns status unchanged. */
weft_status weft_fail_in(weft_err *err, weft_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
