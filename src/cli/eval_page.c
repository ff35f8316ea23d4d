#include "cli/eval_page.h"

#include <math.h>

#include "base/file.h"

static const char head[] = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width\">\n<title>";
static const char style[] =
    "</title>\n<style>\n"
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;"
    "color:#1c1917;background:#fff}\n"
    "h1{font-weight:500}h2{font-size:1.1rem;margin-top:2.5rem}small,p{color:#57534e}\n"
    "table{border-collapse:collapse;margin:.6rem 0;font-variant-numeric:tabular-nums}\n"
    "td,th{padding:.2rem .9rem .2rem 0;text-align:right}th:first-child,td:first-child"
    "{text-align:left}th{font-weight:500;border-bottom:1px solid #d6d3d1}\n"
    "svg{display:block;max-width:100%;height:auto;font:12px system-ui,sans-serif}\n"
    "</style>\n";

/* One for each series; readable next to each other also without color vision. */
static const char *const colors[] = {"#a8a29e", "#d6a35c", "#7c9885",
                                     "#5b8db8", "#b4533c", "#7a5c99"};

void weft_eval_page_begin(weft_buf *out, const char *title) {
    weft_buf_init(out);
    weft_buf_printf(out, "%s%s%s", head, title, style);
}

weft_status weft_eval_page_end(weft_buf *out, const char *path, weft_err *err) {
    weft_status status = weft_buf_ok(out) ? weft_file_write_atomic(path, out->data, out->size, err)
                                          : weft_fail(err, WEFT_E_NOMEM, "%s: report", path);
    weft_buf_deinit(out);
    return status;
}

enum { LEFT = 40, TOP = 14, HEIGHT = 200, BAR = 18, GAP = 34, KEY = 105 };

static double top_of(const weft_eval_bars *bars) { return bars->top > 0 ? bars->top : 1; }

static void draw_scale(weft_buf *out, double top, size_t width) {
    for (int line = 0; line <= 4; line++) {
        double y = TOP + HEIGHT * (1 - line / 4.0);
        weft_buf_printf(out,
                        "<line x1=\"%d\" x2=\"%zu\" y1=\"%g\" y2=\"%g\" stroke=\"#e7e5e4\"/>"
                        "<text x=\"%d\" y=\"%g\" text-anchor=\"end\">%.*f</text>\n",
                        LEFT, width, y, y, LEFT - 6, y + 4, top < 0.2 ? 3 : 2, top * line / 4);
    }
}

static void draw_cluster(weft_buf *out, const weft_eval_bars *bars, size_t cluster, size_t x) {
    for (size_t i = 0; i < bars->series_count; i++) {
        double value = bars->value(bars->context, cluster, i), part = value / top_of(bars);
        weft_buf_printf(out,
                        "<rect x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" "
                        "fill=\"%s\"><title>%s: %.3f</title></rect>\n",
                        x + i * BAR, TOP + HEIGHT * (1 - part), BAR - 2, HEIGHT * part,
                        colors[i % 6], bars->series[i], value);
    }
    weft_buf_printf(out, "<text x=\"%zu\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                    x + bars->series_count * BAR / 2, TOP + HEIGHT + 18, bars->clusters[cluster]);
}

void weft_eval_page_bars(weft_buf *out, const weft_eval_bars *bars) {
    size_t step = bars->series_count * BAR + GAP, width = LEFT + bars->cluster_count * step;
    if (width < LEFT + bars->series_count * KEY) width = LEFT + bars->series_count * KEY;
    weft_buf_printf(out,
                    "<svg viewBox=\"0 0 %zu %d\" width=\"%zu\" role=\"img\" "
                    "aria-label=\"%s\">\n",
                    width, TOP + HEIGHT + 50, width, bars->label);
    draw_scale(out, top_of(bars), width);
    for (size_t c = 0; c < bars->cluster_count; c++)
        draw_cluster(out, bars, c, LEFT + GAP / 2 + c * step);
    for (size_t i = 0, x = LEFT; i < bars->series_count; i++, x += KEY)
        weft_buf_printf(out,
                        "<rect x=\"%zu\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>"
                        "<text x=\"%zu\" y=\"%d\">%s</text>\n",
                        x, TOP + HEIGHT + 34, colors[i % 6], x + 14, TOP + HEIGHT + 43,
                        bars->series[i]);
    weft_buf_puts(out, "</svg>\n");
}

void weft_eval_page_spread(weft_buf *out, const weft_eval_spread *s) {
    enum { WIDE = 460, TALL = 150, ABOVE = 10, BEFORE = 8 };
    const int below = ABOVE + TALL;
    double first = 0, second = 0, most = 0, bar = (double)(WIDE - BEFORE) / (double)s->bins;
    for (size_t i = 0; i < s->bins; i++)
        first += (double)s->first[i], second += (double)s->second[i];
    for (size_t i = 0; i < s->bins; i++) {
        if (first > 0) most = fmax(most, (double)s->first[i] / first);
        if (second > 0) most = fmax(most, (double)s->second[i] / second);
    }
    weft_buf_printf(out,
                    "<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" "
                    "aria-label=\"%s: %s and %s\">\n",
                    WIDE, below + 40, WIDE, s->label, s->first_name, s->second_name);
    for (size_t i = 0; i < s->bins && most > 0; i++) {
        double a = first > 0 ? (double)s->first[i] / first / most : 0;
        double b = second > 0 ? (double)s->second[i] / second / most : 0;
        double x = BEFORE + (double)i * bar;
        weft_buf_printf(
            out,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#b4533c\"/>"
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#a8a29e\"/>\n",
            x, ABOVE + TALL * (1 - a), bar / 2 - 1, TALL * a, x + bar / 2, ABOVE + TALL * (1 - b),
            bar / 2 - 1, TALL * b);
    }
    weft_buf_printf(out,
                    "<text x=\"%d\" y=\"%d\">%.3g</text><text x=\"%d\" y=\"%d\" "
                    "text-anchor=\"end\">%.3g</text><text x=\"%d\" y=\"%d\" "
                    "text-anchor=\"middle\">%s</text>\n",
                    BEFORE, below + 14, s->low, WIDE, below + 14, s->high, WIDE / 2, below + 14,
                    s->label);
    weft_buf_printf(out,
                    "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"#b4533c\"/>"
                    "<text x=\"%d\" y=\"%d\">%s (%.0f)</text>"
                    "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"#a8a29e\"/>"
                    "<text x=\"%d\" y=\"%d\">%s (%.0f)</text></svg>\n",
                    BEFORE, below + 22, BEFORE + 14, below + 31, s->first_name, first, BEFORE + 140,
                    below + 22, BEFORE + 154, below + 31, s->second_name, second);
}

void weft_eval_page_weights(weft_buf *out, const char *label, const char *const *names,
                            const double *values, size_t n) {
    enum { NAMES = 110, REACH = 150, ROW = 22, ZERO = NAMES + REACH, WIDE = ZERO + REACH + 50 };
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(values[i]));
    weft_buf_printf(out,
                    "<svg viewBox=\"0 0 %d %zu\" width=\"%d\" role=\"img\" aria-label=\"%s\">\n",
                    WIDE, n * ROW + 4, WIDE, label);
    for (size_t i = 0; i < n; i++) {
        double length = most > 0 ? REACH * fabs(values[i]) / most : 0;
        size_t y = i * ROW;
        weft_buf_printf(out,
                        "<text x=\"0\" y=\"%zu\">%s</text><rect x=\"%.1f\" y=\"%zu\" "
                        "width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
                        "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\">%+.2f</text>\n",
                        y + 15, names[i], values[i] < 0 ? ZERO - length : ZERO, y + 4, length,
                        ROW - 6, values[i] < 0 ? "#b4533c" : "#5b8db8", WIDE, y + 15, values[i]);
    }
    weft_buf_printf(out,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"0\" y2=\"%zu\" "
                    "stroke=\"#a8a29e\"/></svg>\n",
                    ZERO, ZERO, n * ROW + 4);
}

