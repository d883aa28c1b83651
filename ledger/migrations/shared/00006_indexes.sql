-- +goose Up
-- For queries whose time grew with the number of orders, in total or for one server:
-- the newest orders, also by the name that people type, and the other orders of a
-- server. No index has a condition with a list of three states, because SQLite would
-- fill a temporary table for it at each write. A single index over the state would
-- also be chosen for queries for which it is too large. The index of the newest
-- orders is over an expression, because PostgreSQL would otherwise also choose it for
-- the newest orders of one person, and read all orders if those are old.
-- Indexes that already exist were created beforehand, CONCURRENTLY.
CREATE INDEX IF NOT EXISTS orders_newest ON orders ((created_at + 0), id);
CREATE INDEX IF NOT EXISTS orders_server_name ON orders (server_name, created_at) WHERE server_name <> '';
CREATE INDEX IF NOT EXISTS orders_server_pending ON orders (server_id, created_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS orders_server_ended ON orders (server_id, changed_at) WHERE state IN ('placed', 'not_placed');

-- +goose Down
DROP INDEX orders_server_ended;
DROP INDEX orders_server_pending;
DROP INDEX orders_server_name;
DROP INDEX orders_newest;
