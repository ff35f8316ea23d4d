/* pgoutput.h - what PostgreSQL says about changes: bytes to structs, no connection.
 *
 * The messages inside the CopyData of START_REPLICATION ... LOGICAL with the plugin
 * pgoutput and proto_version 1, as the PostgreSQL manual has them under "Streaming
 * Replication Protocol" and "Logical Replication Message Formats". Numbers are big-endian
 * there and native here.
 *
 * Everything parsed points into the caller's bytes and the caller's arena: it lives as long
 * as both do. A log sequence number (LSN) is a byte's place in the write-ahead log; 0 is
 * none. A time is in microseconds since 2000-01-01 00:00 UTC, which is
 * WEFT_PGOUTPUT_EPOCH seconds after Unix's. Safe from any thread. */
#ifndef WEFT_SYNC_PGOUTPUT_H
#define WEFT_SYNC_PGOUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

enum {
    WEFT_PGOUTPUT_EPOCH = 946684800,
    WEFT_PGOUTPUT_COLUMNS_MAX = 1600, /* PostgreSQL's own limit for a table */
    WEFT_PGOUTPUT_LSN_SIZE = 18,      /* "FFFFFFFF/FFFFFFFF" and its NUL */
    WEFT_PGOUTPUT_STANDBY_SIZE = 34,  /* bytes of a standby status update */
};

/* Log sequence numbers as PostgreSQL writes them: "16/B374D848". */
void weft_pgoutput_lsn_print(char text[WEFT_PGOUTPUT_LSN_SIZE], uint64_t lsn);

/* All of text, one to eight hexadecimal digits of either case on each side of the slash;
 * WEFT_E_FORMAT when it is anything else, and *lsn is untouched. */
weft_status weft_pgoutput_lsn_parse(uint64_t *lsn, const char *text, weft_err *err);

/* --- the stream around the messages --- */

typedef enum {
    WEFT_PGOUTPUT_XLOG_DATA = 'w',
    WEFT_PGOUTPUT_KEEPALIVE = 'k',
} weft_pgoutput_stream_kind;

typedef struct {
    weft_pgoutput_stream_kind kind;
    uint64_t start_lsn; /* XLogData: where the payload begins in the log */
    uint64_t end_lsn;   /* the end of the server's log when it sent this */
    int64_t time;       /* of the server's clock when it sent this */
    weft_str payload;   /* XLogData: one message for weft_pgoutput_parse */
    bool reply_wanted;  /* keepalive: answer now with a status update, or be cut off */
} weft_pgoutput_stream;

/* One CopyData of the server. WEFT_E_FORMAT: cut short, or bytes left over after a
 * keepalive; WEFT_E_UNSUPPORTED: of neither kind. *out is zeroed on failure. */
weft_status weft_pgoutput_stream_parse(weft_pgoutput_stream *out, const void *bytes, size_t size,
                                       weft_err *err);

/* What a standby tells the server: up to which byte (the last one's place + 1) it has... */
typedef struct {
    uint64_t written_lsn; /* received */
    uint64_t flushed_lsn; /* made durable: the server may forget all before it */
    uint64_t applied_lsn; /* applied */
    int64_t time;         /* of the standby's clock */
    bool reply_wanted;    /* ask for a keepalive at once */
} weft_pgoutput_standby;

/* The standby status update ('r') to send as one CopyData. */
void weft_pgoutput_standby_write(unsigned char out[WEFT_PGOUTPUT_STANDBY_SIZE],
                                 const weft_pgoutput_standby *standby);

/* --- the messages --- */

typedef enum {
    WEFT_PGOUTPUT_BEGIN = 'B',
    WEFT_PGOUTPUT_COMMIT = 'C',
    WEFT_PGOUTPUT_ORIGIN = 'O',
    WEFT_PGOUTPUT_RELATION = 'R',
    WEFT_PGOUTPUT_TYPE = 'Y',
    WEFT_PGOUTPUT_INSERT = 'I',
    WEFT_PGOUTPUT_UPDATE = 'U',
    WEFT_PGOUTPUT_DELETE = 'D',
    WEFT_PGOUTPUT_TRUNCATE = 'T',
    WEFT_PGOUTPUT_MESSAGE = 'M',
} weft_pgoutput_kind;

typedef struct {
    uint64_t final_lsn; /* of the transaction: its commit's */
    int64_t commit_time;
    uint32_t xid;
} weft_pgoutput_begin;

