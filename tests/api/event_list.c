/* Prints the events of a store in their order, "user product type query time" a line.
 *
 *   event_list URL */
#include <stdio.h>

#include "base/clock.h"
#include "store/store.h"

static weft_status print_event(void *context, int64_t number, const weft_event *event,
                               weft_err *err) {
    char at[WEFT_TIMESTAMP_SIZE];
    (void)context, (void)number, (void)err;
    weft_clock_format(event->at, at);
    printf("%s %s %s %s %s\n", event->user_id, event->product_id, event->event_type,
           event->query_id, at);
    return WEFT_OK;
}

int main(int argc, char **argv) {
    weft_store *store = NULL;
    weft_err err = {0};
    if (argc != 2) return 2;
    weft_status status = weft_store_open(&store, argv[1], &err);
    if (!status) status = weft_store_each_event(store, 0, 0, print_event, NULL, &err);
    weft_store_close(store);
    if (status) fprintf(stderr, "event_list: %s\n", err.message);
    return status != WEFT_OK;
}
