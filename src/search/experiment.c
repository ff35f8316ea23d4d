#include "search/experiment.h"

#include <math.h>
#include <string.h>

#include "search/cursor.h"
#include "search/query.h"

static weft_status fail(weft_err *err, const char *field, const char *what) {
    return weft_fail(err, WEFT_E_INVALID, "%s: %s", field, what);
}

static weft_status read_understand(const json_t *json, weft_arm *arm, const char *name,
                                   weft_err *err) {
    if (json_is_boolean(json)) {
        arm->understand = json_is_true(json) ? WEFT_UNDERSTAND_ALL : 0;
        return WEFT_OK;
    }
    arm->understand = 0;
    if (!json_is_array(json)) return fail(err, name, "understand is true, false or names");
    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *kind = json_string_value(json_array_get(json, i));
        unsigned bit = kind ? weft_understand_named(kind) : 0;
        if (!bit) return fail(err, name, "understand has a name that is none");
        arm->understand |= bit;
    }
    return WEFT_OK;
}

static weft_status read_arm(json_t *json, const char *name, weft_arm *arm, weft_err *err) {
    const char *key;
    json_t *value;
    *arm = (weft_arm){.diversity = NAN, .fusion = -1, .collapse = -1, .understand = -1};
    if (!json_is_object(json)) return fail(err, name, "must be an object");
    json_object_foreach(json, key, value) {
        weft_fusion fusion;
        if (strcmp(key, "diversity") == 0) {
            arm->diversity = json_number_value(value);
            if (!json_is_number(value) || !(arm->diversity >= 0 && arm->diversity <= 1))
                return fail(err, name, "diversity is a number from 0 to 1");
        } else if (strcmp(key, "fusion") == 0) {
            if (!json_is_string(value) || !weft_fusion_named(json_string_value(value), &fusion))
                return fail(err, name, "fusion is scores, ranks, none or learned");
            arm->fusion = (int)fusion;
        } else if (strcmp(key, "collapse") == 0) {
            if (!json_is_boolean(value)) return fail(err, name, "collapse is true or false");
            arm->collapse = json_is_true(value);
        } else if (strcmp(key, "understand") == 0) {
            weft_status status = read_understand(value, arm, name, err);
            if (status) return status;
        } else {
            return weft_fail(err, WEFT_E_INVALID, "%s: %.64s: no such setting", name, key);
        }
    }
    return WEFT_OK;
}

static weft_status read(weft_experiment *e, const json_t *json, weft_arena *arena, weft_err *err) {
    const char *name = json_string_value(json_object_get(json, "name"));
    const json_t *share = json_object_get(json, "share_b");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value) {
        if (strcmp(key, "name") && strcmp(key, "share_b") && strcmp(key, "a") && strcmp(key, "b") &&
            strcmp(key, "interleave"))
            return weft_fail(err, WEFT_E_INVALID, "%.64s: no such field", key);
    }
    if (!name || !name[0] || strlen(name) > 100)
        return fail(err, "name", "must be a string of 1 to 100 bytes");
    const json_t *both = json_object_get(json, "interleave");
    if (both && !json_is_boolean(both)) return fail(err, "interleave", "must be true or false");
    *e = (weft_experiment){.name = weft_arena_strdup(arena, name),
                           .is_interleaved = json_is_true(both),
                           .share_b = share                ? json_number_value(share)
                                      : json_is_true(both) ? 1
                                                           : 0.5};
    if (!e->name) return weft_fail(err, WEFT_E_NOMEM, "experiment");
    if ((share && !json_is_number(share)) || !(e->share_b >= 0 && e->share_b <= 1))
        return fail(err, "share_b", "must be a number from 0 to 1");
    weft_status status = read_arm(json_object_get(json, "a"), "a", &e->arms[0], err);
    if (!status) status = read_arm(json_object_get(json, "b"), "b", &e->arms[1], err);
    for (int i = 0; i < 2 && !status && e->is_interleaved; i++)
        if (e->arms[i].collapse >= 0 || e->arms[i].understand >= 0)
            status =
                fail(err, i ? "b" : "a", "interleaved arms may set fusion and diversity alone");
    return status;
}

weft_status weft_experiment_parse(weft_experiment *experiment, const char *text, size_t n,
                                  weft_arena *arena, weft_err *err) {
    json_error_t where;
    json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    if (!json)
        return weft_fail(err, WEFT_E_FORMAT, "line %d, column %d: %s", where.line, where.column,
                         where.text);
    weft_status status = json_is_object(json)
                             ? read(experiment, json, arena, err)
                             : weft_fail(err, WEFT_E_INVALID, "an experiment is an object");
    json_decref(json);
    return status;
}

int weft_experiment_arm(const weft_experiment *experiment, const char *user_id) {
    uint64_t hash = weft_cursor_fingerprint(0, experiment->name, strlen(experiment->name));
    hash = weft_cursor_fingerprint(hash, user_id, strlen(user_id));
    /* FNV's high bits alone are not even enough (splitmix64's finish, Steele et al., 2014). */
    hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
    hash ^= hash >> 31;
    return (double)(hash >> 11) * 0x1p-53 < experiment->share_b;
}

/* ---- is a difference real? ---- */

void weft_sample_add(weft_sample *sample, double value) {
    sample->n++;
    sample->sum += value;
    sample->squares += value * value;
}

double weft_sample_mean(const weft_sample *sample) {
    return sample->n ? sample->sum / (double)sample->n : 0;
}

static double variance(const weft_sample *s) {
    if (s->n < 2) return 0;
    double mean = weft_sample_mean(s), n = (double)s->n;
    return fmax(0, (s->squares - n * mean * mean) / (n - 1));
}

static weft_comparison_of_means compare(double difference, double error, bool is_known) {
    weft_comparison_of_means c = {
        .difference = difference, .low = -INFINITY, .high = INFINITY, .p = 1};
    if (!is_known) return c;
    c.low = difference - 1.959964 * error;
    c.high = difference + 1.959964 * error;
    if (error > 0) c.p = erfc(fabs(difference) / error / sqrt(2));
    else c.p = difference == 0 ? 1 : 0;
    return c;
}

static double squared_error(const weft_sample *s) { return s->n ? variance(s) / (double)s->n : 0; }

weft_comparison_of_means weft_compare_means(const weft_sample *a, const weft_sample *b) {
    return compare(weft_sample_mean(b) - weft_sample_mean(a),
                   sqrt(squared_error(a) + squared_error(b)), a->n >= 2 && b->n >= 2);
}

weft_comparison_of_means weft_compare_mean_with(const weft_sample *sample, double expected) {
    return compare(weft_sample_mean(sample) - expected, sqrt(squared_error(sample)),
                   sample->n >= 2);
}

double weft_users_needed(const weft_sample *a, const weft_sample *b) {
    double difference = weft_sample_mean(b) - weft_sample_mean(a);
    double z = 1.959964 + 0.841621;
    if (difference == 0) return 0;
    return ceil(z * z * (variance(a) + variance(b)) / (difference * difference));
}
