/* cursor.h - where the next page of a search begins, as an opaque string.
 *
 * A cursor belongs to one query: it carries a fingerprint of what was asked, and
 * with any other question it is refused instead of giving a wrong page. */
#ifndef WEFT_SEARCH_CURSOR_H
#define WEFT_SEARCH_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { WEFT_CURSOR_SIZE = 40 };

/* Of everything that decides the order of a search; chain calls by passing the
 * result on, beginning with 0. Not cryptographic. */
uint64_t weft_cursor_fingerprint(uint64_t so_far, const void *bytes, size_t n);

void weft_cursor_write(size_t offset, uint64_t fingerprint, char out[WEFT_CURSOR_SIZE]);

/* Fails with WEFT_E_INVALID: not a cursor, or one of another query. */
weft_status weft_cursor_read(const char *text, uint64_t fingerprint, size_t *offset, weft_err *err);

#endif
