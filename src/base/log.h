/* log.h - one line per event on standard error, in logfmt:
 *   2026-01-02T03:04:05Z info listening address=127.0.0.1:8080
 * Safe from any thread; a line is written whole. Only `api` and `cli` log;
 * libraries return errors instead. Never pass a secret. */
#ifndef WEFT_BASE_LOG_H
#define WEFT_BASE_LOG_H

typedef enum { WEFT_LOG_DEBUG, WEFT_LOG_INFO, WEFT_LOG_WARN, WEFT_LOG_ERROR } weft_log_level;

void weft_log_set_level(weft_log_level lowest); /* default: WEFT_LOG_INFO */

/* Control characters in the formatted line are written as '?', so that input
 * cannot forge a line. */
void weft_log(weft_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
