/* list_cache.h - lists of recommendations that were made a moment ago.
 *
 * People come back to a page. A list holds until its user does something, a merchandiser's rules,
 * products or what was learned change, and for half a minute at most, since what is popular moves
 * on. Any thread. */
#ifndef WEFT_API_LIST_CACHE_H
#define WEFT_API_LIST_CACHE_H

#include "base/arena.h"
#include "recommend/recommend.h"

typedef struct weft_list_cache weft_list_cache;

/* All that a list was made from, but for what is popular. */
typedef struct {
    const char *key;      /* the user and the question */
    uint64_t generation;  /* of the view: products, tastes, weights */
    int64_t revision;     /* of the rules */
    int64_t newest_event; /* the user's */
    uint64_t seed;        /* of what is explored */
} weft_list_stamp;

weft_status weft_list_cache_new(weft_list_cache **cache, weft_err *err); /* WEFT_E_NOMEM */
void weft_list_cache_free(weft_list_cache *cache);                       /* NULL is fine */

/* Copies the list into the arena; false when there is none that holds, or no memory. */
bool weft_list_cache_get(weft_list_cache *cache, const weft_list_stamp *stamp, weft_arena *arena,
                         weft_recommended **list, size_t *n, size_t *total);

/* Keeps a list in the place of another. One that is long (more than 24), or
 * has products pinned by a rule, is not kept. */
void weft_list_cache_put(weft_list_cache *cache, const weft_list_stamp *stamp,
                         const weft_recommended *list, size_t n, size_t total);

#endif
