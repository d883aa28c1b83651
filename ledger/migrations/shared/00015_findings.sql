-- +goose Up
-- What a person found out about an unknown outcome, until that was checked, in JSON.
ALTER TABLE orders ADD COLUMN finding   TEXT NOT NULL DEFAULT '';
-- Who was told of the extension in told_extended_by.
ALTER TABLE orders ADD COLUMN told_user TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE orders DROP COLUMN told_user;
ALTER TABLE orders DROP COLUMN finding;
