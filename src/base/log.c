#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static _Atomic weft_log_level lowest_level = WEFT_LOG_INFO;

void weft_log_set_level(weft_log_level lowest) { atomic_store(&lowest_level, lowest); }

void weft_log(weft_log_level level, const char *format, ...) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (level < atomic_load_explicit(&lowest_level, memory_order_relaxed)) return;

    char line[2048];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    size_t used = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ ", &utc);
    used += (size_t)snprintf(line + used, sizeof line - used, "%s ", names[level]);

    va_list args;
    va_start(args, format);
    int n = vsnprintf(line + used, sizeof line - used - 1, format, args);
    va_end(args);
    if (n < 0) return;
    size_t start = used, room = sizeof line - used - 2;
    used += (size_t)n < room ? (size_t)n : room;
    for (size_t i = start; i < used; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f) line[i] = '?';
    line[used++] = '\n';
    /* One write: lines of two threads never mix. A full or closed stderr must
     * not stop the program, so the result is not looked at. */
    if (write(STDERR_FILENO, line, used) < 0) return;
}
