#include "base/clock.h"

#include <stdio.h>
#include <time.h>

double weft_clock_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void weft_clock_timestamp(char out[WEFT_TIMESTAMP_SIZE]) {
    struct timespec t;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &utc);
    size_t n = strftime(out, WEFT_TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + n, WEFT_TIMESTAMP_SIZE - n, ".%03uZ", (unsigned)(t.tv_nsec / 1000000) % 1000u);
}
