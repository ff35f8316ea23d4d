/* Answers of a cluster: the first byte says what they are taken for. */
#include <stdint.h>
#include <stdlib.h>

#include "engine/opensearch_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { MAX = 8, DIM = 2 };
    weft_engine_hit hits[MAX];
    float vector[DIM];
    bool found;
    size_t n;
    weft_arena arena;
    weft_err err = {0};
    weft_status status = WEFT_OK;
    if (size == 0) return 0;
    const char *json = (const char *)data + 1;
    weft_arena_init(&arena, 0);
    switch (data[0] % 4) {
    case 0:
        status = weft_opensearch_read_hits(json, size - 1, &arena, hits, MAX, &n, &err);
        if (status ? n != 0 : n > MAX) abort();
        for (size_t i = 0; i < n; i++)
            if (!(hits[i].score >= -1 && hits[i].score <= 1)) abort();
        break;
    case 1: status = weft_opensearch_read_bulk(json, size - 1, &err); break;
    case 2: status = weft_opensearch_read_shards(json, size - 1, &err); break;
    case 3:
        status = weft_opensearch_read_vector(json, size - 1, "v", vector, DIM, &found, &err);
        if (status && found) abort();
        break;
    }
    if (status && !err.message[0]) abort();
    weft_arena_deinit(&arena);
    return 0;
}
