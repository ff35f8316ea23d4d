/* fuzz_tokenizer.c - any bytes as a text for a small fixed tokenizer, or as a tokenizer.json.
 *
 * The first byte chooses: an even one makes the rest a text, cut at as many tokens as the
 * byte says; an odd one makes it a tokenizer.json, with which two fixed texts are encoded. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clip/clip_tokenizer.h"

enum { VOCAB_SIZE = 16, MAX_TOKENS = 128 };

/* A few letters, merges, a character of two bytes, and one token matched after folding. */
static const char small[] =
    "{\"added_tokens\":["
    "{\"id\":14,\"content\":\"<|startoftext|>\",\"special\":true,\"normalized\":false},"
    "{\"id\":15,\"content\":\"<|endoftext|>\",\"special\":true,\"normalized\":false},"
    "{\"id\":13,\"content\":\"tag\",\"special\":false,\"normalized\":true}],"
    "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},"
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\\\\s+\"},\"content\":\" \"},"
    "{\"type\":\"Lowercase\"}]},"
    "\"model\":{\"type\":\"BPE\",\"unk_token\":\"<|endoftext|>\",\"end_of_word_suffix\":\"</w>\","
    "\"vocab\":{\"a\":0,\"b\":1,\"a</w>\":2,\"b</w>\":3,\"ab\":4,\"ab</w>\":5,\"aa\":6,"
    "\"aaa\":7,\"aa</w>\":8,\"1</w>\":9,\"\u00c3\":10,\"\u00a9</w>\":11,\"\u00c3\u00a9</w>\":12,"
    "\"tag\":13,\"<|startoftext|>\":14,\"<|endoftext|>\":15},"
    "\"merges\":[\"a b\",[\"a\",\"b</w>\"],\"a a\",\"a a</w>\",\"aa a\","
    "\"\u00c3 \u00a9</w>\"]}}";

static void check_encode(const weft_clip_tokenizer *tokenizer, weft_str text, size_t max) {
    uint32_t ids[MAX_TOKENS + 1];
    size_t n = 0;
    ids[max] = UINT32_MAX;
    if (weft_clip_tokenizer_encode(tokenizer, text, ids, max, &n, NULL)) abort();
    if (n < 2 || n > max || ids[max] != UINT32_MAX) abort();
    for (size_t i = 0; i < n; i++)
        if (ids[i] >= VOCAB_SIZE) abort();
}

static void try_text(weft_str text, size_t max) {
    static weft_clip_tokenizer *tokenizer; /* made once; libFuzzer has one thread */
    if (!tokenizer &&
        weft_clip_tokenizer_parse(&tokenizer, small, sizeof small - 1, VOCAB_SIZE, NULL))
        abort();
    check_encode(tokenizer, text, max);
}

static void try_tokenizer(weft_str json) {
    weft_clip_tokenizer *tokenizer = NULL;
    weft_err err = {0};
    weft_status status =
        weft_clip_tokenizer_parse(&tokenizer, json.data, json.size, VOCAB_SIZE, &err);
    if (status) {
        if (tokenizer || err.message[0] == '\0') abort();
        return;
    }
    check_encode(tokenizer, weft_str_of("aab ab1 'S \xc3\xa9 <|endoftext|> tag Tag b"), 77);
    check_encode(tokenizer, weft_str_of("aaaaaaaabbbbbbb\xff\xe2\x82"), 5);
    weft_clip_tokenizer_free(tokenizer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    weft_str rest = {(const char *)data + 1, size - 1};
    if (data[0] & 1) try_tokenizer(rest);
    else try_text(rest, 2 + data[0] / 2 % (MAX_TOKENS - 1));
    return 0;
}
