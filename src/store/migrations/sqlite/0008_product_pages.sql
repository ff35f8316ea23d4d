-- What product pages show, worked out beforehand (weft recommend build): similar products and
-- what completes the look. They hold while their digests do.
CREATE TABLE product_pages (
    product_id TEXT PRIMARY KEY NOT NULL REFERENCES products ON DELETE CASCADE,
    digest     TEXT NOT NULL,
    similar_products TEXT NOT NULL, -- JSON: [[product_id, cosine, relevance], ...]
    complete_look    TEXT NOT NULL, -- JSON: [[product_id, score, cosine, pairing, photos], ...]
    total      INTEGER NOT NULL,
    updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE product_pages_revision (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO product_pages_revision VALUES (1, 0);
