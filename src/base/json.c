#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

void weft_json_begin(weft_json *j, weft_buf *out) { *j = (weft_json){.out = out}; }

static void separate(weft_json *j) {
    if (j->needs_comma) weft_buf_putc(j->out, ',');
    j->needs_comma = true;
}

static void open_level(weft_json *j, char opener, char closer) {
    assert(j->depth < WEFT_JSON_DEPTH);
    separate(j);
    weft_buf_putc(j->out, opener);
    j->closers[j->depth++] = closer;
    j->needs_comma = false;
}

void weft_json_object(weft_json *j) { open_level(j, '{', '}'); }
void weft_json_array(weft_json *j) { open_level(j, '[', ']'); }

void weft_json_end(weft_json *j) {
    assert(j->depth > 0);
    weft_buf_putc(j->out, j->closers[--j->depth]);
    j->needs_comma = true;
}

/* How many bytes at p (of n > 0) form one UTF-8 character; 0 when malformed. */
static size_t character_size(const char *p, size_t n) {
    for (size_t size = 1; size <= 4 && size <= n; size++)
        if (weft_str_is_utf8((weft_str){p, size})) return size;
    return 0;
}

static void write_escaped(weft_buf *out, const char *text, size_t n) {
    weft_buf_putc(out, '"');
    size_t plain = 0; /* start of the run not written yet */
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)text[i];
        size_t size = c < 0x80 ? 1 : character_size(text + i, n - i);
        if (size && c >= ' ' && c != '"' && c != '\\') {
            i += size;
            continue;
        }
        weft_buf_append(out, text + plain, i - plain);
        if (size == 0) {
            weft_buf_puts(out, "\xef\xbf\xbd");
        } else if (c == '"' || c == '\\') {
            weft_buf_putc(out, '\\');
            weft_buf_putc(out, (char)c);
        } else if (c == '\n') {
            weft_buf_puts(out, "\\n");
        } else {
            weft_buf_printf(out, "\\u%04x", c);
        }
        plain = ++i;
    }
    weft_buf_append(out, text + plain, n - plain);
    weft_buf_putc(out, '"');
}

void weft_json_key(weft_json *j, const char *key) {
    separate(j);
    write_escaped(j->out, key, strlen(key));
    weft_buf_putc(j->out, ':');
    j->needs_comma = false;
}

void weft_json_stringn(weft_json *j, const char *text, size_t n) {
    separate(j);
    write_escaped(j->out, text, n);
}

void weft_json_string(weft_json *j, const char *text) {
    if (text) weft_json_stringn(j, text, strlen(text));
    else weft_json_null(j);
}

void weft_json_int(weft_json *j, int64_t value) {
    separate(j);
    weft_buf_printf(j->out, "%lld", (long long)value);
}

void weft_json_double(weft_json *j, double value) {
    char text[32];
    if (!isfinite(value)) {
        weft_json_null(j);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    separate(j);
    weft_buf_puts(j->out, text);
}

/* The shortest of 6 to 9 digits that reads back, by arithmetic: 16 times as fast as
 * printing and reading, which counts where embeddings are written. In this range m and
 * scale are exact as doubles, so m / scale is what a reader makes of the text. Returns
 * the length, or 0 when value is out of range. */
static size_t format_float(char *text, float value) {
    static const double powers[] = {1e0, 1e1, 1e2, 1e3,  1e4,  1e5, 1e6,
                                    1e7, 1e8, 1e9, 1e10, 1e11, 1e12};
    double size = fabs((double)value);
    if (!(size >= 1e-4 && size < 1e5)) return 0;
    size_t decimals = 0; /* for 6 digits */
    while (size * powers[decimals] < 1e5) decimals++;
    uint64_t m;
    for (size_t last = decimals + 3;; decimals++) {
        m = (uint64_t)(size * powers[decimals] + 0.5);
        if (decimals == last || (float)((double)m / powers[decimals]) == (float)size) break;
    }
    for (; decimals && m % 10 == 0; decimals--) m /= 10;
    char *end = text + 24, *p = end;
    for (size_t i = 0; m || i <= decimals; i++, m /= 10) {
        if (i && i == decimals) *--p = '.';
        *--p = (char)('0' + m % 10);
    }
    if (value < 0) *--p = '-';
    memmove(text, p, (size_t)(end - p));
    return (size_t)(end - p);
}

void weft_json_float(weft_json *j, float value) {
    char text[32];
    if (!isfinite(value)) {
        weft_json_null(j);
        return;
    }
    size_t n = format_float(text, value);
    if (n) {
        separate(j);
        weft_buf_append(j->out, text, n);
        return;
    }
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value) break;
    }
    separate(j);
    weft_buf_puts(j->out, text);
}

void weft_json_bool(weft_json *j, bool value) {
    separate(j);
    weft_buf_puts(j->out, value ? "true" : "false");
}

void weft_json_raw(weft_json *j, const char *json) {
    separate(j);
    weft_buf_puts(j->out, json);
}

void weft_json_null(weft_json *j) {
    separate(j);
    weft_buf_puts(j->out, "null");
}

void weft_json_key_string(weft_json *j, const char *key, const char *text) {
    weft_json_key(j, key);
    weft_json_string(j, text);
}

void weft_json_key_int(weft_json *j, const char *key, int64_t value) {
    weft_json_key(j, key);
    weft_json_int(j, value);
}

void weft_json_key_double(weft_json *j, const char *key, double value) {
    weft_json_key(j, key);
    weft_json_double(j, value);
}

void weft_json_key_float(weft_json *j, const char *key, float value) {
    weft_json_key(j, key);
    weft_json_float(j, value);
}

void weft_json_key_bool(weft_json *j, const char *key, bool value) {
    weft_json_key(j, key);
    weft_json_bool(j, value);
}
