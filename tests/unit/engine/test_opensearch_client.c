/* The client beside nodes that misbehave: small servers that follow a script. */
#include "../unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/opensearch_client.h"

/* A node answers each connection with the next line of its script, the last one for ever:
 * "200 body", "HANG" (says nothing), "CUT" (half an answer). */
typedef struct {
    const char *const *script;
    int listener, port;
    atomic_int asked, stop;
    char request[2048]; /* the last one's beginning */
    pthread_t thread;
} fake_node;

static void answer(int peer, const char *line) {
    char text[512];
    int code = 0, at = 0;
    if (strcmp(line, "HANG") == 0) {
        usleep(1500 * 1000);
        return;
    }
    bool is_cut = strcmp(line, "CUT") == 0;
    if (!is_cut) sscanf(line, "%d %n", &code, &at);
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
                     is_cut ? 200 : code, is_cut ? 1000 : (int)strlen(line + at),
                     is_cut ? "{\"half\":" : line + at);
    if (write(peer, text, (size_t)n) < 0) return;
}

static void *node_main(void *argument) {
    fake_node *node = argument;
    int line = 0;
    for (;;) {
        int peer = accept(node->listener, NULL, NULL);
        if (atomic_load(&node->stop) || peer < 0) break;
        ssize_t n = read(peer, node->request, sizeof node->request - 1);
        node->request[n > 0 ? n : 0] = '\0';
        atomic_fetch_add(&node->asked, 1);
        answer(peer, node->script[line]);
        if (node->script[line + 1]) line++;
        close(peer);
    }
    return NULL;
}

static void start_node(fake_node *node, const char *const *script) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    memset(node, 0, sizeof *node);
    node->script = script;
    node->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(node->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(node->listener, 16), 0);
    assert_int_equal(getsockname(node->listener, (struct sockaddr *)&address, &size), 0);
    node->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&node->thread, NULL, node_main, node), 0);
}

static void stop_node(fake_node *node) {
    atomic_store(&node->stop, 1);
    shutdown(node->listener, SHUT_RDWR);
    pthread_join(node->thread, NULL);
    close(node->listener);
}

typedef struct {
    weft_status status;
    long code;
    double seconds;
    char body[256], message[512];
} outcome;

/* One call to nodes a and b (port 0: none), in that order. */
static outcome call_nodes(const char *credentials, int a, int b, double try_seconds,
                          double seconds) {
    char place[128], rest[32] = "";
    weft_opensearch *client = NULL;
    weft_err err = {0};
    weft_buf body;
    outcome o = {0};
    if (b) snprintf(rest, sizeof rest, ",127.0.0.1:%d", b);
    snprintf(place, sizeof place, "%s127.0.0.1:%d%s/shop", credentials, a, rest);
    assert_int_equal(weft_opensearch_new(&client, place, false, &err), WEFT_OK);
    assert_string_equal(weft_opensearch_prefix(client), "shop");
    weft_buf_init(&body);
    const weft_opensearch_request request = {.method = "POST",
                                             .path = "/x/_search",
                                             .body = {"{}", 2},
                                             .try_seconds = try_seconds,
                                             .seconds = seconds};
    double begun = weft_clock_seconds();
    o.status = weft_opensearch_call(client, &request, &o.code, &body, &err);
    o.seconds = weft_clock_seconds() - begun;
    snprintf(o.body, sizeof o.body, "%s", body.data ? body.data : "");
    snprintf(o.message, sizeof o.message, "%s", err.message);
    weft_buf_deinit(&body);
    weft_opensearch_free(client);
    return o;
}

#define SCRIPT(...) ((const char *const[]){__VA_ARGS__, NULL})

