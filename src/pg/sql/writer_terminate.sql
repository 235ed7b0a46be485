-- Ends the process $1 if it is still the one that started at $2 (microseconds since 1970). Gives no row when it is gone.
SELECT pg_catalog.pg_terminate_backend(a.pid)
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = $1::int AND (extract(epoch FROM a.backend_start) * 1000000)::bigint = $2
