-- The tables of the seed, with its names, in a schema with its name. Strings that are
-- not known are '', numbers NULL. Ids compare byte by byte, as in every store.
-- Embeddings are pgvector's `vector`, so that SQL can search them:
--   SELECT product_id FROM fashion_demo.embeddings ORDER BY text_embedding <#> $1 LIMIT 10;

CREATE TABLE products (
    product_id           text COLLATE "C" PRIMARY KEY CHECK (product_id <> ''),
    product_display_name text NOT NULL DEFAULT '',
    master_category      text NOT NULL DEFAULT '',
    sub_category         text NOT NULL DEFAULT '',
    article_type         text NOT NULL DEFAULT '',
    base_color           text NOT NULL DEFAULT '',
    gender               text NOT NULL DEFAULT '',
    season               text NOT NULL DEFAULT '',
    usage                text NOT NULL DEFAULT '',
    year                 integer,
    price                double precision NOT NULL DEFAULT 0
                         CHECK (price >= 0 AND price < 'Infinity'),
    price_is_synthetic   boolean NOT NULL DEFAULT false,
    image_path           text NOT NULL DEFAULT '',
    image_digest         text NOT NULL DEFAULT '',
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE embeddings (
    product_id          text COLLATE "C" PRIMARY KEY
                        REFERENCES products ON DELETE CASCADE ON UPDATE CASCADE,
    embedding_model     text NOT NULL,
    embedding_dimension integer NOT NULL,
    text_digest         text NOT NULL,
    image_digest        text NOT NULL,
    updated_at          timestamptz NOT NULL DEFAULT now(),
    image_embedding     vector,
    text_embedding      vector,
    hybrid_embedding    vector
);

CREATE VIEW product_embeddings_multimodal AS
SELECT p.product_id, p.product_display_name, p.master_category, p.sub_category,
       p.article_type, p.base_color, p.gender, p.season, p.usage, p.year, p.price,
       p.image_path, e.image_embedding, e.text_embedding, e.hybrid_embedding,
       e.embedding_model, e.embedding_dimension, e.updated_at
FROM products p JOIN embeddings e USING (product_id);

CREATE TABLE product_attributes (
    product_id text COLLATE "C" NOT NULL
               REFERENCES products ON DELETE CASCADE ON UPDATE CASCADE,
    attribute  text NOT NULL,
    value      text NOT NULL,
    confidence double precision,
    PRIMARY KEY (product_id, attribute)
);

CREATE TABLE fashion_items_embeddings (
    item_id         text COLLATE "C" PRIMARY KEY,
    image_path      text NOT NULL,
    image_embedding vector NOT NULL,
    category        text NOT NULL,
    attributes      jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    user_id    text COLLATE "C" PRIMARY KEY,
    segment    text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE user_style_features (
    user_id          text COLLATE "C" PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    user_embedding   vector,
    segment          text NOT NULL,
    num_interactions integer NOT NULL,
    category_prefs   text[] NOT NULL, -- the most liked first
    color_prefs      text[] NOT NULL,
    preferred_brands text[] NOT NULL,
    avg_price_point  double precision,
    min_price        double precision,
    max_price        double precision,
    p25_price        double precision,
    p75_price        double precision,
    updated_at       timestamptz NOT NULL DEFAULT now()
);

-- No foreign keys: what was bought stays on record when a product or a user goes,
-- and visitors who are no users yet leave events as well.
CREATE TABLE transactions (
    transaction_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id        text NOT NULL,
    product_id     text NOT NULL,
    event_type     text NOT NULL
                   CHECK (event_type IN ('view', 'add_to_cart', 'purchase', 'click')),
    query_id       text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX transactions_by_user ON transactions (user_id, transaction_id);
CREATE INDEX transactions_by_product ON transactions (product_id, transaction_id);

CREATE TABLE tokens (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    digest     text NOT NULL UNIQUE, -- SHA-256 of the token, never the token
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

-- The change feed: in the transaction that makes a change, so that no reader sees the
-- one without the other.
--
-- Numbers must become visible in their order, or a reader that has seen 6 never asks for
-- a 5 that was committed after it. So they are given out at the very end of a transaction
-- (the triggers are deferred), behind a lock that is held until the commit can be seen.
CREATE TABLE changes (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id text COLLATE "C" NOT NULL,
    kind       text NOT NULL, -- product, product_deleted, embedding, embedding_deleted
    at         timestamptz NOT NULL
);

-- 2003134068 is "weft" in ASCII; 1 is the lock of the change feed.
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    what text := TG_ARGV[0];
BEGIN
    PERFORM pg_advisory_xact_lock(2003134068, 1);
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.product_id <> NEW.product_id) THEN
        INSERT INTO fashion_demo.changes (product_id, kind, at)
        VALUES (OLD.product_id, what || '_deleted', clock_timestamp());
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO fashion_demo.changes (product_id, kind, at)
        VALUES (NEW.product_id, what, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;

-- TRUNCATE is no matter of rows, and is told before they are gone.
CREATE FUNCTION note_truncation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(2003134068, 1);
    EXECUTE format('INSERT INTO fashion_demo.changes (product_id, kind, at)'
                   ' SELECT product_id, %L, clock_timestamp() FROM %I.%I',
                   TG_ARGV[0] || '_deleted', TG_TABLE_SCHEMA, TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER products_changed AFTER INSERT OR DELETE ON products
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_change('product');
CREATE CONSTRAINT TRIGGER products_updated AFTER UPDATE ON products
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION note_change('product');
CREATE TRIGGER products_truncated BEFORE TRUNCATE ON products
FOR EACH STATEMENT EXECUTE FUNCTION note_truncation('product');

CREATE CONSTRAINT TRIGGER embeddings_changed AFTER INSERT OR DELETE ON embeddings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_change('embedding');
CREATE CONSTRAINT TRIGGER embeddings_updated AFTER UPDATE ON embeddings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION note_change('embedding');
CREATE TRIGGER embeddings_truncated BEFORE TRUNCATE ON embeddings
FOR EACH STATEMENT EXECUTE FUNCTION note_truncation('embedding');
