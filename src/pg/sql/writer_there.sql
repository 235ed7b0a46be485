-- A row when the process $1 is still the one that started at $2 and, unless $3 is 0, still runs the query that began at $3
-- (microseconds since 1970).
SELECT 1
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = $1::int AND (extract(epoch FROM a.backend_start) * 1000000)::bigint = $2
  AND ($3 = 0 OR a.state IN ('active', 'fastpath function call')
    AND (extract(epoch FROM a.query_start) * 1000000)::bigint = $3)
