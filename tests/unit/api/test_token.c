#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/token.h"

static char folder[64];
static weft_store *store;

static int set_up(void **state) {
    char url[128];
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(url, sizeof url, "sqlite:%s/weft.db", folder);
    return weft_store_open(&store, url, NULL) ? -1 : 0;
}

static int tear_down(void **state) {
    char command[128];
    (void)state;
    weft_store_close(store);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static bool is_good(const char *token) {
    bool good;
    assert_int_equal(weft_token_check(store, token, &good, NULL), WEFT_OK);
    return good;
}

static void a_token_is_good_until_it_is_revoked(void **state) {
    char first[WEFT_TOKEN_SIZE], second[WEFT_TOKEN_SIZE];
    int64_t id;
    (void)state;
    assert_int_equal(weft_token_create(store, "one", first, &id, NULL), WEFT_OK);
    assert_int_equal(weft_token_create(store, "two", second, &(int64_t){0}, NULL), WEFT_OK);
    assert_int_equal(strlen(first), WEFT_TOKEN_SIZE - 1);
    assert_string_not_equal(first, second);
    assert_true(is_good(first));
    assert_int_equal(weft_store_revoke_token(store, id, NULL), WEFT_OK);
    assert_false(is_good(first));
    assert_true(is_good(second));
}

static void anything_else_is_not_good(void **state) {
    char token[WEFT_TOKEN_SIZE];
    (void)state;
    assert_int_equal(weft_token_create(store, "x", token, &(int64_t){0}, NULL), WEFT_OK);
    assert_false(is_good(""));
    assert_false(is_good("weft_"));
    token[10] = token[10] == 'a' ? 'b' : 'a';
    assert_false(is_good(token));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_token_is_good_until_it_is_revoked),
                                       cmocka_unit_test(anything_else_is_not_good)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
