#include "recommend/user_features.h"

#include "base/mem.h"
#include "catalog/id_map.h"

typedef struct {
    weft_arena arena;
    weft_id_map users;
    const char **ids; /* [users.count] */
    size_t capacity;
    size_t events;
    int64_t last;
} batch;

static weft_status note_user(void *context, int64_t number, const weft_event *event,
                             weft_err *err) {
    batch *b = context;
    b->events++;
    b->last = number;
    if (weft_id_map_get(&b->users, event->user_id, NULL)) return WEFT_OK;
    if (b->users.count == b->capacity) {
        size_t capacity = b->capacity ? b->capacity * 2 : 256;
        const char **larger = weft_realloc(b->ids, capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "features of users");
        b->ids = larger;
        b->capacity = capacity;
    }
    const char *id = weft_arena_strdup(&b->arena, event->user_id);
    if (!id) return weft_fail(err, WEFT_E_NOMEM, "features of users");
    b->ids[b->users.count] = id;
    return weft_id_map_add(&b->users, id, (uint32_t)b->users.count);
}

/* What a user's features are made in goes again at once; only they stay. */
static weft_status make_features(batch *b, weft_store *store, const weft_shelf *shelf,
                                 const char *embedding_model, const char *user_id,
                                 weft_store_features *features, weft_err *err) {
    weft_arena scratch;
    weft_profile profile;
    weft_arena_init(&scratch, 0);
    weft_status status = weft_profile_load(&profile, shelf, store, user_id, &scratch, err);
    if (!status && profile.embedding) {
        float *kept = weft_arena_alloc(&b->arena, profile.dim, sizeof *kept);
        if (!kept) status = weft_fail(err, WEFT_E_NOMEM, "features of users");
        for (size_t i = 0; i < profile.dim && kept; i++) kept[i] = profile.embedding[i];
        profile.embedding = kept;
    }
    if (!status)
        status = weft_profile_features(&profile, shelf, user_id, embedding_model, &b->arena,
                                       features, err);
    weft_arena_deinit(&scratch);
    return status;
}

weft_status weft_features_follow(weft_store *store, const weft_shelf *shelf,
                                 const char *embedding_model, size_t limit,
                                 weft_features_step *step, weft_err *err) {
    int64_t from;
    weft_store_features *features = NULL;
    batch b = {0};
    *step = (weft_features_step){0};
    weft_arena_init(&b.arena, 1 << 20);
    weft_id_map_init(&b.users);
    weft_status status = weft_store_features_position(store, &from, err);
    if (!status) status = weft_store_each_event(store, from, limit, note_user, &b, err);
    if (status || !b.events) goto cleanup;
    features = weft_calloc(b.users.count, sizeof *features);
    if (!features) status = weft_fail(err, WEFT_E_NOMEM, "features of users");
    for (size_t i = 0; i < b.users.count && !status; i++)
        status = make_features(&b, store, shelf, embedding_model, b.ids[i], &features[i], err);
    if (!status)
        status = weft_store_put_features(store, features, b.users.count, from, b.last, err);
    if (!status || status == WEFT_E_CONFLICT) {
        *step = (weft_features_step){.events = b.events, .users = status ? 0 : b.users.count};
        status = WEFT_OK;
    }

cleanup:
    weft_free(features);
    weft_free(b.ids);
    weft_id_map_deinit(&b.users);
    weft_arena_deinit(&b.arena);
    return status;
}