static void a_good_answer_is_passed_on(void **state) {
    (void)state;
    fake_node node;
    start_node(&node, SCRIPT("404 {\"found\":false}"));
    outcome o = call_nodes("me:secret@", node.port, 0, 1, 2);
    stop_node(&node);
    assert_int_equal(o.status, WEFT_OK);
    assert_int_equal(o.code, 404);
    assert_string_equal(o.body, "{\"found\":false}");
    assert_non_null(strstr(node.request, "POST /x/_search HTTP/1.1"));
    assert_non_null(strstr(node.request, "Authorization: Basic bWU6c2VjcmV0"));
}

static void another_node_is_asked_when_one_fails(void **state) {
    (void)state;
    static const char *const faults[] = {"500 {}", "503 ", "CUT", "429 {}"};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        fake_node bad, good;
        start_node(&bad, SCRIPT(faults[i]));
        start_node(&good, SCRIPT("200 {\"ok\":1}"));
        outcome o = call_nodes("", bad.port, good.port, 1, 3);
        stop_node(&bad);
        stop_node(&good);
        assert_int_equal(o.status, WEFT_OK);
        assert_string_equal(o.body, "{\"ok\":1}");
        assert_int_equal(atomic_load(&bad.asked), 1);
    }
}

static void a_node_that_is_down_or_hangs_costs_its_try(void **state) {
    (void)state;
    fake_node good, hanging;
    start_node(&good, SCRIPT("200 {}"));
    outcome o = call_nodes("", 1, good.port, 1, 3); /* nothing listens on port 1 */
    assert_int_equal(o.status, WEFT_OK);
    start_node(&hanging, SCRIPT("HANG"));
    o = call_nodes("", hanging.port, good.port, 0.3, 3);
    stop_node(&hanging);
    stop_node(&good);
    assert_int_equal(o.status, WEFT_OK);
    assert_true(o.seconds > 0.25 && o.seconds < 1.4);
}

static void it_is_tried_again_until_the_time_is_over(void **state) {
    (void)state;
    fake_node node;
    start_node(&node, SCRIPT("503 {}", "429 ", "200 {\"at\":\"last\"}"));
    outcome o = call_nodes("", node.port, 0, 1, 5);
    stop_node(&node);
    assert_int_equal(o.status, WEFT_OK);
    assert_string_equal(o.body, "{\"at\":\"last\"}");
    start_node(&node, SCRIPT("500 {\"error\":\"always\"}"));
    o = call_nodes("me:secret@", node.port, 0, 1, 0.5);
    stop_node(&node);
    assert_int_equal(o.status, WEFT_E_STORE);
    assert_true(o.seconds > 0.4 && o.seconds < 2);
    assert_non_null(strstr(o.message, "HTTP 500"));
    assert_null(strstr(o.message, "secret"));
}

static void wrong_places_are_refused_without_the_password(void **state) {
    (void)state;
    static const char *const wrong[] = {"",         "/shop",       "a,,b",      "a b",
                                        "a/Upper",  "a/with/more", "a/_hidden", "me:secret@",
                                        "a/-first", "me:secret@/x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        weft_opensearch *client;
        weft_err err = {0};
        assert_int_equal(weft_opensearch_new(&client, wrong[i], false, &err), WEFT_E_INVALID);
        assert_null(strstr(err.message, "secret"));
    }
}

static void segments_are_percent_encoded(void **state) {
    (void)state;
    weft_buf path;
    weft_buf_init(&path);
    weft_opensearch_write_segment(&path, "a/b?c %\xc3\xa9-._~9");
    assert_string_equal(path.data, "a%2Fb%3Fc%20%25%C3%A9-._~9");
    weft_buf_deinit(&path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_answer_is_passed_on),
        cmocka_unit_test(another_node_is_asked_when_one_fails),
        cmocka_unit_test(a_node_that_is_down_or_hangs_costs_its_try),
        cmocka_unit_test(it_is_tried_again_until_the_time_is_over),
        cmocka_unit_test(wrong_places_are_refused_without_the_password),
        cmocka_unit_test(segments_are_percent_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
