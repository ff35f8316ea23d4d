/* Merchandising rules and judged queries: JSON from outside. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "search/judged.h"
#include "search/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    weft_arena arena;
    weft_judged judged = {0};
    weft_rule rule;
    const weft_rule **acting;
    size_t n;
    weft_err err = {0};
    weft_arena_init(&arena, 0);
    (void)weft_judged_parse(&judged, (weft_str){(const char *)data, size}, &arena, NULL);
    json_t *json =
        json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if (json) {
        weft_status status = weft_rule_parse(&rule, "r", json, &arena, &err);
        if (status && !err.message[0]) abort();
        if (!status && weft_rules_select(&rule, 1, "a red dress", 0, &arena, &acting, &n, NULL))
            abort();
    }
    json_decref(json);
    weft_arena_deinit(&arena);
    return 0;
}
