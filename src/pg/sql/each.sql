-- Stands before a statement in one message, which makes both one implicit transaction: it ends by itself also when the
-- statement fails. {lock} and {statement} are milliseconds.
SET LOCAL transaction_isolation = 'read committed';
SET LOCAL transaction_read_only = on;
SET LOCAL lock_timeout = {lock};
SET LOCAL statement_timeout = {statement};
SET LOCAL jit = off;
SET LOCAL search_path = pg_catalog;
