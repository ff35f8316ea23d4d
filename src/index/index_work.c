#include "index/index_work.h"

#include "base/pool.h"

typedef struct {
    weft_work *work;
    weft_work_piece piece;
    void *context;
    size_t pieces;
} stage;

weft_status weft_work_init(weft_work *work, const weft_index_source *source, size_t total,
                           weft_err *err) {
    *work = (weft_work){.source = source, .total = total};
    pthread_mutex_init(&work->lock, NULL);
    return weft_team_new(&work->team, source->threads ? source->threads : weft_cpu_count(), err);
}

void weft_work_deinit(weft_work *work) {
    weft_team_free(work->team);
    pthread_mutex_destroy(&work->lock);
}

/* False when a piece failed or someone wants all to stop. */
static bool may_go_on(weft_work *work) {
    pthread_mutex_lock(&work->lock);
    const atomic_bool *cancel = work->source->cancel;
    if (!work->status && cancel && atomic_load(cancel))
        work->status =
            weft_fail(&work->err, WEFT_E_CANCELLED, "stopped while an index was being built");
    bool go_on = !work->status;
    pthread_mutex_unlock(&work->lock);
    return go_on;
}

static void note(weft_work *work, weft_status status, const weft_err *err, size_t member) {
    pthread_mutex_lock(&work->lock);
    if (status && !work->status) work->status = status, work->err = *err;
    double done = (double)++work->done / (double)work->total;
    pthread_mutex_unlock(&work->lock);
    if (member == 0 && work->source->on_progress) /* the calling thread */
        work->source->on_progress(work->source->context, done < 1 ? done : 1);
}

static void run_stage(weft_team *team, size_t member, void *argument) {
    stage *s = argument;
    for (size_t i; (i = weft_team_next(team)) < s->pieces;) {
        weft_err err = {0};
        if (may_go_on(s->work)) note(s->work, s->piece(s->context, i, &err), &err, member);
    }
}

weft_status weft_work_run(weft_work *work, weft_work_piece piece, void *context, size_t pieces,
                          weft_err *err) {
    weft_team_run(work->team, run_stage, &(stage){work, piece, context, pieces});
    if (work->status && err) *err = work->err;
    return work->status;
}
