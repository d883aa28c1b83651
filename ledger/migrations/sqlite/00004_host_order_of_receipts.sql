-- +goose Up
-- Receipts from before the column have the host's id only inside.
UPDATE orders SET host_order = COALESCE(json_extract(receipt, '$.order_id'), '') WHERE receipt <> '';

-- +goose Down
UPDATE orders SET host_order = '';
