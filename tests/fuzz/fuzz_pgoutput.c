/* fuzz_pgoutput.c - any bytes as the server's replication stream, as one message and as a log
 * sequence number: what parses, written again, gives the same bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sync/pgoutput.h"

static void put_number(weft_buf *buf, uint64_t number, int width) {
    while (width-- > 0) weft_buf_putc(buf, (char)(unsigned char)(number >> (8 * width)));
}

static void put_text(weft_buf *buf, const char *text) {
    weft_buf_append(buf, text, strlen(text) + 1);
}

static void put_counted(weft_buf *buf, weft_str bytes) {
    put_number(buf, bytes.size, 4);
    weft_buf_append(buf, bytes.data, bytes.size);
}

static void put_tuple(weft_buf *buf, char letter, const weft_pgoutput_tuple *tuple) {
    if (tuple->count > WEFT_PGOUTPUT_COLUMNS_MAX) abort();
    weft_buf_putc(buf, letter);
    put_number(buf, tuple->count, 2);
    for (size_t i = 0; i < tuple->count; i++) {
        const weft_pgoutput_value *value = &tuple->values[i];
        weft_buf_putc(buf, (char)value->kind);
        if (value->kind == WEFT_PGOUTPUT_TEXT || value->kind == WEFT_PGOUTPUT_BINARY)
            put_counted(buf, value->bytes);
        else if (value->bytes.data || value->bytes.size) abort();
    }
}

static void put_relation(weft_buf *buf, const weft_pgoutput_relation *relation) {
    if (relation->column_count > WEFT_PGOUTPUT_COLUMNS_MAX) abort();
    put_number(buf, relation->id, 4);
    put_text(buf, relation->schema);
    put_text(buf, relation->name);
    weft_buf_putc(buf, relation->identity);
    put_number(buf, relation->column_count, 2);
    for (size_t i = 0; i < relation->column_count; i++) {
        const weft_pgoutput_column *column = &relation->columns[i];
        weft_buf_putc(buf, (char)column->flags);
        put_text(buf, column->name);
        put_number(buf, column->type, 4);
        put_number(buf, (uint32_t)column->type_modifier, 4);
    }
}

static void put_message(weft_buf *buf, const weft_pgoutput_message *message) {
    weft_buf_putc(buf, (char)message->kind);
    switch (message->kind) {
    case WEFT_PGOUTPUT_BEGIN:
        put_number(buf, message->begin.final_lsn, 8);
        put_number(buf, (uint64_t)message->begin.commit_time, 8);
        put_number(buf, message->begin.xid, 4);
        break;
    case WEFT_PGOUTPUT_COMMIT:
        put_number(buf, 0, 1);
        put_number(buf, message->commit.commit_lsn, 8);
        put_number(buf, message->commit.end_lsn, 8);
        put_number(buf, (uint64_t)message->commit.commit_time, 8);
        break;
    case WEFT_PGOUTPUT_ORIGIN:
        put_number(buf, message->origin.commit_lsn, 8);
        put_text(buf, message->origin.name);
        break;
    case WEFT_PGOUTPUT_RELATION: put_relation(buf, &message->relation); break;
    case WEFT_PGOUTPUT_TYPE:
        put_number(buf, message->type.id, 4);
        put_text(buf, message->type.schema);
        put_text(buf, message->type.name);
        break;
    case WEFT_PGOUTPUT_INSERT:
    case WEFT_PGOUTPUT_UPDATE:
    case WEFT_PGOUTPUT_DELETE:
        put_number(buf, message->change.relation, 4);
        if (message->change.old_kind)
            put_tuple(buf, (char)message->change.old_kind, &message->change.old_tuple);
        if (message->kind != WEFT_PGOUTPUT_DELETE) put_tuple(buf, 'N', &message->change.new_tuple);
        break;
    case WEFT_PGOUTPUT_TRUNCATE:
        put_number(buf, message->truncate.relation_count, 4);
        put_number(buf, message->truncate.options, 1);
        for (size_t i = 0; i < message->truncate.relation_count; i++)
            put_number(buf, message->truncate.relations[i], 4);
        break;
    case WEFT_PGOUTPUT_MESSAGE:
        put_number(buf, message->message.is_transactional, 1);
        put_number(buf, message->message.lsn, 8);
        put_text(buf, message->message.prefix);
        put_counted(buf, message->message.content);
        break;
    default: abort();
    }
}

static void check_failure(weft_status status, const weft_err *err) {
    if (err->status != status || !strstr(err->message, " message, byte ")) abort();
}

static void parse_message(const void *bytes, size_t size) {
    weft_arena arena;
    weft_pgoutput_message message;
    weft_err err = {0};
    weft_arena_init(&arena, 0);
    weft_status status = weft_pgoutput_parse(&message, bytes, size, &arena, &err);
    if (status) {
        check_failure(status, &err);
        if (message.kind) abort();
    } else {
        weft_buf again;
        weft_buf_init(&again);
        put_message(&again, &message);
        if (!weft_buf_ok(&again)) abort();
        if (again.size != size || memcmp(again.data, bytes, size) != 0) abort();
        weft_buf_deinit(&again);
    }
    weft_arena_deinit(&arena);
}

static void parse_lsn(const uint8_t *data, size_t size) {
    char text[32], printed[WEFT_PGOUTPUT_LSN_SIZE];
    uint64_t lsn, again;
    if (size >= sizeof text) return;
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    if (weft_pgoutput_lsn_parse(&lsn, text, NULL)) return;
    weft_pgoutput_lsn_print(printed, lsn);
    if (weft_pgoutput_lsn_parse(&again, printed, NULL) || again != lsn) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    weft_pgoutput_stream stream;
    weft_err err = {0};
    weft_status status = weft_pgoutput_stream_parse(&stream, data, size, &err);
    if (status) check_failure(status, &err);
    else if (stream.kind == WEFT_PGOUTPUT_XLOG_DATA)
        parse_message(stream.payload.data, stream.payload.size);
    parse_message(data, size);
    parse_lsn(data, size);
    return 0;
}
