-- Which model's products a user's embedding is a mean of, and up to which event the features
-- of all users are current.
ALTER TABLE user_style_features ADD COLUMN embedding_model TEXT NOT NULL DEFAULT '';

CREATE TABLE user_features_position (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    transaction_id INTEGER NOT NULL
) STRICT;
INSERT INTO user_features_position VALUES (1, 0);
