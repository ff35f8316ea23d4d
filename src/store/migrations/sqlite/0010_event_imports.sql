-- How far files of events have been imported (weft import transactions). A file is known by
-- what was read of it, so that one that has grown since is gone on with.
CREATE TABLE event_imports (
    digest      TEXT NOT NULL, -- SHA-256 of the first `position` bytes
    is_done     INTEGER NOT NULL CHECK (is_done IN (0, 1)), -- the file had no more
    position    INTEGER NOT NULL, -- bytes
    row_count   INTEGER NOT NULL, -- the number of the last row before it
    event_count INTEGER NOT NULL, -- of its rows in transactions
    step        INTEGER NOT NULL, -- rises with every step of any import
    reading     TEXT NOT NULL, -- what was said of its columns
    updated_at  TEXT NOT NULL,
    PRIMARY KEY (digest, is_done)
) STRICT;