/* ---- lines ---- */

enum { LINES_LEFT = 56, LINES_WIDE = 640, LINES_TALL = 300, LEGEND = 132 };

static double highest_of(const weft_eval_lines *l) {
    double most = 0;
    for (size_t s = 0; s < l->series_count; s++)
        for (size_t p = 0; p < l->points; p++) most = fmax(most, l->value(l->context, s, p));
    return most > 0 ? most : 1;
}

static void draw_line(weft_buf *out, const weft_eval_lines *l, size_t series, double most) {
    weft_buf_printf(out, "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"",
                    colors[series % 6]);
    for (size_t p = 0; p < l->points; p++)
        weft_buf_printf(out, "%.1f,%.1f ",
                        LINES_LEFT + LINES_WIDE * (double)p / (double)(l->points - 1),
                        TOP + LINES_TALL * (1 - l->value(l->context, series, p) / most));
    weft_buf_printf(out, "\"><title>%s</title></polyline>\n", l->series[series]);
}

void weft_eval_page_lines(weft_buf *out, const weft_eval_lines *l) {
    const double most = highest_of(l);
    const int below = TOP + LINES_TALL, width = LINES_LEFT + LINES_WIDE + 20;
    weft_buf_printf(out,
                    "<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" "
                    "aria-label=\"%s\">\n",
                    width, below + 50, width, l->label);
    for (int line = 0; line <= 4; line++) {
        double y = TOP + LINES_TALL * (1 - line / 4.0), x = LINES_LEFT + LINES_WIDE * line / 4.0;
        weft_buf_printf(out,
                        "<line x1=\"%d\" x2=\"%d\" y1=\"%g\" y2=\"%g\" stroke=\"#e7e5e4\"/>"
                        "<text x=\"%d\" y=\"%g\" text-anchor=\"end\">%.4g</text>"
                        "<text x=\"%g\" y=\"%d\" text-anchor=\"middle\">%.6g</text>\n",
                        LINES_LEFT, LINES_LEFT + LINES_WIDE, y, y, LINES_LEFT - 6, y + 4,
                        most * line / 4, x, below + 16, l->last * line / 4);
    }
    for (size_t s = 0; s < l->series_count; s++) {
        size_t x = LINES_LEFT + s * LEGEND;
        draw_line(out, l, s, most);
        weft_buf_printf(out,
                        "<rect x=\"%zu\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>"
                        "<text x=\"%zu\" y=\"%d\">%s</text>\n",
                        x, below + 32, colors[s % 6], x + 14, below + 41, l->series[s]);
    }
    weft_buf_puts(out, "</svg>\n");
}
