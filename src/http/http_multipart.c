/* http_multipart.c - finding the parts of a form in one pass, without copying.
 *
 * A body is   [preamble CRLF] --B CRLF part CRLF --B CRLF part CRLF --B-- [epilogue]
 * where each part is header lines, an empty line, and bytes (RFC 2046, 5.1.1). All
 * of it is in memory already, so there is no state machine: the next delimiter is
 * searched for and what lies between is a part. A "CRLF--B" that is followed by
 * anything but the end of its line or "--" belongs to the part's bytes. */
#include "http/http_multipart.h"

#include <string.h>

#include "http/http_parse.h"

typedef struct {
    weft_str body;
    size_t at;                                  /* where to read on */
    char delimiter[WEFT_HTTP_BOUNDARY_MAX + 5]; /* "\r\n--boundary" */
    size_t delimiter_size;
    bool is_last; /* the delimiter that was found closes the body */
} scanner;

static weft_str tail(const scanner *s, size_t from) {
    return (weft_str){s->body.data + from, s->body.size - from};
}

/* Reads what follows a delimiter at `at`: "--", or blanks and CRLF. False when it
 * is neither and the delimiter is none. */
static bool take_line_end(scanner *s, size_t at) {
    weft_str rest = tail(s, at);
    if (rest.size >= 2 && memcmp(rest.data, "--", 2) == 0) {
        s->is_last = true;
        s->at = at + 2;
        return true;
    }
    size_t blanks = 0;
    while (blanks < rest.size && (rest.data[blanks] == ' ' || rest.data[blanks] == '\t')) blanks++;
    if (rest.size - blanks < 2 || memcmp(rest.data + blanks, "\r\n", 2) != 0) return false;
    s->at = at + blanks + 2;
    return true;
}

/* Moves behind the next delimiter; *before is what lay in front of it. */
static bool next_delimiter(scanner *s, weft_str *before) {
    size_t start = s->at, from = start;
    while (from < s->body.size) {
        weft_str rest = tail(s, from);
        const char *hit = memmem(rest.data, rest.size, s->delimiter, s->delimiter_size);
        if (!hit) return false;
        size_t position = (size_t)(hit - s->body.data);
        if (take_line_end(s, position + s->delimiter_size)) {
            *before = (weft_str){s->body.data + start, position - start};
            return true;
        }
        from = position + s->delimiter_size;
    }
    return false;
}

/* The first delimiter may open the body, without the CRLF in front. */
static bool first_delimiter(scanner *s) {
    const char *dashes = s->delimiter + 2;
    size_t size = s->delimiter_size - 2;
    weft_str preamble;
    if (s->body.size >= size && memcmp(s->body.data, dashes, size) == 0 && take_line_end(s, size))
        return true;
    return next_delimiter(s, &preamble);
}

static weft_status read_disposition(weft_str value, weft_http_part *part, weft_err *err) {
    weft_str params, kind = weft_http_value_head(value, &params);
    if (!weft_str_eq_nocase(kind, "form-data"))
        return weft_fail(err, WEFT_E_FORMAT, "Content-Disposition is not form-data");
    part->name = weft_http_value_param(params, "name");
    part->filename = weft_http_value_param(params, "filename");
    return WEFT_OK;
}

static weft_status read_header(weft_str line, weft_http_part *part, weft_err *err) {
    const char *colon = memchr(line.data, ':', line.size);
    if (!colon) return weft_fail(err, WEFT_E_FORMAT, "a header line without ':'");
    weft_str name = {line.data, (size_t)(colon - line.data)};
    weft_str value = weft_str_trim((weft_str){colon + 1, line.size - name.size - 1});
    if (weft_str_eq_nocase(name, "Content-Disposition")) return read_disposition(value, part, err);
    if (weft_str_eq_nocase(name, "Content-Type")) part->content_type = value;
    if (weft_str_eq_nocase(name, "Content-Transfer-Encoding") &&
        !weft_str_eq_nocase(value, "binary") && !weft_str_eq_nocase(value, "8bit") &&
        !weft_str_eq_nocase(value, "7bit"))
        return weft_fail(err, WEFT_E_UNSUPPORTED, "Content-Transfer-Encoding must be binary");
    return WEFT_OK;
}

