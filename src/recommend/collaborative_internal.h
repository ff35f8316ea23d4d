/* collaborative_internal.h - what a model consists of, and its bytes as a file. For the files
 * of this room and its tests only. */
#ifndef WEFT_RECOMMEND_COLLABORATIVE_INTERNAL_H
#define WEFT_RECOMMEND_COLLABORATIVE_INTERNAL_H

#include "catalog/id_map.h"
#include "recommend/collaborative.h"
#include "recommend/ridge.h"

/* What is accepted, from callers and from files. */
#define WEFT_COLLABORATIVE_FACTOR_MAX         1e6f /* of any number of a factor */
#define WEFT_COLLABORATIVE_UNOBSERVED_MIN     1e-6f
#define WEFT_COLLABORATIVE_UNOBSERVED_MAX     1e3f
#define WEFT_COLLABORATIVE_REGULARIZATION_MIN 1e-9f
#define WEFT_COLLABORATIVE_REGULARIZATION_MAX 1e6f

struct weft_collaborative {
    size_t dim, items, users;
    float unobserved, regularization; /* as ridge.h has them */
    float *factors;                   /* [items][dim], 64-byte aligned */
    float *norms;                     /* [items]: their lengths */
    float *item_gram;                 /* [dim][dim] */
    float *user_gram;                 /* [dim][dim]: of the users as fold_in has them */
    char *text;                       /* the ids, each NUL-terminated, one after the other */
    size_t text_size;
    const char **ids; /* [items], into text */
    weft_id_map numbers;
};

/* A model with room for items; factors and user_gram are the caller's to fill. shape has
 * dim, items, users, unobserved and regularization, ids are copied. WEFT_E_INVALID (an id is
 * empty or comes twice) or WEFT_E_NOMEM; *model is then NULL. */
weft_status weft_collaborative_new(weft_collaborative **model, const weft_collaborative *shape,
                                   const char *const *ids, weft_err *err);

/* Computes the rest when factors and user_gram are filled. */
void weft_collaborative_complete(weft_collaborative *model);

bool weft_collaborative_dim_fits(size_t dim);
bool weft_collaborative_unobserved_fits(float weight);
bool weft_collaborative_regularization_fits(float regularization);
/* WEFT_E_INVALID names number and weight. */
weft_status weft_collaborative_check_weight(float weight, size_t number, weft_err *err);
/* Is every number finite and within FACTOR_MAX? */
bool weft_collaborative_factors_fit(const float *factors, size_t n);

/* ---- the file ---- */

#define WEFT_COLLABORATIVE_MAGIC "\x89WCOL\r\n\x1a" /* as PNG's: a transfer as text breaks it */

enum {
    WEFT_COLLABORATIVE_VERSION = 1,
    WEFT_COLLABORATIVE_ORDER = 0x01020304, /* reads 0x04030201 in the other byte order */
};

/* What follows the header, one right after the other. */
typedef enum {
    WEFT_COLLABORATIVE_USER_GRAM, /* float32 [dim][dim] */
    WEFT_COLLABORATIVE_FACTORS,   /* float32 [items][dim] */
    WEFT_COLLABORATIVE_IDS,       /* text_size bytes: each ends with a NUL */
    WEFT_COLLABORATIVE_PARTS,
} weft_collaborative_part;

/* All numbers are little-endian, all checksums XXH3 of 64 bits without a seed. */
typedef struct {
    char magic[8];
    uint32_t version, order, header_size, dim;
    uint64_t file_size, items, users, text_size;
    float unobserved, regularization;
    uint64_t part_checksums[WEFT_COLLABORATIVE_PARTS];
    unsigned char reserved[32]; /* 0 */
    uint64_t checksum;          /* of all bytes before */
} weft_collaborative_header;

_Static_assert(sizeof(weft_collaborative_header) == 128, "the header has no padding");

/* Bytes from anywhere; messages name no file. */
weft_status weft_collaborative_parse(weft_collaborative **model, const unsigned char *bytes,
                                     size_t size, weft_err *err);

#endif
