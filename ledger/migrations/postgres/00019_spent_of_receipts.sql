-- +goose Up
-- Orders that are older than the column have what they cost only in their receipt. It is
-- rounded and limited as the program does it. A pattern reads it, because a receipt that is
-- not JSON must not stop the migration.
UPDATE orders SET spent = ROUND(1000000 * LEAST(1000000000,
    CAST(substring(receipt FROM '"amount":"([0-9]{1,24}(\.[0-9]{1,24})?)"') AS NUMERIC)))
WHERE receipt ~ '"amount":"[0-9]{1,24}(\.[0-9]{1,24})?"';

-- +goose Down
UPDATE orders SET spent = 0;
