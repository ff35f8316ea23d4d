/* event.h - what a user did with a product, as the seed's `transactions` table has it. */
#ifndef WEFT_CATALOG_EVENT_H
#define WEFT_CATALOG_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef struct {
    const char *user_id;
    const char *product_id;
    const char *event_type; /* view, add_to_cart, purchase, click */
    const char *query_id;   /* "" when it came from no search */
    int64_t at;             /* milliseconds since 1970; 0: when it is put */
} weft_event;

/* Is it one of the four, spelled as they are? */
bool weft_event_type_is_known(const char *type);

/* The one of the four that other logs have under this name ("addtocart", "PV", "order"), or
 * NULL. */
const char *weft_event_type_of(weft_str name);

/* Are two names the same but for case, spaces, '-' and '_'? "Customer ID" is "customer_id". */
bool weft_event_names_match(weft_str a, weft_str b);

#endif
