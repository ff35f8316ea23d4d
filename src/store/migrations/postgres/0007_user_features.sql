-- Which model's products a user's embedding is a mean of, and up to which event the features
-- of all users are current.
ALTER TABLE user_style_features ADD COLUMN embedding_model text NOT NULL DEFAULT '';

CREATE TABLE user_features_position (
    one            integer PRIMARY KEY CHECK (one = 1),
    transaction_id bigint NOT NULL
);
INSERT INTO user_features_position VALUES (1, 0);
