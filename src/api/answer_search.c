#include "api/answer_search.h"

#include <math.h>

/* Every part of the score, and what each came from. */
static void write_explanation(weft_json *j, const weft_score *score) {
    const weft_signals *s = &score->signals;
    weft_json_key(j, "explain");
    weft_json_object(j);
    weft_json_key_float(j, "score", score->fused);
    weft_json_key_float(j, "base", score->base);
    weft_json_key_float(j, "visual", score->visual);
    weft_json_key_float(j, "text", score->text);
    weft_json_key_float(j, "words", score->words);
    weft_json_key_float(j, "attribute", score->attributes);
    weft_json_key_float(j, "unwanted", score->unwanted);
    weft_json_key_float(j, "user", 0);
    weft_json_key_float(j, "rule", score->rules);
    weft_json_key(j, "signals");
    weft_json_object(j);
    for (int kind = 0; kind < WEFT_KIND_COUNT; kind++)
        weft_json_key_float(j, weft_embedding_kind_name((weft_embedding_kind)kind),
                            s->cosine[kind]);
    weft_json_key_float(j, "nearness", s->nearness);
    weft_json_key_float(j, "words", s->words);
    weft_json_key_float(j, "match", s->match);
    weft_json_key_float(j, "unwanted", s->unwanted);
    weft_json_end(j);
    weft_json_end(j);
}

static void write_variants(weft_json *j, const weft_catalog *catalog, const weft_ranked *result) {
    weft_json_key(j, "variants");
    weft_json_array(j);
    for (size_t i = 0; i < result->variant_count; i++) {
        const weft_product *p = weft_catalog_product(catalog, result->variants[i]);
        weft_json_object(j);
        weft_json_key_string(j, "product_id", p->product_id);
        weft_json_key_string(j, "base_color", p->base_color[0] ? p->base_color : NULL);
        weft_answer_image_url(j, p);
        weft_json_end(j);
    }
    weft_json_end(j);
}

static void write_product(weft_json *j, const weft_rank_request *request,
                          const weft_ranked *result) {
    float cosine = result->score.signals.cosine[request->kind];
    weft_json_object(j);
    weft_answer_product_fields(j, weft_catalog_product(request->catalog, result->row));
    weft_json_key_float(j, "similarity_score", cosine);
    weft_json_key_float(j, "relevance", result->score.relevance);
    if (result->pinned_by) weft_json_key_string(j, "pinned_by", result->pinned_by->id);
    if (request->explains) write_explanation(j, &result->score);
    write_variants(j, request->catalog, result);
    weft_json_end(j);
}

void weft_answer_results(weft_json *j, const weft_rank_page *page,
                         const weft_rank_request *request) {
    weft_json_array(j);
    for (size_t i = 0; i < page->count; i++) write_product(j, request, &page->results[i]);
    weft_json_end(j);
}

/* ---- what was understood ---- */

static const char *term_kind_name(const weft_query_term *term) {
    switch (term->kind) {
    case WEFT_TERM_VALUE: return "value";
    case WEFT_TERM_BRAND: return "brand";
    case WEFT_TERM_PRICE: return "price";
    case WEFT_TERM_SIZE: return "size";
    case WEFT_TERM_WORDS: return "words";
    }
    return "";
}

static const char *application(const weft_query_term *term) {
    if (term->is_relaxed) return "relaxed";
    if (term->kind == WEFT_TERM_SIZE && !term->word_count) return "unknown";
    return term->is_preference ? "preference" : "filter";
}

static void write_values(weft_json *j, const weft_rank_request *request,
                         const weft_query_term *term) {
    const weft_meaning *meaning = term->meaning;
    size_t n = term->is_negated ? meaning->exact : meaning->count;
    bool is_brand = meaning->kind == WEFT_MEANS_BRAND;
    const weft_catalog_facet *facet =
        is_brand ? NULL : weft_catalog_facet_of(request->catalog, meaning->facet);
    weft_json_key_string(j, "field", is_brand ? "brand" : facet->name);
    weft_json_key(j, "values");
    weft_json_array(j);
    for (size_t i = 0; i < n; i++)
        weft_json_string(j, is_brand ? weft_vocabulary_brand_name(request->lexicon->vocabulary,
                                                                  meaning->codes[i])
                                     : facet->values[meaning->codes[i]]);
    weft_json_end(j);
}

static void write_term(weft_json *j, const weft_rank_request *request,
                       const weft_query_term *term) {
    weft_json_object(j);
    weft_json_key_string(j, "kind", term_kind_name(term));
    weft_json_key_string(j, "text", term->text);
    weft_json_key_int(j, "begin", (int64_t)term->begin);
    weft_json_key_int(j, "end", (int64_t)term->end);
    if (term->meaning) write_values(j, request, term);
    if (term->kind == WEFT_TERM_PRICE) {
        weft_json_key_double(j, "min", term->low); /* infinite: null */
        weft_json_key_double(j, "max", term->high);
    }
    weft_json_key_bool(j, "negated", term->is_negated);
    weft_json_key_string(j, "applied", application(term));
    weft_json_end(j);
}

static void write_understood(weft_json *j, const weft_rank_request *request) {
    const weft_query *query = request->query;
    weft_json_key(j, "understood");
    weft_json_object(j);
    weft_json_key_string(j, "text", query->text);
    weft_json_key(j, "corrected");
    weft_json_array(j);
    for (size_t i = 0; i < query->correction_count; i++) {
        const weft_query_correction *c = &query->corrections[i];
        weft_json_object(j);
        weft_json_key_string(j, "from", c->from);
        weft_json_key_string(j, "to", c->to);
        weft_json_key_int(j, "begin", (int64_t)c->begin);
        weft_json_key_int(j, "end", (int64_t)c->end);
        weft_json_end(j);
    }
    weft_json_end(j);
    weft_json_key(j, "terms");
    weft_json_array(j);
    for (size_t i = 0; i < query->term_count; i++) write_term(j, request, &query->terms[i]);
    weft_json_end(j);
    weft_json_end(j);
}

/* ---- the whole ---- */

void weft_answer_ranked_write(weft_json *j, const weft_rank_page *page,
                              const weft_answer_ranked *about) {
    const weft_rank_request *request = about->request;
    weft_json_object(j);
    weft_json_key(j, "products");
    weft_answer_results(j, page, request);
    if (request->query) write_understood(j, request);
    if (request->wants_facets) {
        weft_json_key(j, "facets");
        weft_answer_facets(j, &page->facets, true);
    }
    weft_answer_frame_fields(j, &about->frame, page->total);
    weft_json_end(j);
}
