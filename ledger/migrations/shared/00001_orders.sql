-- +goose Up
-- Times are microseconds since 1970 in UTC, 0 for none. Money is inside the
-- receipt, as decimal text.
CREATE TABLE orders (
    id           TEXT   NOT NULL PRIMARY KEY,
    request_key  TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    team         TEXT   NOT NULL,
    requester    TEXT   NOT NULL,
    channel      TEXT   NOT NULL,
    account      TEXT   NOT NULL,
    server_name  TEXT   NOT NULL,
    server_id    TEXT   NOT NULL,
    hours        BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    deadline     BIGINT NOT NULL,
    decider      TEXT   NOT NULL,
    decided_at   BIGINT NOT NULL,
    reason       TEXT   NOT NULL,
    attempts     BIGINT NOT NULL,
    first_try    BIGINT NOT NULL,
    retry_at     BIGINT NOT NULL,
    owner        TEXT   NOT NULL,
    owner_until  BIGINT NOT NULL,
    receipt      TEXT   NOT NULL,
    tender       TEXT   NOT NULL,
    tend_until   BIGINT NOT NULL,
    card_ref     TEXT   NOT NULL,
    card_version BIGINT NOT NULL,
    word_ref     TEXT   NOT NULL,
    word_version BIGINT NOT NULL,
    chain        TEXT   NOT NULL
);

CREATE UNIQUE INDEX orders_request ON orders (request_key);
CREATE INDEX orders_server ON orders (server_id, created_at);
CREATE INDEX orders_person ON orders (requester, created_at);

-- Orders that wait for something, which a start has to continue.
CREATE INDEX orders_open ON orders (created_at)
    WHERE state IN ('pending', 'approved', 'placing') OR card_version < version
       OR (state IN ('placed', 'refused', 'unknown', 'not_placed') AND word_version < version);

-- At most one order of a server is approved, being placed, or of unknown outcome.
CREATE UNIQUE INDEX orders_holder ON orders (server_id)
    WHERE state IN ('approved', 'placing', 'unknown');

-- One row for each transition. The chain is a hash over the row and the chain
-- of the row of the same order before it.
CREATE TABLE history (
    order_id   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    who        TEXT   NOT NULL,
    from_state TEXT   NOT NULL,
    to_state   TEXT   NOT NULL,
    why        TEXT   NOT NULL,
    facts      TEXT   NOT NULL,
    chain      TEXT   NOT NULL,
    PRIMARY KEY (order_id, version)
);

-- +goose Down
DROP TABLE history;
DROP TABLE orders;
