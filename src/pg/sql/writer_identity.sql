-- Which database this is, whether it can be written to, and when its server began, in microseconds since 1970.
SELECT d.oid, d.datname::text, pg_catalog.pg_is_in_recovery(),
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE'),
       pg_catalog.current_setting('transaction_read_only') = 'on',
       (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint
FROM pg_catalog.pg_database d
WHERE d.datname = pg_catalog.current_database()
