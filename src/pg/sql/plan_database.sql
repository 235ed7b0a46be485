-- Which database this is, and how many locks fit into the table that all sessions share.
SELECT d.oid, current_setting('max_locks_per_transaction')::int8
            * (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8)
FROM pg_database d WHERE d.datname = current_database()
