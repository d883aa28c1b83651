-- +goose Up
-- What authenticates a baseline, and the name of the key. The baselines of earlier
-- versions have neither, and are not used.
ALTER TABLE notes ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE notes ADD COLUMN mac    TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE notes DROP COLUMN mac;
ALTER TABLE notes DROP COLUMN key_id;
