-- Tables of the shop's own that weft follows (weft source), and which products came from
-- them: what a TRUNCATE, a new copy or a removal takes away.
CREATE TABLE sources (
    name      TEXT PRIMARY KEY NOT NULL,
    url       TEXT NOT NULL, -- of its database
    spec      TEXT NOT NULL, -- which table and columns, as JSON
    slot      TEXT NOT NULL, -- of its replication; also the publication's name
    system    TEXT NOT NULL DEFAULT '', -- the database that was copied, '' before
    position  INTEGER NOT NULL DEFAULT 0, -- in its log; 0: to be copied
    copy      INTEGER NOT NULL DEFAULT 0  -- number of the last copy begun
) STRICT, WITHOUT ROWID;

CREATE TABLE source_products (
    product_id TEXT PRIMARY KEY NOT NULL REFERENCES products ON DELETE CASCADE,
    source     TEXT NOT NULL REFERENCES sources ON DELETE CASCADE,
    copy       INTEGER NOT NULL -- the last one that had it, or changes after it
) STRICT, WITHOUT ROWID;
CREATE INDEX source_products_by_source ON source_products (source, copy);
