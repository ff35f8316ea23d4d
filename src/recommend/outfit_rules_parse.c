#include <string.h>

#include "base/mem.h"
#include "recommend/outfit_rules_internal.h"

typedef struct {
    weft_outfit_rules *rules;
    weft_err *err;
    size_t line;          /* from 1 */
    outfit_value *values; /* with room for every value of the table */
    size_t value_count;
} reader;

static weft_status fail_memory(const reader *r) {
    return weft_fail(r->err, WEFT_E_NOMEM, "outfit rules");
}

/* Takes what is before the next `end` off the text, trimmed. */
static weft_str cut(weft_str *text, char end) {
    const char *stop = text->size ? memchr(text->data, end, text->size) : NULL;
    weft_str part = {text->data, stop ? (size_t)(stop - text->data) : text->size};
    size_t taken = part.size + (stop ? 1 : 0);
    *text = (weft_str){text->data + taken, text->size - taken};
    return weft_str_trim(part);
}

/* Takes the first word off a trimmed text. */
static weft_str cut_word(weft_str *text) {
    weft_str word = {text->data, 0};
    while (word.size < text->size && !strchr(" \t", text->data[word.size])) word.size++;
    *text = weft_str_trim((weft_str){text->data + word.size, text->size - word.size});
    return word;
}

/* ---- names ---- */

static const size_t most[] = {
    [OUTFIT_SLOT] = WEFT_OUTFIT_MAX_SLOTS,         [OUTFIT_GROUP] = WEFT_OUTFIT_MAX_GROUPS,
    [OUTFIT_GENDER] = WEFT_OUTFIT_MAX_GENDERS,     [OUTFIT_FAMILY] = WEFT_OUTFIT_MAX_FAMILIES,
    [OUTFIT_OCCASION] = WEFT_OUTFIT_MAX_OCCASIONS,
};

static bool is_name(weft_str name) {
    for (size_t i = 0; i < name.size; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
                    name.data[i]))
            return false;
    return name.size > 0 && name.size <= WEFT_OUTFIT_MAX_NAME;
}

/* The number of a name that is defined here, maybe not for the first time. */
static weft_status define(const reader *r, outfit_kind kind, weft_str name, int *number) {
    outfit_names *names = &r->rules->names[kind];
    *number = outfit_name_find(names, name);
    if (*number >= 0) return WEFT_OK;
    if (!is_name(name))
        return weft_fail(r->err, WEFT_E_FORMAT,
                         "line %zu: \"%.*s\" is no name: letters, digits, - and _, at most %d",
                         r->line, (int)name.size, name.data, WEFT_OUTFIT_MAX_NAME);
    /* needs and takes name either. */
    if ((kind == OUTFIT_SLOT && outfit_name_find(&r->rules->names[OUTFIT_GROUP], name) >= 0) ||
        (kind == OUTFIT_GROUP && outfit_name_find(&r->rules->names[OUTFIT_SLOT], name) >= 0))
        return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: \"%.*s\" is a slot and a group", r->line,
                         (int)name.size, name.data);
    if (names->count == most[kind])
        return weft_fail(r->err, WEFT_E_LIMIT, "line %zu: more than %zu of \"%s\"", r->line,
                         most[kind], outfit_kind_word[kind]);
    const char *copy = weft_arena_strndup(&r->rules->arena, name.data, name.size);
    if (!copy) return fail_memory(r);
    *number = (int)names->count;
    names->names[names->count++] = copy;
    return WEFT_OK;
}

static weft_status find_name(const reader *r, outfit_kind kind, weft_str name, int *number) {
    *number = outfit_name_find(&r->rules->names[kind], name);
    if (*number >= 0) return WEFT_OK;
    return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: no %s is called \"%.*s\"", r->line,
                     outfit_kind_word[kind], (int)name.size, name.data);
}

/* Adds the bit of a slot or group. */
static weft_status find_set(const reader *r, weft_str name, uint64_t *sets) {
    int slot = outfit_name_find(&r->rules->names[OUTFIT_SLOT], name);
    int group = outfit_name_find(&r->rules->names[OUTFIT_GROUP], name);
    if (slot < 0 && group < 0)
        return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: no slot or group is called \"%.*s\"",
                         r->line, (int)name.size, name.data);
    *sets |= UINT64_C(1) << (slot >= 0 ? slot : WEFT_OUTFIT_MAX_SLOTS + group);
    return WEFT_OK;
}

