-- Which of these processes wait for a lock, for whom, how long that one has had its transaction (milliseconds) and what it does. $1: pids.
SELECT w.pid, b.pid, (extract(epoch FROM clock_timestamp() - coalesce(b.xact_start, b.backend_start)) * 1000)::bigint,
       coalesce(b.usename::text, b.backend_type, ''), coalesce(b.application_name, ''), coalesce(b.state, ''), left(coalesce(b.query, ''), 120)
FROM pg_catalog.pg_stat_activity w
CROSS JOIN LATERAL unnest(pg_catalog.pg_blocking_pids(w.pid)) AS blocker(pid)
JOIN pg_catalog.pg_stat_activity b ON b.pid = blocker.pid
WHERE w.wait_event_type = 'Lock' AND w.pid::oid = ANY ($1)
ORDER BY w.pid, b.xact_start
