/* opensearch_client.h - HTTP to a cluster of OpenSearch: any node answers, and a node that
 * does not is passed over.
 *
 * The server's own timeouts do not bound a node that hangs, so every try has its limit here,
 * and a call one over all its tries. What is asked must be harmless to repeat. */
#ifndef WEFT_ENGINE_OPENSEARCH_CLIENT_H
#define WEFT_ENGINE_OPENSEARCH_CLIENT_H

#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"

typedef struct weft_opensearch weft_opensearch; /* opaque; any thread may use it */

/* place: [USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]...][/PREFIX]; the port is 9200 and the prefix
 * "weft" by default. WEFT_E_INVALID says what is wrong with it, without the password. */
weft_status weft_opensearch_new(weft_opensearch **client, const char *place, bool uses_tls,
                                weft_err *err);
void weft_opensearch_free(weft_opensearch *client); /* NULL is fine */

const char *weft_opensearch_prefix(const weft_opensearch *client);

typedef struct {
    const char *method, *path; /* path: from the first slash on, encoded */
    weft_str body;             /* JSON, or lines of it; data NULL: none */
    double try_seconds;        /* for one node */
    double seconds;            /* over all tries */
} weft_opensearch_request;

/* Asks one node after the other until one answers with a status below 500 that is not 429, or
 * the time is over: WEFT_E_STORE then says what the last try came to. answer is cleared first
 * and holds the body. WEFT_E_NOMEM, WEFT_E_LIMIT (an answer of more than 64 MiB). */
weft_status weft_opensearch_call(weft_opensearch *client, const weft_opensearch_request *request,
                                 long *code, weft_buf *answer, weft_err *err);

/* Appends the text as a segment of a path, percent-encoded (RFC 3986, 2.1). */
void weft_opensearch_write_segment(weft_buf *path, const char *text);

#endif
