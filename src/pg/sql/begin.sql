-- Opens a transaction that can only read. Everything is LOCAL, so that nothing outlives the transaction on a pooled server
-- connection. {lock} and {statement} are milliseconds.
BEGIN READ ONLY;
SET LOCAL lock_timeout = {lock};
SET LOCAL statement_timeout = {statement};
SET LOCAL idle_in_transaction_session_timeout = 60000;
SET LOCAL jit = off;
SET LOCAL search_path = pg_catalog;
