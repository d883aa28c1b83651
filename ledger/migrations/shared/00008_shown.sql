-- +goose Up
-- When the host last answered that there are too many requests: it may have charged
-- all the same.
ALTER TABLE orders ADD COLUMN throttled_at   BIGINT NOT NULL DEFAULT 0;
-- Earlier versions did not distinguish that from an attempt that was never sent.
UPDATE orders SET throttled_at = changed_at WHERE state = 'approved' AND attempts > 0;
-- The message in the thread that says that the host lets the order wait; the version
-- whose outcome the requester was told outside the thread; and an earlier message in
-- the thread that has to be edited, because a later one says something else.
ALTER TABLE orders ADD COLUMN waiting_ref    TEXT   NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN told_version   BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN superseded_ref TEXT   NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE orders DROP COLUMN superseded_ref;
ALTER TABLE orders DROP COLUMN told_version;
ALTER TABLE orders DROP COLUMN waiting_ref;
ALTER TABLE orders DROP COLUMN throttled_at;
