#include "base/mem.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined __linux__
#include <sys/mman.h>
#endif

enum { CACHE_LINE = 64, SMALL_PAGE = 4096, MANY_PAGES = 4 << 20 };

/* 0: never fail; n > 0: n - 1 allocations may still succeed; 1: fail. */
static atomic_size_t fail_countdown;

static bool must_fail(void) {
    size_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);
    if (left == 0) return false;
    if (left == 1) return true;
    atomic_fetch_sub_explicit(&fail_countdown, 1, memory_order_relaxed);
    return false;
}

void weft_mem_fail_after(size_t nth) { atomic_store(&fail_countdown, nth); }

/* Asks for 2 MiB pages where they pay: a walk over weights or vectors otherwise spends a
 * tenth of its time finding out where the next page is (docs/performance.md). */
static void *prefer_large_pages(void *p, size_t bytes) {
#if defined __linux__ && defined MADV_HUGEPAGE
    if (p && bytes >= MANY_PAGES) {
        uintptr_t start = ((uintptr_t)p + SMALL_PAGE - 1) / SMALL_PAGE * SMALL_PAGE;
        size_t whole = ((uintptr_t)p + bytes - start) / SMALL_PAGE * SMALL_PAGE;
        madvise((void *)start, whole, MADV_HUGEPAGE); /* a hint: failure costs speed only */
    }
#else
    (void)bytes;
#endif
    return p;
}

void *weft_alloc(size_t count, size_t size) {
    size_t bytes;
    if (!weft_mul_size(count, size, &bytes) || must_fail()) return NULL;
    return prefer_large_pages(malloc(bytes ? bytes : 1), bytes);
}

void *weft_calloc(size_t count, size_t size) {
    size_t bytes;
    if (!weft_mul_size(count, size, &bytes) || must_fail()) return NULL;
    return calloc(1, bytes ? bytes : 1);
}

void *weft_realloc(void *p, size_t count, size_t size) {
    size_t bytes;
    if (!weft_mul_size(count, size, &bytes) || must_fail()) return NULL;
    return realloc(p, bytes ? bytes : 1);
}

void *weft_alloc_aligned(size_t count, size_t size) {
    size_t bytes;
    if (!weft_mul_size(count, size, &bytes) || bytes > SIZE_MAX - CACHE_LINE || must_fail())
        return NULL;
    size_t rounded = (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    return prefer_large_pages(aligned_alloc(CACHE_LINE, rounded ? rounded : CACHE_LINE), rounded);
}

char *weft_strndup(const char *text, size_t n) {
    char *copy = weft_alloc(n + 1, 1);
    if (!copy) return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

char *weft_strdup(const char *text) { return weft_strndup(text, strlen(text)); }

void weft_free(void *p) { free(p); }
