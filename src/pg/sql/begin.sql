-- Opens a transaction that can only read. Everything is LOCAL, so that nothing outlives the transaction on a pooled server
-- connection. The level is said because a role may have another by default: a standby refuses serializable, and a primary would
-- keep track of all that is read. {lock} and {statement} are milliseconds.
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
SET LOCAL lock_timeout = {lock};
SET LOCAL statement_timeout = {statement};
SET LOCAL idle_in_transaction_session_timeout = 60000;
SET LOCAL jit = off;
SET LOCAL search_path = pg_catalog;
