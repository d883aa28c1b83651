-- +goose Up
-- Who said yes to an order, and when, as a list in JSON.
ALTER TABLE orders ADD COLUMN approvals TEXT NOT NULL DEFAULT '';
-- What authenticates a row of history, and the name of the key. The rows of earlier
-- versions have neither.
ALTER TABLE history ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN mac    TEXT NOT NULL DEFAULT '';
-- Has one row: how many rows of history were not authenticated when a version that
-- authenticates first served the ledger, and a digest of them, authenticated.
CREATE TABLE seal (
    at           BIGINT NOT NULL,
    history_rows BIGINT NOT NULL,
    digest       TEXT   NOT NULL,
    key_id       TEXT   NOT NULL,
    mac          TEXT   NOT NULL
);

-- +goose Down
DROP TABLE seal;
ALTER TABLE history DROP COLUMN mac;
ALTER TABLE history DROP COLUMN key_id;
ALTER TABLE orders DROP COLUMN approvals;
