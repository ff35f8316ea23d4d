/* http_client.h - a raw HTTP client for the tests: what is sent is what they write. */
#ifndef WEFT_TESTS_HTTP_CLIENT_H
#define WEFT_TESTS_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int client_connect(uint16_t port); /* a socket that gives up reading after 20 s */
void client_send(int fd, const void *bytes, size_t size);
void client_puts(int fd, const char *text);

/* Reads one answer: status line and headers, and the body that Content-Length
 * promises (none after HEAD). Status 0: the connection was closed. */
typedef struct {
    int status;
    char head[8192];
    char *body; /* free() */
    size_t size;
} client_answer;

client_answer client_read(int fd, bool has_body);
const char *client_header(client_answer *answer, const char *name, char out[512]); /* or NULL */

/* Opens, sends, reads one answer, closes. */
client_answer client_call(uint16_t port, const char *request);
bool client_is_closed(int fd); /* waits for the server to close */

#endif
