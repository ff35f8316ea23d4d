#include <ctype.h>
#include <math.h>
#include <string.h>

#include "search/query_internal.h"

static const char little_words[] =
    "a an the for with in of on and or nor to by from at my me i im want need looking look show "
    "find get some any that which this these is are be was please something anything it its "
    "much bit slightly does has have having would like style styled type kind but not no non "
    "without except excluding "
    "minus instead rather than other more less under over below above between around about up "
    "dont isnt arent very too so only just who";

/* Words that ask for prices and sizes, which are not spelt otherwise. */
static const char price_words[] =
    "cheaper upto max maximum min minimum most least within roughly approximately starting "
    "dollars dollar usd euros euro eur pounds pound gbp rupees rs inr bucks size sizes price "
    "priced budget cost costs cheap affordable";

static bool is_in(const char *word, const char *list) {
    size_t n = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at++)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0')) return true;
    return false;
}

bool weft_query_is_one_of(const query_reader *r, size_t i, const char *list) {
    return i < r->count && is_in(r->words[i].text, list);
}

static bool set_text(query_reader *r, query_word *w, const char *text) {
    w->text = weft_arena_strdup(r->arena, text);
    const char *stem = weft_stem(r->stemmer, text);
    w->stem = stem ? weft_arena_strdup(r->arena, stem) : NULL;
    return w->text && w->stem;
}

/* Changes of something else, and what they ask for. */
static const struct {
    const char *more, *plain;
    int lightness;
} comparatives[] = {
    {"darker", "dark", -1},  {"lighter", "light", 1}, {"brighter", "bright", 1},
    {"paler", "pale", 1},    {"longer", "long", 0},   {"shorter", "short", 0},
    {"looser", "loose", 0},  {"tighter", "tight", 0}, {"larger", "large", 0},
    {"bigger", "big", 0},    {"smaller", "small", 0}, {"wider", "wide", 0},
    {"thinner", "thin", 0},  {"thicker", "thick", 0}, {"simpler", "simple", 0},
    {"plainer", "plain", 0}, {"fancier", "fancy", 0}, {"dressier", "dressy", 0},
    {"baggier", "baggy", 0}, {"shinier", "shiny", 0},
};

static bool read_comparatives(query_reader *r) {
    for (size_t i = 0; i < r->count; i++)
        for (size_t c = 0; c < sizeof comparatives / sizeof *comparatives; c++) {
            if (strcmp(r->words[i].text, comparatives[c].more) != 0) continue;
            if (comparatives[c].lightness) r->query->lightness = comparatives[c].lightness;
            r->has_joined = true; /* the text is another one */
            if (!set_text(r, &r->words[i], comparatives[c].plain)) return false;
        }
    return true;
}

static bool is_currency_sign(const char *source, size_t end) {
    static const char *const signs[] = {"$", "€", "£", "₹"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i]);
        if (end >= n && memcmp(source + end - n, signs[i], n) == 0) return true;
    }
    return false;
}

static bool take_word(query_reader *r, const weft_word *word) {
    query_word *w = &r->words[r->count++];
    size_t begin = word->begin;
    *w = (query_word){.begin = begin, .end = word->end, .number = NAN};
    w->has_currency = is_currency_sign(r->source, begin);
    w->has_minus = begin && r->source[begin - 1] == '-' &&
                   (begin == 1 || isspace((unsigned char)r->source[begin - 2]));
    const char *after = r->source + word->end;
    w->ends_clause = after[strspn(after, " ")] == ',';
    double number;
    if (weft_str_to_double(weft_str_of(word->text), &number)) w->number = number;
    return set_text(r, w, word->text);
}

static bool has_meaning(const query_reader *r, const char *const *stems, size_t n) {
    return weft_vocabulary_find(r->lexicon->vocabulary, stems, n) != NULL;
}

static bool note_correction(query_reader *r, size_t begin, size_t end, const char *to) {
    weft_query *q = r->query;
    const char *from = weft_arena_strndup(r->arena, r->source + begin, end - begin);
    if (!from) return false;
    if (q->correction_count < WEFT_QUERY_MAX_WORDS)
        q->corrections[q->correction_count++] =
            (weft_query_correction){.begin = begin, .end = end, .from = from, .to = to};
    return true;
}

