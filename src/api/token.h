/* token.h - personal access tokens: "weft_" and 256 random bits in hexadecimal.
 * The store keeps the SHA-256 only; with that much randomness no slow hash is
 * needed (NIST SP 800-63B, 5.1.1.2 is about secrets that people choose). */
#ifndef WEFT_API_TOKEN_H
#define WEFT_API_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/status.h"
#include "store/store.h"

enum { WEFT_TOKEN_SIZE = 5 + 64 + 1 };

/* Makes a token, stores its digest under name, and writes the token to out. */
weft_status weft_token_create(weft_store *store, const char *name, char out[WEFT_TOKEN_SIZE],
                              int64_t *id, weft_err *err);

/* The digest that a token is stored under. */
void weft_token_digest(const char *token, char digest[WEFT_DIGEST_HEX_SIZE]);

/* *good tells whether the token exists and is not revoked. */
weft_status weft_token_check(weft_store *store, const char *token, bool *good, weft_err *err);

#endif
