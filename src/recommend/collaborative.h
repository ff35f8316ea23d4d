/* collaborative.h - what people like by what people did: collaborative filtering of implicit
 * feedback by alternating least squares.
 *
 * Every user and every item has a factor, a vector of `dim` numbers, such that the inner
 * product of both is near 1 where she did something and near 0 elsewhere (Hu, Koren and
 * Volinsky, ICDM 2008, with the choices of Rendle, Krichene, Zhang and Koren, RecSys 2022;
 * ridge.h has the equation). A model keeps the factors of items only: a user's follows from
 * what she did in tens of microseconds (fold_in), so that it is never out of date, works for
 * someone who was not there when the model was trained, and is not kept on a disk.
 *
 * Items have numbers from 0 on; ids lead to them (find). A model is immutable: any number of
 * threads may ask it. */
#ifndef WEFT_RECOMMEND_COLLABORATIVE_H
#define WEFT_RECOMMEND_COLLABORATIVE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "index/index.h"

enum { WEFT_COLLABORATIVE_DIM = 64, WEFT_COLLABORATIVE_DIM_MAX = 256 };

typedef struct weft_collaborative weft_collaborative;

/* ---- training ---- */

/* A user did something with an item. */
typedef struct {
    uint32_t user, item;
    float weight; /* above 0, at most 1e6: how much it tells, a view 1, a purchase more. The
                     same pair may come again: the weights are added. */
} weft_interaction;

/* What happened; only read during the call. */
typedef struct {
    const weft_interaction *interactions; /* [n], in any order */
    size_t n;
    size_t users, items;         /* numbers are below */
    const char *const *item_ids; /* [items], each once, none empty */
} weft_collaborative_log;

/* How to learn from it; 0: what did well on logs of 1,000 to 10,000 users. */
typedef struct {
    size_t dim;           /* a multiple of 16, up to WEFT_COLLABORATIVE_DIM_MAX; 0: 64 */
    size_t iterations;    /* up to 1,000; 0: 16 */
    float unobserved;     /* weight of a pair where nothing happened, 1e-6 to 1e3; 0: 0.1 */
    float regularization; /* as part of that from which on all factors are 0, up to 1; 0: 0.1.
                             So it suits small logs and large ones, dense ones and sparse. */
    uint64_t seed;        /* the same log, options and seed: the same bits, whatever threads */
    size_t threads;       /* 0: one per processor */
    /* Told now and then how much is done, 0 to 1, by the calling thread; may be NULL. */
    void (*on_progress)(void *context, double done);
    void *context;
    const atomic_bool *cancel; /* when it turns true training ends with WEFT_E_CANCELLED */
} weft_collaborative_options;

/* options may be NULL. An item with which nobody did anything gets factor 0. Needs 4 dim bytes
 * a user and item and 24 an interaction. Fails with WEFT_E_INVALID (the message names what),
 * WEFT_E_LIMIT (2^32 - 1 users or items and more), WEFT_E_CANCELLED, WEFT_E_NOMEM or
 * WEFT_E_INTERNAL (a thread cannot start); *model is then NULL. */
weft_status weft_collaborative_train(weft_collaborative **model, const weft_collaborative_log *log,
                                     const weft_collaborative_options *options, weft_err *err);
void weft_collaborative_free(weft_collaborative *model); /* NULL is fine */

/* ---- what a model knows ---- */

size_t weft_collaborative_dim(const weft_collaborative *model);
size_t weft_collaborative_items(const weft_collaborative *model);

/* False when there is no such item; item may be NULL. */
bool weft_collaborative_find(const weft_collaborative *model, const char *id, uint32_t *item);

/* Of an item below items; the model's. A factor is [dim]; all 0: nothing is known of it. */
const char *weft_collaborative_id(const weft_collaborative *model, uint32_t item);
const float *weft_collaborative_factor(const weft_collaborative *model, uint32_t item);

/* ---- asking ---- */

/* Writes the factor[dim] of a user who did something with items[n], by the equation by which
 * training has hers; 0 when n is 0. Weights as in training. WEFT_E_INVALID (an item that is not
 * there, a weight out of range) or WEFT_E_NOMEM. */
weft_status weft_collaborative_fold_in(const weft_collaborative *model, const uint32_t *items,
                                       const float *weights, size_t n, float *factor,
                                       weft_err *err);

/* scores[i] = factor . item's factor, for items[n]; NULL: the first n. Every item must be there.
 * Higher is better; near 1: as those that she took. */
void weft_collaborative_scores(const weft_collaborative *model, const float *factor,
                               const uint32_t *items, size_t n, float *scores);

/* The k items that the same people like most, by the cosine of factors, best first: hits[k]
 * without the item itself and those of which nothing is known; *n is how many. */
void weft_collaborative_similar(const weft_collaborative *model, uint32_t item, size_t k,
                                weft_hit *hits, size_t *n);

/* ---- new items between trainings ---- */

/* Writes the factor[dim] of an item from the factors users[n][dim] (fold_in) of those who did
 * something with it. Weights as in training. WEFT_E_INVALID (a number of a factor that is not
 * finite, a weight out of range) or WEFT_E_NOMEM. */
weft_status weft_collaborative_learn(const weft_collaborative *model, const float *users,
                                     const float *weights, size_t n, float *factor, weft_err *err);

typedef struct {
    const char *id;
    const float *factor; /* [dim] */
} weft_collaborative_item;

/* Makes the model that follows `old`: items[n] have these factors, in place of their old ones
 * or, when the id is new, as items after the old ones, which keep their numbers. The old model
 * stays as it is. WEFT_E_INVALID (an empty id, a new one that comes twice, a factor that is not
 * finite or out of all range), WEFT_E_LIMIT or WEFT_E_NOMEM; *fresh is then NULL. */
weft_status weft_collaborative_apply(weft_collaborative **fresh, const weft_collaborative *old,
                                     const weft_collaborative_item *items, size_t n, weft_err *err);

/* ---- as a file ---- */

/* Whole or not at all (base/file.h). WEFT_E_NOT_FOUND (no such folder), WEFT_E_IO or
 * WEFT_E_NOMEM. */
weft_status weft_collaborative_write(const weft_collaborative *model, const char *path,
                                     weft_err *err);

/* Reads and checks all of it; the file is not needed any more afterwards. WEFT_E_NOT_FOUND,
 * WEFT_E_IO, WEFT_E_FORMAT (not such a file, or damaged), WEFT_E_UNSUPPORTED (a newer version's,
 * or another byte order) or WEFT_E_NOMEM; the message names path and reason, *model is NULL. */
weft_status weft_collaborative_open(weft_collaborative **model, const char *path, weft_err *err);

#endif
