/* explore_sim.h - what exploration costs and gains, in a shop that is simulated.
 *
 * Products have rates, hidden, at which a look at them leads to more: Beta(2, 38), a mean of 5 %.
 * Half of the products are there at the start, the others arrive one by one over the first four
 * fifths of the time. Visitors see a list of ten; the product in place i is looked at with the
 * chance 1 / i (position bias, as in Joachims, Swaminathan and Schnabel 2017) and then liked with
 * its rate. Policies make the lists from the views and likes that their own lists brought, decayed
 * as the server's are (trends.h; a week is 5,000 lists here).
 *
 * Regret is what the lists of those who know all rates would have brought in likes, on average, and
 * a policy's did not. What is simulated differs from a shop: everyone has one taste, rates do
 * not change, and what was liked is known at once. */
#ifndef WEFT_RECOMMEND_EXPLORE_SIM_H
#define WEFT_RECOMMEND_EXPLORE_SIM_H

#include <stdatomic.h>
#include <stdint.h>

#include "search/experiment.h"

/* X(code, name, how a list is made). */
#define WEFT_SIM_POLICIES(X)                                                                       \
    X(GREEDY, "greedy", "the highest posterior means")                                             \
    X(EPSILON, "epsilon-greedy",                                                                   \
      "greedy, but each place with the chance of the share any product")                           \
    X(CAPPED, "thompson capped",                                                                   \
      "greedy, but the share of the places by draws from posteriors of "                           \
      "products that few have looked at (weft serve --explore)")                                   \
    X(THOMPSON, "thompson", "all places by draws from the posteriors of all products")             \
    X(ORACLE, "oracle", "knows the rates")

typedef enum {
#define WEFT_SIM_ENUM(code, name, text) WEFT_SIM_##code,
    WEFT_SIM_POLICIES(WEFT_SIM_ENUM)
#undef WEFT_SIM_ENUM
        WEFT_SIM_POLICY_COUNT
} weft_sim_policy;

const char *weft_sim_policy_name(weft_sim_policy policy); /* "greedy" */
const char *weft_sim_policy_text(weft_sim_policy policy);

typedef struct {
    size_t rounds;             /* lists shown in a run, at least WEFT_SIM_POINTS */
    size_t products;           /* at least 20 */
    size_t runs;               /* each a shop of its own, the same one for every policy */
    uint64_t seed;             /* the same seed, the same results */
    float share;               /* of the places that are explored: 0 to 0.5 */
    const atomic_bool *cancel; /* may be NULL */
    void (*on_progress)(void *context, size_t done, size_t all); /* runs; may be NULL */
    void *context;
} weft_sim_options;

enum { WEFT_SIM_PLACES = 10 /* of a list */, WEFT_SIM_POINTS = 50 /* of a curve */ };

/* Samples of one number a run. */
typedef struct {
    weft_sample regret; /* likes, of all rounds */
    weft_sample likes;
    weft_sample gain;  /* regret less than that of greedy in the same shop */
    weft_sample early; /* the gain of the first tenth of the rounds */
    weft_sample found; /* share of the ten best products that at the end are among the ten that
                        * the policy thinks best */
    weft_sample curve[WEFT_SIM_POINTS]; /* regret up to (i + 1) / WEFT_SIM_POINTS of the rounds */
} weft_sim_result;

/* Of a sample's mean; 0 of fewer than two. */
double weft_sim_error(const weft_sample *sample);

/* WEFT_E_CANCELLED, WEFT_E_NOMEM, WEFT_E_INVALID (options out of bounds). Takes some seconds for
 * 20 runs of 20,000 rounds with 200 products. */
weft_status weft_sim_run(const weft_sim_options *options,
                         weft_sim_result results[WEFT_SIM_POLICY_COUNT], weft_err *err);

#endif
