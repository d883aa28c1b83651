-- +goose Up
-- A process of an earlier version that is still running can no longer write. Until
-- there is a seal, a move copies what is not authenticated.
-- +goose StatementBegin
CREATE FUNCTION extendbot_history_is_authenticated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.mac = '' AND EXISTS (SELECT 1 FROM seal) THEN
        RAISE EXCEPTION 'history is authenticated: stop this older version of extendbot';
    END IF;
    RETURN NEW;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER history_authenticated BEFORE INSERT ON history
    FOR EACH ROW EXECUTE FUNCTION extendbot_history_is_authenticated();

-- +goose Down
DROP TRIGGER history_authenticated ON history;
DROP FUNCTION extendbot_history_is_authenticated();
