-- How far files of events have been imported (weft import transactions). A file is known by
-- what was read of it, so that one that has grown since is gone on with.
CREATE TABLE event_imports (
    digest      text NOT NULL, -- SHA-256 of the first `position` bytes
    is_done     boolean NOT NULL, -- the file had no more
    position    bigint NOT NULL, -- bytes
    row_count   bigint NOT NULL, -- the number of the last row before it
    event_count bigint NOT NULL, -- of its rows in transactions
    step        bigint NOT NULL, -- rises with every step of any import
    reading     text NOT NULL, -- what was said of its columns
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (digest, is_done)
);
