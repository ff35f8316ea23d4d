/* mem.h - checked heap memory.
 *
 * All of weft allocates through these four, so that sizes are multiplied with
 * an overflow check and tests can make the Nth allocation fail. Safe from any
 * thread. Memory of third-party libraries is theirs and does not pass here. */
#ifndef WEFT_BASE_MEM_H
#define WEFT_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* count * size bytes, uninitialised; NULL on overflow or when none is left.
 * A request of 0 bytes returns a unique pointer that must be freed. */
void *weft_alloc(size_t count, size_t size);

/* As weft_alloc, zeroed. */
void *weft_calloc(size_t count, size_t size);

/* Resizes p (or NULL) to count * size bytes; on failure returns NULL and p is
 * still valid. */
void *weft_realloc(void *p, size_t count, size_t size);

/* As weft_alloc with the block aligned to 64 bytes (a cache line, and the
 * widest vector register); freed by weft_free like any other. */
void *weft_alloc_aligned(size_t count, size_t size);

/* A NUL-terminated copy of text[0..n), freed by weft_free; NULL when out of memory. */
char *weft_strdup(const char *text);
char *weft_strndup(const char *text, size_t n);

void weft_free(void *p); /* NULL is fine */

/* *out = a * b or a + b; false (and *out unspecified) on overflow. */
static inline bool weft_mul_size(size_t a, size_t b, size_t *out) {
    return !__builtin_mul_overflow(a, b, out);
}
static inline bool weft_add_size(size_t a, size_t b, size_t *out) {
    return !__builtin_add_overflow(a, b, out);
}

/* Tests only: the Nth allocation from now (1 = the next) and all after it fail
 * until called again with 0. Process-wide. */
void weft_mem_fail_after(size_t nth);

#endif
