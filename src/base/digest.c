#include "base/digest.h"

#include <sodium.h>

void weft_digest_hex(const void *bytes, size_t n, char out[WEFT_DIGEST_HEX_SIZE]) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, n ? bytes : (const void *)"", n);
    sodium_bin2hex(out, WEFT_DIGEST_HEX_SIZE, digest, sizeof digest);
}

void weft_random_bytes(void *out, size_t n) { randombytes_buf(out, n); }

bool weft_digest_equal(const char a[WEFT_DIGEST_HEX_SIZE], const char b[WEFT_DIGEST_HEX_SIZE]) {
    return sodium_memcmp(a, b, WEFT_DIGEST_HEX_SIZE - 1) == 0;
}
