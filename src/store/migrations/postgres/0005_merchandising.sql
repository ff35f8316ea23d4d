-- A merchandiser's rules, every version of each: the newest one acts, and who changed what and
-- when can be read for ever. An empty rule is one that was removed.
CREATE TABLE merchandising_rules (
    revision   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_id    TEXT NOT NULL CHECK (rule_id <> ''),
    rule       TEXT NOT NULL, -- JSON (search/rules.h)
    actor      TEXT NOT NULL, -- the token that changed it, by name
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX merchandising_rules_by_id ON merchandising_rules (rule_id, revision);
