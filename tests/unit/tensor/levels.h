/* levels.h - the tests of this room run once for each kind of vector instruction, forced
 * by WEFT_CPU; a machine that lacks it skips, saying so. */
#ifndef WEFT_TESTS_LEVELS_H
#define WEFT_TESTS_LEVELS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

enum { SKIPPED = 77 };

static inline int level_is_missing(void) {
    const char *wanted = getenv("WEFT_CPU");
    if (!wanted || strcmp(wanted, weft_cpu_name(weft_cpu_level())) == 0) return 0;
    printf("skipped: this machine or build has no %s\n", wanted);
    return 1;
}

static inline float noise(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / (float)(1 << 23) - 1.0f;
}

#endif
