/* crowd.h - what all users together say of the products of one shelf: what is popular, and
 * what people with a taste like (collaborative.h). */
#ifndef WEFT_RECOMMEND_CROWD_H
#define WEFT_RECOMMEND_CROWD_H

#include "base/bitset.h"
#include "recommend/profile.h"
#include "recommend/tastes.h"
#include "recommend/trends.h"

/* How far searches for candidates look (index.h): they need not miss none, many ways lead to
 * them. */
#define WEFT_RECOMMEND_REACH 1.5f

/* Few have looked at a product of which there are no more events than these, of whatever age.
 * 20 and 80 do alike in simulation (weft eval explore). */
enum { WEFT_CROWD_FEW = 20 };

/* Immutable; any number of threads. */
typedef struct {
    size_t rows;
    float *popularity;  /* [rows]: decayed sums of events (trends.h) */
    uint32_t *trending; /* [trending_count]: rows that someone did something with, the most
                         * popular first */
    size_t trending_count;
    float *views, *likes;      /* [rows]: decayed counts (trends.h) */
    float like_rate;           /* likes for each look at any product: more than 0, less than 1 */
    weft_bitset fresh;         /* the rows that few have looked at */
    const weft_tastes *tastes; /* not owned; NULL: nothing was learned */
} weft_crowd;

/* trends are of any products: what the catalog has not is left out; tastes (which may be NULL) are
 * of this catalog and must outlive the crowd. now: milliseconds since 1970; when the newest event
 * is older, its time. WEFT_E_NOMEM. */
weft_status weft_crowd_new(weft_crowd **crowd, const weft_catalog *catalog,
                           const weft_trends *trends, const weft_tastes *tastes, int64_t now,
                           weft_err *err);
void weft_crowd_free(weft_crowd *crowd); /* NULL is fine */

/* The user's factor, from her interests that the model knows: factor[dim of the model]; *found
 * is false when there are none, or there is no model. WEFT_E_NOMEM. */
weft_status weft_crowd_factor(const weft_crowd *crowd, const weft_profile *profile,
                              weft_arena *arena, float **factor, bool *found, weft_err *err);

/* The k allowed rows with the highest inner product, best first, in the arena; scores are it. */
weft_status weft_crowd_nearest(const weft_crowd *crowd, const float *factor, size_t k,
                               const weft_bitset *allow, weft_arena *arena, weft_hit **hits,
                               size_t *n, weft_err *err);

/* Has the processor fetch the row's factor, which will be asked for soon. */
void weft_crowd_prefetch(const weft_crowd *crowd, uint32_t row);

/* The inner product of a row's factor; false when the model does not know it. */
bool weft_crowd_score(const weft_crowd *crowd, const float *factor, uint32_t row, float *score);

#endif
