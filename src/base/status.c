#include "base/status.h"

#include <stdio.h>
#include <string.h>

const char *weft_status_name(weft_status status) {
#define NAME(code, name, text) [code] = name,
    static const char *const names[] = {WEFT_STATUS_LIST(NAME)};
#undef NAME
    return (unsigned)status < WEFT_STATUS_COUNT ? names[status] : "unknown";
}

const char *weft_status_text(weft_status status) {
#define TEXT(code, name, text) [code] = text,
    static const char *const texts[] = {WEFT_STATUS_LIST(TEXT)};
#undef TEXT
    return (unsigned)status < WEFT_STATUS_COUNT ? texts[status] : "unknown status";
}

weft_status weft_fail(weft_err *err, weft_status status, const char *format, ...) {
    if (!err) return status;
    /* Formatted aside first: an argument may point into err->message. */
    char text[WEFT_ERR_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err->status = status;
    memcpy(err->message, text, sizeof text);
    return status;
}

weft_status weft_fail_in(weft_err *err, weft_status status, const char *format, ...) {
    if (!err) return status;
    char prefix[WEFT_ERR_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    return weft_fail(err, status, "%s: %s", prefix, err->message);
}
