/* arena.h - memory that is freed all at once.
 *
 * A request, an import or a search owns one arena; everything made on the way
 * lives in it and nothing is freed singly. Not safe for two threads at once. */
#ifndef WEFT_BASE_ARENA_H
#define WEFT_BASE_ARENA_H

#include <stddef.h>

typedef struct weft_arena_block weft_arena_block;

typedef struct {
    weft_arena_block *head; /* the block being filled */
    size_t block_size;      /* bytes of a regular block */
} weft_arena;

/* The caller owns the struct. block_size 0 means 16 KiB. Allocates nothing yet. */
void weft_arena_init(weft_arena *arena, size_t block_size);
void weft_arena_deinit(weft_arena *arena); /* frees all; the arena can be used again */

/* count * size bytes aligned for any type, uninitialised; NULL when out of memory. */
void *weft_arena_alloc(weft_arena *arena, size_t count, size_t size);
void *weft_arena_calloc(weft_arena *arena, size_t count, size_t size);

/* NUL-terminated copies; NULL when out of memory. */
char *weft_arena_strndup(weft_arena *arena, const char *text, size_t n);
char *weft_arena_strdup(weft_arena *arena, const char *text);
char *weft_arena_printf(weft_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
