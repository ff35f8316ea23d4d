/* A pairing as a text table. */
#include <string.h>

#include "recommend/pairing_internal.h"

/* ---- reading ---- */

typedef struct {
    weft_pairing *pairing;
    uint32_t kinds; /* read so far */
    weft_err *err;
} reader;

/* Takes what stands before the mark off the text; all of it when there is no mark. */
static weft_str take(weft_str *text, char mark) {
    if (!text->size) return *text;
    const char *at = memchr(text->data, mark, text->size);
    size_t n = at ? (size_t)(at - text->data) : text->size;
    weft_str part = weft_str_trim((weft_str){text->data, n});
    n += at != NULL;
    *text = (weft_str){text->data + n, text->size - n};
    return part;
}

static weft_status read_number(const reader *r, weft_str text, int64_t least, int64_t most,
                               int64_t *number) {
    if (weft_str_to_i64(text, number) && *number >= least && *number <= most) return WEFT_OK;
    return weft_fail(r->err, WEFT_E_FORMAT, "\"%.*s\" is no number from %lld to %lld",
                     text.size < 40 ? (int)text.size : 40, text.size ? text.data : "",
                     (long long)least, (long long)most);
}

static weft_status read_weight(const reader *r, weft_str text, int16_t *weight) {
    int64_t number = 0;
    weft_status status =
        read_number(r, text, -WEFT_PAIRING_WEIGHT_MAX, WEFT_PAIRING_WEIGHT_MAX, &number);
    *weight = (int16_t)number;
    return status;
}

/* "Tshirts, T-Shirts | 1901 | -12 | 43 -280" */
static weft_status read_kind(reader *r, weft_str line) {
    weft_pairing *p = r->pairing;
    uint32_t kind = r->kinds;
    int64_t pieces = 0;
    weft_str names = take(&line, '|'), name = take(&names, ',');
    weft_status status = weft_pairing_name_kind(p, kind, name, weft_str_trim(names), r->err);
    if (!status && kind > 0 && strcmp(p->names[kind - 1], p->names[kind]) >= 0)
        status = weft_fail(r->err, WEFT_E_FORMAT, "\"%s\" is not behind \"%s\" in order",
                           p->names[kind], p->names[kind - 1]);
    if (!status) status = read_number(r, take(&line, '|'), 0, UINT32_MAX, &pieces);
    if (!status) status = read_weight(r, take(&line, '|'), &p->own[kind]);
    p->pieces[kind] = (uint32_t)pieces;
    p->all_pieces += (uint64_t)pieces;
    for (uint32_t with = 0; with <= kind && !status; with++) {
        line = weft_str_trim(line);
        status = read_weight(r, take(&line, ' '), &p->pairs[kind * p->count + with]);
        p->pairs[with * p->count + kind] = p->pairs[kind * p->count + with];
    }
    if (!status && weft_str_trim(line).size)
        status = weft_fail(r->err, WEFT_E_FORMAT, "more than %lu weights", (unsigned long)kind + 1);
    r->kinds++;
    return status;
}

static weft_status read_line(reader *r, weft_str line) {
    int64_t number = 0;
    if (memchr(line.data, '|', line.size)) return read_kind(r, line);
    weft_str word = take(&line, ' ');
    line = weft_str_trim(line);
    if (weft_str_eq(word, "offset")) return read_weight(r, line, &r->pairing->offset);
    if (!weft_str_eq(word, "outfits"))
        return weft_fail(r->err, WEFT_E_FORMAT, "this is neither a kind, nor outfits, nor offset");
    weft_status status = read_number(r, line, 0, WEFT_OUTFITS_MAX, &number);
    r->pairing->outfits = (size_t)number;
    return status;
}

/* The next line without white space at its ends; comments are empty. */
static weft_str next_line(weft_str *text) {
    weft_str line = take(text, '\n');
    return line.size && line.data[0] == '#' ? (weft_str){line.data, 0} : line;
}

static size_t count_kinds(weft_str text) {
    size_t n = 0;
    while (text.size) {
        weft_str line = next_line(&text);
        n += line.size && memchr(line.data, '|', line.size);
    }
    return n;
}

weft_status weft_pairing_parse(weft_pairing **out, weft_str text, weft_err *err) {
    reader r = {.err = err};
    *out = NULL;
    if (text.size > WEFT_PAIRING_MAX_BYTES)
        return weft_fail(err, WEFT_E_LIMIT, "%zu bytes, at most %d", text.size,
                         WEFT_PAIRING_MAX_BYTES);
    size_t kinds = count_kinds(text), number = 0;
    if (kinds > WEFT_PAIRING_MAX_KINDS)
        return weft_fail(err, WEFT_E_LIMIT, "%zu kinds, at most %d", kinds, WEFT_PAIRING_MAX_KINDS);
    weft_status status = weft_pairing_new(&r.pairing, kinds, err);
    while (text.size && !status) {
        weft_str line = next_line(&text);
        number++;
        if (line.size) status = read_line(&r, line);
        if (status) weft_fail_in(err, status, "line %zu", number);
    }
    if (status) weft_pairing_free(r.pairing);
    else *out = r.pairing;
    return status;
}

/* ---- writing ---- */

void weft_pairing_write(const weft_pairing *p, weft_buf *out) {
    weft_buf_printf(out,
                    "# What goes with what, learned from outfits (recommend/pairing.h). A kind a "
                    "line: names | pieces | own\n# weight | weights with the kinds above and "
                    "itself; hundredths of log odds, 0 as by chance.\noutfits %zu\noffset %d\n",
                    p->outfits, p->offset);
    for (size_t k = 0; k < p->count; k++) {
        weft_buf_printf(out, "%s%s%s | %lu | %d |", p->names[k], p->others[k][0] ? ", " : "",
                        p->others[k], (unsigned long)p->pieces[k], p->own[k]);
        for (size_t with = 0; with <= k; with++)
            weft_buf_printf(out, " %d", p->pairs[k * p->count + with]);
        weft_buf_putc(out, '\n');
    }
}
