-- What product pages show, worked out beforehand (weft recommend build): similar products and
-- what completes the look. They hold while their digests do.
CREATE TABLE product_pages (
    product_id text COLLATE "C" PRIMARY KEY
               REFERENCES products ON DELETE CASCADE ON UPDATE CASCADE,
    digest     text NOT NULL,
    similar_products text NOT NULL, -- JSON: [[product_id, cosine, relevance], ...]
    complete_look    text NOT NULL, -- JSON: [[product_id, score, cosine, pairing, photos], ...]
    total      bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE product_pages_revision (
    one      integer PRIMARY KEY CHECK (one = 1),
    revision bigint NOT NULL
);
INSERT INTO product_pages_revision VALUES (1, 0);
