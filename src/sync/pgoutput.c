#include "sync/pgoutput.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- log sequence numbers --- */

void weft_pgoutput_lsn_print(char text[WEFT_PGOUTPUT_LSN_SIZE], uint64_t lsn) {
    snprintf(text, WEFT_PGOUTPUT_LSN_SIZE, "%" PRIX32 "/%" PRIX32, (uint32_t)(lsn >> 32),
             (uint32_t)lsn);
}

/* Takes one to eight hexadecimal digits off the text. */
static bool take_half(const char **at, uint32_t *half) {
    const char *start = *at;
    *half = 0;
    for (; isxdigit((unsigned char)**at); ++*at) {
        int c = tolower((unsigned char)**at);
        if (*at - start == 8) return false;
        *half = *half << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return *at > start;
}

weft_status weft_pgoutput_lsn_parse(uint64_t *lsn, const char *text, weft_err *err) {
    const char *at = text;
    uint32_t high, low;
    if (!take_half(&at, &high) || *at++ != '/' || !take_half(&at, &low) || *at)
        return weft_fail(err, WEFT_E_FORMAT, "\"%.40s\" is no log sequence number", text);
    *lsn = (uint64_t)high << 32 | low;
    return WEFT_OK;
}

/* --- reading --- */

/* The first failure stays: later reads yield zeroes, and parsers ask once at the end. */
typedef struct {
    const unsigned char *bytes;
    size_t size;
    size_t at;
    const char *type; /* of the message, for a person */
    weft_arena *arena;
    weft_status status;
    weft_err *err;
} reader;

__attribute__((format(printf, 4, 5))) static void fail_at(reader *r, size_t at, weft_status status,
                                                          const char *format, ...) {
    if (r->status) return;
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->status = weft_fail(r->err, status, "%s message, byte %zu: %s", r->type, at, text);
}

static size_t bytes_left(const reader *r) { return r->size - r->at; }

/* The next n bytes, or NULL when they are not there; `what` they are, for a person. */
static const unsigned char *take_bytes(reader *r, size_t n, const char *what) {
    if (r->status) return NULL;
    if (n > bytes_left(r)) {
        fail_at(r, r->at, WEFT_E_FORMAT, "%s needs %zu bytes, %zu are left", what, n,
                bytes_left(r));
        return NULL;
    }
    const unsigned char *bytes = r->bytes + r->at;
    r->at += n;
    return bytes;
}

static uint64_t take_number(reader *r, size_t width, const char *what) {
    const unsigned char *bytes = take_bytes(r, width, what);
    uint64_t number = 0;
    for (size_t i = 0; bytes && i < width; i++) number = number << 8 | bytes[i];
    return number;
}

static uint8_t take_u8(reader *r, const char *what) { return (uint8_t)take_number(r, 1, what); }
static uint16_t take_u16(reader *r, const char *what) { return (uint16_t)take_number(r, 2, what); }
static uint32_t take_u32(reader *r, const char *what) { return (uint32_t)take_number(r, 4, what); }
static uint64_t take_u64(reader *r, const char *what) { return take_number(r, 8, what); }
static int64_t take_time(reader *r) { return (int64_t)take_number(r, 8, "the time"); }

/* A text up to its NUL, where it lies. */
static const char *take_text(reader *r, const char *what) {
    if (r->status) return "";
    const char *text = (const char *)r->bytes + r->at;
    const char *stop = bytes_left(r) ? memchr(text, '\0', bytes_left(r)) : NULL;
    if (!stop) {
        fail_at(r, r->at, WEFT_E_FORMAT, "%s does not end", what);
        return "";
    }
    r->at += (size_t)(stop - text) + 1;
    return text;
}

/* A length and as many bytes. */
static weft_str take_counted(reader *r, const char *what) {
    size_t size = take_u32(r, "a length");
    const unsigned char *bytes = take_bytes(r, size, what);
    return (weft_str){(const char *)bytes, bytes ? size : 0};
}

/* Room for count elements of which each takes at least `least` bytes of the message;
 * NULL when there are none, or they cannot be there. */
static void *make_array(reader *r, size_t count, size_t size, size_t least, const char *what) {
    if (r->status || count == 0) return NULL;
    if (count > bytes_left(r) / least) {
        fail_at(r, r->at, WEFT_E_FORMAT, "%zu %s do not fit in the %zu bytes left", count, what,
                bytes_left(r));
        return NULL;
    }
    void *array = weft_arena_calloc(r->arena, count, size);
    if (!array) fail_at(r, r->at, WEFT_E_NOMEM, "no memory for %zu %s", count, what);
    return array;
}

static size_t take_column_count(reader *r) {
    size_t at = r->at, count = take_u16(r, "the number of columns");
    if (count > WEFT_PGOUTPUT_COLUMNS_MAX)
        fail_at(r, at, WEFT_E_LIMIT, "%zu columns, limit %d", count, WEFT_PGOUTPUT_COLUMNS_MAX);
    return count;
}

static weft_status finish(reader *r) {
    if (!r->status && bytes_left(r))
        fail_at(r, r->at, WEFT_E_FORMAT, "%zu bytes are left over", bytes_left(r));
    return r->status;
}

/* A byte as a person can read it: a letter, or its number. */
static const char *show_byte(char text[8], unsigned byte) {
    snprintf(text, 8, byte > ' ' && byte < 0x7f ? "'%c'" : "0x%02x", byte);
    return text;
}

/* --- the stream --- */

weft_status weft_pgoutput_stream_parse(weft_pgoutput_stream *out, const void *bytes, size_t size,
                                       weft_err *err) {
    reader r = {.bytes = bytes, .size = size, .type = "replication", .err = err};
    weft_pgoutput_stream stream = {0};
    char shown[8];
    unsigned letter = take_u8(&r, "the type");
    *out = stream;
    if (r.status) return r.status;
    switch (letter) {
    case WEFT_PGOUTPUT_XLOG_DATA:
        r.type = "XLogData";
        stream.start_lsn = take_u64(&r, "the start LSN");
        stream.end_lsn = take_u64(&r, "the end LSN");
        stream.time = take_time(&r);
        stream.payload.size = bytes_left(&r);
        stream.payload.data = (const char *)take_bytes(&r, stream.payload.size, "the payload");
        break;
    case WEFT_PGOUTPUT_KEEPALIVE:
        r.type = "keepalive";
        stream.end_lsn = take_u64(&r, "the end LSN");
        stream.time = take_time(&r);
        stream.reply_wanted = take_u8(&r, "the wish for a reply") != 0;
        break;
    default:
        return weft_fail(err, WEFT_E_UNSUPPORTED, "replication message, byte 0: type %s is unknown",
                         show_byte(shown, letter));
    }
    if (finish(&r)) return r.status;
    stream.kind = (weft_pgoutput_stream_kind)letter;
    *out = stream;
    return WEFT_OK;
}

static unsigned char *put_u64(unsigned char *at, uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) *at++ = (unsigned char)(number >> shift);
    return at;
}

