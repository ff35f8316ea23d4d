-- The tables of the seed, with its names. Strings that are not known are '', numbers
-- NULL; timestamps are RFC 3339 in UTC; embeddings are float32, little-endian.

CREATE TABLE products (
    product_id           TEXT PRIMARY KEY NOT NULL CHECK (product_id <> ''),
    product_display_name TEXT NOT NULL,
    master_category      TEXT NOT NULL,
    sub_category         TEXT NOT NULL,
    article_type         TEXT NOT NULL,
    base_color           TEXT NOT NULL,
    gender               TEXT NOT NULL,
    season               TEXT NOT NULL,
    usage                TEXT NOT NULL,
    year                 INTEGER,
    price                REAL NOT NULL,
    price_is_synthetic   INTEGER NOT NULL CHECK (price_is_synthetic IN (0, 1)),
    image_path           TEXT NOT NULL,
    image_digest         TEXT NOT NULL,
    created_at           TEXT NOT NULL,
    updated_at           TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The vectors come last: whoever asks only what is out of date never reads their pages.
CREATE TABLE embeddings (
    product_id          TEXT PRIMARY KEY NOT NULL REFERENCES products ON DELETE CASCADE,
    embedding_model     TEXT NOT NULL,
    embedding_dimension INTEGER NOT NULL,
    text_digest         TEXT NOT NULL,
    image_digest        TEXT NOT NULL,
    updated_at          TEXT NOT NULL,
    image_embedding     BLOB,
    text_embedding      BLOB,
    hybrid_embedding    BLOB
) STRICT;

CREATE VIEW product_embeddings_multimodal AS
SELECT p.product_id, p.product_display_name, p.master_category, p.sub_category,
       p.article_type, p.base_color, p.gender, p.season, p.usage, p.year, p.price,
       p.image_path, e.image_embedding, e.text_embedding, e.hybrid_embedding,
       e.embedding_model, e.embedding_dimension, e.updated_at
FROM products p JOIN embeddings e USING (product_id);

CREATE TABLE product_attributes (
    product_id TEXT NOT NULL REFERENCES products ON DELETE CASCADE,
    attribute  TEXT NOT NULL,
    value      TEXT NOT NULL,
    confidence REAL,
    PRIMARY KEY (product_id, attribute)
) STRICT, WITHOUT ROWID;

CREATE TABLE fashion_items_embeddings (
    item_id         TEXT PRIMARY KEY NOT NULL,
    image_path      TEXT NOT NULL,
    image_embedding BLOB NOT NULL,
    category        TEXT NOT NULL,
    attributes      TEXT NOT NULL DEFAULT '{}', -- a JSON object
    created_at      TEXT NOT NULL
) STRICT;

CREATE TABLE users (
    user_id    TEXT PRIMARY KEY NOT NULL,
    segment    TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user_style_features (
    user_id          TEXT PRIMARY KEY NOT NULL REFERENCES users ON DELETE CASCADE,
    user_embedding   BLOB,
    segment          TEXT NOT NULL,
    num_interactions INTEGER NOT NULL,
    category_prefs   TEXT NOT NULL, -- JSON arrays of strings, the most liked first
    color_prefs      TEXT NOT NULL,
    preferred_brands TEXT NOT NULL,
    avg_price_point  REAL,
    min_price        REAL,
    max_price        REAL,
    p25_price        REAL,
    p75_price        REAL,
    updated_at       TEXT NOT NULL
) STRICT;

-- No foreign keys: what was bought stays on record when a product or a user goes,
-- and visitors who are no users yet leave events as well.
CREATE TABLE transactions (
    transaction_id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id        TEXT NOT NULL,
    product_id     TEXT NOT NULL,
    event_type     TEXT NOT NULL
                   CHECK (event_type IN ('view', 'add_to_cart', 'purchase', 'click')),
    query_id       TEXT NOT NULL,
    created_at     TEXT NOT NULL
) STRICT;
CREATE INDEX transactions_by_user ON transactions (user_id, transaction_id);
CREATE INDEX transactions_by_product ON transactions (product_id, transaction_id);

CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    digest     TEXT NOT NULL UNIQUE, -- SHA-256 of the token, never the token
    created_at TEXT NOT NULL,
    revoked_at TEXT NOT NULL DEFAULT ''
) STRICT;

-- The change feed: in the transaction that makes a change, so that no reader sees
-- the one without the other. AUTOINCREMENT keeps seq from ever falling, also when
-- old rows are cleared away.
CREATE TABLE changes (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id TEXT NOT NULL,
    kind       TEXT NOT NULL, -- product, product_deleted, embedding, embedding_deleted
    at         TEXT NOT NULL
) STRICT;

CREATE TRIGGER products_inserted AFTER INSERT ON products BEGIN
    INSERT INTO changes (product_id, kind, at)
    VALUES (NEW.product_id, 'product', strftime('%Y-%m-%dT%H:%M:%fZ'));
END;
CREATE TRIGGER products_updated AFTER UPDATE ON products BEGIN
    INSERT INTO changes (product_id, kind, at)
    VALUES (NEW.product_id, 'product', strftime('%Y-%m-%dT%H:%M:%fZ'));
END;
CREATE TRIGGER products_deleted AFTER DELETE ON products BEGIN
    INSERT INTO changes (product_id, kind, at)
    VALUES (OLD.product_id, 'product_deleted', strftime('%Y-%m-%dT%H:%M:%fZ'));
END;
CREATE TRIGGER embeddings_inserted AFTER INSERT ON embeddings BEGIN
    INSERT INTO changes (product_id, kind, at)
    VALUES (NEW.product_id, 'embedding', strftime('%Y-%m-%dT%H:%M:%fZ'));
END;
CREATE TRIGGER embeddings_updated AFTER UPDATE ON embeddings BEGIN
    INSERT INTO changes (product_id, kind, at)
    VALUES (NEW.product_id, 'embedding', strftime('%Y-%m-%dT%H:%M:%fZ'));
END;
CREATE TRIGGER embeddings_deleted AFTER DELETE ON embeddings BEGIN
    INSERT INTO changes (product_id, kind, at)
    VALUES (OLD.product_id, 'embedding_deleted', strftime('%Y-%m-%dT%H:%M:%fZ'));
END;
