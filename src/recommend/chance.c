#include "recommend/chance.h"

#include <math.h>

double weft_chance_normal(uint64_t *state) {
    double u = ((double)(weft_random_next(state) >> 11) + 1) * 0x1p-53;
    double v = weft_chance_unit(state);
    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* The logarithm of a gamma variable: for small shapes the variable itself rounds to 0. */
static double log_gamma_variable(double shape, uint64_t *state) {
    double more = 0;
    if (shape < 1) more = log(weft_chance_unit(state) + 0x1p-54) / shape++;
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = weft_chance_normal(state), v = 1 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        double u = weft_chance_unit(state) + 0x1p-54;
        /* The first is the cheaper test of almost all, the second the exact one. */
        if (u < 1 - 0.0331 * x * x * x * x || log(u) < x * x / 2 + d - d * v + d * log(v))
            return log(d * v) + more;
    }
}

double weft_chance_beta(double a, double b, uint64_t *state) {
    double x = log_gamma_variable(a, state), y = log_gamma_variable(b, state);
    return 1 / (1 + exp(y - x));
}
