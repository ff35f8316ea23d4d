#include "base/clock.h"

#include <stdio.h>
#include <time.h>

double weft_clock_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int64_t weft_clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void weft_clock_format(int64_t milliseconds, char out[WEFT_TIMESTAMP_SIZE]) {
    static const int64_t first = -62167219200000, last = 253402300799999; /* years 0 and 9999 */
    struct tm utc;
    if (milliseconds < first) milliseconds = first;
    if (milliseconds > last) milliseconds = last;
    int64_t rest = (milliseconds % 1000 + 1000) % 1000;
    time_t seconds = (time_t)((milliseconds - rest) / 1000);
    gmtime_r(&seconds, &utc);
    snprintf(out, WEFT_TIMESTAMP_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
             (unsigned)(utc.tm_year + 1900) % 10000u, (unsigned)(utc.tm_mon + 1) % 100u,
             (unsigned)utc.tm_mday % 100u, (unsigned)utc.tm_hour % 100u,
             (unsigned)utc.tm_min % 100u, (unsigned)utc.tm_sec % 100u, (unsigned)rest % 1000u);
}

void weft_clock_timestamp(char out[WEFT_TIMESTAMP_SIZE]) {
    weft_clock_format(weft_clock_now(), out);
}

/* ---- reading ---- */

/* Takes so many digits off the text; false when they are not there or stand for more than max. */
static bool take_number(weft_str *text, size_t digits, int max, int *number) {
    *number = 0;
    if (text->size < digits) return false;
    for (size_t i = 0; i < digits; i++) {
        if (text->data[i] < '0' || text->data[i] > '9') return false;
        *number = *number * 10 + (text->data[i] - '0');
    }
    *text = (weft_str){text->data + digits, text->size - digits};
    return *number <= max;
}

static bool take(weft_str *text, const char *any_of) {
    for (; *any_of; any_of++) {
        if (!text->size || text->data[0] != *any_of) continue;
        *text = (weft_str){text->data + 1, text->size - 1};
        return true;
    }
    return false;
}

static int take_fraction(weft_str *text) {
    int milliseconds = 0, scale = 100, digit;
    while (take_number(text, 1, 9, &digit)) {
        milliseconds += digit * scale;
        scale /= 10;
    }
    return milliseconds;
}

/* "Z", "+01:00" or "-0330" as minutes. */
static bool take_offset(weft_str *text, int *minutes) {
    int hours, rest;
    *minutes = 0;
    if (take(text, "Zz")) return true;
    bool is_negative = text->size && text->data[0] == '-';
    if (!take(text, "+-") || !take_number(text, 2, 23, &hours)) return false;
    take(text, ":");
    if (!take_number(text, 2, 59, &rest)) return false;
    *minutes = (hours * 60 + rest) * (is_negative ? -1 : 1);
    return true;
}

bool weft_clock_parse(weft_str text, int64_t *milliseconds) {
    struct tm tm = {0};
    int year, month, offset = 0, fraction = 0;
    if (!take_number(&text, 4, 9999, &year) || !take(&text, "-") ||
        !take_number(&text, 2, 12, &month) || !take(&text, "-") ||
        !take_number(&text, 2, 31, &tm.tm_mday) || month < 1 || tm.tm_mday < 1)
        return false;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    if (text.size) {
        if (!take(&text, "Tt ") || !take_number(&text, 2, 23, &tm.tm_hour) || !take(&text, ":") ||
            !take_number(&text, 2, 59, &tm.tm_min) || !take(&text, ":") ||
            !take_number(&text, 2, 60, &tm.tm_sec))
            return false;
        if (take(&text, ".")) fraction = take_fraction(&text);
        if (!take_offset(&text, &offset) || text.size) return false;
    }
    int day = tm.tm_mday;
    int64_t seconds = (int64_t)timegm(&tm);
    if (tm.tm_mday != day) return false; /* timegm has made a 1 March of 30 February */
    *milliseconds = (seconds - offset * 60) * 1000 + fraction;
    return true;
}
