-- +goose Up
-- What an order is expected to cost, as decimal text, '' if that is not known; from where
-- that is known, or why it is not; and the currency.
ALTER TABLE orders ADD COLUMN estimate      TEXT   NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN estimate_from TEXT   NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN currency      TEXT   NOT NULL DEFAULT '';
-- The amount that it counts against limits once it is approved, in millionths.
ALTER TABLE orders ADD COLUMN spent         BIGINT NOT NULL DEFAULT 0;
-- The orders that count against limits, with all columns that their sums need. Without
-- the condition on the team, SQLite would choose it for the orders that hold a server, too.
-- With one on the id, it would parse each query anew that excludes an order by its id.
CREATE INDEX orders_spent ON orders (decided_at, id, team, requester, server_id, account, hours, spent, state)
    WHERE team <> '' AND (state = 'approved' OR state = 'placing' OR state = 'unknown' OR state = 'placed');

-- +goose Down
DROP INDEX orders_spent;
ALTER TABLE orders DROP COLUMN spent;
ALTER TABLE orders DROP COLUMN currency;
ALTER TABLE orders DROP COLUMN estimate_from;
ALTER TABLE orders DROP COLUMN estimate;
