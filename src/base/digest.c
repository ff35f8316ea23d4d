#include "base/digest.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

void weft_digest_hex(const void *bytes, size_t n, char out[WEFT_DIGEST_HEX_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    /* It fails without memory for its context only; a digest that is wrong must not be used. */
    if (!EVP_Digest(n ? bytes : "", n, digest, &size, EVP_sha256(), NULL)) abort();
    for (unsigned i = 0; i < size; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * size] = '\0';
}

/* Tokens are made of these: better no program than one whose tokens can be guessed. */
void weft_random_bytes(void *out, size_t n) {
    if (RAND_bytes(out, (int)n) != 1) abort();
}

bool weft_digest_equal(const char a[WEFT_DIGEST_HEX_SIZE], const char b[WEFT_DIGEST_HEX_SIZE]) {
    return CRYPTO_memcmp(a, b, WEFT_DIGEST_HEX_SIZE - 1) == 0;
}
