/* eval_outfits.h - what goes with what: scores of outfits measured side by side. */
#ifndef WEFT_CLI_EVAL_OUTFITS_H
#define WEFT_CLI_EVAL_OUTFITS_H

#include "cli/cli.h"
#include "recommend/pairing_eval.h"

typedef struct {
    const char *name, *what;
    weft_exam_result result;
} weft_outfit_contender;

enum { WEFT_EVAL_CONTENDERS = 5 };

/* The same outfits at one grain of kinds. */
typedef struct {
    const char *name, *key;
    size_t learned_from, outfits, questions, kinds;
    weft_outfit_contender contenders[WEFT_EVAL_CONTENDERS]; /* [count]; [0] is random */
    size_t count;
    weft_pairing *pairing; /* learned */
} weft_outfit_section;

enum { WEFT_EVAL_SECTIONS = 2 };

typedef struct {
    weft_outfit_section sections[WEFT_EVAL_SECTIONS];
    size_t draws;
    uint64_t seed;
} weft_outfit_report;

/* The page of charts and tables, one HTML file that needs no other. */
weft_status weft_outfit_report_write(const char *path, const weft_outfit_report *report,
                                     weft_err *err);

/* `weft eval outfits ...`; argv[0] is "outfits". An exit status. */
int weft_eval_outfits(const weft_cli *cli, int argc, char **argv);

#endif
