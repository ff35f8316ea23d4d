/* synonyms.h - words that a shop's customers use for the words of its catalog.
 *
 * A text file in the format that Solr and Elasticsearch read:
 *
 *   # a comment
 *   grey, gray                        all mean the same
 *   sneakers, trainers => sports shoes, casual shoes     the left ones mean the right ones
 *
 * One rule a line; phrases of one to four words, apart by commas. */
#ifndef WEFT_TEXT_SYNONYMS_H
#define WEFT_TEXT_SYNONYMS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

typedef struct {
    const char *const *from; /* [from_count] */
    size_t from_count;
    const char *const *to; /* [to_count]; of "all mean the same" to is from */
    size_t to_count;
} weft_synonym_rule;

typedef struct {
    const weft_synonym_rule *rules; /* [count], in the order of the file */
    size_t count;
} weft_synonyms;

enum { WEFT_SYNONYMS_MAX_RULES = 20000, WEFT_SYNONYMS_MAX_PHRASES = 64, WEFT_PHRASE_MAX = 4 };

/* Reads the text of such a file into the arena. Fails with WEFT_E_FORMAT or WEFT_E_LIMIT,
 * which name the line, or WEFT_E_NOMEM. */
weft_status weft_synonyms_parse(weft_synonyms *synonyms, weft_str text, weft_arena *arena,
                                weft_err *err);

/* Those that weft has for fashion, US and UK, in the same format. */
weft_str weft_synonyms_default(void);

#endif
