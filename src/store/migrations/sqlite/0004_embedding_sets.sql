-- Embeddings of several models beside each other: a set for each. Which one servers serve is
-- said in `serving`; without a row there they serve the model they were started with.
DROP VIEW product_embeddings_multimodal;
CREATE TABLE embeddings_by_model (
    product_id          TEXT NOT NULL REFERENCES products ON DELETE CASCADE,
    embedding_model     TEXT NOT NULL,
    embedding_dimension INTEGER NOT NULL,
    text_digest         TEXT NOT NULL,
    image_digest        TEXT NOT NULL,
    updated_at          TEXT NOT NULL,
    image_embedding     BLOB,
    text_embedding      BLOB,
    hybrid_embedding    BLOB,
    PRIMARY KEY (product_id, embedding_model)
) STRICT;
INSERT INTO embeddings_by_model
SELECT product_id, embedding_model, embedding_dimension, text_digest, image_digest, updated_at,
       image_embedding, text_embedding, hybrid_embedding FROM embeddings;
DROP TABLE embeddings;
ALTER TABLE embeddings_by_model RENAME TO embeddings;

CREATE TABLE embedding_sets (
    embedding_model     TEXT PRIMARY KEY NOT NULL, -- name and digest of the model
    model               TEXT NOT NULL,             -- what --model opens it by
    embedding_dimension INTEGER NOT NULL,
    created_at          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO embedding_sets
SELECT embedding_model, substr(embedding_model, 1, instr(embedding_model || '@', '@') - 1),
       max(embedding_dimension), min(updated_at) FROM embeddings GROUP BY embedding_model;

CREATE TABLE serving (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    embedding_model TEXT NOT NULL REFERENCES embedding_sets,
    previous        TEXT NOT NULL DEFAULT '', -- the set that was served before
    switched_at     TEXT NOT NULL
) STRICT;

CREATE VIEW product_embeddings_multimodal AS
SELECT p.product_id, p.product_display_name, p.master_category, p.sub_category,
       p.article_type, p.base_color, p.gender, p.season, p.usage, p.year, p.price,
       p.image_path, e.image_embedding, e.text_embedding, e.hybrid_embedding,
       e.embedding_model, e.embedding_dimension, e.updated_at
FROM products p JOIN embeddings e USING (product_id)
WHERE e.embedding_model = coalesce((SELECT embedding_model FROM serving), e.embedding_model);

-- A change of embeddings concerns their set alone; '' is a change of the product, which
-- concerns all.
ALTER TABLE changes ADD COLUMN embedding_model TEXT NOT NULL DEFAULT '';
CREATE TRIGGER embeddings_inserted AFTER INSERT ON embeddings BEGIN
    INSERT INTO changes (product_id, kind, at, embedding_model)
    VALUES (NEW.product_id, 'embedding', strftime('%Y-%m-%dT%H:%M:%fZ'), NEW.embedding_model);
END;
CREATE TRIGGER embeddings_updated AFTER UPDATE ON embeddings BEGIN
    INSERT INTO changes (product_id, kind, at, embedding_model)
    VALUES (NEW.product_id, 'embedding', strftime('%Y-%m-%dT%H:%M:%fZ'), NEW.embedding_model);
END;
CREATE TRIGGER embeddings_deleted AFTER DELETE ON embeddings BEGIN
    INSERT INTO changes (product_id, kind, at, embedding_model)
    VALUES (OLD.product_id, 'embedding_deleted', strftime('%Y-%m-%dT%H:%M:%fZ'),
            OLD.embedding_model);
END;

-- What was in the queue is put there again by the next worker.
DROP TABLE embedding_queue;
CREATE TABLE embedding_queue (
    product_id      TEXT NOT NULL REFERENCES products ON DELETE CASCADE,
    embedding_model TEXT NOT NULL,
    lease           TEXT NOT NULL DEFAULT '',
    leased_until    REAL NOT NULL DEFAULT 0, -- seconds since 1970
    PRIMARY KEY (product_id, embedding_model)
) STRICT, WITHOUT ROWID;
CREATE INDEX embedding_queue_by_lease ON embedding_queue (lease) WHERE lease <> '';
