-- +goose Up
-- For a list of three or more values, SQLite fills a table each time, so for each of
-- these indexes twice for each row that changes. That took most of the time of a change.
DROP INDEX orders_open;
CREATE INDEX orders_open ON orders (created_at)
    WHERE state = 'pending' OR state = 'approved' OR state = 'placing' OR card_version < version
       OR ((state = 'placed' OR state = 'refused' OR state = 'unknown' OR state = 'not_placed' OR state = 'declined'
            OR state = 'cancelled' AND reason <> '' AND card_ref <> '') AND word_version < version)
       OR (decline_reason <> '' AND (decline_ref = '' OR card_reason <> decline_reason));
DROP INDEX orders_holder;
CREATE UNIQUE INDEX orders_holder ON orders (server_id)
    WHERE state = 'approved' OR state = 'placing' OR state = 'unknown';

-- +goose Down
DROP INDEX orders_holder;
CREATE UNIQUE INDEX orders_holder ON orders (server_id)
    WHERE state IN ('approved', 'placing', 'unknown');
DROP INDEX orders_open;
CREATE INDEX orders_open ON orders (created_at)
    WHERE state IN ('pending', 'approved', 'placing') OR card_version < version
       OR ((state IN ('placed', 'refused', 'unknown', 'not_placed', 'declined')
            OR state = 'cancelled' AND reason <> '' AND card_ref <> '') AND word_version < version)
       OR (decline_reason <> '' AND (decline_ref = '' OR card_reason <> decline_reason));
