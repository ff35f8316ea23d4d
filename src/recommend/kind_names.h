/* kind_names.h - what a catalog calls the categories of another data set.
 *
 * A text file, one category a line:
 *
 *   # a comment
 *   T-Shirts = Tshirts, T-Shirts      a kind, then other names that catalogs have for it
 *   Men's T-Shirts = Tshirts          several categories may be one kind
 *   Floral Decor = -                  nothing that one wears: left out */
#ifndef WEFT_RECOMMEND_KIND_NAMES_H
#define WEFT_RECOMMEND_KIND_NAMES_H

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

typedef struct {
    const char *category;
    const char *kind;          /* NULL: left out */
    const char *const *others; /* [other_count] */
    size_t other_count;
} weft_kind_name;

typedef struct {
    const weft_kind_name *names; /* [count], by category in the order of strcmp */
    size_t count;
} weft_kind_names;

enum { WEFT_KIND_NAMES_MAX = 5000, WEFT_KIND_NAME_SIZE = 64, WEFT_KIND_OTHERS_MAX = 16 };

/* Is the text a name of a kind: 1 to WEFT_KIND_NAME_SIZE - 1 bytes of UTF-8, without control
 * characters, white space at its ends, and any of , | = #? */
bool weft_kind_name_is_valid(weft_str name);

/* Reads the text of such a file into the arena. Fails with WEFT_E_FORMAT, WEFT_E_LIMIT or
 * WEFT_E_CONFLICT (a category twice), which name the line or category, or WEFT_E_NOMEM. */
weft_status weft_kind_names_parse(weft_kind_names *names, weft_str text, weft_arena *arena,
                                  weft_err *err);

/* NULL when there is no such category. */
const weft_kind_name *weft_kind_names_find(const weft_kind_names *names, const char *category);

/* Those that weft has for the categories of Polyvore, in the same format. */
weft_str weft_kind_names_default(void);

#endif
