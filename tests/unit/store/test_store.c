#include "../unit.h"

#include <string.h>

#include "store/store.h"

static void unknown_schemes_are_named(void **state) {
    (void)state;
    static const char *const urls[] = {"oracle:x", "", "weft.db", ":x", "sqlit:x", "SQLITE:x"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        weft_store *store = NULL;
        weft_err err = {0};
        assert_int_equal(weft_store_open(&store, urls[i], &err), WEFT_E_UNSUPPORTED);
        assert_null(store);
        assert_non_null(strstr(err.message, "known: sqlite:PATH"));
    }
}

static void passwords_are_not_repeated(void **state) {
    (void)state;
    weft_store *store = NULL;
    weft_err err = {0};
    assert_int_equal(weft_store_open(&store, "mysql://me:secret@host/db", &err),
                     WEFT_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "\"mysql:\""));
    assert_null(strstr(err.message, "secret"));
    /* Nothing listens on port 1. */
    assert_int_equal(weft_store_open(&store, "postgresql://me:secret@127.0.0.1:1/db", &err),
                     WEFT_E_STORE);
    assert_non_null(strstr(err.message, "127.0.0.1"));
    assert_null(strstr(err.message, "secret"));
}

static void closing_nothing_is_fine(void **state) {
    (void)state;
    weft_store_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_schemes_are_named),
        cmocka_unit_test(passwords_are_not_repeated),
        cmocka_unit_test(closing_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
