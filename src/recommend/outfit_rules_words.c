#include <stdlib.h>
#include <strings.h>

#include "recommend/outfit_rules_internal.h"

const char *const outfit_kind_word[OUTFIT_NAMED] = {"slot", "group", "gender", "family",
                                                    "occasion"};

/* By column and text, then by line, so that the later of two that disagree is named. */
static int by_word(const void *a, const void *b) {
    const outfit_value *x = a, *y = b;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    int order = strcasecmp(x->text, y->text);
    if (order) return order;
    return x->line == y->line ? 0 : x->line < y->line ? -1 : 1;
}

static bool is_of(const outfit_value *value, const outfit_word *word) {
    return value->column == word->column && strcasecmp(value->text, word->value) == 0;
}

/* Of those that exclude each other a word has one. */
static weft_status set_one(const weft_outfit_rules *rules, const outfit_value *value, int8_t *of,
                           weft_err *err) {
    if (*of >= 0 && *of != value->number)
        return weft_fail(err, WEFT_E_FORMAT, "line %zu: \"%s\" has a %s already, \"%s\"",
                         value->line, value->text, outfit_kind_word[value->kind],
                         rules->names[value->kind].names[*of]);
    *of = (int8_t)value->number;
    return WEFT_OK;
}

static weft_status add_value(const weft_outfit_rules *rules, const outfit_value *value,
                             outfit_word *word, weft_err *err) {
    switch (value->kind) {
    case OUTFIT_SLOT: return set_one(rules, value, &word->slot, err);
    case OUTFIT_GENDER: return set_one(rules, value, &word->gender, err);
    case OUTFIT_FAMILY: return set_one(rules, value, &word->family, err);
    case OUTFIT_GROUP:
        word->groups |= UINT64_C(1) << (WEFT_OUTFIT_MAX_SLOTS + value->number);
        break;
    case OUTFIT_OCCASION: word->occasions |= UINT32_C(1) << value->number; break;
    case OUTFIT_NEVER: word->is_never = true; break;
    case OUTFIT_ATHLETIC: word->is_athletic = true; break;
    }
    return WEFT_OK;
}

weft_status outfit_words_gather(weft_outfit_rules *rules, outfit_value *values, size_t n,
                                weft_err *err) {
    outfit_word *words = weft_arena_alloc(&rules->arena, n, sizeof *words);
    size_t count = 0;
    if (!words) return weft_fail(err, WEFT_E_NOMEM, "outfit rules");
    qsort(values, n, sizeof *values, by_word);
    for (size_t i = 0; i < n; i++) {
        if (count == 0 || !is_of(&values[i], &words[count - 1]))
            words[count++] = (outfit_word){.column = values[i].column,
                                           .value = values[i].text,
                                           .slot = -1,
                                           .gender = -1,
                                           .family = -1};
        weft_status status = add_value(rules, &values[i], &words[count - 1], err);
        if (status) return status;
        for (size_t c = values[i].column; c < WEFT_FACET_COUNT; c++) rules->begin[c + 1] = count;
    }
    rules->words = words;
    return WEFT_OK;
}

uint32_t outfit_slots_of(const weft_outfit_rules *rules, uint64_t sets) {
    uint32_t all = (UINT32_C(1) << rules->names[OUTFIT_SLOT].count) - 1;
    uint32_t slots = (uint32_t)sets & all;
    for (size_t i = 0; i < rules->begin[WEFT_FACET_COUNT]; i++) {
        const outfit_word *word = &rules->words[i];
        if (!(word->groups & sets)) continue;
        bool is_told = word->column == WEFT_FACET_article_type && word->slot >= 0;
        slots |= is_told ? UINT32_C(1) << word->slot : all;
    }
    return slots;
}
