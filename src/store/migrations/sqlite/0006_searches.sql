-- Searches that were answered, where a shop keeps them (weft serve --log-searches): what was
-- shown, in which arm of which experiment. What users then did has their query_id.
CREATE TABLE searches (
    query_id    TEXT PRIMARY KEY NOT NULL,
    user_id     TEXT NOT NULL,
    experiment  TEXT NOT NULL, -- '': none
    arm         TEXT NOT NULL, -- 'a', 'b'
    search_type TEXT NOT NULL,
    query       TEXT NOT NULL,
    results     TEXT NOT NULL, -- JSON: [[product_id, nearness, words, match, unwanted], ...]
    created_at  TEXT NOT NULL
) STRICT;
CREATE INDEX searches_by_experiment ON searches (experiment, user_id);
CREATE INDEX transactions_by_query ON transactions (query_id) WHERE query_id <> '';
