#include "recommend/outfit_rules.h"

#include <string.h>
#include <strings.h>

#include "base/embedded.h"
#include "recommend/outfit_rules_internal.h"

extern const weft_embedded_file weft_outfit_files[]; /* of outfits/ */

weft_str weft_outfit_rules_default(void) {
    return weft_embedded_text(weft_outfit_files, "fashion.txt");
}

/* ---- names ---- */

int outfit_name_find(const outfit_names *names, weft_str name) {
    for (size_t i = 0; i < names->count; i++)
        if (weft_str_eq_nocase(name, names->names[i])) return (int)i;
    return -1;
}

size_t weft_outfit_slot_count(const weft_outfit_rules *rules) {
    return rules->names[OUTFIT_SLOT].count;
}

const char *weft_outfit_slot_name(const weft_outfit_rules *rules, size_t slot) {
    return rules->names[OUTFIT_SLOT].names[slot];
}

int weft_outfit_slot(const weft_outfit_rules *rules, const char *name) {
    return outfit_name_find(&rules->names[OUTFIT_SLOT], weft_str_of(name));
}

size_t weft_outfit_occasion_count(const weft_outfit_rules *rules) {
    return rules->names[OUTFIT_OCCASION].count;
}

const char *weft_outfit_occasion_name(const weft_outfit_rules *rules, size_t occasion) {
    return rules->names[OUTFIT_OCCASION].names[occasion];
}

int weft_outfit_occasion(const weft_outfit_rules *rules, const char *name) {
    return outfit_name_find(&rules->names[OUTFIT_OCCASION], weft_str_of(name));
}

static const struct {
    const char *name, *text;
} faults[] = {
#define FAULT(code, name, text) {name, text},
    WEFT_OUTFIT_FAULTS(FAULT)
#undef FAULT
};

const char *weft_outfit_fault_name(weft_outfit_fault fault) {
    return (size_t)fault < WEFT_OUTFIT_FAULT_COUNT ? faults[fault].name : "unknown";
}

const char *weft_outfit_fault_text(weft_outfit_fault fault) {
    return (size_t)fault < WEFT_OUTFIT_FAULT_COUNT ? faults[fault].text : "not a fault";
}

size_t weft_outfit_look_count(const weft_outfit_rules *rules) { return rules->look_count; }

weft_outfit_look weft_outfit_look_at(const weft_outfit_rules *rules, size_t look) {
    return rules->looks[look];
}

/* ---- traits of a product ---- */

static const outfit_word no_word = {.slot = -1, .gender = -1, .family = -1};

static int compare(weft_str a, const char *b) {
    int order = strncasecmp(a.data, b, a.size);
    return order ? order : -(b[a.size] != '\0');
}

/* What the table says of a value: no_word when nothing. */
static const outfit_word *word_of(const weft_outfit_rules *rules, weft_facet column,
                                  const char *text) {
    weft_str value = weft_product_value(weft_str_of(text));
    size_t low = rules->begin[column], high = rules->begin[column + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(value, rules->words[middle].value);
        if (order == 0) return &rules->words[middle];
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return &no_word;
}

static uint8_t gender_of(const outfit_word *word, const char *gender) {
    if (word->gender >= 0) return (uint8_t)word->gender;
    return weft_product_value(weft_str_of(gender)).size ? OUTFIT_GENDER_OTHER
                                                        : OUTFIT_GENDER_UNKNOWN;
}

/* The finest column that says something decides. */
static int8_t slot_of(const outfit_word *const *words) {
    static const weft_facet columns[] = {WEFT_FACET_article_type, WEFT_FACET_sub_category,
                                         WEFT_FACET_master_category};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (words[columns[i]]->slot >= 0) return words[columns[i]]->slot;
    return -1;
}

weft_outfit_traits weft_outfit_traits_of(const weft_outfit_rules *rules,
                                         const weft_product *product) {
#define VALUE(field) product->field,
    const char *const values[] = {WEFT_PRODUCT_FACETS(VALUE)};
#undef VALUE
    const outfit_word *words[WEFT_FACET_COUNT];
    weft_outfit_traits traits = {0};
    bool is_never = false;
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        const outfit_word *word = words[f] = word_of(rules, (weft_facet)f, values[f]);
        traits.sets |= word->groups;
        traits.occasions |= word->occasions;
        traits.is_athletic |= word->is_athletic;
        is_never |= word->is_never;
    }
    traits.slot = is_never ? -1 : slot_of(words);
    if (traits.slot >= 0) traits.sets |= UINT64_C(1) << traits.slot;
    traits.gender = gender_of(words[WEFT_FACET_gender], product->gender);
    int8_t family = words[WEFT_FACET_base_color]->family;
    traits.color_family = family < 0 ? OUTFIT_FAMILY_NEUTRAL : (uint8_t)family;
    return traits;
}

