#include <math.h>
#include <string.h>

#include "search/query_internal.h"

/* "around 50" is 40 to 60. */
static const double AROUND = 0.2;

/* What may stand before a number; the longest that fits is taken. */
typedef struct {
    const char *words[3];
    enum { UP_TO, FROM, ABOUT, RANGE } what;
} opening;

static const opening openings[] = {
    {{"no", "more", "than"}, UP_TO},
    {{"not", "more", "than"}, UP_TO},
    {{"less", "than"}, UP_TO},
    {{"lower", "than"}, UP_TO},
    {{"cheaper", "than"}, UP_TO},
    {{"up", "to"}, UP_TO},
    {{"at", "most"}, UP_TO},
    {{"not", "over"}, UP_TO},
    {{"under"}, UP_TO},
    {{"below"}, UP_TO},
    {{"upto"}, UP_TO},
    {{"within"}, UP_TO},
    {{"max"}, UP_TO},
    {{"maximum"}, UP_TO},
    {{"no", "less", "than"}, FROM},
    {{"more", "than"}, FROM},
    {{"at", "least"}, FROM},
    {{"starting", "at"}, FROM},
    {{"over"}, FROM},
    {{"above"}, FROM},
    {{"min"}, FROM},
    {{"minimum"}, FROM},
    {{"around"}, ABOUT},
    {{"about"}, ABOUT},
    {{"roughly"}, ABOUT},
    {{"approximately"}, ABOUT},
    {{"between"}, RANGE},
    {{"from"}, RANGE},
};

static const char currencies[] =
    "dollars dollar usd euros euro eur pounds pound gbp rupees rs inr bucks";

static bool is_number(const query_reader *r, size_t i) {
    return i < r->count && !isnan(r->words[i].number);
}

/* How many words of the opening stand at i. */
static size_t opening_length(const query_reader *r, size_t i, const opening *o) {
    size_t n = 0;
    for (; n < 3 && o->words[n]; n++)
        if (i + n >= r->count || strcmp(r->words[i + n].text, o->words[n]) != 0) return 0;
    return n;
}

/* The number at *i, and the currency after it; *i moves behind both. */
static double take_number(const query_reader *r, size_t *i, bool *has_currency) {
    double number = r->words[*i].number;
    *has_currency |= r->words[(*i)++].has_currency;
    if (weft_query_is_one_of(r, *i, currencies)) {
        *has_currency = true;
        (*i)++;
    }
    return number;
}

/* Is there a second number at i ("and 40", "to 40", "-40")? *i moves onto it. */
static bool finds_second(const query_reader *r, size_t *i) {
    size_t at = *i;
    if (weft_query_is_one_of(r, at, "and to")) at++;
    else if (at == 0 || at >= r->count || r->source[r->words[at].begin - 1] != '-') return false;
    if (!is_number(r, at)) return false;
    *i = at;
    return true;
}

/* Words first..last are gone from what is embedded. */
static void take_out(query_reader *r, size_t first, size_t last) {
    for (size_t i = first; i <= last; i++) r->words[i].role = ROLE_GONE;
}

static void add_price(query_reader *r, size_t first, size_t last, double low, double high) {
    weft_query_term *term = weft_query_add_term(r, WEFT_TERM_PRICE, first, last);
    if (!term) return;
    term->low = low < high ? low : high;
    term->high = low < high ? high : low;
    take_out(r, first, last);
}

/* A price that begins at word i; how many words it has, 0: there is none. */
static size_t read_price(query_reader *r, size_t i) {
    const opening *found = NULL;
    size_t length = 0, at;
    bool has_currency = false;
    for (size_t o = 0; o < sizeof openings / sizeof *openings; o++) {
        size_t n = opening_length(r, i, &openings[o]);
        if (n <= length) continue;
        found = &openings[o];
        length = n;
    }
    at = i + length;
    if (weft_query_is_one_of(r, at, currencies)) at++; /* "under rs 500" */
    if (!is_number(r, at)) return 0;
    double first = take_number(r, &at, &has_currency), second = 0;
    size_t after_first = at;
    bool is_range = finds_second(r, &at);
    if (is_range) second = take_number(r, &at, &has_currency);
    if (is_range && (has_currency || (found && found->what == RANGE))) {
        add_price(r, i, at - 1, first, second);
        return at - i;
    }
    if (!found && !has_currency) return 0;
    at = after_first;
    double low = -INFINITY, high = INFINITY;
    if (found && found->what == UP_TO) high = first;
    else if (found && found->what != ABOUT) low = first;
    else low = first * (1 - AROUND), high = first * (1 + AROUND);
    add_price(r, i, at - 1, low, high);
    return at - i;
}

/* "size 9", "size XL", "in XL". */
static size_t read_size(query_reader *r, size_t i) {
    static const char letters[] = "xxs xs s m l xl xxl xxxl 2xl 3xl";
    bool says_size = weft_query_is_one_of(r, i, "size sizes");
    bool says_in = weft_query_is_one_of(r, i, "in") && weft_query_is_one_of(r, i + 1, letters);
    if (i + 1 >= r->count || !(says_in || says_size)) return 0;
    if (says_size && !is_number(r, i + 1) && !weft_query_is_one_of(r, i + 1, letters)) return 0;
    weft_query_term *term = weft_query_add_term(r, WEFT_TERM_SIZE, i, i + 1);
    weft_term *word = weft_arena_alloc(r->arena, 1, sizeof *word);
    if (!term || !word) return 0;
    *word = weft_text_index_term(r->lexicon->texts, r->words[i + 1].stem);
    term->is_preference = true;
    term->words = word;
    term->word_count = *word == WEFT_NO_TERM ? 0 : 1;
    take_out(r, i, i + 1);
    return 2;
}

weft_status weft_query_read_prices(query_reader *r) {
    for (size_t i = 0; i < r->count;) {
        size_t taken = 0;
        if (r->understand & WEFT_UNDERSTAND_PRICE) taken = read_price(r, i);
        if (!taken && (r->understand & WEFT_UNDERSTAND_SIZE)) taken = read_size(r, i);
        i += taken ? taken : 1;
    }
    return WEFT_OK;
}
