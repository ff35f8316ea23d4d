/* clock.h - time as weft measures and writes it. */
#ifndef WEFT_BASE_CLOCK_H
#define WEFT_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Seconds since some fixed point; never runs backwards. For durations. */
double weft_clock_seconds(void);

enum { WEFT_TIMESTAMP_SIZE = 32 };

/* The current time as RFC 3339 in UTC, "2026-01-02T03:04:05.678Z". */
void weft_clock_timestamp(char out[WEFT_TIMESTAMP_SIZE]);

/* Milliseconds since 1970 began in UTC: now, as RFC 3339 (years 0 to 9999; others are cut to
 * them), and back. */
int64_t weft_clock_now(void);
void weft_clock_format(int64_t milliseconds, char out[WEFT_TIMESTAMP_SIZE]);

/* Reads "2026-01-02T03:04:05.678Z": fractions may be left out, an offset ("+01:00") may stand
 * for the Z, a space for the T, and a date alone is its first moment. False for anything else. */
bool weft_clock_parse(weft_str text, int64_t *milliseconds);

#endif
