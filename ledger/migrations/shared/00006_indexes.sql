-- +goose Up
-- For queries whose time grew with the number of orders, of all or of one server:
-- the newest orders, also by the name that people type, and the other orders of a
-- server. For a condition with a list of three states SQLite fills a table at each
-- write, so no index has one. One index over the state would be chosen for queries
-- for which it is too large. The index of the newest orders is over an expression,
-- because PostgreSQL would also choose it for the newest orders of one person, and
-- read all orders if these are old.
-- Indexes that exist already were created beforehand, CONCURRENTLY.
CREATE INDEX IF NOT EXISTS orders_newest ON orders ((created_at + 0), id);
CREATE INDEX IF NOT EXISTS orders_server_name ON orders (server_name, created_at) WHERE server_name <> '';
CREATE INDEX IF NOT EXISTS orders_server_pending ON orders (server_id, created_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS orders_server_ended ON orders (server_id, changed_at) WHERE state IN ('placed', 'not_placed');

-- +goose Down
DROP INDEX orders_server_ended;
DROP INDEX orders_server_pending;
DROP INDEX orders_server_name;
DROP INDEX orders_newest;
