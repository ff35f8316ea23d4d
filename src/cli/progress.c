#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR_WIDTH = 28 };
static const double terminal_interval = 0.1, pipe_interval = 10.0; /* seconds */

void weft_progress_begin(weft_progress *progress, const char *what, const char *unit) {
    double now = weft_clock_seconds();
    *progress = (weft_progress){
        .what = what,
        .unit = unit,
        .is_terminal = isatty(STDERR_FILENO) == 1,
        .started = now,
        .last_drawn = now,
    };
}

static void write_duration(char *out, size_t size, double seconds) {
    unsigned s = seconds < 0 ? 0 : seconds > 359999 ? 359999 : (unsigned)(seconds + 0.5);
    if (s < 60) snprintf(out, size, "%u s", s);
    else if (s < 3600) snprintf(out, size, "%u min %02u s", s / 60, s % 60);
    else snprintf(out, size, "%u h %02u min", s / 3600, s / 60 % 60);
}

static void draw(const weft_progress *p, bool is_last) {
    double elapsed = weft_clock_seconds() - p->started;
    double rate = elapsed > 0 ? (double)p->done / elapsed : 0;
    char line[256], duration[32];
    size_t used = (size_t)snprintf(line, sizeof line, "%s ", p->what);
    if (p->is_terminal && p->total) {
        size_t filled = p->done >= p->total ? BAR_WIDTH : p->done * BAR_WIDTH / p->total;
        line[used++] = '[';
        memset(line + used, '#', filled);
        memset(line + used + filled, '.', BAR_WIDTH - filled);
        used += BAR_WIDTH;
        line[used++] = ']';
        line[used++] = ' ';
    }
    used += (size_t)snprintf(line + used, sizeof line - used, "%zu", p->done);
    if (p->total) used += (size_t)snprintf(line + used, sizeof line - used, "/%zu", p->total);
    used += (size_t)snprintf(line + used, sizeof line - used, " %s, %.0f/s", p->unit, rate);
    if (is_last) {
        write_duration(duration, sizeof duration, elapsed);
        snprintf(line + used, sizeof line - used, ", took %s", duration);
    } else if (p->total && rate > 0) {
        write_duration(duration, sizeof duration, (double)(p->total - p->done) / rate);
        snprintf(line + used, sizeof line - used, ", %s left", duration);
    }
    /* \033[K clears what a longer line left behind. */
    if (p->is_terminal) fprintf(stderr, "\r%s\033[K%s", line, is_last ? "\n" : "");
    else fprintf(stderr, "%s\n", line);
    fflush(stderr);
}

void weft_progress_update(weft_progress *progress, size_t done, size_t total) {
    double now = weft_clock_seconds();
    progress->done = done;
    progress->total = total > done ? total : total ? done : 0;
    if (now - progress->last_drawn < (progress->is_terminal ? terminal_interval : pipe_interval))
        return;
    progress->last_drawn = now;
    draw(progress, false);
}

void weft_progress_end(weft_progress *progress) { draw(progress, true); }

void weft_progress_on_count(void *context, size_t done, size_t total) {
    weft_progress_update(context, done, total);
}

void weft_progress_on_step(void *context, const char *what) {
    weft_progress_end_step(context);
    weft_progress_begin(context, what, "%");
}

void weft_progress_on_share(void *context, double done) {
    weft_progress_update(context, (size_t)(done * 100), 100);
}

void weft_progress_end_step(weft_progress *progress) {
    if (progress->what) weft_progress_end(progress);
    progress->what = NULL;
}
