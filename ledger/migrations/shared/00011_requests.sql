-- +goose Up
-- The rental time as the requester asked for it, and why they ask.
ALTER TABLE orders ADD COLUMN typed            TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN purpose          TEXT NOT NULL DEFAULT '';
-- The order with which the server was extended while this one waited: the newest one,
-- the one that the card shows, and the one that the requester was told of.
ALTER TABLE orders ADD COLUMN extended_by      TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN card_extended_by TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN told_extended_by TEXT NOT NULL DEFAULT '';
-- The orders of a person that wait for a decision. Without its second condition,
-- PostgreSQL would choose it for the pending orders of a server, too.
CREATE INDEX IF NOT EXISTS orders_person_pending ON orders (requester, server_id) WHERE state = 'pending' AND requester <> '';

-- +goose Down
DROP INDEX orders_person_pending;
ALTER TABLE orders DROP COLUMN told_extended_by;
ALTER TABLE orders DROP COLUMN card_extended_by;
ALTER TABLE orders DROP COLUMN extended_by;
ALTER TABLE orders DROP COLUMN purpose;
ALTER TABLE orders DROP COLUMN typed;
