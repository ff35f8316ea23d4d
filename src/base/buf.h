/* buf.h - a growing byte buffer; the caller owns the struct.
 *
 * Appends never fail one by one: the first one that finds no memory marks the
 * buffer, later ones do nothing, and the writer asks weft_buf_ok once at the end. */
#ifndef WEFT_BASE_BUF_H
#define WEFT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char *data; /* always followed by a NUL when not NULL */
    size_t size;
    size_t capacity;
    bool failed;
} weft_buf;

void weft_buf_init(weft_buf *buf);
void weft_buf_deinit(weft_buf *buf);
void weft_buf_clear(weft_buf *buf); /* size 0, memory kept, failure forgotten */

bool weft_buf_ok(const weft_buf *buf);

void weft_buf_append(weft_buf *buf, const void *bytes, size_t n);
void weft_buf_puts(weft_buf *buf, const char *text);
void weft_buf_putc(weft_buf *buf, char c);
void weft_buf_printf(weft_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The contents as a heap string (weft_free); the buffer is empty afterwards.
 * NULL when any append failed. */
char *weft_buf_take(weft_buf *buf);

#endif
