/* http_multipart.h - multipart/form-data (RFC 7578), the body of a form with files. */
#ifndef WEFT_HTTP_MULTIPART_H
#define WEFT_HTTP_MULTIPART_H

#include <stddef.h>

#include "base/status.h"
#include "base/str.h"
#include "http/http_request.h"

enum {
    WEFT_HTTP_PARTS_MAX = 64,         /* parts of one body */
    WEFT_HTTP_PART_HEADER_MAX = 4096, /* bytes of the headers of one part */
    WEFT_HTTP_BOUNDARY_MAX = 70,      /* bytes (RFC 2046, 5.1.1) */
};

/* Views into the body, as the client wrote them: browsers write a quote in a name
 * as %22. */
typedef struct {
    weft_str name;
    weft_str filename;     /* data NULL: not a file */
    weft_str content_type; /* "text/plain" when the part does not say */
    weft_str bytes;
} weft_http_part;

/* Finds the parts of a body: parts[WEFT_HTTP_PARTS_MAX], *count of them. Nothing is
 * copied. Fails with WEFT_E_FORMAT (not multipart, a part without a name, cut off),
 * WEFT_E_LIMIT (see above) or WEFT_E_UNSUPPORTED (a Content-Transfer-Encoding). */
weft_status weft_http_multipart_parse(weft_str body, weft_str boundary, weft_http_part *parts,
                                      size_t *count, weft_err *err);

/* The parts of a request, in its arena. WEFT_E_UNSUPPORTED when its content type
 * is not multipart/form-data; else as above. */
weft_status weft_http_request_multipart(const weft_http_request *request,
                                        const weft_http_part **parts, size_t *count, weft_err *err);

/* The first part of that name, or NULL. */
const weft_http_part *weft_http_part_find(const weft_http_part *parts, size_t count,
                                          const char *name);

#endif
