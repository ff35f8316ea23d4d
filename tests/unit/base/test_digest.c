#include "../unit.h"

#include <string.h>

#include "base/digest.h"

static void known_answers(void **state) {
    (void)state;
    /* FIPS 180-4 examples. */
    char hex[WEFT_DIGEST_HEX_SIZE];
    weft_digest_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    weft_digest_hex(NULL, 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void pieces_are_the_whole(void **state) {
    (void)state;
    char so_far[WEFT_DIGEST_HEX_SIZE], whole[WEFT_DIGEST_HEX_SIZE];
    weft_digest *digest = weft_digest_new();
    assert_non_null(digest);
    weft_digest_hex("", 0, whole);
    weft_digest_so_far(digest, so_far);
    assert_string_equal(so_far, whole);
    for (size_t n = 1; n <= 3; n++) {
        weft_digest_add(digest, &"abc"[n - 1], 1);
        weft_digest_add(digest, NULL, 0);
        weft_digest_hex("abc", n, whole);
        weft_digest_so_far(digest, so_far);
        assert_string_equal(so_far, whole);
    }
    weft_digest_free(digest);
}

static void equality(void **state) {
    (void)state;
    char a[WEFT_DIGEST_HEX_SIZE], b[WEFT_DIGEST_HEX_SIZE];
    weft_digest_hex("a", 1, a);
    strcpy(b, a);
    assert_true(weft_digest_equal(a, b));
    b[63] = b[63] == '0' ? '1' : '0';
    assert_false(weft_digest_equal(a, b));
}

static void random_bytes_differ(void **state) {
    (void)state;
    unsigned char a[32], b[32];
    weft_random_bytes(a, sizeof a);
    weft_random_bytes(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers), cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(equality), cmocka_unit_test(random_bytes_differ)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
