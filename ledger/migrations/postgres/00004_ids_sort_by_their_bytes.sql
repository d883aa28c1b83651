-- +goose Up
-- As on SQLite, and whatever the language of the database is: the digest over
-- a ledger goes through the ids in their order.
ALTER TABLE orders ALTER COLUMN id TYPE TEXT COLLATE "C";
ALTER TABLE history ALTER COLUMN order_id TYPE TEXT COLLATE "C";

-- +goose Down
ALTER TABLE history ALTER COLUMN order_id TYPE TEXT;
ALTER TABLE orders ALTER COLUMN id TYPE TEXT;
