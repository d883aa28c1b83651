-- +goose Up
-- Has one row if everything was moved to another database. Then this one can no
-- longer be served.
CREATE TABLE moved (
    at   BIGINT NOT NULL,
    mark TEXT   NOT NULL
);

-- +goose Down
DROP TABLE moved;