static weft_status find_sets(const reader *r, weft_str list, uint64_t *sets) {
    *sets = 0;
    for (weft_status status; list.size;)
        if ((status = find_set(r, cut(&list, ','), sets))) return status;
    return WEFT_OK;
}

/* ---- lines that say what a product is ---- */

static const struct {
    const char *word;
    outfit_kind kind;
    weft_facet column; /* of values that do not name theirs */
} definitions[] = {
    {"slot", OUTFIT_SLOT, WEFT_FACET_article_type},
    {"group", OUTFIT_GROUP, WEFT_FACET_article_type},
    {"gender", OUTFIT_GENDER, WEFT_FACET_gender},
    {"family", OUTFIT_FAMILY, WEFT_FACET_base_color},
    {"neutral", OUTFIT_FAMILY, WEFT_FACET_base_color},
    {"occasion", OUTFIT_OCCASION, WEFT_FACET_usage},
    {"never", OUTFIT_NEVER, WEFT_FACET_article_type},
    {"athletic", OUTFIT_ATHLETIC, WEFT_FACET_article_type},
};

static bool may_use(outfit_kind kind, weft_facet column) {
    switch (kind) {
    case OUTFIT_SLOT:
        return column == WEFT_FACET_article_type || column == WEFT_FACET_sub_category ||
               column == WEFT_FACET_master_category;
    case OUTFIT_GENDER: return column == WEFT_FACET_gender;
    case OUTFIT_FAMILY: return column == WEFT_FACET_base_color;
    default: return true;
    }
}

/* "Jeans" or "usage=Sports". */
static weft_status read_value(reader *r, weft_str text, outfit_value what) {
    weft_str value = text;
    if (text.size && memchr(text.data, '=', text.size)) {
        weft_str column = cut(&value, '=');
        const char *name = weft_arena_strndup(&r->rules->arena, column.data, column.size);
        if (!name) return fail_memory(r);
        if (!weft_catalog_facet_named(name, &what.column))
            return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: no column is called \"%s\"", r->line,
                             name);
        if (!may_use(what.kind, what.column))
            return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: \"%s\" does not go by %s", r->line,
                             outfit_kind_word[what.kind], name);
        value = weft_str_trim(value);
    }
    if (value.size == 0)
        return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: there is an empty value", r->line);
    value = weft_product_value(value);
    what.text = weft_arena_strndup(&r->rules->arena, value.data, value.size);
    if (!what.text) return fail_memory(r);
    r->values[r->value_count++] = what;
    return WEFT_OK;
}

static weft_status read_definition(reader *r, size_t d, weft_str name, weft_str list) {
    outfit_value what = {
        .column = definitions[d].column, .kind = definitions[d].kind, .line = r->line};
    bool has_name = what.kind < OUTFIT_NAMED && strcmp(definitions[d].word, "neutral") != 0;
    weft_status status = WEFT_OK;
    if (has_name != (name.size > 0))
        return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: \"%s\" takes %s name", r->line,
                         definitions[d].word, has_name ? "a" : "no");
    if (has_name) status = define(r, what.kind, name, &what.number);
    while (!status && list.size) status = read_value(r, cut(&list, ','), what);
    return status;
}

/* ---- lines that say what goes together ---- */

/* "apart dress: tops, bottoms": the one with each of the others, whichever comes first. */
static weft_status read_pairs(const reader *r, outfit_kind kind, weft_str name, weft_str list,
                              uint32_t *pairs) {
    int a, b;
    weft_status status = find_name(r, kind, name, &a);
    while (!status && list.size) {
        status = find_name(r, kind, cut(&list, ','), &b);
        if (status) break;
        if (a == b)
            return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: \"%.*s\" and itself", r->line,
                             (int)name.size, name.data);
        if (kind == OUTFIT_FAMILY && (a == OUTFIT_FAMILY_NEUTRAL || b == OUTFIT_FAMILY_NEUTRAL))
            return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: neutral colors clash with none",
                             r->line);
        pairs[a] |= UINT32_C(1) << b;
        pairs[b] |= UINT32_C(1) << a;
    }
    return status;
}

