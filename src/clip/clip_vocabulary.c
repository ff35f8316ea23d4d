/* clip_vocabulary.c - loads tokenizer.json, or vocab.json and merges.txt.
 *
 * GPT-2 writes each byte as a printable character, so that vocabularies are
 * readable text: printable Latin-1 stands for itself, the other 68 bytes are
 * U+0100 and up in order. Those strings are looked up here once; afterwards a
 * byte is a token id and a merge is three of them. */
#include "clip/clip_vocabulary.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "clip/clip_normalize.h"

enum { FILE_BYTES_MAX = 64 << 20, PATH_SIZE = 4096, ADDED_MAX = 1024, TOKEN_BYTES_MAX = 4096 };

#define START_TEXT "<|startoftext|>"
#define END_TEXT   "<|endoftext|>"

/* Where the tables come from while they are built. */
typedef struct {
    const json_t *ids; /* token text -> id */
    size_t vocab_size;
    weft_buf joined; /* the text of the merge at hand */
} loading;

static uint32_t hash_pair(uint32_t left, uint32_t right) {
    uint64_t key = ((uint64_t)left << 32 | right) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(key >> 32);
}

/* The slot of a pair, or the empty one where it belongs. */
static weft_clip_merge *slot_of(const weft_clip_vocabulary *v, uint32_t left, uint32_t right) {
    size_t mask = v->merge_slots - 1;
    size_t i = hash_pair(left, right) & mask;
    while (v->merges[i].id != WEFT_CLIP_NO_TOKEN &&
           (v->merges[i].left != left || v->merges[i].right != right))
        i = (i + 1) & mask;
    return &v->merges[i];
}

const weft_clip_merge *weft_clip_vocabulary_merge(const weft_clip_vocabulary *v, uint32_t left,
                                                  uint32_t right) {
    const weft_clip_merge *slot = slot_of(v, left, right);
    return slot->id == WEFT_CLIP_NO_TOKEN ? NULL : slot;
}

static weft_status make_slots(weft_clip_vocabulary *v, size_t merges, weft_err *err) {
    v->merge_slots = 16;
    while (v->merge_slots < 2 * merges) v->merge_slots *= 2;
    v->merges = weft_alloc(v->merge_slots, sizeof *v->merges);
    if (!v->merges) return weft_fail(err, WEFT_E_NOMEM, "no memory for %zu merges", merges);
    for (size_t i = 0; i < v->merge_slots; i++) v->merges[i].id = WEFT_CLIP_NO_TOKEN;
    return WEFT_OK;
}

static uint32_t id_of(const loading *l, const char *token) {
    const json_t *id = json_object_get(l->ids, token);
    return id ? (uint32_t)json_integer_value(id) : WEFT_CLIP_NO_TOKEN;
}

static weft_status check_ids(const loading *l, weft_err *err) {
    const char *token;
    json_t *id;
    json_object_foreach((json_t *)l->ids, token, id) {
        if (!json_is_integer(id) || json_integer_value(id) < 0)
            return weft_fail(err, WEFT_E_FORMAT, "token '%.64s' has no id", token);
        if ((uint64_t)json_integer_value(id) >= l->vocab_size)
            return weft_fail(err, WEFT_E_FORMAT,
                             "token '%.64s' has id %lld, config.json's vocab_size is %zu", token,
                             (long long)json_integer_value(id), l->vocab_size);
    }
    return WEFT_OK;
}

/* GPT-2's printable form of a byte as UTF-8. */
static void byte_text(unsigned byte, unsigned shifted, char out[3]) {
    bool is_printable =
        (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    unsigned c = is_printable ? byte : 0x100 + shifted;
    memset(out, 0, 3);
    if (c < 0x80) {
        out[0] = (char)c;
    } else {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
    }
}

static void read_bytes(weft_clip_vocabulary *v, const loading *l, uint32_t unknown) {
    char text[3], with_suffix[8];
    unsigned shifted = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        byte_text(byte, shifted, text);
        if ((unsigned char)text[0] >= 0xC4) shifted++; /* U+0100 and up */
        snprintf(with_suffix, sizeof with_suffix, "%s</w>", text);
        v->bytes[0][byte] = id_of(l, text);
        v->bytes[1][byte] = id_of(l, with_suffix);
        for (int i = 0; i < 2; i++)
            if (v->bytes[i][byte] == WEFT_CLIP_NO_TOKEN) v->bytes[i][byte] = unknown;
    }
}

