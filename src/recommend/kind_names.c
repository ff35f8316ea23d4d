#include "recommend/kind_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"

extern const weft_embedded_file weft_outfit_files[]; /* of outfits/ */

bool weft_kind_name_is_valid(weft_str name) {
    if (name.size == 0 || name.size >= WEFT_KIND_NAME_SIZE) return false;
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c < ' ' || c == 0x7f || strchr(",|=#", c)) return false;
    }
    return weft_str_trim(name).size == name.size && weft_str_is_utf8(name);
}

typedef struct {
    weft_arena *arena;
    size_t line; /* from 1 */
    weft_err *err;
} reader;

static weft_status read_name(const reader *r, weft_str text, const char **name) {
    if (!weft_kind_name_is_valid(text))
        return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: \"%.*s\" is no name of a kind", r->line,
                         (int)(text.size < WEFT_KIND_NAME_SIZE ? text.size : WEFT_KIND_NAME_SIZE),
                         text.size ? text.data : "");
    *name = weft_arena_strndup(r->arena, text.data, text.size);
    return *name ? WEFT_OK : weft_fail(r->err, WEFT_E_NOMEM, "names of kinds");
}

/* "Tshirts, T-Shirts" or "-" */
static weft_status read_kind(const reader *r, weft_str text, weft_kind_name *name) {
    const char **others = weft_arena_alloc(r->arena, WEFT_KIND_OTHERS_MAX, sizeof *others);
    if (!others) return weft_fail(r->err, WEFT_E_NOMEM, "names of kinds");
    name->others = others;
    if (weft_str_eq(text, "-")) return WEFT_OK;
    const char *at = text.data, *end = text.data + text.size;
    for (bool more = true; more;) {
        const char *comma = at < end ? memchr(at, ',', (size_t)(end - at)) : NULL;
        weft_str part = weft_str_trim((weft_str){at, (size_t)((comma ? comma : end) - at)});
        more = comma;
        at = comma ? comma + 1 : end;
        if (name->other_count == WEFT_KIND_OTHERS_MAX)
            return weft_fail(r->err, WEFT_E_LIMIT, "line %zu: more than %d other names", r->line,
                             WEFT_KIND_OTHERS_MAX);
        weft_status status =
            read_name(r, part, name->kind ? &others[name->other_count++] : &name->kind);
        if (status) return status;
    }
    return WEFT_OK;
}

static weft_status read_line(const reader *r, weft_str line, weft_kind_name *name) {
    const char *equals = memchr(line.data, '=', line.size);
    if (!equals) return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: there is no '='", r->line);
    size_t left = (size_t)(equals - line.data);
    *name = (weft_kind_name){0};
    weft_status status = read_name(r, weft_str_trim((weft_str){line.data, left}), &name->category);
    if (status) return status;
    return read_kind(r, weft_str_trim((weft_str){equals + 1, line.size - left - 1}), name);
}

static int by_category(const void *a, const void *b) {
    return strcmp(((const weft_kind_name *)a)->category, ((const weft_kind_name *)b)->category);
}

weft_status weft_kind_names_parse(weft_kind_names *names, weft_str text, weft_arena *arena,
                                  weft_err *err) {
    reader r = {.arena = arena, .err = err};
    size_t lines = 1, n = 0;
    for (size_t i = 0; i < text.size; i++) lines += text.data[i] == '\n';
    if (lines > WEFT_KIND_NAMES_MAX)
        return weft_fail(err, WEFT_E_LIMIT, "%zu lines, at most %d", lines, WEFT_KIND_NAMES_MAX);
    weft_kind_name *list = weft_arena_alloc(arena, lines, sizeof *list);
    if (!list) return weft_fail(err, WEFT_E_NOMEM, "names of kinds");
    for (const char *at = text.data, *end = text.data + text.size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        weft_str line = weft_str_trim((weft_str){at, (size_t)(stop - at)});
        at = stop + (stop < end);
        r.line++;
        if (line.size == 0 || line.data[0] == '#') continue;
        weft_status status = read_line(&r, line, &list[n++]);
        if (status) return status;
    }
    qsort(list, n, sizeof *list, by_category);
    for (size_t i = 1; i < n; i++)
        if (by_category(&list[i - 1], &list[i]) == 0)
            return weft_fail(err, WEFT_E_CONFLICT, "\"%s\" is there twice", list[i].category);
    *names = (weft_kind_names){.names = list, .count = n};
    return WEFT_OK;
}

const weft_kind_name *weft_kind_names_find(const weft_kind_names *names, const char *category) {
    const weft_kind_name key = {.category = category};
    if (names->count == 0) return NULL;
    return bsearch(&key, names->names, names->count, sizeof key, by_category);
}

weft_str weft_kind_names_default(void) {
    return weft_embedded_text(weft_outfit_files, "kinds.txt");
}
