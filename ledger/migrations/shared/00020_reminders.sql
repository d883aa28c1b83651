-- +goose Up
-- The message in whose thread an order is shown, '' if its card is a message of its own; and
-- the end of the lease that the reminder was about because of which it was asked for, 0 if
-- it was asked for in another way.
ALTER TABLE orders ADD COLUMN thread TEXT   NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN lease  BIGINT NOT NULL DEFAULT 0;
-- Of the presses on the reminders of one lease, one is an order.
CREATE UNIQUE INDEX orders_one_click ON orders (server_id, lease)
    WHERE lease <> 0 AND (state = 'pending' OR state = 'approved' OR state = 'placing' OR state = 'unknown' OR state = 'placed');

-- What is known of the lease of each server: the expiry of the receipt of base_order, or of
-- the policy, since when that is recorded, and the hours that were bought elsewhere since;
-- and what people were told about the lease that ends at lease.
CREATE TABLE leases (
    server_id    TEXT   NOT NULL PRIMARY KEY,
    base         BIGINT NOT NULL,
    base_order   TEXT   NOT NULL,
    base_since   BIGINT NOT NULL,
    elsewhere    BIGINT NOT NULL,
    elsewhere_at BIGINT NOT NULL,
    lease        BIGINT NOT NULL,
    reminded     BIGINT NOT NULL,
    stopped_by   TEXT   NOT NULL
);

-- The process that reminds, in one row.
CREATE TABLE reminding (
    id      BIGINT NOT NULL PRIMARY KEY,
    process TEXT   NOT NULL,
    until   BIGINT NOT NULL
);

-- What each reminder says about each of its servers; before_end is the threshold in
-- nanoseconds, shown what it shows, and done whether that is final.
CREATE TABLE reminders (
    ref         TEXT   NOT NULL,
    place       BIGINT NOT NULL,
    posted_at   BIGINT NOT NULL,
    server_id   TEXT   NOT NULL,
    server_name TEXT   NOT NULL,
    lease       BIGINT NOT NULL,
    before_end  BIGINT NOT NULL,
    shown       TEXT   NOT NULL,
    done        BIGINT NOT NULL,
    PRIMARY KEY (ref, place)
);
CREATE INDEX reminders_open ON reminders (posted_at) WHERE done = 0;
CREATE INDEX orders_rented ON orders (server_id, first_try, id) WHERE state = 'placed';

-- +goose Down
DROP INDEX orders_rented;
DROP TABLE reminders;
DROP TABLE reminding;
DROP TABLE leases;
DROP INDEX orders_one_click;
ALTER TABLE orders DROP COLUMN lease;
ALTER TABLE orders DROP COLUMN thread;
