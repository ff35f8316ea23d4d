/* chance.h - numbers drawn at random from the distributions that recommendations need, the same
 * for the same *state (index_random.h). */
#ifndef WEFT_RECOMMEND_CHANCE_H
#define WEFT_RECOMMEND_CHANCE_H

#include "index/index_random.h"

/* Uniform, 0 <= result < 1. */
static inline double weft_chance_unit(uint64_t *state) {
    return (double)(weft_random_next(state) >> 11) * 0x1p-53;
}

/* Of mean 0 and deviation 1 (Box and Muller, 1958). */
double weft_chance_normal(uint64_t *state);

/* Beta(a, b), a and b above 0, 0 <= result <= 1: by two gamma variables (Marsaglia and Tsang, A
 * simple method for generating gamma variables, 2000). */
double weft_chance_beta(double a, double b, uint64_t *state);

#endif
