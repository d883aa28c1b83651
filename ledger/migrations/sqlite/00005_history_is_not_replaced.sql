-- +goose Up
-- INSERT OR REPLACE deletes an existing row without running the trigger that
-- keeps rows from being deleted.
-- +goose StatementBegin
CREATE TRIGGER history_no_replace BEFORE INSERT ON history
WHEN EXISTS (SELECT 1 FROM history WHERE order_id = NEW.order_id AND version = NEW.version)
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER history_no_replace;
