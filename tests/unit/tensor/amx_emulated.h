/* amx_emulated.h - the matrix unit's instructions in plain C, for machines without it.
 * As the manual has them: rows and bytes beyond the configured shape are neither read nor
 * written, and a register that is loaded is zero there. */
#ifndef WEFT_TESTS_AMX_EMULATED_H
#define WEFT_TESTS_AMX_EMULATED_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    size_t rows, bytes;
    union {
        uint8_t u8[16][64];
        int8_t s8[16][64];
        uint16_t bf16[16][32];
        float f32[16][16];
        int32_t s32[16][16];
    } v;
} amx_register;

static _Thread_local amx_register amx_registers[8];

static inline void amx_emulate_configure(const uint8_t *rows, const uint16_t *bytes) {
    memset(amx_registers, 0, sizeof amx_registers);
    for (size_t i = 0; i < 8; i++) {
        amx_registers[i].rows = rows[i];
        amx_registers[i].bytes = bytes[i];
    }
}

static inline void amx_emulate_load(amx_register *r, const void *from, size_t stride) {
    memset(&r->v, 0, sizeof r->v);
    for (size_t i = 0; i < r->rows; i++)
        memcpy(r->v.u8[i], (const char *)from + i * stride, r->bytes);
}

static inline void amx_emulate_store(const amx_register *r, void *to, size_t stride) {
    for (size_t i = 0; i < r->rows; i++) memcpy((char *)to + i * stride, r->v.u8[i], r->bytes);
}

static inline float amx_float_of(uint16_t bf16) {
    uint32_t bits = (uint32_t)bf16 << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline void amx_emulate_bf16(amx_register *sum, const amx_register *a,
                                    const amx_register *w) {
    for (size_t i = 0; i < sum->rows; i++)
        for (size_t j = 0; j < sum->bytes / 4; j++)
            for (size_t k = 0; k < a->bytes / 2; k++)
                sum->v.f32[i][j] +=
                    amx_float_of(a->v.bf16[i][k]) * amx_float_of(w->v.bf16[k / 2][2 * j + k % 2]);
}

static inline void amx_emulate_bytes(amx_register *sum, const amx_register *a,
                                     const amx_register *w) {
    for (size_t i = 0; i < sum->rows; i++)
        for (size_t j = 0; j < sum->bytes / 4; j++)
            for (size_t k = 0; k < a->bytes; k++)
                sum->v.s32[i][j] += a->v.u8[i][k] * w->v.s8[k / 4][4 * j + k % 4];
}

#define AMX_CONFIGURE(shape)         amx_emulate_configure((shape).rows, (shape).bytes)
#define AMX_ZERO(tile)               memset(&amx_registers[tile].v, 0, sizeof amx_registers[tile].v)
#define AMX_LOAD(tile, from, stride) amx_emulate_load(&amx_registers[tile], from, stride)
#define AMX_STORE(tile, to, stride)  amx_emulate_store(&amx_registers[tile], to, stride)
#define AMX_ADD_BF16(sum, a, w)                                                                    \
    amx_emulate_bf16(&amx_registers[sum], &amx_registers[a], &amx_registers[w])
#define AMX_ADD_BYTES(sum, a, w)                                                                   \
    amx_emulate_bytes(&amx_registers[sum], &amx_registers[a], &amx_registers[w])

#endif
