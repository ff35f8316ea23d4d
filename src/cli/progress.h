/* progress.h - how far a long command is, on standard error.
 *
 * On a terminal one line that is redrawn: bar, count, rate, time left. Into a
 * pipe or file a plain line every ten seconds. Not safe for two threads at once. */
#ifndef WEFT_CLI_PROGRESS_H
#define WEFT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *what; /* "embedding" */
    const char *unit; /* "products" */
    bool is_terminal;
    double started, last_drawn; /* weft_clock_seconds */
    size_t done, total;         /* total 0: not known */
} weft_progress;

void weft_progress_begin(weft_progress *progress, const char *what, const char *unit);
void weft_progress_update(weft_progress *progress, size_t done, size_t total);
void weft_progress_end(weft_progress *progress); /* one last line, whole */

/* To be told by long work; the context is a weft_progress. Of work in steps each has a line of its
 * own, in percent: `what` is NULL before the first step and after the end. */
void weft_progress_on_count(void *context, size_t done, size_t total);
void weft_progress_on_step(void *context, const char *what);
void weft_progress_on_share(void *context, double done); /* 0 to 1 */
void weft_progress_end_step(weft_progress *progress);    /* if there is one */

#endif
