/* rank_internal.h - a question on its way to a page. */
#ifndef WEFT_SEARCH_RANK_INTERNAL_H
#define WEFT_SEARCH_RANK_INTERNAL_H

#include "search/rank.h"
#include "search/rule_effects.h"

typedef struct {
    const weft_rank_request *request;
    weft_arena *arena;
    weft_bitset allow;         /* the rows that match, but for those of rules: */
    weft_rule_effects effects; /* of rules; what they bury comes after all others */
    const weft_filter *filter; /* passes all of them; for engines */
    bool is_narrower;          /* it passes more */
    size_t total, ranked;      /* all results, and those that are neither pinned nor buried */
    weft_bitset groups;        /* when collapsed: of what is ranked */
    float *words;              /* [rows]: BM25 of each row, when there are words; heap */
    float words_most;
    weft_score_question question;
    weft_background background; /* of the question's embedding in its kind */
    weft_background *unwanted;  /* [unwanted_count] */
    weft_ranked *head;          /* [head_count]: the candidates, ranked */
    size_t head_count;
    weft_bitset in_head;    /* rows that are candidates, or variants of one */
    weft_bitset met_groups; /* when collapsed: groups that have been met */
} weft_ranking;

/* In rank_match.c: which rows match, and counting over them. */
weft_status weft_rank_match(weft_ranking *r, weft_err *err);
weft_status weft_rank_count(const weft_ranking *r, weft_rank_page *page, weft_err *err);

/* In rank_candidates.c: cosines[n] of rows[n] with an embedding; NAN where there is none. */
weft_status weft_rank_cosines(const weft_ranking *r, weft_embedding_kind kind,
                              const float *embedding, const uint32_t *rows, size_t n,
                              float *cosines, weft_err *err);
/* The vectors of rows[n] of a kind, zeros where there is none. */
weft_status weft_rank_vectors(const weft_ranking *r, weft_embedding_kind kind, const uint32_t *rows,
                              size_t n, float *vectors, weft_err *err);
/* The question's background, and what is not wanted's. */
weft_status weft_rank_look_around(weft_ranking *r, weft_err *err);
/* Takes rows below min_relevance out of `rows`: of `allow`, or of others. */
weft_status weft_rank_cut_off(const weft_ranking *r, weft_bitset *rows, weft_err *err);
/* Fills head, scored and sorted. */
weft_status weft_rank_candidates(weft_ranking *r, weft_err *err);

/* The retrieval of this question from what matches. */
weft_retrieval weft_rank_retrieval(const weft_ranking *r, weft_embedding_kind kind);

/* Scores row from its cosine with the question in its kind. */
void weft_rank_score(const weft_ranking *r, uint32_t row, float cosine, weft_score *score);

#endif