/* A pair given twice has the later rank, as in the tokenizers library. */
static weft_status add_merge(weft_clip_vocabulary *v, loading *l, weft_str left, weft_str right,
                             uint32_t rank) {
    char *text;
    uint32_t ids[3] = {WEFT_CLIP_NO_TOKEN, WEFT_CLIP_NO_TOKEN, WEFT_CLIP_NO_TOKEN};
    const weft_str parts[3][2] = {{left, {"", 0}}, {right, {"", 0}}, {left, right}};
    for (int i = 0; i < 3; i++) {
        weft_buf_clear(&l->joined);
        weft_buf_append(&l->joined, parts[i][0].data, parts[i][0].size);
        weft_buf_append(&l->joined, parts[i][1].data, parts[i][1].size);
        if (!weft_buf_ok(&l->joined)) return WEFT_E_NOMEM;
        text = l->joined.data;
        if (text && strlen(text) == l->joined.size) ids[i] = id_of(l, text);
        if (ids[i] == WEFT_CLIP_NO_TOKEN) return WEFT_E_FORMAT;
    }
    *slot_of(v, ids[0], ids[1]) = (weft_clip_merge){ids[0], ids[1], rank, ids[2]};
    return WEFT_OK;
}

static weft_status fail_merge(weft_status status, size_t number, weft_err *err) {
    if (status == WEFT_E_NOMEM) return weft_fail(err, status, "no memory for merge %zu", number);
    return weft_fail(err, status, "merge %zu is not two tokens that make a third", number);
}

/* "left right"; exactly one blank, neither part empty. */
static bool split_pair(weft_str line, weft_str *left, weft_str *right) {
    const char *blank = memchr(line.data, ' ', line.size);
    if (!blank) return false;
    *left = (weft_str){line.data, (size_t)(blank - line.data)};
    *right = (weft_str){blank + 1, line.size - left->size - 1};
    return left->size > 0 && right->size > 0 && !memchr(right->data, ' ', right->size);
}

static weft_str json_str(const json_t *string) {
    if (!json_is_string(string)) return (weft_str){"", 0};
    return (weft_str){json_string_value(string), json_string_length(string)};
}

/* tokenizer.json has [["a", "b"], ...], or ["a b", ...] before tokenizers 0.20. */
static weft_status read_merge_list(weft_clip_vocabulary *v, loading *l, const json_t *list,
                                   weft_err *err) {
    if (!json_is_array(list)) return weft_fail(err, WEFT_E_FORMAT, "model.merges is not a list");
    weft_status status = make_slots(v, json_array_size(list), err);
    for (size_t i = 0; i < json_array_size(list) && !status; i++) {
        const json_t *entry = json_array_get(list, i);
        weft_str left = json_str(json_array_get(entry, 0)),
                 right = json_str(json_array_get(entry, 1));
        if (json_is_string(entry) && !split_pair(json_str(entry), &left, &right))
            return fail_merge(WEFT_E_FORMAT, i, err);
        status = add_merge(v, l, left, right, (uint32_t)i);
        if (status) return fail_merge(status, i, err);
    }
    return status;
}

/* The next line without its end; false after the last. */
static bool next_line(weft_str *rest, weft_str *line) {
    if (rest->size == 0) return false;
    const char *end = memchr(rest->data, '\n', rest->size);
    size_t n = end ? (size_t)(end - rest->data) : rest->size;
    *line = (weft_str){rest->data, n};
    if (n > 0 && line->data[n - 1] == '\r') line->size--;
    n += end != NULL;
    *rest = (weft_str){rest->data + n, rest->size - n};
    return true;
}

static weft_status read_merge_lines(weft_clip_vocabulary *v, loading *l, weft_str text,
                                    weft_err *err) {
    weft_str rest = text, line, left, right;
    size_t count = 0;
    while (next_line(&rest, &line)) count++;
    weft_status status = make_slots(v, count, err);
    uint32_t rank = 0;
    rest = text;
    for (size_t number = 1; !status && next_line(&rest, &line); number++) {
        if (line.size == 0 || (line.size >= 8 && memcmp(line.data, "#version", 8) == 0)) continue;
        status =
            split_pair(line, &left, &right) ? add_merge(v, l, left, right, rank++) : WEFT_E_FORMAT;
        if (status) {
            fail_merge(status, rank, err);
            return weft_fail_in(err, status, "line %zu", number);
        }
    }
    return status;
}

static weft_status add_token(weft_clip_vocabulary *v, const char *text, uint32_t id,
                             bool is_normalized, weft_err *err) {
    weft_buf normal;
    weft_status status = WEFT_OK;
    weft_buf_init(&normal);
    if (is_normalized) status = weft_clip_normalize(weft_str_of(text), &normal, err);
    else weft_buf_puts(&normal, text);
    char *owned = status ? NULL : weft_buf_take(&normal);
    if (!status && !owned) status = weft_fail(err, WEFT_E_NOMEM, "no memory for an added token");
    if (!status) v->added[v->added_count++] = (weft_clip_added){owned, id, is_normalized};
    weft_buf_deinit(&normal);
    return status;
}

