#include "http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "unit.h"

int client_connect(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void client_send(int fd, const void *bytes, size_t size) {
    const char *p = bytes;
    while (size) {
        ssize_t n = send(fd, p, size, MSG_NOSIGNAL);
        if (n <= 0) return; /* the server has closed: the test sees it when reading */
        p += n;
        size -= (size_t)n;
    }
}

void client_puts(int fd, const char *text) { client_send(fd, text, strlen(text)); }

client_answer client_read(int fd, bool has_body) {
    client_answer answer = {0};
    size_t n = 0;
    char text[512];
    while (n + 1 < sizeof answer.head && recv(fd, answer.head + n, 1, 0) == 1) {
        n++;
        if (n >= 4 && memcmp(answer.head + n - 4, "\r\n\r\n", 4) == 0) break;
    }
    answer.head[n] = '\0';
    if (sscanf(answer.head, "HTTP/1.1 %d", &answer.status) != 1) return answer;
    const char *length = client_header(&answer, "Content-Length", text);
    size_t size = has_body && length ? strtoul(length, NULL, 10) : 0;
    answer.body = calloc(size + 1, 1);
    while (answer.size < size) {
        ssize_t got = recv(fd, answer.body + answer.size, size - answer.size, 0);
        if (got <= 0) break;
        answer.size += (size_t)got;
    }
    return answer;
}

const char *client_header(client_answer *answer, const char *name, char out[512]) {
    size_t size = strlen(name);
    for (const char *line = answer->head; (line = strstr(line, "\r\n")) && *(line += 2);) {
        if (strncasecmp(line, name, size) != 0 || line[size] != ':') continue;
        const char *value = line + size + 1 + strspn(line + size + 1, " ");
        snprintf(out, 512, "%.*s", (int)strcspn(value, "\r"), value);
        return out;
    }
    return NULL;
}

client_answer client_call(uint16_t port, const char *request) {
    int fd = client_connect(port);
    client_puts(fd, request);
    client_answer answer = client_read(fd, strncmp(request, "HEAD", 4) != 0);
    close(fd);
    return answer;
}

bool client_is_closed(int fd) {
    char byte;
    ssize_t n = recv(fd, &byte, 1, 0);
    return n == 0 || (n < 0 && errno == ECONNRESET); /* not when patience ran out */
}
