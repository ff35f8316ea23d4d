#include "sync/first_failure.h"

void weft_first_failure_init(weft_first_failure *failure) {
    *failure = (weft_first_failure){.status = WEFT_OK};
    pthread_mutex_init(&failure->lock, NULL);
}

void weft_first_failure_deinit(weft_first_failure *failure) {
    pthread_mutex_destroy(&failure->lock);
}

void weft_first_failure_note(weft_first_failure *failure, weft_status status, const weft_err *err) {
    pthread_mutex_lock(&failure->lock);
    if (!failure->status) {
        failure->status = status;
        failure->err = *err;
    }
    pthread_mutex_unlock(&failure->lock);
}

weft_status weft_first_failure_get(weft_first_failure *failure, weft_err *err) {
    pthread_mutex_lock(&failure->lock);
    weft_status status = failure->status;
    if (status && err) *err = failure->err;
    pthread_mutex_unlock(&failure->lock);
    return status;
}
