-- Which database this is, and whether it can be written to.
SELECT d.oid, d.datname::text, pg_catalog.pg_is_in_recovery(),
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE'),
       pg_catalog.current_setting('transaction_read_only') = 'on'
FROM pg_catalog.pg_database d
WHERE d.datname = pg_catalog.current_database()
