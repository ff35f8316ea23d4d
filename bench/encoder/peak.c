/* peak - what the arithmetic units of this machine can do at most.
 *
 *     peak THREADS
 *
 * For each multiply-add instruction that the machine has, every thread repeats it on
 * registers alone, without memory and without waiting for a result; a multiplication and
 * an addition count as two operations. Prints for each a line
 * "PRECISION INSTRUCTION OPERATIONS_PER_SECOND", of all threads together, the best of a
 * few tries: a limit must not shrink because a neighbour was busy.
 *
 * The loops are assembly because a compiler may not know the instruction, and because
 * it must not improve them. x86-64 only: elsewhere nothing is printed. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <pthread.h>

#include "base/clock.h"
#include "base/cpu.h"

#if defined(__x86_64__)
enum { MAX_THREADS = 256, TRIES = 5 };

/* Of a small positive number in every format, so that the units have bits to toggle. */
static const uint32_t pattern = 0x3c3c3c3c;

#define TIMES8(op)  op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7)
#define TIMES14(op) TIMES8(op) op(8) op(9) op(10) op(11) op(12) op(13)

#define LOW_REGISTERS                                                                              \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",       \
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory"

/* A loop of 14 independent sums; registers 14 and 15 hold the factors. */
#define VECTOR_LOOP(name, isa, width, instruction)                                                 \
    __attribute__((target(isa))) static void name(uint64_t n) {                                    \
        __asm__ volatile("vpbroadcastd %1, %%" width "14\n\tvpbroadcastd %1, %%" width "15\n\t"    \
                         "1:\n\t" TIMES14(instruction) "dec %0\n\tjnz 1b\n\tvzeroupper"            \
                         : "+r"(n)                                                                 \
                         : "m"(pattern)                                                            \
                         : LOW_REGISTERS);                                                         \
    }

#define FMA256(i)   "vfmadd231ps %%ymm14, %%ymm15, %%ymm" #i "\n\t"
#define FMA512(i)   "vfmadd231ps %%zmm14, %%zmm15, %%zmm" #i "\n\t"
#define BF16_512(i) "vdpbf16ps %%zmm14, %%zmm15, %%zmm" #i "\n\t"
#define VNNI256(i)  "%{vex%} vpdpbusd %%ymm14, %%ymm15, %%ymm" #i "\n\t"
#define VNNI512(i)  "vpdpbusd %%zmm14, %%zmm15, %%zmm" #i "\n\t"

VECTOR_LOOP(run_fma256, "avx2", "ymm", FMA256)
VECTOR_LOOP(run_fma512, "avx512f", "zmm", FMA512)
VECTOR_LOOP(run_bf16_512, "avx512f", "zmm", BF16_512)
VECTOR_LOOP(run_vnni256, "avx2", "ymm", VNNI256)
VECTOR_LOOP(run_vnni512, "avx512f", "zmm", VNNI512)

/* AVX2 has no instruction for bytes: three do the work of one, 12 sums on registers 0-11. */
#define MADD256(i)                                                                                 \
    "vpmaddubsw %%ymm14, %%ymm15, %%ymm12\n\tvpmaddwd %%ymm14, %%ymm12, %%ymm12\n\t"               \
    "vpaddd %%ymm12, %%ymm" #i ", %%ymm" #i "\n\t"
#define MADD_SUMS(op) TIMES8(op) op(8) op(9) op(10) op(11)

__attribute__((target("avx2"))) static void run_madd256(uint64_t n) {
    __asm__ volatile("vpbroadcastd %1, %%ymm14\n\tvpbroadcastd %1, %%ymm15\n\t"
                     "1:\n\t" MADD_SUMS(MADD256) "dec %0\n\tjnz 1b\n\tvzeroupper"
                     : "+r"(n)
                     : "m"(pattern)
                     : LOW_REGISTERS);
}

/* Tiles of 16 rows of 64 bytes: four sums, two left and two right factors. */
typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_config;

