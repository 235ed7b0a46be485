-- How big the lock table is that all sessions share: what the setting says for each transaction, and how many may be at once, those
-- of the server itself too.
SELECT pg_catalog.current_setting('max_locks_per_transaction')::bigint,
       pg_catalog.current_setting('max_connections')::bigint + pg_catalog.current_setting('max_prepared_transactions')::bigint
       + pg_catalog.current_setting('autovacuum_max_workers')::bigint + pg_catalog.current_setting('max_worker_processes')::bigint
       + pg_catalog.current_setting('max_wal_senders')::bigint + 1