static void remove_word(query_reader *r, size_t i) {
    memmove(&r->words[i], &r->words[i + 1], (r->count - i - 1) * sizeof *r->words);
    r->count--;
}

/* "sun glasses", "t shirt": two words that mean something only together. */
static bool join_words(query_reader *r) {
    for (size_t i = 0; i + 1 < r->count; i++) {
        query_word *w = &r->words[i];
        const char *pair[] = {w->stem, w[1].stem};
        if (!isnan(w->number) || w->ends_clause || has_meaning(r, pair, 2)) continue;
        char *joined = weft_arena_printf(r->arena, "%s%s", w->text, w[1].text);
        const char *stem = joined ? weft_stem(r->stemmer, joined) : NULL;
        if (!stem) return false;
        if (!has_meaning(r, &stem, 1)) continue;
        r->has_joined = true;
        w->end = w[1].end;
        w->ends_clause = w[1].ends_clause;
        if (!set_text(r, w, joined)) return false;
        remove_word(r, i + 1);
    }
    return true;
}

/* "flipflops": one unknown word that means something as two. */
static bool part_word(query_reader *r, size_t i, bool *is_parted) {
    query_word *w = &r->words[i];
    size_t n = strlen(w->text);
    *is_parted = false;
    for (size_t at = 3; at + 3 <= n && r->count < WEFT_QUERY_MAX_WORDS; at++) {
        char *left = weft_arena_strndup(r->arena, w->text, at);
        const char *right = weft_arena_strdup(r->arena, w->text + at);
        const char *stems[] = {left ? weft_stem(r->stemmer, left) : NULL,
                               right ? weft_stem(r->stemmer, right) : NULL};
        if (!stems[0] || !stems[1]) return false;
        if (!has_meaning(r, stems, 2)) continue;
        memmove(w + 1, w, (r->count - i) * sizeof *w);
        r->count++;
        char *both = weft_arena_printf(r->arena, "%s %s", left, right);
        *is_parted = true;
        w->ends_clause = false;
        return both && set_text(r, w, left) && set_text(r, w + 1, right) &&
               note_correction(r, w->begin, w->end, both);
    }
    return true;
}

static bool correct_words(query_reader *r) {
    for (size_t i = 0; i < r->count; i++) {
        query_word *w = &r->words[i];
        bool is_parted = false;
        if (!isnan(w->number) || is_in(w->text, little_words) || is_in(w->text, price_words))
            continue;
        if (!weft_spelling_knows(r->lexicon->spelling, w->text) &&
            !weft_vocabulary_has_word(r->lexicon->vocabulary, w->stem) &&
            !part_word(r, i, &is_parted))
            return false;
        if (is_parted || weft_vocabulary_has_word(r->lexicon->vocabulary, w->stem)) continue;
        const char *right = weft_spelling_correct(r->lexicon->spelling, w->text);
        if (right && (!set_text(r, w, right) || !note_correction(r, w->begin, w->end, w->text)))
            return false;
    }
    return true;
}

weft_status weft_query_read_words(query_reader *r) {
    weft_word *words;
    size_t n;
    weft_status status = weft_words_split(weft_str_of(r->source), r->arena, &words, &n, r->err);
    if (status) return status;
    bool ok = true;
    for (size_t i = 0; ok && i < n && i < WEFT_QUERY_MAX_WORDS; i++) ok = take_word(r, &words[i]);
    if (ok && (r->understand & WEFT_UNDERSTAND_RELATIVE)) ok = read_comparatives(r);
    ok = ok && join_words(r);
    if (ok && (r->understand & WEFT_UNDERSTAND_SPELLING)) ok = correct_words(r) && join_words(r);
    for (size_t i = 0; ok && i < r->count; i++)
        if (is_in(r->words[i].text, little_words)) r->words[i].role = ROLE_FUNCTION;
    return ok ? WEFT_OK : weft_fail(r->err, WEFT_E_NOMEM, "query");
}
