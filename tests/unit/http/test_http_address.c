#include "http/http.h"

#include "unit.h"

static void loopback(void **state) {
    (void)state;
    static const char *const yes[] = {"127.0.0.1:8080", "127.0.0.1", "127.9.8.7:1", "[::1]:80",
                                      "[::1]",          "localhost", "LocalHost:0"};
    static const char *const no[] = {"0.0.0.0:80",
                                     "[::]:80",
                                     "10.0.0.1",
                                     "evil.example:8080",
                                     "",
                                     ":80",
                                     "127.0.0.1.evil.example",
                                     "127.1",
                                     "localhost.evil",
                                     "[::1",
                                     "[::1]x",
                                     "[::ffff:127.0.0.1]",
                                     "::1",
                                     "localhost:80@evil"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!weft_http_address_is_loopback(yes[i])) fail_msg("%s is loopback", yes[i]);
    for (size_t i = 0; i + 1 < sizeof no / sizeof *no; i++)
        if (weft_http_address_is_loopback(no[i])) fail_msg("%s is not loopback", no[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(loopback)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
