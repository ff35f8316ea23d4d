#include "search/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a, 64 bit (Fowler, Noll, Vo; draft-eastlake-fnv). A zero byte after each
 * part keeps ("ab", "c") and ("a", "bc") apart. */
uint64_t weft_cursor_fingerprint(uint64_t so_far, const void *bytes, size_t n) {
    const uint64_t prime = UINT64_C(0x100000001b3);
    const unsigned char *p = bytes;
    uint64_t hash = so_far ? so_far : UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++) hash = (hash ^ p[i]) * prime;
    return hash * prime;
}

void weft_cursor_write(size_t offset, uint64_t fingerprint, char out[WEFT_CURSOR_SIZE]) {
    snprintf(out, WEFT_CURSOR_SIZE, "%zx-%016" PRIx64, offset, fingerprint);
}

weft_status weft_cursor_read(const char *text, uint64_t fingerprint, size_t *offset,
                             weft_err *err) {
    char rest;
    uint64_t start, of_query;
    size_t n = strlen(text);
    /* Only hexadecimal digits and the dash: sscanf would also take signs and spaces. */
    if (n >= WEFT_CURSOR_SIZE || strspn(text, "0123456789abcdef-") != n ||
        sscanf(text, "%8" SCNx64 "-%16" SCNx64 "%c", &start, &of_query, &rest) != 2)
        return weft_fail(err, WEFT_E_INVALID, "cursor: not one that a search returned");
    if (of_query != fingerprint)
        return weft_fail(err, WEFT_E_INVALID, "cursor: belongs to another query");
    *offset = (size_t)start;
    return WEFT_OK;
}