void weft_pgoutput_standby_write(unsigned char out[WEFT_PGOUTPUT_STANDBY_SIZE],
                                 const weft_pgoutput_standby *standby) {
    *out++ = 'r';
    out = put_u64(out, standby->written_lsn);
    out = put_u64(out, standby->flushed_lsn);
    out = put_u64(out, standby->applied_lsn);
    out = put_u64(out, (uint64_t)standby->time);
    *out = standby->reply_wanted;
}

/* --- the messages --- */

static void read_begin(reader *r, weft_pgoutput_message *message) {
    weft_pgoutput_begin *begin = &message->begin;
    begin->final_lsn = take_u64(r, "the final LSN");
    begin->commit_time = take_time(r);
    begin->xid = take_u32(r, "the transaction's id");
}

static void read_commit(reader *r, weft_pgoutput_message *message) {
    weft_pgoutput_commit *commit = &message->commit;
    size_t at = r->at;
    unsigned flags = take_u8(r, "the flags");
    if (flags) fail_at(r, at, WEFT_E_FORMAT, "flags 0x%02x, there are none", flags);
    commit->commit_lsn = take_u64(r, "the commit's LSN");
    commit->end_lsn = take_u64(r, "the end LSN");
    commit->commit_time = take_time(r);
}

static void read_origin(reader *r, weft_pgoutput_message *message) {
    message->origin.commit_lsn = take_u64(r, "the commit's LSN");
    message->origin.name = take_text(r, "the name");
}