static weft_status read_added_token(weft_clip_vocabulary *v, const loading *l, const json_t *entry,
                                    weft_err *err) {
    static const char *const unknown[] = {"lstrip", "rstrip", "single_word"};
    const char *text = json_string_value(json_object_get(entry, "content"));
    const json_t *id = json_object_get(entry, "id");
    if (!text || !*text || strlen(text) > TOKEN_BYTES_MAX || !json_is_integer(id))
        return weft_fail(err, WEFT_E_FORMAT, "an entry of added_tokens has no content or id");
    if (json_integer_value(id) < 0 || (uint64_t)json_integer_value(id) >= l->vocab_size)
        return weft_fail(err, WEFT_E_FORMAT,
                         "added token '%.64s' has id %lld, config.json's vocab_size is %zu", text,
                         (long long)json_integer_value(id), l->vocab_size);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        if (json_is_true(json_object_get(entry, unknown[i])))
            return weft_fail(err, WEFT_E_UNSUPPORTED, "added token '%.64s' with %s", text,
                             unknown[i]);
    return add_token(v, text, (uint32_t)json_integer_value(id),
                     json_is_true(json_object_get(entry, "normalized")), err);
}

static weft_status make_added(weft_clip_vocabulary *v, size_t count, weft_err *err) {
    if (count > ADDED_MAX)
        return weft_fail(err, WEFT_E_LIMIT, "%zu added tokens, limit %d", count, ADDED_MAX);
    v->added = weft_calloc(count, sizeof *v->added);
    return v->added ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "no memory for added tokens");
}

static weft_status read_added(weft_clip_vocabulary *v, const loading *l, const json_t *list,
                              weft_err *err) {
    weft_status status = make_added(v, json_array_size(list), err);
    for (size_t i = 0; i < json_array_size(list) && !status; i++)
        status = read_added_token(v, l, json_array_get(list, i), err);
    return status;
}

/* The ids of start and end, from the vocabulary or the added tokens. */
static weft_status find_ends(weft_clip_vocabulary *v, const loading *l, weft_err *err) {
    v->start_id = id_of(l, START_TEXT);
    v->end_id = id_of(l, END_TEXT);
    for (size_t i = 0; i < v->added_count; i++) {
        if (strcmp(v->added[i].text, START_TEXT) == 0) v->start_id = v->added[i].id;
        if (strcmp(v->added[i].text, END_TEXT) == 0) v->end_id = v->added[i].id;
    }
    if (v->start_id == WEFT_CLIP_NO_TOKEN)
        return weft_fail(err, WEFT_E_FORMAT, "there is no token '" START_TEXT "'");
    if (v->end_id == WEFT_CLIP_NO_TOKEN)
        return weft_fail(err, WEFT_E_FORMAT, "there is no token '" END_TEXT "'");
    return WEFT_OK;
}

/* What CLIPTokenizer's byte-pair model is, and nothing else. */
static weft_status check_model(const json_t *model, weft_err *err) {
    const char *type = json_string_value(json_object_get(model, "type"));
    const char *suffix = json_string_value(json_object_get(model, "end_of_word_suffix"));
    const char *prefix = json_string_value(json_object_get(model, "continuing_subword_prefix"));
    if (type && strcmp(type, "BPE") != 0)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "model.type is '%.32s'; BPE is read", type);
    if (!suffix || strcmp(suffix, "</w>") != 0)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "model.end_of_word_suffix is not '</w>'");
    if (prefix && *prefix)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "model.continuing_subword_prefix is '%.32s'",
                         prefix);
    if (json_is_number(json_object_get(model, "dropout")))
        return weft_fail(err, WEFT_E_UNSUPPORTED, "model.dropout is set");
    if (json_is_true(json_object_get(model, "byte_fallback")) ||
        json_is_true(json_object_get(model, "ignore_merges")) ||
        json_is_true(json_object_get(model, "fuse_unk")))
        return weft_fail(err, WEFT_E_UNSUPPORTED,
                         "model.byte_fallback, ignore_merges or fuse_unk is set");
    return WEFT_OK;
}

static weft_status check_normalizer(const json_t *root, weft_err *err) {
    static const char *const steps[] = {"NFC", "Replace", "Lowercase"};
    const json_t *list = json_object_get(json_object_get(root, "normalizer"), "normalizers");
    bool is_known = json_array_size(list) == 3;
    for (size_t i = 0; i < 3 && is_known; i++) {
        const json_t *type = json_object_get(json_array_get(list, i), "type");
        is_known = json_is_string(type) && strcmp(json_string_value(type), steps[i]) == 0;
    }
    if (is_known) return WEFT_OK;
    return weft_fail(err, WEFT_E_UNSUPPORTED, "normalizer is not CLIP's NFC, Replace, Lowercase");
}

