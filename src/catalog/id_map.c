/* Open addressing with linear probing: ids are only ever added, so there is
 * nothing to delete and a probe ends at the first free slot. */
#include "catalog/id_map.h"

#include <string.h>

#include "base/mem.h"

enum { FIRST_CAPACITY = 64 };

void weft_id_map_init(weft_id_map *map) { *map = (weft_id_map){0}; }

void weft_id_map_deinit(weft_id_map *map) {
    weft_free(map->slots);
    weft_id_map_init(map);
}

uint64_t weft_id_hash(const char *text) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

/* FNV's low bits mix best when the high ones are folded in. */
static uint32_t slot_hash(const char *key) {
    uint64_t hash = weft_id_hash(key);
    return (uint32_t)(hash ^ hash >> 32);
}

/* The slot that holds key, or the free one where it belongs. */
static weft_id_slot *find_slot(const weft_id_map *map, const char *key, uint32_t hash) {
    size_t i = hash & (map->capacity - 1);
    for (;; i = (i + 1) & (map->capacity - 1)) {
        weft_id_slot *slot = &map->slots[i];
        if (!slot->key || (slot->hash == hash && strcmp(slot->key, key) == 0)) return slot;
    }
}

static bool grow(weft_id_map *map) {
    weft_id_map larger = {.capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY,
                          .count = map->count};
    larger.slots = weft_calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots) return false;
    for (size_t i = 0; i < map->capacity; i++) {
        const weft_id_slot *slot = &map->slots[i];
        if (slot->key) *find_slot(&larger, slot->key, slot->hash) = *slot;
    }
    weft_free(map->slots);
    *map = larger;
    return true;
}

weft_status weft_id_map_add(weft_id_map *map, const char *key, uint32_t value) {
    if (map->count >= map->capacity / 2 && !grow(map)) return WEFT_E_NOMEM;
    uint32_t hash = slot_hash(key);
    weft_id_slot *slot = find_slot(map, key, hash);
    if (slot->key) return WEFT_E_CONFLICT;
    *slot = (weft_id_slot){.key = key, .value = value, .hash = hash};
    map->count++;
    return WEFT_OK;
}

bool weft_id_map_get(const weft_id_map *map, const char *key, uint32_t *value) {
    if (!map->capacity) return false;
    const weft_id_slot *slot = find_slot(map, key, slot_hash(key));
    if (!slot->key) return false;
    if (value) *value = slot->value;
    return true;
}
