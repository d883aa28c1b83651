-- +goose Up
-- Who got a direct message that asks for their approval, and when the approvers are to
-- be and were reminded. Why an order was declined, the message in the thread that says
-- so, and which reason the card shows.
ALTER TABLE orders ADD COLUMN approvers_told TEXT   NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN remind_at      BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN reminded_at    BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN decline_reason TEXT   NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN decline_ref    TEXT   NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN card_reason    TEXT   NOT NULL DEFAULT '';
-- A declined order needs a message in its thread, too, and one more if there is a
-- reason. So does an order that the program canceled although it has a card.
DROP INDEX orders_open;
CREATE INDEX orders_open ON orders (created_at)
    WHERE state IN ('pending', 'approved', 'placing') OR card_version < version
       OR ((state IN ('placed', 'refused', 'unknown', 'not_placed', 'declined')
            OR state = 'cancelled' AND reason <> '' AND card_ref <> '') AND word_version < version)
       OR (decline_reason <> '' AND (decline_ref = '' OR card_reason <> decline_reason));

-- +goose Down
DROP INDEX orders_open;
CREATE INDEX orders_open ON orders (created_at)
    WHERE state IN ('pending', 'approved', 'placing') OR card_version < version
       OR (state IN ('placed', 'refused', 'unknown', 'not_placed') AND word_version < version);
ALTER TABLE orders DROP COLUMN card_reason;
ALTER TABLE orders DROP COLUMN decline_ref;
ALTER TABLE orders DROP COLUMN decline_reason;
ALTER TABLE orders DROP COLUMN reminded_at;
ALTER TABLE orders DROP COLUMN remind_at;
ALTER TABLE orders DROP COLUMN approvers_told;
