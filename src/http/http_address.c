#include "http/http_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_SIZE = 256, BACKLOG = 511 };

/* Cuts "host", "host:port", "[v6]" or "[v6]:port"; *port is "" when there is none. */
static bool split(const char *address, char host[HOST_SIZE], const char **port) {
    bool is_bracketed = address[0] == '[';
    const char *start = address + is_bracketed;
    const char *end = start + strcspn(start, is_bracketed ? "]" : ":");
    size_t size = (size_t)(end - start);
    if (size == 0 || size >= HOST_SIZE || (is_bracketed && *end != ']')) return false;
    memcpy(host, start, size);
    host[size] = '\0';
    end += is_bracketed;
    if (*end && *end != ':') return false;
    *port = *end ? end + 1 : end;
    return true;
}

bool weft_http_address_is_loopback(const char *address) {
    char host[HOST_SIZE];
    const char *port;
    struct in_addr v4;
    struct in6_addr v6;
    if (!split(address, host, &port)) return false;
    if (weft_str_eq_nocase(weft_str_of(host), "localhost")) return true;
    if (inet_pton(AF_INET, host, &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static uint16_t bound_port(int fd) {
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0) return 0;
    if (bound.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&bound)->sin6_port);
    return ntohs(((struct sockaddr_in *)&bound)->sin_port);
}

static weft_status listen_on(const struct addrinfo *info, const char *address, int *out,
                             weft_err *err) {
    const int yes = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return weft_fail(err, WEFT_E_IO, "socket: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int reason = errno;
        close(fd);
        return weft_fail(err, WEFT_E_IO, "cannot listen on %s: %s", address, strerror(reason));
    }
    *out = fd;
    return WEFT_OK;
}

weft_status http_address_listen(const char *address, int *fd, uint16_t *port, weft_err *err) {
    char host[HOST_SIZE];
    const char *service;
    uint64_t number;
    if (!split(address, host, &service) || !weft_str_to_u64(weft_str_of(service), &number) ||
        number > UINT16_MAX)
        return weft_fail(err, WEFT_E_INVALID, "address \"%s\": HOST:PORT wanted", address);

    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *info;
    int failure = getaddrinfo(host, service, &hints, &info);
    if (failure)
        return weft_fail(err, WEFT_E_INVALID, "address \"%s\": %s", address, gai_strerror(failure));
    weft_status status = listen_on(info, address, fd, err);
    freeaddrinfo(info);
    if (!status) *port = bound_port(*fd);
    return status;
}
