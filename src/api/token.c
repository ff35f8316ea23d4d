#include "api/token.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"

static const char prefix[] = "weft_";

weft_status weft_token_create(weft_store *store, const char *name, char out[WEFT_TOKEN_SIZE],
                              int64_t *id, weft_err *err) {
    unsigned char secret[32];
    char digest[WEFT_DIGEST_HEX_SIZE];
    weft_random_bytes(secret, sizeof secret);
    size_t used = (size_t)snprintf(out, WEFT_TOKEN_SIZE, "%s", prefix);
    for (size_t i = 0; i < sizeof secret; i++, used += 2)
        snprintf(out + used, WEFT_TOKEN_SIZE - used, "%02x", secret[i]);
    weft_digest_hex(out, used, digest);
    return weft_store_put_token(store, name, digest, id, err);
}

void weft_token_digest(const char *token, char digest[WEFT_DIGEST_HEX_SIZE]) {
    weft_digest_hex(token, strlen(token), digest);
}

weft_status weft_token_check(weft_store *store, const char *token, bool *good, weft_err *err) {
    char digest[WEFT_DIGEST_HEX_SIZE];
    *good = false;
    if (strlen(token) != WEFT_TOKEN_SIZE - 1 || strncmp(token, prefix, strlen(prefix)) != 0)
        return WEFT_OK;
    weft_token_digest(token, digest);
    return weft_store_check_token(store, digest, good, err);
}
