-- +goose Up
-- Who said yes to an order, and when, as a list in JSON.
ALTER TABLE orders ADD COLUMN approvals TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE orders DROP COLUMN approvals;
