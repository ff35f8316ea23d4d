/* reasons.h - why a product is recommended, in words that are true of it and of the user. */
#ifndef WEFT_RECOMMEND_REASONS_H
#define WEFT_RECOMMEND_REASONS_H

#include "recommend/recommend.h"

/* The strongest first: X(code, name, when it is given). */
#define WEFT_REASONS(X)                                                                            \
    X(PINNED, "pinned", "a merchandiser's rule put it there")                                      \
    X(EXPLORE, "explore", "it stands there because few have looked at it (explore.h)")             \
    X(LIKE, "like", "of the article type of a product that she dealt with, and looks like it")     \
    X(CROWD, "crowd", "people whose choices are hers chose it, and she did not yet")               \
    X(BRAND, "brand", "at least two of the products that she dealt with are of its brand")         \
    X(COLOR, "color", "no other color did she choose as much, and it at least twice")              \
    X(CATEGORY, "category", "no other article type did she choose as much, and it at least twice") \
    X(TRENDING, "trending", "among the hundred with which most is done now")                       \
    X(PRICE, "price", "between the quartiles of the prices of what she dealt with, three or more") \
    X(NEW, "new", "of the newest year in the catalog")

typedef enum {
#define WEFT_REASON_ENUM(code, name, when) WEFT_REASON_##code,
    WEFT_REASONS(WEFT_REASON_ENUM)
#undef WEFT_REASON_ENUM
        WEFT_REASON_COUNT
} weft_reason_kind;

const char *weft_reason_name(weft_reason_kind kind);

typedef struct {
    weft_reason_kind kind;
    const char *text;       /* "Like the Alder Men Blue Shirt that you bought" */
    const char *product_id; /* of the product that it speaks of; NULL: none */
} weft_reason;

enum { WEFT_REASONS_MAX = 3 };

/* reasons[WEFT_REASONS_MAX], *n of them, the strongest first; texts in the arena. There may be
 * none: what cannot be said truly is not said. Fails with WEFT_E_NOMEM and as weft_index_scores
 * does. */
weft_status weft_reasons_find(const weft_recommend_request *request, const weft_recommended *one,
                              weft_arena *arena, weft_reason *reasons, size_t *n, weft_err *err);

#endif
