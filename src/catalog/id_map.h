/* id_map.h - from strings (product ids, attribute values) to numbers; the caller
 * owns the struct. Readers may share one; a writer must be alone. */
#ifndef WEFT_CATALOG_ID_MAP_H
#define WEFT_CATALOG_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct {
    const char *key; /* NULL: free */
    uint32_t value;
    uint32_t hash; /* so that most misses compare no strings */
} weft_id_slot;

typedef struct {
    weft_id_slot *slots; /* [capacity], a power of two, at most half full */
    size_t capacity;
    size_t count;
} weft_id_map;

void weft_id_map_init(weft_id_map *map); /* allocates nothing yet */
void weft_id_map_deinit(weft_id_map *map);

/* The key is kept, not copied: it must outlive the map. WEFT_E_CONFLICT when it
 * is there already (the value stays), WEFT_E_NOMEM. */
weft_status weft_id_map_add(weft_id_map *map, const char *key, uint32_t value);

/* False when the key is not there; value may be NULL. */
bool weft_id_map_get(const weft_id_map *map, const char *key, uint32_t *value);

/* 64-bit FNV-1a of a string: the same on every machine and in every version. */
uint64_t weft_id_hash(const char *text);

#endif
