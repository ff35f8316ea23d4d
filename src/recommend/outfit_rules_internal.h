/* outfit_rules_internal.h - a table of outfit rules as outfit_rules_parse.c leaves it. */
#ifndef WEFT_RECOMMEND_OUTFIT_RULES_INTERNAL_H
#define WEFT_RECOMMEND_OUTFIT_RULES_INTERNAL_H

#include "base/arena.h"
#include "catalog/catalog.h"
#include "recommend/outfit_rules.h"

/* What lists of words define. Those before OUTFIT_NAMED have names and numbers. */
typedef enum {
    OUTFIT_SLOT,
    OUTFIT_GROUP,
    OUTFIT_GENDER,
    OUTFIT_FAMILY,
    OUTFIT_OCCASION,
    OUTFIT_NAMED,
    OUTFIT_NEVER = OUTFIT_NAMED,
    OUTFIT_ATHLETIC
} outfit_kind;

/* Numbers that names have from the beginning. */
enum { OUTFIT_GENDER_UNKNOWN, OUTFIT_GENDER_OTHER };
enum { OUTFIT_FAMILY_NEUTRAL };

/* All that the table says of one value of one column. */
typedef struct {
    weft_facet column;
    const char *value;
    uint64_t groups; /* bit WEFT_OUTFIT_MAX_SLOTS + g */
    uint32_t occasions;
    int8_t slot, gender, family; /* -1: nothing is said */
    bool is_never, is_athletic;
} outfit_word;

typedef struct {
    const char *names[WEFT_OUTFIT_MAX_GROUPS]; /* the longest of the lists */
    size_t count;
} outfit_names;

/* A look with one of `who` must have one of `what`, and those are in `slots` only. */
typedef struct {
    uint64_t who, what; /* bits as those of traits.sets */
    uint32_t slots;
} outfit_need;

/* Beside one of `who`, what is in the slot must be one of `what`. */
typedef struct {
    uint64_t who, what;
    int slot;
} outfit_take;

struct weft_outfit_rules {
    weft_arena arena; /* of all strings and words */
    outfit_names names[OUTFIT_NAMED];
    const outfit_word *words;                /* by column, then by value without regard to case */
    size_t begin[WEFT_FACET_COUNT + 1];      /* those of column c are [begin[c], begin[c + 1]) */
    uint32_t apart[WEFT_OUTFIT_MAX_SLOTS];   /* bit b of [a]: the two are apart */
    uint32_t mixes[WEFT_OUTFIT_MAX_GENDERS]; /* ...: go together */
    uint32_t clashes[WEFT_OUTFIT_MAX_FAMILIES]; /* ...: clash */
    outfit_need needs[WEFT_OUTFIT_MAX_NEEDS];
    outfit_take takes[WEFT_OUTFIT_MAX_NEEDS];
    size_t need_count, take_count;
    weft_outfit_look looks[WEFT_OUTFIT_MAX_LOOKS];
    size_t look_count;
};

/* A value of a list that defines something. */
typedef struct {
    weft_facet column;
    const char *text;
    outfit_kind kind;
    int number; /* of the slot, group, ... */
    size_t line;
} outfit_value;

extern const char *const outfit_kind_word[OUTFIT_NAMED]; /* "slot" */

/* Makes the words of the values, which it sorts. Fails with WEFT_E_FORMAT (two slots for one
 * value, which names the line) or WEFT_E_NOMEM. */
weft_status outfit_words_gather(weft_outfit_rules *rules, outfit_value *values, size_t n,
                                weft_err *err);

/* Which slots a product can be in that is in one of the sets. After outfit_words_gather. */
uint32_t outfit_slots_of(const weft_outfit_rules *rules, uint64_t sets);

/* The number of a name, or -1. */
int outfit_name_find(const outfit_names *names, weft_str name);

#endif
