-- +goose Up
-- One row once everything was moved to another database: nobody serves from
-- this one any more.
CREATE TABLE moved (
    at   BIGINT NOT NULL,
    mark TEXT   NOT NULL
);

-- +goose Down
DROP TABLE moved;
