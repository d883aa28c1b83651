-- +goose Up
-- For queries that took the longer the more orders there were, of all or of one
-- server: the newest ones, also by the name that people type, and what else there
-- is of a server. SQLite takes a list of three states in a condition for a table
-- to be filled at each write, so there is none; and one index with the state in
-- it would draw queries to itself for which it is too large. For that reason the
-- newest are by an expression: else PostgreSQL takes that index for the newest
-- orders of one person, and reads all orders if these are old.
-- Indexes that are there were made beforehand, CONCURRENTLY.
CREATE INDEX IF NOT EXISTS orders_newest ON orders ((created_at + 0), id);
CREATE INDEX IF NOT EXISTS orders_server_name ON orders (server_name, created_at) WHERE server_name <> '';
CREATE INDEX IF NOT EXISTS orders_server_pending ON orders (server_id, created_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS orders_server_ended ON orders (server_id, changed_at) WHERE state IN ('placed', 'not_placed');

-- +goose Down
DROP INDEX orders_server_ended;
DROP INDEX orders_server_pending;
DROP INDEX orders_server_name;
DROP INDEX orders_newest;
