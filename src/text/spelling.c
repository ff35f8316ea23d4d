#include "text/spelling.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/id_map.h"

enum {
    MIN_LENGTH = 4,    /* shorter words have too many neighbours */
    MIDDLE_LENGTH = 6, /* from which on two slips still make an attribute's word, */
    LONG_LENGTH = 8,   /* from which on two slips are one word still */
    MIN_ROWS = 3,      /* a word of fewer products may be a slip itself */
    OUTDONE = 5,       /* times as many products has a word that a known one may be a slip for */
    MAX_COMPARED = 32  /* bytes of the words that are compared */
};

/* The catalog's own slips: so many of their products have the right word as well. */
static const float SLIP_SHARE = 0.8f;

typedef struct {
    const char *word;
    weft_term term;
    uint32_t letters; /* a bit for each of a-z that it has, and one for the rest */
    uint32_t length;
    size_t rows;
    bool is_attribute; /* the word of an attribute or a synonym */
} entry;

struct weft_spelling {
    const weft_text_index *texts;
    entry *entries; /* [count] */
    size_t count, capacity;
    weft_id_map numbers; /* word -> number */
    bool failed;         /* while it is made: no memory */
    bool from_vocabulary;
};

static uint32_t letters_of(const char *word) {
    uint32_t letters = 0;
    for (; *word; word++) letters |= 1u << (*word >= 'a' && *word <= 'z' ? *word - 'a' : 26);
    return letters;
}

static bool has_digit(const char *word) {
    for (; *word; word++)
        if (isdigit((unsigned char)*word)) return true;
    return false;
}

static void add(void *context, const char *word, size_t rows) {
    weft_spelling *s = context;
    uint32_t number;
    if (s->failed) return;
    if (weft_id_map_get(&s->numbers, word, &number)) {
        s->entries[number].is_attribute |= s->from_vocabulary;
        return;
    }
    if (s->count == s->capacity) {
        size_t capacity = 2 * s->capacity + 1024;
        entry *larger = weft_realloc(s->entries, capacity, sizeof *larger);
        if (larger) s->entries = larger;
        else s->failed = true;
        if (!larger) return;
        s->capacity = capacity;
    }
    s->entries[s->count] = (entry){.word = word,
                                   .term = WEFT_NO_TERM,
                                   .letters = letters_of(word),
                                   .length = (uint32_t)strlen(word),
                                   .rows = rows,
                                   .is_attribute = s->from_vocabulary};
    s->failed = weft_id_map_add(&s->numbers, word, (uint32_t)s->count) != WEFT_OK;
    s->count++;
}

weft_status weft_spelling_new(weft_spelling **out, const weft_text_index *texts,
                              const weft_vocabulary *vocabulary, weft_err *err) {
    weft_spelling *s = weft_calloc(1, sizeof *s);
    if (!s) return weft_fail(err, WEFT_E_NOMEM, "spelling");
    s->texts = texts;
    weft_id_map_init(&s->numbers);
    weft_text_index_each_word(texts, add, s);
    weft_stemmer *stemmer = NULL;
    if (weft_stemmer_new(&stemmer, NULL)) s->failed = true;
    for (size_t i = 0; i < s->count && !s->failed; i++) {
        const char *stem = weft_stem(stemmer, s->entries[i].word);
        s->entries[i].is_attribute = stem && weft_vocabulary_has_word(vocabulary, stem);
        if (stem) s->entries[i].term = weft_text_index_term(texts, stem);
    }
    weft_stemmer_free(stemmer);
    s->from_vocabulary = true;
    weft_vocabulary_each_word(vocabulary, add, s);
    if (s->failed) {
        weft_spelling_free(s);
        return weft_fail(err, WEFT_E_NOMEM, "spelling");
    }
    *out = s;
    return WEFT_OK;
}

void weft_spelling_free(weft_spelling *spelling) {
    if (!spelling) return;
    weft_id_map_deinit(&spelling->numbers);
    weft_free(spelling->entries);
    weft_free(spelling);
}

bool weft_spelling_knows(const weft_spelling *spelling, const char *word) {
    return weft_id_map_get(&spelling->numbers, word, NULL);
}

/* The optimal string alignment distance of a and b, or limit + 1 when it is more. */
static unsigned distance(const char *a, size_t n, const char *b, size_t m, unsigned limit) {
    unsigned rows[3][MAX_COMPARED + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++) last[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned best = now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned d = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < d) d = last[j] + 1;
            if (now[j - 1] + 1 < d) d = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < d)
                d = before[j - 2] + 1;
            now[j] = d;
            if (d < best) best = d;
        }
        if (best > limit) return limit + 1;
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

/* Is x a better guess than y for word? */
static bool is_better(const char *word, const entry *x, unsigned dx, const entry *y, unsigned dy) {
    if (dx != dy) return dx < dy;
    if (x->is_attribute != y->is_attribute) return x->is_attribute;
    bool first_x = x->word[0] == word[0], first_y = y->word[0] == word[0];
    if (first_x != first_y) return first_x;
    return x->rows > y->rows;
}

/* Is a word of the catalog only a slip of its own, for an attribute's word? */
static bool is_slip(const weft_spelling *s, const entry *known, const entry *right) {
    return right->is_attribute && right->rows > OUTDONE * known->rows &&
           weft_text_index_share(s->texts, known->term, right->term) >= SLIP_SHARE;
}

const char *weft_spelling_correct(const weft_spelling *spelling, const char *word) {
    size_t n = strlen(word);
    uint32_t letters = letters_of(word), number;
    const entry *known = NULL, *best = NULL;
    if (n < MIN_LENGTH || n > MAX_COMPARED || has_digit(word)) return NULL;
    if (weft_id_map_get(&spelling->numbers, word, &number)) known = &spelling->entries[number];
    if (known && known->is_attribute) return NULL;
    unsigned limit = n >= MIDDLE_LENGTH && !known ? 2 : 1, best_distance = 0;
    for (size_t i = 0; i < spelling->count; i++) {
        const entry *e = &spelling->entries[i];
        size_t gap = e->length > n ? e->length - n : n - e->length;
        if (gap > limit || e->length > MAX_COMPARED || e == known) continue;
        if ((unsigned)__builtin_popcount(e->letters ^ letters) > 2 * limit) continue;
        if (!e->is_attribute && e->rows < MIN_ROWS) continue;
        unsigned d = distance(word, n, e->word, e->length, limit);
        if (d == 2 && n < LONG_LENGTH && !(e->is_attribute && e->word[0] == word[0])) continue;
        if (d > limit || (best && !is_better(word, e, d, best, best_distance))) continue;
        if (known && !is_slip(spelling, known, e)) continue;
        best = e;
        best_distance = d;
    }
    return best ? best->word : NULL;
}
