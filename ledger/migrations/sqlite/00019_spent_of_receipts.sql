-- +goose Up
-- Orders that are older than the column have what they cost only in their receipt. It is
-- rounded and limited as the program does it, so by its digits: a floating-point number
-- would be rounded differently.
UPDATE orders SET spent = MIN(1000000000000000,
    MIN(1000000000, CAST(substr(amount, 1, point - 1) AS BIGINT)) * 1000000
    + CAST(substr(substr(amount, point + 1) || '000000', 1, 6) AS BIGINT)
    + (substr(amount, point + 7, 1) >= '5'))
FROM (SELECT id AS placed, amount, instr(amount || '.', '.') AS point
      FROM (SELECT id, json_extract(receipt, '$.amount') AS amount FROM orders WHERE receipt <> '' AND json_valid(receipt)))
WHERE id = placed AND amount GLOB '[0-9]*';

-- +goose Down
UPDATE orders SET spent = 0;
