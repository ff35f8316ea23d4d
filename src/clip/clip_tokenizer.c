/* clip_tokenizer.c - cuts a text into words and a word into tokens.
 *
 * The way of a text, as the tokenizers library goes it:
 *   1. Special tokens are cut out of the raw text ("<|endoftext|>" typed by a user
 *      is the end token; whether that is wise, the reference does it).
 *   2. What lies between is normalised (clip_normalize.c), and those added tokens
 *      cut out that the file marks as `normalized`.
 *   3. The rest splits into words: a contraction, a run of letters, one digit, or
 *      a run of anything else but white space.
 *   4. The bytes of a word, the last with the suffix "</w>", are merged pair by
 *      pair, always the pair that comes first in the list of merges.
 *
 * Step 4 takes the next pair from a heap and keeps the word as a linked list, so
 * that a word of n bytes costs n log n and not n^2. Bytes and tokens are numbers
 * throughout; strings matter only while loading (clip_vocabulary.c). */
#include "clip/clip_tokenizer.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "clip/clip_normalize.h"
#include "clip/clip_vocabulary.h"

/* A piece of the word being merged; a piece that was merged into its left
 * neighbour has id NO_TOKEN. */
typedef struct {
    uint32_t id;
    uint32_t previous, next; /* indexes, or NONE */
} piece;

typedef struct {
    uint32_t rank;
    uint32_t at;   /* index of the left piece */
    uint32_t made; /* id of the merged token, by which a stale entry is told */
} candidate;

#define NONE UINT32_MAX

/* One call of encode. */
typedef struct {
    const weft_clip_vocabulary *vocabulary;
    uint32_t *ids;
    size_t n, max; /* max leaves room for the end token */
    piece *pieces;
    candidate *heap; /* the smallest first */
    size_t heap_size;
    size_t capacity; /* bytes of the longest word so far */
} encoding;

struct weft_clip_tokenizer {
    weft_clip_vocabulary vocabulary;
};

static bool is_full(const encoding *e) { return e->n >= e->max; }

static void put_id(encoding *e, uint32_t id) {
    if (!is_full(e)) e->ids[e->n++] = id;
}

static inline bool comes_before(candidate a, candidate b) {
    return a.rank != b.rank ? a.rank < b.rank : a.at < b.at;
}

