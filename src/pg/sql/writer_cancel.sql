-- Asks the process $1, if it is still the one that started at $2, to end its query, if that is still the one that began at $3
-- (microseconds since 1970). Gives no row when it is not.
SELECT pg_catalog.pg_cancel_backend(a.pid)
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = $1::int AND (extract(epoch FROM a.backend_start) * 1000000)::bigint = $2
  AND a.state IN ('active', 'fastpath function call') AND (extract(epoch FROM a.query_start) * 1000000)::bigint = $3