static void read_relation(reader *r, weft_pgoutput_message *message) {
    enum { LEAST = 1 + 1 + 4 + 4 }; /* flags, an empty name, type, modifier */
    weft_pgoutput_relation *relation = &message->relation;
    char shown[8];
    relation->id = take_u32(r, "the relation's id");
    relation->schema = take_text(r, "the schema's name");
    relation->name = take_text(r, "the relation's name");
    size_t at = r->at;
    unsigned identity = take_u8(r, "the replica identity");
    if (!identity || !strchr("dnfi", (int)identity))
        fail_at(r, at, WEFT_E_FORMAT, "replica identity %s is unknown", show_byte(shown, identity));
    relation->identity = (char)identity;
    relation->column_count = take_column_count(r);
    weft_pgoutput_column *columns =
        make_array(r, relation->column_count, sizeof *columns, LEAST, "columns");
    relation->columns = columns;
    for (size_t i = 0; !r->status && i < relation->column_count; i++) {
        columns[i].flags = take_u8(r, "a column's flags");
        columns[i].name = take_text(r, "a column's name");
        columns[i].type = take_u32(r, "a column's type");
        columns[i].type_modifier = (int32_t)take_u32(r, "a column's type modifier");
    }
}

static void read_type(reader *r, weft_pgoutput_message *message) {
    message->type.id = take_u32(r, "the type's id");
    message->type.schema = take_text(r, "the schema's name");
    message->type.name = take_text(r, "the type's name");
}

static void read_value(reader *r, weft_pgoutput_value *value) {
    size_t at = r->at;
    unsigned kind = take_u8(r, "a value's kind");
    char shown[8];
    switch (kind) {
    case WEFT_PGOUTPUT_NULL:
    case WEFT_PGOUTPUT_UNCHANGED: break;
    case WEFT_PGOUTPUT_TEXT:
    case WEFT_PGOUTPUT_BINARY: value->bytes = take_counted(r, "a value"); break;
    default:
        fail_at(r, at, WEFT_E_FORMAT, "a value of kind %s, which is unknown",
                show_byte(shown, kind));
        return;
    }
    value->kind = (weft_pgoutput_value_kind)kind;
}

static void read_tuple(reader *r, weft_pgoutput_tuple *tuple) {
    enum { LEAST = 1 }; /* a null's kind */
    tuple->count = take_column_count(r);
    weft_pgoutput_value *values = make_array(r, tuple->count, sizeof *values, LEAST, "values");
    tuple->values = values;
    for (size_t i = 0; !r->status && i < tuple->count; i++) read_value(r, &values[i]);
}

/* The letter before a tuple, which must be one of `letters`. */
static unsigned take_tuple_kind(reader *r, const char *letters) {
    size_t at = r->at;
    unsigned letter = take_u8(r, "a tuple's kind");
    char shown[8];
    if (!letter || !strchr(letters, (int)letter))
        fail_at(r, at, WEFT_E_FORMAT, "a tuple of kind %s, not one of \"%s\"",
                show_byte(shown, letter), letters);
    return letter;
}

