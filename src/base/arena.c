#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

struct weft_arena_block {
    weft_arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

enum { DEFAULT_BLOCK_SIZE = 16 * 1024 };

void weft_arena_init(weft_arena *arena, size_t block_size) {
    arena->head = NULL;
    arena->block_size = block_size ? block_size : DEFAULT_BLOCK_SIZE;
}

void weft_arena_deinit(weft_arena *arena) {
    weft_arena_block *block = arena->head;
    while (block) {
        weft_arena_block *next = block->next;
        weft_free(block);
        block = next;
    }
    arena->head = NULL;
}

static weft_arena_block *block_new(size_t size) {
    size_t bytes;
    if (!weft_add_size(sizeof(weft_arena_block), size, &bytes)) return NULL;
    weft_arena_block *block = weft_alloc(1, bytes);
    if (block) *block = (weft_arena_block){.size = size};
    return block;
}

void *weft_arena_alloc(weft_arena *arena, size_t count, size_t size) {
    const size_t align = alignof(max_align_t);
    size_t bytes;
    if (!weft_mul_size(count, size, &bytes) || !weft_add_size(bytes, align - 1, &bytes))
        return NULL;
    bytes -= bytes % align;

    weft_arena_block *block = arena->head;
    if (!block || block->size - block->used < bytes) {
        /* A large request gets a block of its own behind the head, so that the
         * room left in the head is not lost. */
        int is_large = bytes > arena->block_size / 4;
        block = block_new(is_large ? bytes : arena->block_size);
        if (!block) return NULL;
        if (is_large && arena->head) {
            block->next = arena->head->next;
            arena->head->next = block;
        } else {
            block->next = arena->head;
            arena->head = block;
        }
    }
    void *p = block->bytes + block->used;
    block->used += bytes;
    return p;
}

void *weft_arena_calloc(weft_arena *arena, size_t count, size_t size) {
    void *p = weft_arena_alloc(arena, count, size);
    if (p) memset(p, 0, count * size);
    return p;
}

char *weft_arena_strndup(weft_arena *arena, const char *text, size_t n) {
    char *copy = weft_arena_alloc(arena, n + 1, 1);
    if (!copy) return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

char *weft_arena_strdup(weft_arena *arena, const char *text) {
    return weft_arena_strndup(arena, text, strlen(text));
}

char *weft_arena_printf(weft_arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n < 0 ? NULL : weft_arena_alloc(arena, (size_t)n + 1, 1);
    if (text) vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}
