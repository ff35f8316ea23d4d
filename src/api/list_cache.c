#include "api/list_cache.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "catalog/id_map.h"

/* Some 20 MB when all are filled. Each place has one list, each lock many places. */
enum { PLACES = 16384, LOCKS = 64, LONGEST = 24 };
static const double LIFE = 30; /* seconds */

typedef struct {
    weft_list_stamp stamp; /* its key is in `key` */
    double made;
    size_t n, total;
    weft_recommended list[LONGEST];
    char key[];
} entry;

struct weft_list_cache {
    pthread_mutex_t locks[LOCKS]; /* place p belongs to lock p % LOCKS */
    entry *places[PLACES];
};

weft_status weft_list_cache_new(weft_list_cache **cache, weft_err *err) {
    *cache = weft_calloc(1, sizeof **cache);
    if (!*cache) return weft_fail(err, WEFT_E_NOMEM, "lists of recommendations");
    for (int i = 0; i < LOCKS; i++) pthread_mutex_init(&(*cache)->locks[i], NULL);
    return WEFT_OK;
}

void weft_list_cache_free(weft_list_cache *cache) {
    if (!cache) return;
    for (int i = 0; i < PLACES; i++) weft_free(cache->places[i]);
    for (int i = 0; i < LOCKS; i++) pthread_mutex_destroy(&cache->locks[i]);
    weft_free(cache);
}

static size_t place_of(const char *key) { return (size_t)(weft_id_hash(key) % PLACES); }

static bool holds(const entry *e, const weft_list_stamp *stamp) {
    return e && strcmp(e->key, stamp->key) == 0 && e->stamp.generation == stamp->generation &&
           e->stamp.revision == stamp->revision && e->stamp.newest_event == stamp->newest_event &&
           e->stamp.seed == stamp->seed && weft_clock_seconds() - e->made < LIFE;
}

bool weft_list_cache_get(weft_list_cache *cache, const weft_list_stamp *stamp, weft_arena *arena,
                         weft_recommended **list, size_t *n, size_t *total) {
    size_t place = place_of(stamp->key);
    pthread_mutex_t *lock = &cache->locks[place % LOCKS];
    *list = weft_arena_alloc(arena, LONGEST, sizeof **list);
    if (!*list) return false;
    pthread_mutex_lock(lock);
    const entry *e = cache->places[place];
    bool is_there = holds(e, stamp);
    if (is_there) {
        memcpy(*list, e->list, e->n * sizeof **list);
        *n = e->n;
        *total = e->total;
    }
    pthread_mutex_unlock(lock);
    return is_there;
}

/* A pin points into a set of rules, which may be gone when the list is asked for. */
static bool has_pins(const weft_recommended *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (list[i].pinned_by) return true;
    return false;
}

void weft_list_cache_put(weft_list_cache *cache, const weft_list_stamp *stamp,
                         const weft_recommended *list, size_t n, size_t total) {
    size_t place = place_of(stamp->key), size = strlen(stamp->key) + 1;
    if (n > LONGEST || has_pins(list, n)) return;
    entry *fresh = weft_alloc(1, sizeof *fresh + size);
    if (!fresh) return;
    *fresh = (entry){.stamp = *stamp, .made = weft_clock_seconds(), .n = n, .total = total};
    if (n) memcpy(fresh->list, list, n * sizeof *list);
    memcpy(fresh->key, stamp->key, size);
    pthread_mutex_lock(&cache->locks[place % LOCKS]);
    entry *old = cache->places[place];
    cache->places[place] = fresh;
    pthread_mutex_unlock(&cache->locks[place % LOCKS]);
    weft_free(old);
}
