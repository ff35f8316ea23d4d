-- Tables of the shop's own that weft follows (weft source), and which products came from
-- them: what a TRUNCATE, a new copy or a removal takes away.
CREATE TABLE sources (
    name     text COLLATE "C" PRIMARY KEY,
    url      text NOT NULL, -- of its database
    spec     text NOT NULL, -- which table and columns, as JSON
    slot     text NOT NULL, -- of its replication; also the publication's name
    system   text NOT NULL DEFAULT '', -- the database that was copied, '' before
    position bigint NOT NULL DEFAULT 0, -- in its log; 0: to be copied
    copy     bigint NOT NULL DEFAULT 0  -- number of the last copy begun
);

CREATE TABLE source_products (
    product_id text COLLATE "C" PRIMARY KEY
               REFERENCES products ON DELETE CASCADE ON UPDATE CASCADE,
    source     text COLLATE "C" NOT NULL REFERENCES sources ON DELETE CASCADE,
    copy       bigint NOT NULL -- the last one that had it, or changes after it
);
CREATE INDEX source_products_by_source ON source_products (source, copy);
