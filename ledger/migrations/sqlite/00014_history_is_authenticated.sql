-- +goose Up
-- A process of an earlier version that is still running can no longer write. Until
-- there is a seal, a move copies what is not authenticated.
-- +goose StatementBegin
CREATE TRIGGER history_authenticated BEFORE INSERT ON history
WHEN NEW.mac = '' AND EXISTS (SELECT 1 FROM seal)
BEGIN
    SELECT RAISE(ABORT, 'history is authenticated: stop this older version of extendbot');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER history_authenticated;
