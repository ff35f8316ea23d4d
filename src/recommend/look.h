/* look.h - completing a look: what goes with products, and whole outfits.
 *
 * Whether pieces may be worn together is the rules' (outfit_rules.h), always. How well they go
 * together is a score of 0 to 1 as the seed has it:
 *
 *   candidate      0.6 edge + 0.4 cosine
 *   compatibility  0.5 min(photos / 10, 1) + 0.5 cosine, of two products
 *
 * An edge is min(photos / 10, 1) of the photos in which people wear both. Few products are in
 * any: where there are none, half of what pairing.h says of their kinds stands for it, as a
 * probability. Cosine is of hybrid embeddings. */
#ifndef WEFT_RECOMMEND_LOOK_H
#define WEFT_RECOMMEND_LOOK_H

#include "catalog/filter.h"
#include "recommend/profile.h"
#include "recommend/wardrobe.h"

enum { WEFT_LOOK_MAX_PIECES = 8 /* given */, WEFT_LOOK_SIZE = WEFT_OUTFIT_MAX_SLOTS };

typedef struct {
    const weft_wardrobe *wardrobe;
    const uint32_t *pieces; /* [piece_count] rows that are there already, which go together */
    size_t piece_count;
    const weft_profile *profile; /* whose taste counts for a fifth; NULL: nobody's */
    const weft_filter *filter;   /* of what is added; NULL: everything */
    int occasion;                /* that all pieces must be right for; -1: any */
    double budget;               /* of a piece that is added, or of a whole outfit; 0: none */
    size_t limit;
} weft_look_request;

/* How well a product goes with those that are there. */
typedef struct {
    uint32_t row;
    int slot;
    float score;     /* 0 to 1 */
    float cosine;    /* with the mean of the pieces; NAN: one of them has no embedding */
    float pairing;   /* 0 to 1: of its kind, with theirs; 0.5 is chance; NAN: a kind is not known */
    uint32_t photos; /* that show it with one of them: the most */
} weft_look_piece;

/* Products to add, of every slot that is free: (*out)[*n] in the arena, slots by turns, the best of
 * each first. Each fits all the pieces; those added need not fit each other. Fails with
 * WEFT_E_NOMEM and as weft_index_search. */
weft_status weft_look_complete(const weft_look_request *request, weft_arena *arena,
                               weft_look_piece **out, size_t *n, weft_err *err);

/* A whole outfit. */
typedef struct {
    uint32_t rows[WEFT_LOOK_SIZE]; /* [count]: the pieces that were there, then what is added */
    size_t count;
    const char *name; /* of the look in the table: "separates" */
    float score;      /* mean compatibility of the pairs of pieces that the look must have, by the
                       * pairing of kinds for want of photos */
    double price;     /* of all pieces */
} weft_outfit;

/* Whole outfits around the pieces, none of which breaks a rule or, with all its pieces, the
 * budget: the best first, no two with the same addition in every slot. There may be none. */
weft_status weft_look_compose(const weft_look_request *request, weft_arena *arena,
                              weft_outfit **out, size_t *n, weft_err *err);

/* Whole outfits from nothing: each begins with a product that the user's taste, and what is
 * popular (popularity[rows]), speak for. The request has no pieces. As weft_look_compose. */
weft_status weft_look_begin(const weft_look_request *request, const float *popularity,
                            weft_arena *arena, weft_outfit **out, size_t *n, weft_err *err);

/* How well two products go together. */
typedef struct {
    float score;  /* the seed's compatibility, 0 to 1 */
    float cosine; /* NAN: one has no embedding */
    float pairing;
    uint32_t photos;
} weft_look_match;

weft_status weft_look_compare(const weft_wardrobe *wardrobe, uint32_t a, uint32_t b,
                              weft_arena *arena, weft_look_match *match, weft_err *err);

#endif
