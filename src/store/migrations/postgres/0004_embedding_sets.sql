-- Embeddings of several models beside each other: a set for each. Which one servers serve is
-- said in `serving`; without a row there they serve the model they were started with.
ALTER TABLE embeddings DROP CONSTRAINT embeddings_pkey,
    ADD PRIMARY KEY (product_id, embedding_model);

CREATE TABLE embedding_sets (
    embedding_model     text COLLATE "C" PRIMARY KEY, -- name and digest of the model
    model               text NOT NULL,                -- what --model opens it by
    embedding_dimension integer NOT NULL,
    created_at          timestamptz NOT NULL DEFAULT now()
);

INSERT INTO embedding_sets
SELECT embedding_model, split_part(embedding_model, '@', 1), max(embedding_dimension),
       min(updated_at) FROM embeddings GROUP BY embedding_model;

CREATE TABLE serving (
    one             integer PRIMARY KEY CHECK (one = 1),
    embedding_model text NOT NULL REFERENCES embedding_sets,
    previous        text NOT NULL DEFAULT '', -- the set that was served before
    switched_at     timestamptz NOT NULL DEFAULT now()
);

CREATE OR REPLACE VIEW product_embeddings_multimodal AS
SELECT p.product_id, p.product_display_name, p.master_category, p.sub_category,
       p.article_type, p.base_color, p.gender, p.season, p.usage, p.year, p.price,
       p.image_path, e.image_embedding, e.text_embedding, e.hybrid_embedding,
       e.embedding_model, e.embedding_dimension, e.updated_at
FROM products p JOIN embeddings e USING (product_id)
WHERE e.embedding_model = coalesce((SELECT embedding_model FROM serving), e.embedding_model);

-- A change of embeddings concerns their set alone; '' is a change of the product, which
-- concerns all.
ALTER TABLE changes ADD COLUMN embedding_model text NOT NULL DEFAULT '';

CREATE FUNCTION note_embedding_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(2003134068, 1);
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.product_id <> NEW.product_id
                              OR OLD.embedding_model <> NEW.embedding_model) THEN
        INSERT INTO fashion_demo.changes (product_id, kind, at, embedding_model)
        VALUES (OLD.product_id, 'embedding_deleted', clock_timestamp(), OLD.embedding_model);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO fashion_demo.changes (product_id, kind, at, embedding_model)
        VALUES (NEW.product_id, 'embedding', clock_timestamp(), NEW.embedding_model);
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER embeddings_changed ON embeddings;
DROP TRIGGER embeddings_updated ON embeddings;
CREATE CONSTRAINT TRIGGER embeddings_changed AFTER INSERT OR DELETE ON embeddings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_embedding_change();
CREATE CONSTRAINT TRIGGER embeddings_updated AFTER UPDATE ON embeddings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION note_embedding_change();

-- What was in the queue is put there again by the next worker.
DROP TABLE embedding_queue;
CREATE TABLE embedding_queue (
    product_id      text COLLATE "C" NOT NULL
                    REFERENCES products ON DELETE CASCADE ON UPDATE CASCADE,
    embedding_model text COLLATE "C" NOT NULL,
    lease           text NOT NULL DEFAULT '',
    leased_until    timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (product_id, embedding_model)
);
CREATE INDEX embedding_queue_by_lease ON embedding_queue (lease) WHERE lease <> '';
