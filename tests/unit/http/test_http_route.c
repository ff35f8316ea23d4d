/* Which of many patterns a path means. */
#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "http/http_internal.h"

enum { MAX = 64 };

static void answer(const weft_http_request *request, weft_http_response *response, void *context) {
    (void)request;
    (void)response;
    (void)context;
}

static const char *match(const http_router *router, const char *text, weft_arena *arena) {
    weft_http_path path;
    http_match found;
    assert_int_equal(weft_http_path_parse(weft_str_of(text), arena, &path, NULL), WEFT_OK);
    assert_int_equal(http_router_match(router, "GET", &path, arena, &found), WEFT_OK);
    return found.route ? found.route->pattern : "none";
}

/* With shorter patterns between them, which neither fits, an exact one came after a {name}. */
static void exact_wins_whatever_stands_between(void **state) {
    (void)state;
    static const char *const patterns[] = {"/p/{id}",    "/q",           "/p/new",
                                           "/p",         "/p/{id}/like", "/p/new/like",
                                           "/r/{a}/{b}", "/r/{a}/x",     "/r/y/{b}"};
    enum { N = sizeof patterns / sizeof *patterns };
    weft_http_route routes[MAX];
    uint32_t random = 1;
    for (int round = 0; round < 500; round++) {
        size_t n = 0;
        weft_arena arena;
        http_router router;
        weft_arena_init(&arena, 0);
        for (size_t i = 0; i < N; i++)
            routes[n++] = (weft_http_route){"GET", patterns[i], WEFT_HTTP_READ, answer, 0};
        while (n < N + 20) { /* others, that fit none of what is asked below */
            static const char *const others[] = {"/s", "/t/u", "/v/{w}", "/x/y/z", "/a/{b}/c"};
            routes[n++] = (weft_http_route){"GET", others[n % 5], WEFT_HTTP_READ, answer, 0};
        }
        for (size_t i = n; i > 1; i--) {
            random = random * 1664525u + 1013904223u;
            size_t j = (random >> 8) % i;
            weft_http_route swapped = routes[i - 1];
            routes[i - 1] = routes[j];
            routes[j] = swapped;
        }
        assert_int_equal(http_router_init(&router, routes, n, NULL), WEFT_OK);
        assert_string_equal(match(&router, "/p/new", &arena), "/p/new");
        assert_string_equal(match(&router, "/p/7", &arena), "/p/{id}");
        assert_string_equal(match(&router, "/p/new/like", &arena), "/p/new/like");
        assert_string_equal(match(&router, "/p/7/like", &arena), "/p/{id}/like");
        assert_string_equal(match(&router, "/r/y/x", &arena), "/r/y/{b}");
        assert_string_equal(match(&router, "/r/z/x", &arena), "/r/{a}/x");
        assert_string_equal(match(&router, "/r/z/z", &arena), "/r/{a}/{b}");
        assert_string_equal(match(&router, "/p", &arena), "/p");
        assert_string_equal(match(&router, "/none", &arena), "none");
        http_router_deinit(&router);
        weft_arena_deinit(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_wins_whatever_stands_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
