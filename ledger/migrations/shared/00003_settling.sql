-- +goose Up
-- How an unknown outcome was settled: the host's id of the order, which is also in
-- the receipt, who settled it, and the last message that asked people.
ALTER TABLE orders ADD COLUMN host_order  TEXT   NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN settler     TEXT   NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN ask_ref     TEXT   NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN ask_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN asked_at    BIGINT NOT NULL DEFAULT 0;

CREATE INDEX orders_host_order ON orders (host_order) WHERE host_order <> '';

-- The baselines: what the host listed before the decision, as a list of ids in
-- JSON, and 1 if that list was read to its end. A baseline is deleted when its
-- order is final.
CREATE TABLE notes (
    order_id TEXT   NOT NULL PRIMARY KEY,
    noted_at BIGINT NOT NULL,
    complete BIGINT NOT NULL,
    ids      TEXT   NOT NULL
);

-- +goose Down
DROP TABLE notes;
DROP INDEX orders_host_order;
ALTER TABLE orders DROP COLUMN asked_at;
ALTER TABLE orders DROP COLUMN ask_version;
ALTER TABLE orders DROP COLUMN ask_ref;
ALTER TABLE orders DROP COLUMN settler;
ALTER TABLE orders DROP COLUMN host_order;
