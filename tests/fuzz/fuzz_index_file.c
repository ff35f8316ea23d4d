/* fuzz_index_file.c - any bytes as a saved index, sealed with checksums that are right:
 * whatever opens must be whole, answer and change. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/index/ivf_seal.h"
#include "base/mem.h"

enum { K = 10, DIM_USED = 4096 };

static void search(const weft_index *index, const float *query) {
    weft_hit hits[K];
    size_t n;
    const weft_index_query q = {.query = query, .k = K};
    size_t present = weft_bitset_popcount(weft_index_present(index));
    if (weft_index_search(index, &q, hits, &n, NULL)) abort();
    if (n != (present < K ? present : K)) abort();
    for (size_t i = 0; i < n; i++)
        if (hits[i].row >= weft_index_rows(index)) abort();
}

/* A row goes, another comes. */
static void change(const weft_index *index, const float *vector) {
    weft_index *fresh;
    uint32_t rows = (uint32_t)weft_index_rows(index);
    const weft_index_change changes[] = {{.row = rows / 2}, {.row = rows, .vector = vector}};
    if (rows == UINT32_MAX || weft_index_apply(&fresh, index, changes, 2, NULL)) return;
    search(fresh, vector);
    weft_index_free(fresh);
}

static void use(const weft_index *index) {
    size_t dim = weft_index_dim(index);
    if (dim > DIM_USED) return; /* slow, and nothing new */
    float *vector = weft_alloc(dim, sizeof *vector);
    if (!vector) abort();
    for (size_t j = 0; j < dim; j++) vector[j] = 1 / sqrtf((float)dim);
    search(index, vector);
    weft_index_vector(index, 0, vector);
    for (size_t j = 0; j < dim; j++) vector[j] = (j % 2 ? -1 : 1) / sqrtf((float)dim);
    change(index, vector);
    weft_free(vector);
}

static void open_bytes(const uint8_t *data, size_t size, bool is_sealed) {
    weft_ivf_block *block;
    weft_index *index;
    weft_err err = {0};
    if (weft_ivf_block_new(&block, size, NULL)) abort();
    if (size) memcpy(block->bytes, data, size);
    if (is_sealed) ivf_seal(block->bytes, size);
    weft_status status = weft_ivf_file_read(&index, block, NULL, NULL, &err);
    weft_ivf_block_release(block);
    if (status && (index || err.status != status || err.message[0] == '\0')) abort();
    if (!status) use(index);
    weft_index_free(index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_bytes(data, size, false);
    open_bytes(data, size, true);
    return 0;
}