#define TILE_LOOP(name, instruction)                                                               \
    static void name(uint64_t n) {                                                                 \
        _Alignas(64) tile_config config = {.palette = 1};                                          \
        _Alignas(64) static uint32_t tile[16][16];                                                 \
        for (size_t i = 0; i < 8; i++) config.row_bytes[i] = 64, config.rows[i] = 16;              \
        for (size_t i = 0; i < 256; i++) tile[i / 16][i % 16] = pattern;                           \
        __asm__ volatile("ldtilecfg %1\n\ttilezero %%tmm0\n\ttilezero %%tmm1\n\t"                  \
                         "tilezero %%tmm2\n\ttilezero %%tmm3\n\t"                                  \
                         "tileloadd (%2,%3), %%tmm4\n\ttileloadd (%2,%3), %%tmm5\n\t"              \
                         "tileloadd (%2,%3), %%tmm6\n\ttileloadd (%2,%3), %%tmm7\n\t"              \
                         "1:\n\t" instruction " %%tmm6, %%tmm4, %%tmm0\n\t" instruction            \
                         " %%tmm7, %%tmm4, %%tmm1\n\t" instruction                                 \
                         " %%tmm6, %%tmm5, %%tmm2\n\t" instruction                                 \
                         " %%tmm7, %%tmm5, %%tmm3\n\tdec %0\n\tjnz 1b\n\ttilerelease"              \
                         : "+r"(n)                                                                 \
                         : "m"(config), "r"(tile), "r"((uint64_t)64)                               \
                         : "cc", "memory");                                                        \
    }

TILE_LOOP(run_amx_bf16, "tdpbf16ps")
TILE_LOOP(run_amx_int8, "tdpbssd")

typedef struct {
    const char *precision, *instruction;
    void (*run)(uint64_t n);
    double operations; /* of one round of the loop */
    weft_cpu needs;
} kernel;

static const kernel kernels[] = {
    {"f32", "avx2-fma", run_fma256, 14 * 16, WEFT_CPU_AVX2},
    {"f32", "avx512-fma", run_fma512, 14 * 32, WEFT_CPU_AVX512},
    {"bf16", "avx512-vdpbf16ps", run_bf16_512, 14 * 64, WEFT_CPU_AVX512_BF16},
    {"bf16", "amx-tdpbf16ps", run_amx_bf16, 4 * 2 * 16 * 16 * 32, WEFT_CPU_AMX},
    {"int8", "avx2-vpmaddubsw", run_madd256, 12 * 64, WEFT_CPU_AVX2},
    {"int8", "avx-vpdpbusd", run_vnni256, 14 * 64, WEFT_CPU_AVX_VNNI},
    {"int8", "avx512-vpdpbusd", run_vnni512, 14 * 128, WEFT_CPU_AVX512_VNNI},
    {"int8", "amx-tdpbssd", run_amx_int8, 4 * 2 * 16 * 16 * 64, WEFT_CPU_AMX},
};

typedef struct {
    const kernel *kernel;
    uint64_t rounds;
    pthread_barrier_t *barrier;
    double seconds;
} task;

static void *work(void *argument) {
    task *t = argument;
    t->kernel->run(t->rounds / 8); /* let the clock settle */
    pthread_barrier_wait(t->barrier);
    double start = weft_clock_seconds();
    t->kernel->run(t->rounds);
    t->seconds = weft_clock_seconds() - start;
    return NULL;
}

/* Operations per second of all threads together, in one try. */
static double try_once(const kernel *k, uint64_t rounds, size_t threads) {
    task tasks[MAX_THREADS];
    pthread_t handles[MAX_THREADS];
    pthread_barrier_t barrier;
    double sum = 0;
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (size_t i = 0; i < threads; i++) {
        tasks[i] = (task){k, rounds, &barrier, 0};
        if (pthread_create(&handles[i], NULL, work, &tasks[i]) != 0) exit(1);
    }
    for (size_t i = 0; i < threads; i++) {
        pthread_join(handles[i], NULL);
        sum += k->operations * (double)rounds / tasks[i].seconds;
    }
    pthread_barrier_destroy(&barrier);
    return sum;
}

static void print_peaks(size_t threads) {
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        const kernel *k = &kernels[i];
        if (!weft_cpu_has(k->needs)) continue;
        double best = 0;
        uint64_t rounds = 1 << 12;
        /* The rounds that take 10 ms or more, by doubling. */
        for (double seconds = 0; seconds < 0.01; rounds *= 2) {
            double start = weft_clock_seconds();
            k->run(rounds);
            seconds = weft_clock_seconds() - start;
        }
        for (int attempt = 0; attempt < TRIES; attempt++) {
            double rate = try_once(k, rounds, threads);
            if (rate > best) best = rate;
        }
        printf("%s %s %.4g\n", k->precision, k->instruction, best);
    }
}

int main(int argc, char **argv) {
    size_t threads = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (threads < 1 || threads > MAX_THREADS) {
        fprintf(stderr, "usage: peak THREADS\n");
        return 2;
    }
    print_peaks(threads);
    return 0;
}

#else

int main(void) { return 0; }

#endif
