/* search_question.h - what a request to search asks, read and checked. */
#ifndef WEFT_API_SEARCH_QUESTION_H
#define WEFT_API_SEARCH_QUESTION_H

#include "api/fields.h"
#include "image/image_boxes.h"
#include "search/rank.h"

/* How the searches differ. */
typedef struct {
    const char *type; /* search_type of the answer */
    bool takes_words, takes_photo, takes_index;
    bool takes_mix;           /* several photos, weighted terms, the weight of photos */
    bool takes_one;           /* words or a photo, not both */
    bool takes_rule;          /* a rule to try, as "rule" */
    weft_embedding_kind kind; /* of the index, unless the request says otherwise */
} weft_search_mode;

enum { WEFT_QUESTION_MAX_PHOTOS = 8, WEFT_QUESTION_MAX_TERMS = 8 };

typedef struct {
    const char *text;
    double weight; /* below 0: it is not wanted */
} weft_question_term;

typedef struct {
    const char *query; /* NULL: no words */
    const weft_str *photos;
    size_t photo_count;
    const weft_image_box *crop; /* of the first photo; NULL: all of it */
    weft_question_term terms[WEFT_QUESTION_MAX_TERMS];
    size_t term_count;
    double weight; /* the photos' share beside the words */
    const char *user_id, *cursor;
    size_t limit;
    weft_embedding_kind kind;
    const weft_filter *filter;
    unsigned understand; /* WEFT_UNDERSTAND_... */
    weft_fusion fusion;
    double diversity, min_relevance;
    bool facets, explain, collapse;
    bool says_fusion;     /* fusion is the request's own */
    const json_t *rule;   /* of a mode that takes one */
    uint64_t fingerprint; /* of all that decides the order */
} weft_search_question;

/* Reads it from the request's body, which fields is then about (weft_fields_deinit, also
 * after a failure). Fails with WEFT_E_INVALID, WEFT_E_LIMIT, WEFT_E_UNSUPPORTED or
 * WEFT_E_NOMEM; fields->at_fault names the field. */
weft_status weft_search_question_read(weft_search_question *question, const weft_search_mode *mode,
                                      const weft_http_request *request, weft_fields *fields,
                                      weft_err *err);

#endif
