/* nn.c - the inner loops of this machine under their public names. */
#include "tensor/nn.h"

#include <math.h>

#include "tensor/kernels.h"

void weft_nn_add(float *x, const float *y, size_t n) { weft_kernels_best()->add(x, y, n); }

void weft_nn_layer_norm(const weft_layer_norm *norm, const float *x, float *out) {
    weft_kernels_best()->layer_norm(norm, x, out);
}

void weft_nn_l2_normalize(float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    if (!(sum > 0) || !isfinite(sum)) return;
    double scale = 1.0 / sqrt(sum);
    for (size_t i = 0; i < n; i++) x[i] = (float)((double)x[i] * scale);
}
