-- Which products people were seen wearing together, in how many photos: made of the garments in
-- fashion_items_embeddings, all at once. The revision tells servers that they were made anew.
CREATE TABLE outfit_edges (
    product_a text COLLATE "C" NOT NULL,
    product_b text COLLATE "C" NOT NULL,
    photos    bigint NOT NULL,
    PRIMARY KEY (product_a, product_b),
    CHECK (product_a < product_b)
);

CREATE TABLE outfit_edges_revision (
    one      integer PRIMARY KEY CHECK (one = 1),
    revision bigint NOT NULL
);

CREATE INDEX fashion_items_by_photo
    ON fashion_items_embeddings (image_path COLLATE "C", item_id);
