-- +goose Up
-- One row when everything was moved to another database: then this one cannot be
-- served from any more.
CREATE TABLE moved (
    at   BIGINT NOT NULL,
    mark TEXT   NOT NULL
);

-- +goose Down
DROP TABLE moved;