static void heap_push(encoding *e, candidate c) {
    size_t i = e->heap_size++;
    while (i > 0 && comes_before(c, e->heap[(i - 1) / 2])) {
        e->heap[i] = e->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    e->heap[i] = c;
}

static candidate heap_pop(encoding *e) {
    candidate top = e->heap[0], last = e->heap[--e->heap_size];
    size_t i = 0, child;
    while ((child = 2 * i + 1) < e->heap_size) {
        if (child + 1 < e->heap_size && comes_before(e->heap[child + 1], e->heap[child])) child++;
        if (!comes_before(e->heap[child], last)) break;
        e->heap[i] = e->heap[child];
        i = child;
    }
    e->heap[i] = last;
    return top;
}

static const weft_clip_merge *merge_at(const encoding *e, uint32_t at) {
    const piece *p = &e->pieces[at];
    if (p->next == NONE) return NULL;
    return weft_clip_vocabulary_merge(e->vocabulary, p->id, e->pieces[p->next].id);
}

static void propose(encoding *e, uint32_t at) {
    const weft_clip_merge *merge = at == NONE ? NULL : merge_at(e, at);
    if (merge) heap_push(e, (candidate){merge->rank, at, merge->id});
}

/* Pushes stay below 3 per byte: one for each pair at first, two for each merge. */
static weft_status reserve(encoding *e, size_t bytes, weft_err *err) {
    if (bytes <= e->capacity) return WEFT_OK;
    size_t wanted = bytes < 64 ? 64 : bytes, heap_count;
    if (wanted >= NONE || !weft_mul_size(wanted, 3, &heap_count))
        return weft_fail(err, WEFT_E_LIMIT, "a word of %zu bytes", bytes);
    piece *pieces = weft_realloc(e->pieces, wanted, sizeof *pieces);
    if (pieces) e->pieces = pieces;
    candidate *heap = pieces ? weft_realloc(e->heap, heap_count, sizeof *heap) : NULL;
    if (!heap) return weft_fail(err, WEFT_E_NOMEM, "no memory for a word of %zu bytes", bytes);
    e->heap = heap;
    e->capacity = wanted;
    return WEFT_OK;
}

static uint32_t start_pieces(encoding *e, weft_str word) {
    uint32_t count = 0;
    for (size_t i = 0; i < word.size; i++) {
        uint32_t id = weft_clip_vocabulary_byte(e->vocabulary, (unsigned char)word.data[i],
                                                i + 1 == word.size);
        if (id == WEFT_CLIP_NO_TOKEN) continue;
        e->pieces[count] = (piece){id, count ? count - 1 : NONE, NONE};
        if (count) e->pieces[count - 1].next = count;
        count++;
    }
    return count;
}

static void merge_pieces(encoding *e) {
    while (e->heap_size > 0) {
        candidate best = heap_pop(e);
        piece *left = &e->pieces[best.at];
        if (left->id == WEFT_CLIP_NO_TOKEN) continue;
        const weft_clip_merge *merge = merge_at(e, best.at);
        if (!merge || merge->id != best.made) continue; /* overtaken by another merge */
        piece *right = &e->pieces[left->next];
        left->id = best.made;
        left->next = right->next;
        right->id = WEFT_CLIP_NO_TOKEN;
        if (left->next != NONE) e->pieces[left->next].previous = best.at;
        propose(e, left->previous);
        propose(e, best.at);
    }
}

static weft_status encode_word(encoding *e, weft_str word, weft_err *err) {
    if (word.size == 0) return WEFT_OK;
    weft_status status = reserve(e, word.size, err);
    if (status) return status;
    uint32_t count = start_pieces(e, word);
    e->heap_size = 0;
    for (uint32_t i = 0; i < count; i++) propose(e, i);
    merge_pieces(e);
    for (uint32_t i = count ? 0 : NONE; i != NONE; i = e->pieces[i].next)
        put_id(e, e->pieces[i].id);
    return WEFT_OK;
}

static bool starts_with(weft_str s, const char *prefix) {
    size_t n = strlen(prefix);
    return s.size >= n && memcmp(s.data, prefix, n) == 0;
}

/* How far the letters, or the characters of neither kind, run. */
static size_t run_of(weft_str s, weft_char_kind kind) {
    size_t end = 0, length;
    while (end < s.size) {
        if (weft_char_kind_of(weft_char_next(s.data + end, s.size - end, &length)) != kind) break;
        end += length;
    }
    return end;
}

/* The length of the first match at the start of s; 0 at white space:
 *   <\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
 * The two markers end up as three words each, "<|" and the letters and "|>", by GPT-2's
 * split that runs on each match; so here they only end the run after them. */
static size_t match_word(weft_str s) {
    static const char *const contractions[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    size_t length;
    for (size_t i = 0; i < sizeof contractions / sizeof *contractions; i++)
        if (starts_with(s, contractions[i])) return strlen(contractions[i]);
    weft_char_kind kind = weft_char_kind_of(weft_char_next(s.data, s.size, &length));
    if (kind == WEFT_CHAR_SPACE) return 0;
    return kind == WEFT_CHAR_NUMBER ? length : run_of(s, kind);
}

static weft_status encode_marker(encoding *e, const char *letters, weft_err *err) {
    weft_status status = encode_word(e, weft_str_of("<|"), err);
    if (!status) status = encode_word(e, weft_str_of(letters), err);
    return status ? status : encode_word(e, weft_str_of("|>"), err);
}

/* Encodes one match at the start of s and says how long it was. */
static weft_status encode_match(encoding *e, weft_str s, size_t *length, weft_err *err) {
    static const char *const markers[][2] = {{"<|startoftext|>", "startoftext"},
                                             {"<|endoftext|>", "endoftext"}};
    for (size_t i = 0; i < 2; i++) {
        if (!starts_with(s, markers[i][0])) continue;
        *length = strlen(markers[i][0]);
        return encode_marker(e, markers[i][1], err);
    }
    *length = match_word(s);
    if (*length > 0) return encode_word(e, (weft_str){s.data, *length}, err);
    weft_char_next(s.data, s.size, length);
    return WEFT_OK;
}

static weft_status encode_words(encoding *e, weft_str text, weft_err *err) {
    weft_status status = WEFT_OK;
    size_t length;
    for (size_t at = 0; at < text.size && !status && !is_full(e); at += length)
        status = encode_match(e, (weft_str){text.data + at, text.size - at}, &length, err);
    return status;
}

/* The longest added token at the start of s, of those that match at this stage. */
static const weft_clip_added *added_at(const weft_clip_vocabulary *v, weft_str s,
                                       bool is_normalized) {
    const weft_clip_added *best = NULL;
    for (size_t i = 0; i < v->added_count; i++) {
        const weft_clip_added *token = &v->added[i];
        if (token->is_normalized != is_normalized || !starts_with(s, token->text)) continue;
        if (!best || strlen(token->text) > strlen(best->text)) best = token;
    }
    return best;
}

static weft_status encode_between(encoding *e, weft_str text, bool is_normalized, weft_err *err);

static weft_status encode_part(encoding *e, weft_str text, bool is_normalized, weft_err *err) {
    if (is_normalized) return encode_words(e, text, err);
    weft_buf normal;
    weft_buf_init(&normal);
    weft_status status = weft_clip_normalize(text, &normal, err);
    if (!status && normal.size > 0)
        status = encode_between(e, (weft_str){normal.data, normal.size}, true, err);
    weft_buf_deinit(&normal);
    return status;
}

/* Cuts the added tokens out of a text and encodes the parts between them. */
static weft_status encode_between(encoding *e, weft_str text, bool is_normalized, weft_err *err) {
    weft_status status = WEFT_OK;
    size_t start = 0, at = 0;
    while (at < text.size && !status && !is_full(e)) {
        const weft_clip_added *token =
            added_at(e->vocabulary, (weft_str){text.data + at, text.size - at}, is_normalized);
        if (!token) {
            at++;
            continue;
        }
        if (at > start)
            status = encode_part(e, (weft_str){text.data + start, at - start}, is_normalized, err);
        put_id(e, token->id);
        at += strlen(token->text);
        start = at;
    }
    if (status || is_full(e) || start == text.size) return status;
    return encode_part(e, (weft_str){text.data + start, text.size - start}, is_normalized, err);
}

weft_status weft_clip_tokenizer_encode(const weft_clip_tokenizer *tokenizer, weft_str text,
                                       uint32_t *ids, size_t max, size_t *n, weft_err *err) {
    assert(max >= 2);
    encoding e = {.vocabulary = &tokenizer->vocabulary, .ids = ids, .max = max - 1};
    put_id(&e, e.vocabulary->start_id);
    weft_status status = encode_between(&e, text, false, err);
    e.max = max;
    put_id(&e, e.vocabulary->end_id);
    *n = status ? 0 : e.n;
    weft_free(e.pieces);
    weft_free(e.heap);
    return status;
}

weft_status weft_clip_tokenizer_open(weft_clip_tokenizer **out, const char *folder,
                                     size_t vocab_size, weft_err *err) {
    *out = NULL;
    weft_clip_tokenizer *tokenizer = weft_calloc(1, sizeof *tokenizer);
    if (!tokenizer) return weft_fail(err, WEFT_E_NOMEM, "no memory for a tokenizer");
    weft_status status = weft_clip_vocabulary_open(&tokenizer->vocabulary, folder, vocab_size, err);
    if (status) weft_clip_tokenizer_free(tokenizer);
    else *out = tokenizer;
    return status;
}

weft_status weft_clip_tokenizer_parse(weft_clip_tokenizer **out, const char *json, size_t n,
                                      size_t vocab_size, weft_err *err) {
    *out = NULL;
    weft_clip_tokenizer *tokenizer = weft_calloc(1, sizeof *tokenizer);
    if (!tokenizer) return weft_fail(err, WEFT_E_NOMEM, "no memory for a tokenizer");
    weft_status status =
        weft_clip_vocabulary_parse(&tokenizer->vocabulary, (weft_str){json, n}, vocab_size, err);
    if (status) weft_clip_tokenizer_free(tokenizer);
    else *out = tokenizer;
    return status;
}

void weft_clip_tokenizer_free(weft_clip_tokenizer *tokenizer) {
    if (!tokenizer) return;
    weft_clip_vocabulary_deinit(&tokenizer->vocabulary);
    weft_free(tokenizer);
}
