-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION extendbot_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only';
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER history_no_update BEFORE UPDATE ON history
    FOR EACH ROW EXECUTE FUNCTION extendbot_history_is_append_only();
CREATE TRIGGER history_no_delete BEFORE DELETE ON history
    FOR EACH ROW EXECUTE FUNCTION extendbot_history_is_append_only();
CREATE TRIGGER history_no_truncate BEFORE TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION extendbot_history_is_append_only();

-- +goose Down
DROP TRIGGER history_no_truncate ON history;
DROP TRIGGER history_no_delete ON history;
DROP TRIGGER history_no_update ON history;
DROP FUNCTION extendbot_history_is_append_only();