static weft_status read_need(const reader *r, weft_str name, weft_str list) {
    weft_outfit_rules *rules = r->rules;
    if (rules->need_count == WEFT_OUTFIT_MAX_NEEDS)
        return weft_fail(r->err, WEFT_E_LIMIT, "line %zu: more than %d of \"needs\"", r->line,
                         WEFT_OUTFIT_MAX_NEEDS);
    outfit_need *need = &rules->needs[rules->need_count++];
    weft_status status = find_set(r, name, &need->who);
    return status ? status : find_sets(r, list, &need->what);
}

static weft_status read_take(const reader *r, weft_str names, weft_str list) {
    weft_outfit_rules *rules = r->rules;
    if (rules->take_count == WEFT_OUTFIT_MAX_NEEDS)
        return weft_fail(r->err, WEFT_E_LIMIT, "line %zu: more than %d of \"takes\"", r->line,
                         WEFT_OUTFIT_MAX_NEEDS);
    outfit_take *take = &rules->takes[rules->take_count++];
    weft_status status = find_set(r, cut_word(&names), &take->who);
    if (!status) status = find_name(r, OUTFIT_SLOT, names, &take->slot);
    return status ? status : find_sets(r, list, &take->what);
}

/* "look separates: tops, bottoms, outerwear?" */
static weft_status read_look(const reader *r, weft_str name, weft_str list) {
    weft_outfit_rules *rules = r->rules;
    weft_outfit_look *look = &rules->looks[rules->look_count];
    if (rules->look_count == WEFT_OUTFIT_MAX_LOOKS)
        return weft_fail(r->err, WEFT_E_LIMIT, "line %zu: more than %d of \"look\"", r->line,
                         WEFT_OUTFIT_MAX_LOOKS);
    if (!is_name(name))
        return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: \"look\" takes a name", r->line);
    *look = (weft_outfit_look){.name = weft_arena_strndup(&rules->arena, name.data, name.size)};
    if (!look->name) return fail_memory(r);
    while (list.size) {
        weft_str slot = cut(&list, ',');
        bool may_miss = slot.size && slot.data[slot.size - 1] == '?';
        int number;
        if (may_miss) slot = weft_str_trim((weft_str){slot.data, slot.size - 1});
        weft_status status = find_name(r, OUTFIT_SLOT, slot, &number);
        if (status) return status;
        if ((look->must | look->may) >> number & 1u)
            return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: \"%.*s\" comes twice", r->line,
                             (int)slot.size, slot.data);
        for (int other = 0; other < WEFT_OUTFIT_MAX_SLOTS; other++)
            if ((look->must | look->may) >> other & 1u && rules->apart[number] >> other & 1u)
                return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: %s and %s are apart", r->line,
                                 rules->names[OUTFIT_SLOT].names[other],
                                 rules->names[OUTFIT_SLOT].names[number]);
        if (may_miss) look->may |= UINT32_C(1) << number;
        else look->must |= UINT32_C(1) << number;
    }
    rules->look_count++;
    return WEFT_OK;
}

/* ---- lines ---- */

/* Definitions are read in the first pass over the table, so that the lines of the second may
 * stand before what they name. */
