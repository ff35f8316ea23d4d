#include "text/lexicon.h"

#include "base/mem.h"

weft_status weft_lexicon_new(weft_lexicon **out, const weft_catalog *catalog,
                             const weft_synonyms *synonyms, weft_err *err) {
    weft_lexicon *lexicon = weft_calloc(1, sizeof *lexicon);
    if (!lexicon) return weft_fail(err, WEFT_E_NOMEM, "lexicon");
    weft_status status = weft_text_index_new(&lexicon->texts, catalog, err);
    if (!status) status = weft_vocabulary_new(&lexicon->vocabulary, catalog, synonyms, err);
    if (!status)
        status = weft_spelling_new(&lexicon->spelling, lexicon->texts, lexicon->vocabulary, err);
    if (!status) status = weft_variants_new(&lexicon->variants, catalog, err);
    if (status) {
        weft_lexicon_free(lexicon);
        return status;
    }
    *out = lexicon;
    return WEFT_OK;
}

void weft_lexicon_free(weft_lexicon *lexicon) {
    if (!lexicon) return;
    weft_spelling_free(lexicon->spelling);
    weft_vocabulary_free(lexicon->vocabulary);
    weft_text_index_free(lexicon->texts);
    weft_variants_free(lexicon->variants);
    weft_free(lexicon);
}