typedef struct {
    uint64_t commit_lsn;
    uint64_t end_lsn; /* the byte after the transaction: what to acknowledge */
    int64_t commit_time;
} weft_pgoutput_commit;

typedef struct {
    uint64_t commit_lsn; /* on the server where the transaction was made */
    const char *name;
} weft_pgoutput_origin;

enum { WEFT_PGOUTPUT_COLUMN_KEY = 1 }; /* in flags: part of the replica identity */

typedef struct {
    uint8_t flags;
    const char *name;
    uint32_t type;         /* its oid in pg_type */
    int32_t type_modifier; /* atttypmod, -1 is none */
} weft_pgoutput_column;

typedef struct {
    uint32_t id;                         /* its oid in pg_class */
    const char *schema;                  /* "" is pg_catalog */
    const char *name;                    /* of the table */
    char identity;                       /* 'd' primary key, 'n' none, 'f' all, 'i' an index */
    const weft_pgoutput_column *columns; /* column_count of them */
    size_t column_count;                 /* 0 .. WEFT_PGOUTPUT_COLUMNS_MAX */
} weft_pgoutput_relation;

typedef struct {
    uint32_t id;        /* its oid in pg_type */
    const char *schema; /* "" is pg_catalog */
    const char *name;
} weft_pgoutput_type;

typedef enum {
    WEFT_PGOUTPUT_NULL = 'n',
    WEFT_PGOUTPUT_UNCHANGED = 'u', /* out of line and as it was; the value is not sent */
    WEFT_PGOUTPUT_TEXT = 't',      /* as the type's output function writes it */
    WEFT_PGOUTPUT_BINARY = 'b',    /* as the type's send function writes it */
} weft_pgoutput_value_kind;

typedef struct {
    weft_pgoutput_value_kind kind;
    weft_str bytes; /* of text and binary, in the message and not checked; else empty, NULL */
} weft_pgoutput_value;

/* One row, in the order of its relation's columns. In a key, what is no key is null. */
typedef struct {
    const weft_pgoutput_value *values; /* count of them */
    size_t count;                      /* 0 .. WEFT_PGOUTPUT_COLUMNS_MAX */
} weft_pgoutput_tuple;

typedef enum {
    WEFT_PGOUTPUT_OLD_NONE = 0,
    WEFT_PGOUTPUT_OLD_KEY = 'K', /* the old key */
    WEFT_PGOUTPUT_OLD_ROW = 'O', /* the whole old row; the identity is 'f' */
} weft_pgoutput_old_kind;

typedef struct {
    uint32_t relation; /* its id; the server described it before */
    weft_pgoutput_old_kind old_kind;
    weft_pgoutput_tuple old_tuple; /* update: when the key changed or identity is 'f'; delete */
    weft_pgoutput_tuple new_tuple; /* insert and update */
} weft_pgoutput_change;

enum { WEFT_PGOUTPUT_CASCADE = 1, WEFT_PGOUTPUT_RESTART_IDENTITY = 2 }; /* in options */

typedef struct {
    uint8_t options;
    const uint32_t *relations; /* relation_count ids */
    size_t relation_count;
} weft_pgoutput_truncate;

/* pg_logical_emit_message() */
typedef struct {
    bool is_transactional;
    uint64_t lsn;
    const char *prefix;
    weft_str content;
} weft_pgoutput_emitted;

typedef struct {
    weft_pgoutput_kind kind; /* says which of these is meant */
    union {
        weft_pgoutput_begin begin;
        weft_pgoutput_commit commit;
        weft_pgoutput_origin origin;
        weft_pgoutput_relation relation;
        weft_pgoutput_type type;
        weft_pgoutput_change change; /* insert, update, delete */
        weft_pgoutput_truncate truncate;
        weft_pgoutput_emitted message;
    };
} weft_pgoutput_message;

/* One whole message, from anywhere. Arrays are made in the arena, never for more elements
 * than the message has bytes for. Errors name the message's type and the byte:
 *   WEFT_E_FORMAT       cut short, bytes left over, a value that the format does not have
 *   WEFT_E_UNSUPPORTED  another type of message, as those of later protocol versions
 *   WEFT_E_LIMIT        more than WEFT_PGOUTPUT_COLUMNS_MAX columns
 *   WEFT_E_NOMEM
 * *out is zeroed on failure. */
weft_status weft_pgoutput_parse(weft_pgoutput_message *out, const void *bytes, size_t size,
                                weft_arena *arena, weft_err *err);

#endif