/* Reads the headers at s->at and moves behind the empty line that ends them. */
static weft_status read_headers(scanner *s, weft_http_part *part, weft_err *err) {
    size_t start = s->at;
    *part = (weft_http_part){.content_type = weft_str_of("text/plain")};
    for (;;) {
        weft_str rest = tail(s, s->at);
        const char *end = rest.size ? memmem(rest.data, rest.size, "\r\n", 2) : NULL;
        if (!end) return weft_fail(err, WEFT_E_FORMAT, "headers are cut off");
        weft_str line = {rest.data, (size_t)(end - rest.data)};
        s->at += line.size + 2;
        if (s->at - start > WEFT_HTTP_PART_HEADER_MAX)
            return weft_fail(err, WEFT_E_LIMIT, "more than %d bytes of headers",
                             WEFT_HTTP_PART_HEADER_MAX);
        if (!line.size) break;
        weft_status status = read_header(line, part, err);
        if (status) return status;
    }
    if (!part->name.size) return weft_fail(err, WEFT_E_FORMAT, "no name in Content-Disposition");
    /* The empty line's CRLF may also be the delimiter's, when there are no bytes. */
    s->at -= 2;
    return WEFT_OK;
}

static weft_status read_part(scanner *s, weft_http_part *part, weft_err *err) {
    weft_status status = read_headers(s, part, err);
    if (status) return status;
    if (!next_delimiter(s, &part->bytes))
        return weft_fail(err, WEFT_E_FORMAT, "it does not end with the boundary");
    if (part->bytes.size) part->bytes = (weft_str){part->bytes.data + 2, part->bytes.size - 2};
    return WEFT_OK;
}

weft_status weft_http_multipart_parse(weft_str body, weft_str boundary, weft_http_part *parts,
                                      size_t *count, weft_err *err) {
    scanner s = {.body = body};
    *count = 0;
    if (boundary.size < 1 || boundary.size > WEFT_HTTP_BOUNDARY_MAX)
        return weft_fail(err, WEFT_E_FORMAT, "multipart: the boundary must have 1 to %d bytes",
                         WEFT_HTTP_BOUNDARY_MAX);
    memcpy(s.delimiter, "\r\n--", 4);
    memcpy(s.delimiter + 4, boundary.data, boundary.size);
    s.delimiter_size = boundary.size + 4;
    if (!body.size || !first_delimiter(&s))
        return weft_fail(err, WEFT_E_FORMAT, "multipart: the boundary is not in the body");
    while (!s.is_last) {
        if (*count == WEFT_HTTP_PARTS_MAX)
            return weft_fail(err, WEFT_E_LIMIT, "multipart: more than %d parts",
                             WEFT_HTTP_PARTS_MAX);
        weft_status status = read_part(&s, &parts[*count], err);
        if (status) return weft_fail_in(err, status, "multipart: part %zu", *count + 1);
        (*count)++;
    }
    return WEFT_OK;
}

weft_status weft_http_request_multipart(const weft_http_request *request,
                                        const weft_http_part **parts, size_t *count,
                                        weft_err *err) {
    *parts = NULL;
    *count = 0;
    if (strcmp(weft_http_request_media_type(request), "multipart/form-data") != 0)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "the content type is not multipart/form-data");
    weft_http_part *found =
        weft_arena_alloc(weft_http_request_arena(request), WEFT_HTTP_PARTS_MAX, sizeof *found);
    if (!found) return weft_fail(err, WEFT_E_NOMEM, "multipart");
    *parts = found;
    return weft_http_multipart_parse(weft_http_request_body(request),
                                     weft_http_request_media_param(request, "boundary"), found,
                                     count, err);
}

const weft_http_part *weft_http_part_find(const weft_http_part *parts, size_t count,
                                          const char *name) {
    for (size_t i = 0; i < count; i++)
        if (weft_str_eq(parts[i].name, name)) return &parts[i];
    return NULL;
}
