-- +goose Up
-- As on SQLite, and independent of the language of the database: the digest over a
-- ledger depends on the order of the ids.
ALTER TABLE orders ALTER COLUMN id TYPE TEXT COLLATE "C";
ALTER TABLE history ALTER COLUMN order_id TYPE TEXT COLLATE "C";

-- +goose Down
ALTER TABLE history ALTER COLUMN order_id TYPE TEXT;
ALTER TABLE orders ALTER COLUMN id TYPE TEXT;