static void read_old(reader *r, weft_pgoutput_change *change, unsigned letter) {
    change->old_kind = letter == 'K' ? WEFT_PGOUTPUT_OLD_KEY : WEFT_PGOUTPUT_OLD_ROW;
    read_tuple(r, &change->old_tuple);
}

static void read_insert(reader *r, weft_pgoutput_message *message) {
    message->change.relation = take_u32(r, "the relation's id");
    take_tuple_kind(r, "N");
    read_tuple(r, &message->change.new_tuple);
}

static void read_update(reader *r, weft_pgoutput_message *message) {
    message->change.relation = take_u32(r, "the relation's id");
    unsigned letter = take_tuple_kind(r, "KON");
    if (letter != 'N') {
        read_old(r, &message->change, letter);
        take_tuple_kind(r, "N");
    }
    read_tuple(r, &message->change.new_tuple);
}

static void read_delete(reader *r, weft_pgoutput_message *message) {
    message->change.relation = take_u32(r, "the relation's id");
    read_old(r, &message->change, take_tuple_kind(r, "KO"));
}

static void read_truncate(reader *r, weft_pgoutput_message *message) {
    weft_pgoutput_truncate *truncate = &message->truncate;
    truncate->relation_count = take_u32(r, "the number of relations");
    truncate->options = take_u8(r, "the options");
    uint32_t *relations =
        make_array(r, truncate->relation_count, sizeof *relations, sizeof *relations, "relations");
    truncate->relations = relations;
    for (size_t i = 0; !r->status && i < truncate->relation_count; i++)
        relations[i] = take_u32(r, "a relation's id");
}

static void read_message(reader *r, weft_pgoutput_message *message) {
    weft_pgoutput_emitted *emitted = &message->message;
    size_t at = r->at;
    unsigned flags = take_u8(r, "the flags");
    if (flags > 1) fail_at(r, at, WEFT_E_FORMAT, "flags 0x%02x, there is only 0x01", flags);
    emitted->is_transactional = flags;
    emitted->lsn = take_u64(r, "the LSN");
    emitted->prefix = take_text(r, "the prefix");
    emitted->content = take_counted(r, "the content");
}

static const struct {
    weft_pgoutput_kind kind;
    const char *name; /* as the manual calls it */
    void (*read)(reader *r, weft_pgoutput_message *message);
} kinds[] = {
    {WEFT_PGOUTPUT_BEGIN, "Begin", read_begin},
    {WEFT_PGOUTPUT_COMMIT, "Commit", read_commit},
    {WEFT_PGOUTPUT_ORIGIN, "Origin", read_origin},
    {WEFT_PGOUTPUT_RELATION, "Relation", read_relation},
    {WEFT_PGOUTPUT_TYPE, "Type", read_type},
    {WEFT_PGOUTPUT_INSERT, "Insert", read_insert},
    {WEFT_PGOUTPUT_UPDATE, "Update", read_update},
    {WEFT_PGOUTPUT_DELETE, "Delete", read_delete},
    {WEFT_PGOUTPUT_TRUNCATE, "Truncate", read_truncate},
    {WEFT_PGOUTPUT_MESSAGE, "Message", read_message},
};

weft_status weft_pgoutput_parse(weft_pgoutput_message *out, const void *bytes, size_t size,
                                weft_arena *arena, weft_err *err) {
    reader r = {.bytes = bytes, .size = size, .type = "pgoutput", .arena = arena, .err = err};
    char shown[8];
    unsigned letter = take_u8(&r, "the type");
    *out = (weft_pgoutput_message){0};
    if (r.status) return r.status;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].kind != letter) continue;
        weft_pgoutput_message message = {0};
        r.type = kinds[i].name;
        message.kind = kinds[i].kind;
        kinds[i].read(&r, &message);
        if (!finish(&r)) *out = message;
        return r.status;
    }
    return weft_fail(err, WEFT_E_UNSUPPORTED, "pgoutput message, byte 0: type %s is unknown",
                     show_byte(shown, letter));
}
