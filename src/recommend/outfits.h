/* outfits.h - outfits that people put together, as lists of kinds of pieces.
 *
 * Read from the format of the Polyvore data set as NGNN has it (Cui et al., "Dressing as a
 * Whole: Outfit Compatibility Learning Based on Node-wise Graph Neural Networks", 2019): a
 * list of categories, "21 T-Shirts" a line, and JSON:
 *
 *   [{"items_category": [21, 237, 49], "set_id": "120161271"}, ...] */
#ifndef WEFT_RECOMMEND_OUTFITS_H
#define WEFT_RECOMMEND_OUTFITS_H

#include "recommend/kind_names.h"

typedef struct {
    uint32_t id;
    const char *name;
} weft_outfit_category;

typedef struct {
    const weft_outfit_category *categories; /* [count], ids rising */
    size_t count;
} weft_outfit_categories;

/* Outfit i has the pieces kinds[starts[i]] ... kinds[starts[i + 1] - 1]. */
typedef struct {
    const char *const *kinds;
    const size_t *starts; /* [count + 1] */
    size_t count;
    const weft_kind_names *names; /* that gave the kinds their names, or NULL */
} weft_outfits;

enum {
    WEFT_OUTFITS_MAX = 1000000,
    WEFT_OUTFIT_MAX_PIECES = 64,
    WEFT_OUTFITS_MAX_BYTES = 256 << 20 /* of a file */
};

/* These read into the arena, which must outlive what they make. They fail with WEFT_E_FORMAT
 * or WEFT_E_LIMIT, which name the line, or the outfit by its place from 0, or WEFT_E_NOMEM. */
weft_status weft_outfit_categories_parse(weft_outfit_categories *categories, weft_str text,
                                         weft_arena *arena, weft_err *err);
/* Also fails with WEFT_E_NOT_FOUND: a category that is not among them. */
weft_status weft_outfits_parse(weft_outfits *outfits, weft_str json,
                               const weft_outfit_categories *categories, weft_arena *arena,
                               weft_err *err);

/* The same outfits with kinds in place of categories; without the pieces that names leave out,
 * and then without outfits of fewer than two pieces. WEFT_E_NOT_FOUND: a category without a
 * name; WEFT_E_NOMEM. names must outlive the result. */
weft_status weft_outfits_rename(weft_outfits *renamed, const weft_outfits *outfits,
                                const weft_kind_names *names, weft_arena *arena, weft_err *err);

#endif