static weft_status load_json(json_t **root, weft_str text, weft_err *err) {
    json_error_t where;
    *root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &where);
    if (!*root) return weft_fail(err, WEFT_E_FORMAT, "line %d: %s", where.line, where.text);
    return WEFT_OK;
}

weft_status weft_clip_vocabulary_parse(weft_clip_vocabulary *v, weft_str text, size_t vocab_size,
                                       weft_err *err) {
    json_t *root;
    weft_status status = load_json(&root, text, err);
    if (status) return status;
    const json_t *model = json_object_get(root, "model");
    const char *unknown = json_string_value(json_object_get(model, "unk_token"));
    loading l = {.ids = json_object_get(model, "vocab"), .vocab_size = vocab_size};
    weft_buf_init(&l.joined);
    status = json_is_object(l.ids) ? check_model(model, err)
                                   : weft_fail(err, WEFT_E_FORMAT, "model.vocab is not an object");
    if (!status) status = check_normalizer(root, err);
    if (!status) status = check_ids(&l, err);
    if (!status) read_bytes(v, &l, unknown ? id_of(&l, unknown) : WEFT_CLIP_NO_TOKEN);
    if (!status) status = read_merge_list(v, &l, json_object_get(model, "merges"), err);
    if (!status) status = read_added(v, &l, json_object_get(root, "added_tokens"), err);
    if (!status) status = find_ends(v, &l, err);
    weft_buf_deinit(&l.joined);
    json_decref(root);
    return status;
}

static weft_status read_tokenizer_json(weft_clip_vocabulary *v, const char *path, size_t vocab_size,
                                       weft_err *err) {
    weft_buf text;
    weft_buf_init(&text);
    weft_status status = weft_file_read(path, FILE_BYTES_MAX, &text, err);
    if (!status) {
        status = weft_clip_vocabulary_parse(v, (weft_str){text.data ? text.data : "", text.size},
                                            vocab_size, err);
        if (status) weft_fail_in(err, status, "%s", path);
    }
    weft_buf_deinit(&text);
    return status;
}

static weft_status read_vocab_json(weft_clip_vocabulary *v, const loading *l, weft_err *err) {
    if (!json_is_object(l->ids)) return weft_fail(err, WEFT_E_FORMAT, "not a JSON object");
    weft_status status = check_ids(l, err);
    if (!status) status = find_ends(v, l, err);
    if (!status) read_bytes(v, l, v->end_id);
    if (!status) status = make_added(v, 2, err);
    if (!status) status = add_token(v, START_TEXT, v->start_id, false, err);
    if (!status) status = add_token(v, END_TEXT, v->end_id, false, err);
    return status;
}

static weft_status read_two_files(weft_clip_vocabulary *v, const char *folder, size_t vocab_size,
                                  weft_err *err) {
    char path[PATH_SIZE];
    json_t *ids = NULL;
    weft_buf text;
    loading l = {.vocab_size = vocab_size};
    weft_buf_init(&text);
    weft_buf_init(&l.joined);
    snprintf(path, sizeof path, "%s/vocab.json", folder);
    weft_status status = weft_file_read(path, FILE_BYTES_MAX, &text, err);
    if (status) goto cleanup;
    status = load_json(&ids, (weft_str){text.data ? text.data : "", text.size}, err);
    l.ids = ids;
    if (!status) status = read_vocab_json(v, &l, err);
    if (status) {
        weft_fail_in(err, status, "%s", path);
        goto cleanup;
    }
    weft_buf_clear(&text);
    snprintf(path, sizeof path, "%s/merges.txt", folder);
    status = weft_file_read(path, FILE_BYTES_MAX, &text, err);
    if (status) goto cleanup;
    status = read_merge_lines(v, &l, (weft_str){text.data ? text.data : "", text.size}, err);
    if (status) weft_fail_in(err, status, "%s", path);
cleanup:
    json_decref(ids);
    weft_buf_deinit(&text);
    weft_buf_deinit(&l.joined);
    return status;
}

weft_status weft_clip_vocabulary_open(weft_clip_vocabulary *v, const char *folder,
                                      size_t vocab_size, weft_err *err) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/tokenizer.json", folder);
    if (weft_file_exists(path)) return read_tokenizer_json(v, path, vocab_size, err);
    return read_two_files(v, folder, vocab_size, err);
}

void weft_clip_vocabulary_deinit(weft_clip_vocabulary *v) {
    for (size_t i = 0; i < v->added_count; i++) weft_free(v->added[i].text);
    weft_free(v->added);
    weft_free(v->merges);
}
