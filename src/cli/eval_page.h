/* eval_page.h - the pages of `weft eval ... --html`: one HTML file with charts drawn as SVG
 * that needs no other file. */
#ifndef WEFT_CLI_EVAL_PAGE_H
#define WEFT_CLI_EVAL_PAGE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"

void weft_eval_page_begin(weft_buf *out, const char *title);
/* Writes the page to path and frees it, also on failure. WEFT_E_IO, WEFT_E_NOMEM. */
weft_status weft_eval_page_end(weft_buf *out, const char *path, weft_err *err);

/* Bars side by side: a cluster of them for each of clusters[cluster_count], in it a bar of 0 to
 * top for each of series[series_count]. */
typedef struct {
    const char *label; /* for those who hear the page */
    const char *const *clusters;
    size_t cluster_count;
    const char *const *series;
    size_t series_count;
    double top; /* 0: 1 */
    double (*value)(const void *context, size_t cluster, size_t series);
    const void *context;
} weft_eval_bars;

void weft_eval_page_bars(weft_buf *out, const weft_eval_bars *bars);

/* Two histograms in one, each as shares of its own. */
typedef struct {
    const char *label;
    const char *first_name, *second_name;
    const size_t *first, *second; /* [bins] */
    size_t bins;
    double low, high; /* at the two ends */
} weft_eval_spread;

void weft_eval_page_spread(weft_buf *out, const weft_eval_spread *spread);

/* A bar to the left or right of 0 for each of values[n], with its name and number. */
void weft_eval_page_weights(weft_buf *out, const char *label, const char *const *names,
                            const double *values, size_t n);

/* Lines over one axis: series[series_count], each of points evenly spread from 0 to last, of
 * values from 0 up. */
typedef struct {
    const char *label;
    const char *const *series;
    size_t series_count, points; /* points: at least 2 */
    double last;
    double (*value)(const void *context, size_t series, size_t point);
    const void *context;
} weft_eval_lines;

void weft_eval_page_lines(weft_buf *out, const weft_eval_lines *lines);

#endif
