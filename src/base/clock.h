/* clock.h - time as weft measures and writes it. */
#ifndef WEFT_BASE_CLOCK_H
#define WEFT_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Seconds since some fixed point; never runs backwards. For durations. */
double weft_clock_seconds(void);

enum { WEFT_TIMESTAMP_SIZE = 32 };

/* The current time as RFC 3339 in UTC, "2026-01-02T03:04:05.678Z". */
void weft_clock_timestamp(char out[WEFT_TIMESTAMP_SIZE]);

#endif
