-- +goose Up
-- The processes that serve this ledger: until when each counts as alive, by the
-- clock of the database, and since when without a gap. The row of a process that has
-- ended stays for a day. A process without a row belongs to a version that did not
-- add one.
CREATE TABLE processes (
    id          TEXT        NOT NULL PRIMARY KEY,
    alive_since TIMESTAMPTZ NOT NULL,
    alive_until TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE processes;
