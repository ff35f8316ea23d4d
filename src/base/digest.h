/* digest.h - hashes and randomness, by OpenSSL, which uses the processor's own
 * instructions for SHA-256. Safe from any thread. */
#ifndef WEFT_BASE_DIGEST_H
#define WEFT_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum { WEFT_DIGEST_HEX_SIZE = 65 }; /* 64 hexadecimal digits and a NUL */

/* SHA-256 (FIPS 180-4) of the bytes, in lower-case hexadecimal. */
void weft_digest_hex(const void *bytes, size_t n, char out[WEFT_DIGEST_HEX_SIZE]);

/* SHA-256 of bytes that come piece by piece. One thread at a time. */
typedef struct weft_digest weft_digest;
weft_digest *weft_digest_new(void);         /* NULL: out of memory */
void weft_digest_free(weft_digest *digest); /* NULL is fine */
void weft_digest_add(weft_digest *digest, const void *bytes, size_t n);
/* Of all bytes until now; more may follow. */
void weft_digest_so_far(const weft_digest *digest, char out[WEFT_DIGEST_HEX_SIZE]);

/* n random bytes that no one can guess; n is at most INT_MAX. */
void weft_random_bytes(void *out, size_t n);

/* Do two digests agree? The time taken does not tell where they differ. */
bool weft_digest_equal(const char a[WEFT_DIGEST_HEX_SIZE], const char b[WEFT_DIGEST_HEX_SIZE]);

#endif
