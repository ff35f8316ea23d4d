/* store_postgres_vector.h - pgvector's binary form: dimension and an unused number, 16 bits
 * each, then floats, all in network order (pgvector's vector_recv). */
#ifndef WEFT_STORE_STORE_POSTGRES_VECTOR_H
#define WEFT_STORE_STORE_POSTGRES_VECTOR_H

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WEFT_POSTGRES_VECTOR_HEAD = 4 };

static inline size_t weft_postgres_packed_size(size_t dim) {
    return WEFT_POSTGRES_VECTOR_HEAD + dim * sizeof(uint32_t);
}

static inline void weft_postgres_pack_vector(unsigned char *out, const float *vector, size_t dim) {
    uint16_t head[2] = {htons((uint16_t)dim), 0};
    memcpy(out, head, sizeof head);
    for (size_t i = 0; i < dim; i++) {
        uint32_t bits;
        memcpy(&bits, &vector[i], sizeof bits);
        bits = htonl(bits);
        memcpy(out + WEFT_POSTGRES_VECTOR_HEAD + i * sizeof bits, &bits, sizeof bits);
    }
}

static inline void weft_postgres_unpack_vector(float *vector, const char *packed, size_t dim) {
    for (size_t i = 0; i < dim; i++) {
        uint32_t bits;
        memcpy(&bits, packed + WEFT_POSTGRES_VECTOR_HEAD + i * sizeof bits, sizeof bits);
        bits = ntohl(bits);
        memcpy(&vector[i], &bits, sizeof bits);
    }
}

#endif
