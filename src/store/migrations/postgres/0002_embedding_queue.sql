-- What is to be embedded, and who has taken it until when (weft embed --worker).
CREATE TABLE embedding_queue (
    product_id   text COLLATE "C" PRIMARY KEY
                 REFERENCES products ON DELETE CASCADE ON UPDATE CASCADE,
    lease        text NOT NULL DEFAULT '',
    leased_until timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX embedding_queue_by_lease ON embedding_queue (lease) WHERE lease <> '';
