/* http_auth.c - "Authorization: Bearer TOKEN" (RFC 6750).
 *
 * Whether a token is there at all is decided on the network thread, before any
 * body is gathered; whether it is good may need a database, so a worker asks.
 * No message here repeats a token. */
#include "http/http_internal.h"

#include <string.h>
#include <strings.h>

bool http_auth_is_needed(const weft_http_options *options, weft_http_access access) {
    return access == WEFT_HTTP_WRITE ||
           (access == WEFT_HTTP_READ && options->require_token_for_reads) ||
           (access == WEFT_HTTP_PRIVATE && options->require_token_for_private);
}

static void refuse(weft_http_request *request, const char *challenge, const char *detail) {
    weft_http_respond_header(&request->response, "WWW-Authenticate", challenge);
    weft_http_respond_problem(&request->response, 401, NULL, "%s", detail);
}

const char *http_auth_token(weft_http_request *request) {
    static const char scheme[] = "Bearer ";
    const char *value = weft_http_request_header(request, "Authorization");
    if (!value) {
        refuse(request, "Bearer", "this needs a token: Authorization: Bearer TOKEN");
        return NULL;
    }
    if (strncasecmp(value, scheme, sizeof scheme - 1) != 0) {
        refuse(request, "Bearer", "the Authorization header must be: Bearer TOKEN");
        return NULL;
    }
    value += sizeof scheme - 1;
    value += strspn(value, " ");
    if (!*value || strnlen(value, WEFT_HTTP_TOKEN_MAX + 1) > WEFT_HTTP_TOKEN_MAX) {
        refuse(request, "Bearer error=\"invalid_token\"", "the token is empty or too long");
        return NULL;
    }
    return value;
}

bool http_auth_verify(weft_http_request *request, const char *token) {
    const weft_http_options *options = &request->server->options;
    bool good = false;
    if (options->verify && options->verify(options->verify_context, token, &good)) {
        weft_http_respond_problem(&request->response, 503, NULL, "tokens cannot be checked now");
        return false;
    }
    if (good) return true;
    refuse(request, "Bearer error=\"invalid_token\"", "the token is unknown or revoked");
    return false;
}