static weft_status read_rule(reader *r, weft_str line, bool is_second) {
    weft_outfit_rules *rules = r->rules;
    weft_str list = line, names = cut(&list, ':'), word = cut_word(&names);
    list = weft_str_trim(list);
    if (list.size == 0)
        return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: a rule is \"WORD NAME: LIST\"", r->line);
    for (size_t d = 0; d < sizeof definitions / sizeof *definitions; d++)
        if (weft_str_eq_nocase(word, definitions[d].word))
            return is_second ? WEFT_OK : read_definition(r, d, names, list);
    bool is_apart = weft_str_eq_nocase(word, "apart"), is_mix = weft_str_eq_nocase(word, "mix"),
         is_clash = weft_str_eq_nocase(word, "clash"), is_need = weft_str_eq_nocase(word, "needs"),
         is_take = weft_str_eq_nocase(word, "takes"), is_look = weft_str_eq_nocase(word, "look");
    if (!is_apart && !is_mix && !is_clash && !is_need && !is_take && !is_look)
        return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: no rule is called \"%.*s\"", r->line,
                         (int)word.size, word.data);
    if (!is_second) return WEFT_OK;
    if (is_look) return read_look(r, names, list);
    if (is_need) return read_need(r, names, list);
    if (is_take) return read_take(r, names, list);
    return is_apart ? read_pairs(r, OUTFIT_SLOT, names, list, rules->apart)
           : is_mix ? read_pairs(r, OUTFIT_GENDER, names, list, rules->mixes)
                    : read_pairs(r, OUTFIT_FAMILY, names, list, rules->clashes);
}

static weft_status read_lines(reader *r, weft_str text, bool is_second) {
    weft_status status = WEFT_OK;
    r->line = 0;
    while (!status && text.size) {
        weft_str line = cut(&text, '\n');
        r->line++;
        if (!weft_str_is_utf8(line) || (line.size && memchr(line.data, '\0', line.size)))
            return weft_fail(r->err, WEFT_E_FORMAT, "line %zu: it is not text in UTF-8", r->line);
        line = cut(&line, '#');
        if (line.size) status = read_rule(r, line, is_second);
    }
    return status;
}

/* ---- all of it ---- */

static weft_status read_table(reader *r, weft_str text) {
    weft_outfit_rules *rules = r->rules;
    rules->names[OUTFIT_GENDER] = (outfit_names){.names = {"unknown", "other"}, .count = 2};
    rules->names[OUTFIT_FAMILY] = (outfit_names){.names = {"neutral"}, .count = 1};
    for (int g = 0; g < WEFT_OUTFIT_MAX_GENDERS; g++) {
        rules->mixes[g] |= UINT32_C(1) << g | UINT32_C(1) << OUTFIT_GENDER_UNKNOWN;
        rules->mixes[OUTFIT_GENDER_UNKNOWN] |= UINT32_C(1) << g;
    }
    weft_status status = read_lines(r, text, false);
    if (!status && weft_outfit_slot_count(rules) == 0)
        status =
            weft_fail(r->err, WEFT_E_FORMAT, "line %zu: the table ends without a slot", r->line);
    if (!status) status = outfit_words_gather(rules, r->values, r->value_count, r->err);
    if (!status) status = read_lines(r, text, true);
    for (size_t i = 0; !status && i < rules->need_count; i++)
        rules->needs[i].slots = outfit_slots_of(rules, rules->needs[i].what);
    return status;
}

weft_status weft_outfit_rules_parse(weft_outfit_rules **rules, weft_str text, weft_err *err) {
    size_t count = 1; /* values, at most: one a comma and one a line */
    if (text.size > WEFT_OUTFIT_MAX_SIZE)
        return weft_fail(err, WEFT_E_LIMIT, "%zu bytes, at most %d", text.size,
                         WEFT_OUTFIT_MAX_SIZE);
    for (size_t i = 0; i < text.size; i++) count += text.data[i] == ',' || text.data[i] == '\n';
    if (count > WEFT_OUTFIT_MAX_VALUES)
        return weft_fail(err, WEFT_E_LIMIT, "%zu lines and values, at most %d", count,
                         WEFT_OUTFIT_MAX_VALUES);
    reader r = {.rules = weft_calloc(1, sizeof(weft_outfit_rules)),
                .values = weft_alloc(count, sizeof(outfit_value)),
                .err = err};
    weft_status status = r.rules && r.values ? WEFT_OK : fail_memory(&r);
    if (r.rules) weft_arena_init(&r.rules->arena, 0);
    if (!status) status = read_table(&r, text);
    weft_free(r.values);
    if (status) weft_outfit_rules_free(r.rules);
    else *rules = r.rules;
    return status;
}

void weft_outfit_rules_free(weft_outfit_rules *rules) {
    if (!rules) return;
    weft_arena_deinit(&rules->arena);
    weft_free(rules);
}
