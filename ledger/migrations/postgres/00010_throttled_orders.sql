-- +goose Up
-- A process of a version before 00008 does not know throttled_at, and would send a
-- throttled order again without looking whether it was charged. It leaves retry_at as
-- it is when it begins an attempt; later versions set it to 0. New rows only: a check
-- of all rows would lock the table for as long as it takes.
ALTER TABLE orders ADD CONSTRAINT orders_throttled CHECK (state <> 'placing' OR throttled_at = 0 OR retry_at = 0) NOT VALID;

-- +goose Down
ALTER TABLE orders DROP CONSTRAINT orders_throttled;
