-- Which products people were seen wearing together, in how many photos: made of the garments in
-- fashion_items_embeddings, all at once. The revision tells servers that they were made anew.
CREATE TABLE outfit_edges (
    product_a TEXT NOT NULL,
    product_b TEXT NOT NULL,
    photos    INTEGER NOT NULL,
    PRIMARY KEY (product_a, product_b),
    CHECK (product_a < product_b)
) STRICT, WITHOUT ROWID;

CREATE TABLE outfit_edges_revision (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;

CREATE INDEX fashion_items_by_photo ON fashion_items_embeddings (image_path, item_id);
