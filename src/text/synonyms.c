#include "text/synonyms.h"

#include <string.h>

#include "base/embedded.h"
#include "text/words.h"

extern const weft_embedded_file weft_synonym_files[];

typedef struct {
    weft_arena *arena;
    size_t line; /* from 1 */
    weft_err *err;
} reader;

static weft_status fail_memory(const reader *r) {
    return weft_fail(r->err, WEFT_E_NOMEM, "synonyms");
}

/* "a, b c" -> phrases. */
static weft_status read_phrases(const reader *r, weft_str text, const char *const **phrases,
                                size_t *n) {
    const char **list = weft_arena_alloc(r->arena, WEFT_SYNONYMS_MAX_PHRASES, sizeof *list);
    if (!list) return fail_memory(r);
    *n = 0;
    const char *at = text.data, *end = text.data + text.size;
    for (bool more = true; more;) {
        const char *comma = at < end ? memchr(at, ',', (size_t)(end - at)) : NULL;
        more = comma;
        weft_str phrase = weft_str_trim((weft_str){at, (size_t)((comma ? comma : end) - at)});
        at = comma ? comma + 1 : end;
        weft_word *words;
        size_t word_count;
        if (weft_words_split(phrase, r->arena, &words, &word_count, NULL)) return fail_memory(r);
        if (word_count == 0)
            return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: there is an empty phrase", r->line);
        if (word_count > WEFT_PHRASE_MAX)
            return weft_fail(r->err, WEFT_E_LIMIT, "line %zu: \"%.*s\" has more than %d words",
                             r->line, (int)phrase.size, phrase.data, WEFT_PHRASE_MAX);
        if (*n == WEFT_SYNONYMS_MAX_PHRASES)
            return weft_fail(r->err, WEFT_E_LIMIT, "line %zu: more than %d phrases", r->line,
                             WEFT_SYNONYMS_MAX_PHRASES);
        list[*n] = weft_arena_strndup(r->arena, phrase.data, phrase.size);
        if (!list[(*n)++]) return fail_memory(r);
    }
    *phrases = list;
    return WEFT_OK;
}

static weft_status read_rule(const reader *r, weft_str line, weft_synonym_rule *rule) {
    const char *arrow = memmem(line.data, line.size, "=>", 2);
    weft_str left = {line.data, arrow ? (size_t)(arrow - line.data) : line.size};
    weft_status status = read_phrases(r, left, &rule->from, &rule->from_count);
    if (status) return status;
    if (!arrow) {
        rule->to = rule->from;
        rule->to_count = rule->from_count;
        if (rule->from_count > 1) return WEFT_OK;
        return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: one phrase alone has no synonym",
                         r->line);
    }
    weft_str right = {arrow + 2, line.size - left.size - 2};
    return read_phrases(r, right, &rule->to, &rule->to_count);
}

weft_status weft_synonyms_parse(weft_synonyms *synonyms, weft_str text, weft_arena *arena,
                                weft_err *err) {
    reader r = {.arena = arena, .err = err};
    size_t lines = 1, n = 0;
    for (size_t i = 0; i < text.size; i++) lines += text.data[i] == '\n';
    if (lines > WEFT_SYNONYMS_MAX_RULES)
        return weft_fail(err, WEFT_E_LIMIT, "%zu lines, at most %d", lines,
                         WEFT_SYNONYMS_MAX_RULES);
    weft_synonym_rule *rules = weft_arena_alloc(arena, lines, sizeof *rules);
    if (!rules) return fail_memory(&r);
    for (const char *at = text.data, *end = text.data + text.size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        weft_str line = {at, (size_t)(stop - at)};
        const char *comment = memchr(line.data, '#', line.size);
        if (comment) line.size = (size_t)(comment - line.data);
        line = weft_str_trim(line);
        at = stop + (stop < end);
        r.line++;
        if (line.size == 0) continue;
        weft_status status = read_rule(&r, line, &rules[n++]);
        if (status) return status;
    }
    *synonyms = (weft_synonyms){.rules = rules, .count = n};
    return WEFT_OK;
}

weft_str weft_synonyms_default(void) {
    const weft_embedded_file *file = weft_synonym_files;
    return (weft_str){(const char *)file->bytes, file->size};
}
