#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_CAPACITY = 256 };

void weft_buf_init(weft_buf *buf) { *buf = (weft_buf){0}; }

void weft_buf_deinit(weft_buf *buf) {
    weft_free(buf->data);
    weft_buf_init(buf);
}

void weft_buf_clear(weft_buf *buf) {
    buf->size = 0;
    buf->failed = false;
    if (buf->data) buf->data[0] = '\0';
}

bool weft_buf_ok(const weft_buf *buf) { return !buf->failed; }

/* Makes room for n more bytes and the NUL behind them. */
static bool reserve(weft_buf *buf, size_t n) {
    size_t need;
    if (buf->failed) return false;
    if (!weft_add_size(buf->size, n, &need) || !weft_add_size(need, 1, &need)) {
        buf->failed = true;
        return false;
    }
    if (need <= buf->capacity) return true;
    size_t capacity = buf->capacity ? buf->capacity : FIRST_CAPACITY;
    while (capacity < need) {
        if (!weft_mul_size(capacity, 2, &capacity)) capacity = need;
    }
    char *data = weft_realloc(buf->data, capacity, 1);
    if (!data) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void weft_buf_append(weft_buf *buf, const void *bytes, size_t n) {
    if (!reserve(buf, n)) return;
    if (n) memcpy(buf->data + buf->size, bytes, n);
    buf->size += n;
    buf->data[buf->size] = '\0';
}

void weft_buf_puts(weft_buf *buf, const char *text) { weft_buf_append(buf, text, strlen(text)); }

void weft_buf_putc(weft_buf *buf, char c) { weft_buf_append(buf, &c, 1); }

void weft_buf_printf(weft_buf *buf, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        buf->failed = true;
    } else if (reserve(buf, (size_t)n)) {
        vsnprintf(buf->data + buf->size, (size_t)n + 1, format, again);
        buf->size += (size_t)n;
    }
    va_end(again);
}

char *weft_buf_take(weft_buf *buf) {
    weft_buf_append(buf, "", 0);
    char *data = buf->failed ? NULL : buf->data;
    if (!data) weft_free(buf->data);
    weft_buf_init(buf);
    return data;
}
