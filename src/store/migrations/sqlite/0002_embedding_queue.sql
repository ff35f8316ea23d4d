-- What is to be embedded, and who has taken it until when (weft embed --worker).
CREATE TABLE embedding_queue (
    product_id   TEXT PRIMARY KEY NOT NULL REFERENCES products ON DELETE CASCADE,
    lease        TEXT NOT NULL DEFAULT '',
    leased_until REAL NOT NULL DEFAULT 0 -- seconds since 1970
) STRICT, WITHOUT ROWID;
CREATE INDEX embedding_queue_by_lease ON embedding_queue (lease) WHERE lease <> '';