bool weft_outfit_occasion_has_usage(const weft_outfit_rules *rules, size_t occasion,
                                    const char *usage) {
    return word_of(rules, WEFT_FACET_usage, usage)->occasions >> occasion & 1u;
}

/* ---- looks ---- */

/* Has a beside it in b what it doesn't take? */
static bool is_wrong_beside(const weft_outfit_rules *rules, const weft_outfit_traits *a,
                            const weft_outfit_traits *b) {
    for (size_t i = 0; i < rules->take_count; i++) {
        const outfit_take *take = &rules->takes[i];
        if ((a->sets & take->who) && b->slot == take->slot && !(b->sets & take->what)) return true;
    }
    return false;
}

/* The first rule that two pieces with slots break by themselves. */
static weft_outfit_fault pair_fault(const weft_outfit_rules *rules, const weft_outfit_traits *a,
                                    const weft_outfit_traits *b) {
    if (a->slot == b->slot) return WEFT_OUTFIT_SAME_SLOT;
    if (rules->apart[a->slot] >> b->slot & 1u) return WEFT_OUTFIT_APART;
    if (!(rules->mixes[a->gender] >> b->gender & 1u)) return WEFT_OUTFIT_GENDER;
    if (a->is_athletic != b->is_athletic) return WEFT_OUTFIT_ATHLETIC;
    if (is_wrong_beside(rules, a, b) || is_wrong_beside(rules, b, a)) return WEFT_OUTFIT_TAKES;
    if (rules->clashes[a->color_family] >> b->color_family & 1u) return WEFT_OUTFIT_COLORS;
    return WEFT_OUTFIT_FITS;
}

/* The first piece that keeps others out of the slot, or n. */
static size_t in_the_way(const weft_outfit_rules *rules, const weft_outfit_traits *look, size_t n,
                         int slot) {
    size_t i = 0;
    while (i < n && look[i].slot != slot && !(rules->apart[slot] >> look[i].slot & 1u)) i++;
    return i;
}

/* What `who` needs is not in the look. Is every slot barred that it could come into? Then *other
 * is a piece that bars one. */
static bool can_never_come(const weft_outfit_rules *rules, const outfit_need *need,
                           const weft_outfit_traits *look, size_t n, size_t *other) {
    for (int slot = 0; slot < WEFT_OUTFIT_MAX_SLOTS; slot++) {
        if (!(need->slots >> slot & 1u)) continue;
        size_t bar = in_the_way(rules, look, n, slot);
        if (bar == n) return false;
        *other = bar;
    }
    return true;
}

static weft_outfit_verdict check_needs(const weft_outfit_rules *rules,
                                       const weft_outfit_traits *look, size_t n, bool is_whole) {
    uint64_t sets = 0;
    for (size_t i = 0; i < n; i++) sets |= look[i].sets;
    for (size_t i = 0; i < rules->need_count; i++) {
        const outfit_need *need = &rules->needs[i];
        if (!(sets & need->who) || (sets & need->what)) continue;
        size_t piece = 0;
        while (!(look[piece].sets & need->who)) piece++;
        size_t other = piece;
        if (can_never_come(rules, need, look, n, &other) || is_whole)
            return (weft_outfit_verdict){WEFT_OUTFIT_NEEDS, piece, other};
    }
    return (weft_outfit_verdict){.fault = WEFT_OUTFIT_FITS};
}

weft_outfit_verdict weft_outfit_check(const weft_outfit_rules *rules,
                                      const weft_outfit_traits *look, size_t n, bool is_whole) {
    weft_outfit_verdict first = {.fault = WEFT_OUTFIT_FITS};
    for (size_t i = 0; i < n; i++)
        if (look[i].slot < 0) return (weft_outfit_verdict){WEFT_OUTFIT_NEVER, i, i};
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            weft_outfit_fault fault = pair_fault(rules, &look[i], &look[j]);
            if (fault == WEFT_OUTFIT_FITS || (first.fault && first.fault <= fault)) continue;
            first = (weft_outfit_verdict){fault, i, j};
        }
    return first.fault ? first : check_needs(rules, look, n, is_whole);
}

bool weft_outfit_fits_pair(const weft_outfit_rules *rules, const weft_outfit_traits *a,
                           const weft_outfit_traits *b) {
    const weft_outfit_traits look[] = {*a, *b};
    return weft_outfit_check(rules, look, 2, false).fault == WEFT_OUTFIT_FITS;
}
