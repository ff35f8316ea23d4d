#include "base/digest.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/mem.h"

struct weft_digest {
    EVP_MD_CTX *bytes; /* that were added */
    EVP_MD_CTX *copy;  /* to be ended in its place */
};

static void write_hex(const unsigned char *digest, unsigned size, char *out) {
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < size; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * size] = '\0';
}

/* OpenSSL's calls fail without memory for a context only; a digest that is wrong must not be
 * used. */
static void insist(int succeeded) {
    if (!succeeded) abort();
}

void weft_digest_hex(const void *bytes, size_t n, char out[WEFT_DIGEST_HEX_SIZE]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    insist(EVP_Digest(n ? bytes : "", n, digest, &size, EVP_sha256(), NULL));
    write_hex(digest, size, out);
}

weft_digest *weft_digest_new(void) {
    weft_digest *digest = weft_calloc(1, sizeof *digest);
    if (!digest) return NULL;
    digest->bytes = EVP_MD_CTX_new();
    digest->copy = EVP_MD_CTX_new();
    if (digest->bytes && digest->copy && EVP_DigestInit_ex(digest->bytes, EVP_sha256(), NULL))
        return digest;
    weft_digest_free(digest);
    return NULL;
}

void weft_digest_free(weft_digest *digest) {
    if (!digest) return;
    EVP_MD_CTX_free(digest->bytes);
    EVP_MD_CTX_free(digest->copy);
    weft_free(digest);
}

void weft_digest_add(weft_digest *digest, const void *bytes, size_t n) {
    if (n) insist(EVP_DigestUpdate(digest->bytes, bytes, n));
}

void weft_digest_so_far(const weft_digest *digest, char out[WEFT_DIGEST_HEX_SIZE]) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    insist(EVP_MD_CTX_copy_ex(digest->copy, digest->bytes));
    insist(EVP_DigestFinal_ex(digest->copy, bytes, &size));
    write_hex(bytes, size, out);
}

/* Tokens are made of these: better no program than one whose tokens can be guessed. */
void weft_random_bytes(void *out, size_t n) {
    if (RAND_bytes(out, (int)n) != 1) abort();
}

bool weft_digest_equal(const char a[WEFT_DIGEST_HEX_SIZE], const char b[WEFT_DIGEST_HEX_SIZE]) {
    return CRYPTO_memcmp(a, b, WEFT_DIGEST_HEX_SIZE - 1) == 0;
}
