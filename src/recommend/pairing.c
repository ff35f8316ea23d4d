#include "recommend/pairing.h"

#include <string.h>

#include "base/embedded.h"
#include "base/mem.h"
#include "recommend/pairing_internal.h"

extern const weft_embedded_file weft_outfit_files[]; /* of outfits/ */

const weft_pairing_options WEFT_PAIRING_OPTIONS_DEFAULT = {.rounds = 12, .seed = 1};

void weft_pairing_free(weft_pairing *pairing) {
    if (!pairing) return;
    weft_id_map_deinit(&pairing->by_name);
    weft_arena_deinit(&pairing->arena);
    weft_free(pairing);
}

weft_status weft_pairing_new(weft_pairing **out, size_t count, weft_err *err) {
    weft_pairing *p = weft_calloc(1, sizeof *p);
    *out = NULL;
    if (!p) return weft_fail(err, WEFT_E_NOMEM, "pairing");
    weft_arena_init(&p->arena, 0);
    weft_id_map_init(&p->by_name);
    p->count = count;
    p->names = weft_arena_calloc(&p->arena, count + 1, sizeof *p->names);
    p->others = weft_arena_calloc(&p->arena, count + 1, sizeof *p->others);
    p->pieces = weft_arena_calloc(&p->arena, count + 1, sizeof *p->pieces);
    p->own = weft_arena_calloc(&p->arena, count + 1, sizeof *p->own);
    p->pairs = weft_arena_calloc(&p->arena, count * count + 1, sizeof *p->pairs);
    if (!p->names || !p->others || !p->pieces || !p->own || !p->pairs) {
        weft_pairing_free(p);
        return weft_fail(err, WEFT_E_NOMEM, "pairing");
    }
    *out = p;
    return WEFT_OK;
}

/* ---- kinds ---- */

/* In small letters; false: too long for the name of a kind. */
static bool fold(weft_str name, char folded[WEFT_KIND_NAME_SIZE]) {
    if (name.size >= WEFT_KIND_NAME_SIZE) return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        folded[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    folded[name.size] = '\0';
    return true;
}

static weft_status add_name(weft_pairing *p, uint32_t kind, weft_str name, weft_err *err) {
    char folded[WEFT_KIND_NAME_SIZE];
    uint32_t known;
    if (!weft_kind_name_is_valid(name) || !fold(name, folded))
        return weft_fail(err, WEFT_E_FORMAT, "\"%.*s\" is no name of a kind",
                         name.size < WEFT_KIND_NAME_SIZE ? (int)name.size : WEFT_KIND_NAME_SIZE,
                         name.size ? name.data : "");
    if (weft_id_map_get(&p->by_name, folded, &known)) {
        if (known == kind) return WEFT_OK; /* "Tshirts, tshirts" */
        return weft_fail(err, WEFT_E_CONFLICT, "\"%.*s\" is a name of \"%s\" already",
                         (int)name.size, name.data, p->names[known]);
    }
    const char *key = weft_arena_strdup(&p->arena, folded);
    if (!key) return weft_fail(err, WEFT_E_NOMEM, "pairing");
    return weft_id_map_add(&p->by_name, key, kind);
}

weft_status weft_pairing_name_kind(weft_pairing *p, uint32_t kind, weft_str name, weft_str others,
                                   weft_err *err) {
    p->names[kind] = weft_arena_strndup(&p->arena, name.size ? name.data : "", name.size);
    p->others[kind] = weft_arena_strndup(&p->arena, others.size ? others.data : "", others.size);
    if (!p->names[kind] || !p->others[kind]) return weft_fail(err, WEFT_E_NOMEM, "pairing");
    weft_status status = add_name(p, kind, name, err);
    while (others.size && !status) {
        const char *comma = memchr(others.data, ',', others.size);
        size_t n = comma ? (size_t)(comma - others.data) : others.size;
        status = add_name(p, kind, weft_str_trim((weft_str){others.data, n}), err);
        n += comma != NULL;
        others = (weft_str){others.data + n, others.size - n};
    }
    return status;
}

size_t weft_pairing_kinds(const weft_pairing *p) { return p->count; }
size_t weft_pairing_outfits(const weft_pairing *p) { return p->outfits; }
size_t weft_pairing_pieces(const weft_pairing *p) { return (size_t)p->all_pieces; }
const char *weft_pairing_name(const weft_pairing *p, uint32_t kind) { return p->names[kind]; }

double weft_pairing_share(const weft_pairing *p, uint32_t kind) {
    return p->all_pieces ? (double)p->pieces[kind] / (double)p->all_pieces : 0;
}

bool weft_pairing_find(const weft_pairing *p, const char *name, uint32_t *kind) {
    char folded[WEFT_KIND_NAME_SIZE];
    return fold(weft_str_of(name), folded) && weft_id_map_get(&p->by_name, folded, kind);
}

/* ---- scores ---- */

float weft_pairing_pair(const weft_pairing *p, uint32_t a, uint32_t b) {
    return (float)p->pairs[a * p->count + b] / 100;
}

/* In hundredths. */
static int addition(const weft_pairing *p, const uint32_t *kinds, size_t n, uint32_t kind) {
    const int16_t *row = p->pairs + kind * p->count;
    int sum = p->own[kind];
    for (size_t i = 0; i < n; i++) sum += row[kinds[i]];
    return sum;
}

float weft_pairing_addition(const weft_pairing *p, const uint32_t *kinds, size_t n, uint32_t kind) {
    return (float)addition(p, kinds, n, kind) / 100;
}

float weft_pairing_outfit(const weft_pairing *p, const uint32_t *kinds, size_t n) {
    int64_t sum = p->offset;
    if (n < 2) return 0;
    for (size_t i = 0; i < n; i++) sum += addition(p, kinds, i, kinds[i]);
    return (float)sum / 100;
}

weft_str weft_pairing_default(void) { return weft_embedded_text(weft_outfit_files, "pairs.txt"); }
