/* fuzz_safetensors.c - any bytes as a weights file; whatever is accepted must be readable. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/mem.h"
#include "clip/safetensors.h"

/* Names and shapes that the seeds use. */
static const struct {
    const char *name;
    weft_shape shape;
} wanted[] = {
    {"a", {{1}, 1}}, {"a", {{2}, 1}}, {"a", {{2, 3}, 2}},    {"b", {{0}, 1}},
    {"b", {{4}, 1}}, {"c", {{0}, 0}}, {"c", {{1, 2, 2}, 3}},
};

static void read_all(const weft_safetensors *file, size_t size) {
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const weft_safetensor *tensor;
        size_t count = 1;
        if (weft_safetensors_find(file, wanted[i].name, &wanted[i].shape, &tensor, NULL)) continue;
        if (!weft_safetensors_has(file, wanted[i].name)) abort();
        for (size_t k = 0; k < wanted[i].shape.rank; k++) count *= wanted[i].shape.dims[k];
        if (count > size) abort();
        float *out = weft_alloc(count, sizeof *out);
        if (!out) abort();
        weft_safetensor_read(tensor, 0, count, out);
        if (count > 1) weft_safetensor_read(tensor, count - 1, 1, out);
        weft_free(out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    weft_safetensors *file = NULL;
    weft_err err = {0};
    char digest[WEFT_DIGEST_HEX_SIZE];
    weft_status status = weft_safetensors_parse(&file, "fuzz", data, size, &err);
    if (status) {
        if (file || err.status != status || err.message[0] == '\0') abort();
        return 0;
    }
    if (weft_safetensors_parameters(file) > size) abort();
    read_all(file, size);
    weft_safetensors_digest(file, digest);
    weft_safetensors_free(file);
    return 0;
}
