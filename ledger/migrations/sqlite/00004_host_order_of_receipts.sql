-- +goose Up
-- Orders that are older than the column have the host's id only in their receipt.
UPDATE orders SET host_order = COALESCE(json_extract(receipt, '$.order_id'), '') WHERE receipt <> '';

-- +goose Down
UPDATE orders SET host_order = '';
