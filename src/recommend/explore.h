/* explore.h - a few places of a list for products that few have seen.
 *
 * What nobody sees nobody likes, and what nobody likes is not recommended. So some places go to
 * such products by Thompson sampling (Thompson, On the likelihood that one unknown probability
 * exceeds another, Biometrika 25, 1933; Chapelle and Li, An empirical evaluation of Thompson
 * sampling, 2011): how often a look at a product leads to more has a Beta posterior; a number is
 * drawn from each candidate's, and the highest are shown. What might be good is tried, what has
 * been tried in vain seldom again.
 *
 * Candidates are the products nearest to the user that few have looked at (crowd.h), that suit
 * her taste and that may come back at all. They never take the first place. The last of the list
 * give way to them, or the last of the same category where it has its share already; everything
 * else stays in its order. */
#ifndef WEFT_RECOMMEND_EXPLORE_H
#define WEFT_RECOMMEND_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many places of a list of `limit` may be explored: share of them, 0 to 1, rounded down; at
 * least one of five and more when the share is above 0; never all. */
size_t weft_explore_places(float share, size_t limit);

/* Chooses `wanted` of the places [1, places) at random: calls of this for place 1, 2, ... say
 * which, *left begins with wanted. */
bool weft_explore_is_place(size_t place, size_t places, size_t *left, uint64_t *state);

/* Of a product with so many views and likes (add_to_cart, purchase) the posterior rate of likes for
 * each look; `rate` is that of the whole catalog, which counts as WEFT_EXPLORE_PRIOR looks. A like
 * without a view was a look as well. */
enum { WEFT_EXPLORE_PRIOR = 5 };
double weft_explore_mean(double rate, double views, double likes);
double weft_explore_draw(double rate, double views, double likes, uint64_t *state);

#endif
