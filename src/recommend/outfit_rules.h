/* outfit_rules.h - which products make an outfit, by a table that a shop can edit.
 *
 *   slot tops: Tshirts, Shirts, sub_category=Topwear
 *   apart dress: tops, bottoms
 *   needs belts: waistband
 *   clash red: pink, orange
 *
 * weft's own table (outfits/fashion.txt) explains each kind of line. Its words are compared with
 * the products' without regard to ASCII case.
 *
 * What the table says of a product is found once, as its traits; whether products go together is
 * then a matter of integers. Nothing depends on the order of the pieces of a look. */
#ifndef WEFT_RECOMMEND_OUTFIT_RULES_H
#define WEFT_RECOMMEND_OUTFIT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"
#include "catalog/product.h"

typedef struct weft_outfit_rules weft_outfit_rules; /* immutable, for any number of threads */

enum {
    WEFT_OUTFIT_MAX_SIZE = 1 << 20, /* bytes of a table */
    WEFT_OUTFIT_MAX_VALUES = 20000, /* and lines, together */
    WEFT_OUTFIT_MAX_NAME = 40,      /* bytes */
    WEFT_OUTFIT_MAX_SLOTS = 16,
    WEFT_OUTFIT_MAX_GROUPS = 48,
    WEFT_OUTFIT_MAX_GENDERS = 32,
    WEFT_OUTFIT_MAX_FAMILIES = 32,
    WEFT_OUTFIT_MAX_OCCASIONS = 32,
    WEFT_OUTFIT_MAX_NEEDS = 32, /* lines of "needs", and of "takes" */
    WEFT_OUTFIT_MAX_LOOKS = 16,
};

/* Reads a table. On success *rules is the caller's. Fails with WEFT_E_FORMAT or WEFT_E_LIMIT,
 * which name the line (or the limit of the whole table), or WEFT_E_NOMEM. */
weft_status weft_outfit_rules_parse(weft_outfit_rules **rules, weft_str text, weft_err *err);
void weft_outfit_rules_free(weft_outfit_rules *rules); /* NULL is fine */

/* The table that weft has for fashion. */
weft_str weft_outfit_rules_default(void);

/* All that the rules ask of one product. The numbers mean something to the rules that gave them. */
typedef struct {
    uint64_t sets;        /* bit of its slot; bit WEFT_OUTFIT_MAX_SLOTS + g: is in group g */
    uint32_t occasions;   /* bit o: is right for occasion o */
    int8_t slot;          /* -1: never part of an outfit */
    uint8_t gender;       /* 0: not known */
    uint8_t color_family; /* 0: neutral */
    bool is_athletic;
} weft_outfit_traits;

weft_outfit_traits weft_outfit_traits_of(const weft_outfit_rules *rules,
                                         const weft_product *product);

/* One list: the rules in the order in which they are checked, name as a machine reads it, what is
 * wrong. */
#define WEFT_OUTFIT_FAULTS(X)                                                                      \
    X(WEFT_OUTFIT_FITS, "fits", "the pieces go together")                                          \
    X(WEFT_OUTFIT_NEVER, "never", "it is never part of an outfit")                                 \
    X(WEFT_OUTFIT_SAME_SLOT, "same_slot", "there are two of one kind")                             \
    X(WEFT_OUTFIT_APART, "apart", "one takes the place of the other")                              \
    X(WEFT_OUTFIT_GENDER, "gender", "they are not for the same people")                            \
    X(WEFT_OUTFIT_ATHLETIC, "athletic", "one is for sports, the other is not")                     \
    X(WEFT_OUTFIT_TAKES, "takes", "one takes another kind of the other")                           \
    X(WEFT_OUTFIT_COLORS, "colors", "their colors clash")                                          \
    X(WEFT_OUTFIT_NEEDS, "needs", "it needs a piece that is not there")

#define WEFT_OUTFIT_FAULT_ENUM(code, name, text) code,
typedef enum {
    WEFT_OUTFIT_FAULTS(WEFT_OUTFIT_FAULT_ENUM) WEFT_OUTFIT_FAULT_COUNT
} weft_outfit_fault;
#undef WEFT_OUTFIT_FAULT_ENUM

/* The machine name ("same_slot") and the meaning; never NULL. */
const char *weft_outfit_fault_name(weft_outfit_fault fault);
const char *weft_outfit_fault_text(weft_outfit_fault fault);

typedef struct {
    weft_outfit_fault fault; /* the first rule that is broken */
    size_t piece, other;     /* which pieces of the look break it; the same when it is one alone */
} weft_outfit_verdict;

/* Do the n pieces make an outfit (is_whole), or can they still become one by adding more? What
 * breaks a rule now, breaks one with any more pieces. A look that is not whole breaks "needs" only
 * when nothing that can be added gives what is needed. No pieces break no rule. */
weft_outfit_verdict weft_outfit_check(const weft_outfit_rules *rules,
                                      const weft_outfit_traits *look, size_t n, bool is_whole);

/* weft_outfit_check of the two, not whole, says that they fit. Pieces that fit in pairs, each
 * having a slot, break no rule but "needs". */
bool weft_outfit_fits_pair(const weft_outfit_rules *rules, const weft_outfit_traits *a,
                           const weft_outfit_traits *b);

/* The slots in the order of the table: their count (at least 1), their names, and the slot of a
 * name, in capitals or not (-1: there is none). */
size_t weft_outfit_slot_count(const weft_outfit_rules *rules);
const char *weft_outfit_slot_name(const weft_outfit_rules *rules, size_t slot);
int weft_outfit_slot(const weft_outfit_rules *rules, const char *name);

/* What makes a whole outfit: bit s of must, it has a product of slot s; of may, it has one where
 * one can be found. */
typedef struct {
    const char *name;
    uint32_t must, may;
} weft_outfit_look;

/* In the order of the table; there may be none. */
size_t weft_outfit_look_count(const weft_outfit_rules *rules);
weft_outfit_look weft_outfit_look_at(const weft_outfit_rules *rules, size_t look);

/* The same of the occasions, of which there may be none. */
size_t weft_outfit_occasion_count(const weft_outfit_rules *rules);
const char *weft_outfit_occasion_name(const weft_outfit_rules *rules, size_t occasion);
int weft_outfit_occasion(const weft_outfit_rules *rules, const char *name);

/* Is a usage among those of the occasion? What is not known ("") is as a rule right for none.
 * (For a product ask its traits, which count what the table says of other columns too.) */
bool weft_outfit_occasion_has_usage(const weft_outfit_rules *rules, size_t occasion,
                                    const char *usage);

#endif
